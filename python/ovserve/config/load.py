"""A configuration file to a :class:`Configuration`: strict, all or nothing.

What can be judged without the model and the device refuses the whole file. What cannot, or what
concerns one entry's files, is noted as that entry's ``problem`` and keeps only that entry out.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ovserve.config.batch_size import parse_batch_size
from ovserve.config.batching import parse_batching
from ovserve.config.json_document import JsonInteger, JsonObject, JsonValue, child_path, parse_json
from ovserve.config.keys import (
    LIST_ENTRY,
    LOADER,
    MODEL,
    TOP_LEVEL,
    check_object,
    checked_text,
    expectation,
    required_text,
)
from ovserve.config.layout import parse_layouts
from ovserve.config.loader_options import parse_loader_options
from ovserve.config.loader_path import loader_path_problem, resolve_loader_path
from ovserve.config.metrics import parse_monitoring
from ovserve.config.mil_config import is_mil_config, parse_mil_config
from ovserve.config.paths import cloud_scheme, directory_of, escape_problem, resolve
from ovserve.config.plugin_config import parse_plugin_config
from ovserve.config.preprocessing import (
    parse_color_format,
    parse_divisors,
    parse_numbers,
    parse_precision,
)
from ovserve.config.refusals import BrokenJsonError, UnreadableFileError, ValueTextError
from ovserve.config.schema import Configuration, LoaderEntry, ModelEntry
from ovserve.config.service_entry import parse_service
from ovserve.config.service_keys import check_kind, is_service
from ovserve.config.service_schema import ServiceEntry
from ovserve.config.shape import parse_shapes
from ovserve.config.version_policy import parse_version_policy
from ovserve.errors import ConfigurationError

_Entry = TypeVar("_Entry", LoaderEntry, ModelEntry | ServiceEntry)


def load_configuration(path: str | Path) -> Configuration:
    """Read and check a configuration file.

    Raises:
        UnreadableFileError: there is no such file, or it cannot be read.
        BrokenJsonError: it is not JSON.
        ConfigurationError: it holds something that cannot be honoured; the message names the JSON path.
    """
    return parse_configuration(read_configuration(path), path)


def read_configuration(path: str | Path) -> bytes:
    """Return the file's content, by which a watcher notices a change. Raises UnreadableFileError."""
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableFileError(f"configuration file {path} cannot be read: {reason}") from error


def parse_configuration(content: bytes, path: str | Path) -> Configuration:
    """Check the content that was read from ``path``; its folder is where relative paths start.

    Raises:
        BrokenJsonError, ConfigurationError: as :func:`load_configuration`.
    """
    try:
        return configuration_from_json(parse_json(content), directory_of(path))
    except (BrokenJsonError, ConfigurationError) as error:
        raise type(error)(f"{path}: {error}") from None


def configuration_from_json(document: JsonValue, directory: str) -> Configuration:
    """Check a document whose relative paths start at the absolute ``directory``."""
    if is_mil_config(document):
        return Configuration(services=(parse_mil_config(document, directory),))
    top = check_object(document, TOP_LEVEL, "")
    complaints: list[str] = []
    loaders = _entries(top, "custom_loader_config_list", "loader", directory, _loader, complaints)
    served = _entries(top, "model_config_list", "model", directory, _model_or_service, complaints)
    metrics = parse_monitoring(top["monitoring"], "monitoring") if "monitoring" in top else None
    return Configuration(
        loaders=tuple(loaders),
        models=tuple(entry for entry in served if isinstance(entry, ModelEntry)),
        services=tuple(entry for entry in served if isinstance(entry, ServiceEntry)),
        complaints=tuple(complaints),
        metrics=metrics,
    )


def _entries(
    top: JsonObject,
    list_name: str,
    kind: str,
    directory: str,
    read: Callable[[JsonValue, str, str], _Entry],
    complaints: list[str],
) -> Sequence[_Entry]:
    """Read a list of ``{"config": {...}}``; of entries with one name the first counts."""
    listed = top.get(list_name, [])
    assert isinstance(listed, list)  # check_object saw to it
    by_name: dict[str, _Entry] = {}
    for i, element in enumerate(listed):
        place = child_path(list_name, i)
        config = check_object(element, LIST_ENTRY, place)["config"]
        entry = read(config, f"{place}.config", directory)
        if entry.name in by_name:
            complaints.append(f'{place}: {kind} "{entry.name}" is defined before; this entry is ignored')
        else:
            by_name[entry.name] = entry
    return list(by_name.values())


def _loader(value: JsonValue, path: str, directory: str) -> LoaderEntry:
    config = check_object(value, LOADER, path)
    library_path = required_text(config, "library_path", path)
    on_error = config.get("on_blacklist_error", "keep")
    if on_error not in ("keep", "disable"):
        raise expectation(child_path(path, "on_blacklist_error"), '"keep" or "disable"', on_error)
    return LoaderEntry(
        name=required_text(config, "loader_name", path),
        library_path=resolve_loader_path(library_path, directory),
        config_file=checked_text(str(config.get("loader_config_file", "")), f"{path}.loader_config_file"),
        disable_on_blacklist_error=on_error == "disable",
        problem=_prefixed("library_path", escape_problem(library_path) or loader_path_problem(library_path)),
    )


def _model_or_service(value: JsonValue, path: str, directory: str) -> ModelEntry | ServiceEntry:
    check_kind(value, path)
    return parse_service(value, path, directory) if is_service(value) else _model(value, path, directory)


def _model(value: JsonValue, path: str, directory: str) -> ModelEntry:
    config = check_object(value, MODEL, path)
    base_path = required_text(config, "base_path", path)
    scheme = cloud_scheme(base_path)
    if scheme is not None:
        raise ConfigurationError(
            f"{path}.base_path: cloud storage ({scheme}) is not offered; copy the model to a local directory"
        )
    entry = ModelEntry(
        name=required_text(config, "name", path),
        base_path=resolve(base_path, directory),
        problem=_prefixed("base_path", escape_problem(base_path)),
    )
    for key, apply in _MODEL_VALUES.items():
        if key in config:
            try:
                entry = apply(entry, config[key], child_path(path, key))
            except ValueTextError as error:
                entry = replace(entry, problem=entry.problem or str(error))
    return entry


def _nireq(entry: ModelEntry, value: JsonValue, path: str) -> ModelEntry:
    if not isinstance(value, JsonInteger) or value < 0:
        raise expectation(path, "an integer, 0 or more", value)
    return replace(entry, nireq=int(value))


_MODEL_VALUES: dict[str, Callable[[ModelEntry, JsonValue, str], ModelEntry]] = {
    "batch_size": lambda entry, value, path: replace(entry, batch_size=parse_batch_size(value, path)),
    "batching": lambda entry, value, path: replace(entry, batching=parse_batching(value, path)),
    "shape": lambda entry, value, path: replace(entry, shapes=parse_shapes(value, path)),
    "layout": lambda entry, value, path: replace(entry, layouts=parse_layouts(value, path)),
    "mean": lambda entry, value, path: replace(entry, mean=parse_numbers(value, path)),
    "scale": lambda entry, value, path: replace(entry, scale=parse_divisors(value, path)),
    "color_format": lambda entry, value, path: replace(entry, color_format=parse_color_format(value, path)),
    "precision": lambda entry, value, path: replace(entry, precision=parse_precision(value, path)),
    "nireq": _nireq,
    "model_version_policy": lambda entry, value, path: replace(
        entry, version_policy=parse_version_policy(value, path)
    ),
    "target_device": lambda entry, value, path: replace(entry, target_device=checked_text(str(value), path)),
    "plugin_config": lambda entry, value, path: replace(
        entry, plugin_config=parse_plugin_config(value, path)
    ),
    "allow_cache": lambda entry, value, path: replace(entry, allow_cache=value is True),
    "custom_loader_options": lambda entry, value, path: replace(
        entry, loader=parse_loader_options(value, path)
    ),
}


def _prefixed(key: str, problem: str | None) -> str | None:
    return f"{key}: {problem}" if problem else None
