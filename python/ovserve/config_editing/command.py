"""The commands ``--list_models``, ``--add_to_config`` and ``--remove_from_config``."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ovserve.config.command_line import FlagValue, UsageError
from ovserve.config.flags import FLAGS, MODEL_REPOSITORY_VARIABLE
from ovserve.config.json_document import parse_json
from ovserve.config.load import configuration_from_json
from ovserve.config.paths import directory_of
from ovserve.config.refusals import BrokenJsonError, UnreadableFileError
from ovserve.config.schema import Configuration
from ovserve.config.versions import scan_versions
from ovserve.config_editing.model_list import new_configuration, with_model, without_model
from ovserve.config_editing.replace_file import locked_folder, replace_file
from ovserve.config_editing.repository import list_repository
from ovserve.errors import ConfigurationError, OvserveError

COMMANDS = ("list_models", "add_to_config", "remove_from_config")
_FILE_NAME = "config.json"
_MODEL_FLAGS = ("model_name", "model_path")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command says: on standard output, and lines for standard error."""

    text: str
    notes: tuple[str, ...] = ()


def asked_command(values: Mapping[str, FlagValue]) -> str | None:
    """Return the one command that the flags ask for, or None if they ask for a server.

    Raises:
        UsageError: they ask for two.
    """
    asked = [name for name in COMMANDS if values.get(name)]
    if len(asked) > 1:
        raise UsageError(f"--{asked[0]} excludes --{asked[1]}")
    return asked[0] if asked else None


def run_command(
    command: str, values: Mapping[str, FlagValue], environment: Mapping[str, str] | None = None
) -> Answer:
    """Carry out one of :data:`COMMANDS`.

    Args:
        command: which one.
        values: all flags, as the parser gives them.
        environment: variables of the process; by default its own.

    Raises:
        UsageError: a flag is missing or does not go with the command.
        OvserveError: it cannot be carried out; nothing has changed then.
    """
    variables = os.environ if environment is None else environment
    repository = str(values.get("model_repository_path", "")) or variables.get(MODEL_REPOSITORY_VARIABLE, "")
    if command == "list_models":
        return _list_models(repository)
    _check_flags(command, values)
    name = str(values["model_name"])
    path = _config_path(command, values, variables)
    if command == "add_to_config":
        return _add(path, name, _base_path(values, name, repository))
    return _remove(path, name)


def _list_models(repository: str) -> Answer:
    if not repository:
        raise UsageError(
            f"--list_models needs --model_repository_path, or the variable {MODEL_REPOSITORY_VARIABLE}"
        )
    content = list_repository(repository)
    notes = tuple(f"{name} is a MediaPipe graph, which is not offered" for name in content.graphs)
    return Answer("".join(f"{name}\n" for name in content.models), notes)


def _check_flags(command: str, values: Mapping[str, FlagValue]) -> None:
    others = [f"--{name}" for name in values if FLAGS[name].single_model and name not in _MODEL_FLAGS]
    if others:
        raise UsageError(f"--{command} excludes {', '.join(others)}; write them into the file")
    if "model_name" not in values:
        raise UsageError(f"--{command} needs --model_name")
    if command == "remove_from_config" and "model_path" in values:
        raise UsageError("--remove_from_config excludes --model_path; the name is enough")


def _config_path(command: str, values: Mapping[str, FlagValue], variables: Mapping[str, str]) -> str:
    """Return the file to edit. Releases before 2025.4 gave it after the command."""
    named = [str(values[flag]) for flag in (command, "config_path") if isinstance(values.get(flag), str)]
    repository = variables.get(MODEL_REPOSITORY_VARIABLE, "")
    if not named and repository:
        named.append(os.path.join(repository, _FILE_NAME))
    if not named:
        raise UsageError(f"--{command} needs --config_path, or the variable {MODEL_REPOSITORY_VARIABLE}")
    if len(set(named)) > 1:
        raise UsageError(f"--{command} {named[0]} and --config_path {named[1]} differ; give one of them")
    return os.path.join(named[0], _FILE_NAME) if os.path.isdir(named[0]) else named[0]


def _base_path(values: Mapping[str, FlagValue], name: str, repository: str) -> str:
    """Return what the file is to say, as written: a relative path starts at the file's folder."""
    if "model_path" in values:
        if "model_repository_path" in values:
            raise UsageError("--model_path excludes --model_repository_path")
        return str(values["model_path"])
    if not repository:
        raise UsageError(
            "--add_to_config needs --model_path, --model_repository_path, "
            f"or the variable {MODEL_REPOSITORY_VARIABLE}"
        )
    return os.path.join(repository, name)


def _add(path: str, name: str, base_path: str) -> Answer:
    with _errors_of(path), locked_folder(_folder(path)):
        before = _text_of(path) if os.path.lexists(path) else None
        after = new_configuration(name, base_path) if before is None else with_model(before, name, base_path)
        content = after.encode()
        configuration = _checked(content, path)
        (added,) = (model for model in configuration.models if model.name == name)
        if added.problem:
            raise ConfigurationError(added.problem)
        replace_file(path, content)
    scan = scan_versions(added.base_path)
    missing = scan.cause or ("" if scan.versions else f"base_path {added.base_path}: no version in it")
    return Answer(_updated(path), (f"{missing}; it is loaded once it is there",) if missing else ())


def _remove(path: str, name: str) -> Answer:
    with _errors_of(path), locked_folder(_folder(path)):
        content = without_model(_text_of(path), name).encode()
        _checked(content, path)
        replace_file(path, content)
    return Answer(_updated(path))


def _text_of(path: str) -> str:
    try:
        return Path(path).read_bytes().decode()
    except UnicodeDecodeError as error:
        raise BrokenJsonError(f"not valid JSON: byte {error.start} is not UTF-8") from None


def _checked(content: bytes, path: str) -> Configuration:
    """Return what the server would make of the edited file."""
    return configuration_from_json(parse_json(content), directory_of(path))


@contextlib.contextmanager
def _errors_of(path: str) -> Iterator[None]:
    """Let every error name the file."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableFileError(f"configuration file {path} cannot be edited: {reason}") from error
    except OvserveError as error:
        raise type(error)(f"{path}: {error}") from None


def _folder(path: str) -> str:
    return os.path.dirname(os.path.realpath(path))


def _updated(path: str) -> str:
    return f"Config updated: {path}\n"
