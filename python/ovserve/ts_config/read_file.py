"""A ``config.properties`` file to checked values by key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ovserve.config.nearest import nearest
from ovserve.config.refusals import UnreadableFileError
from ovserve.errors import ConfigurationError
from ovserve.ts_config.keys import BY_NAME
from ovserve.ts_config.properties import decoded, parse_properties
from ovserve.ts_config.values import boolean
from ovserve.ts_config.variables import overrides, substituted


@dataclass(frozen=True, slots=True)
class FileValues:
    """What the file and the environment say: values as the keys' readers return them.

    ``entries`` are the file's own texts, with variables in them still unread.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    entries: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()


def read_file(path: str, environment: Mapping[str, str]) -> FileValues:
    """Read a file. The messages of errors begin with its path.

    Raises:
        UnreadableFileError: there is no such file, or it cannot be read.
        ConfigurationError: a value cannot be honoured, or it names a variable that is not set.
    """
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableFileError(f"{path} cannot be read: {reason}") from error
    try:
        return parse_file(decoded(content), environment)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def parse_file(text: str, environment: Mapping[str, str]) -> FileValues:
    """Read the text of a file. Raises ConfigurationError as :func:`read_file`."""
    texts: dict[str, str] = {}
    entries: dict[str, str] = {}
    warnings: list[str] = []
    for entry in parse_properties(text):
        if entry.key in texts:
            warnings.append(f"{entry.key}: given more than once; line {entry.line} counts")
        entries[entry.key] = entry.value
        texts[entry.key] = substituted(entry.value, entry.key, environment).strip()
    if boolean(texts.get("enable_envvars_config", "false"), "enable_envvars_config"):
        warnings += _override(texts, environment)
    values: dict[str, Any] = {}
    for name, value in texts.items():
        key = BY_NAME.get(name)
        if key is None:
            warnings.append(_unknown(name))
        elif key.read is None:
            if value.lower() not in key.harmless:
                warnings.append(f"{name} has no effect: {key.reason}")
        elif value:  # an empty value says nothing, as in Java
            values[name] = key.read(value, name)
    for of_models in (values.get("models"), values.get("model_snapshot")):
        warnings += of_models.warnings if of_models is not None else ()
    return FileValues(values, tuple(entries.items()), tuple(warnings))


def _override(texts: dict[str, str], environment: Mapping[str, str]) -> list[str]:
    """Put variables in the place of values; return what is said of those that do not count."""
    refused: list[str] = []
    for name, (variable, value) in overrides(BY_NAME, environment).items():
        if BY_NAME[name].security:
            refused.append(
                f"the environment variable {variable} has no effect: {name} concerns security; only files"
                " and flags say it"
            )
        else:
            texts[name] = value.strip()
    return refused


def _unknown(name: str) -> str:
    similar = nearest(name, BY_NAME)
    hint = f"; did you mean {similar}?" if similar else ""
    return f"{name} has no effect: unknown key{hint}"
