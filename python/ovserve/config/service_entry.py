"""One entry of the model list that is a custom service, to a :class:`ServiceEntry`."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ovserve.config.json_document import (
    JsonInteger,
    JsonObject,
    JsonReal,
    JsonValue,
    child_path,
    parse_json,
)
from ovserve.config.keys import check_object, checked_text, expectation, required_text
from ovserve.config.model_loader_names import EXECUTOR, named_loader, served_loader
from ovserve.config.paths import cloud_scheme, directory_of, escape_problem, resolve
from ovserve.config.refusals import REFUSALS
from ovserve.config.service_keys import SERVICE, WORKERS
from ovserve.config.service_schema import ServiceEntry
from ovserve.errors import ConfigurationError

ENVELOPES = ("body", "json", "kserve", "kservev2")
MOST_WORKERS = 10_000
LARGEST_BATCH = 65_535
LONGEST_S = 86_400
_LARGEST = 2**31 - 1
_LARGEST_SIZE = 2**50

NAME_FORM = "letters, digits, _, - and ., a letter or digit first"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_SHA256 = re.compile("[0-9A-Fa-f]{64}")
_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_SIZE = re.compile("([0-9]{1,12}) ?(KiB|MiB|GiB)")
_UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def is_service_name(name: str) -> bool:
    """Tell whether a service may be named so: names become parts of URLs, and archivers allow no others."""
    return _NAME.fullmatch(name) is not None


def parse_service(value: JsonValue, path: str, directory: str) -> ServiceEntry:
    """Read a service's entry whose relative paths start at the absolute ``directory``.

    Raises:
        ConfigurationError: names the JSON path and what is allowed there.
    """
    config = check_object(value, SERVICE, path)
    name = required_text(config, "name", path)
    if not is_service_name(name):
        raise expectation(child_path(path, "name"), NAME_FORM, name)
    if "mil_config" in config:
        entry = _with_loader(ServiceEntry(name), config, path, directory)
    else:
        if "model_loader" in config:
            raise ConfigurationError(f"{child_path(path, 'model_loader')}: needs mil_config, the file")
        entry = _with_source(ServiceEntry(name), config, path, directory)
    return with_settings(entry, config, path, directory)


def with_settings(entry: ServiceEntry, config: JsonObject, path: str, directory: str) -> ServiceEntry:
    """Add what is said of workers, batches and limits, whose types have been checked.

    Raises:
        ConfigurationError: names the JSON path and what is allowed there.
    """
    for key, (field, read) in _VALUES.items():
        if key in config:
            entry = replace(entry, **{field: read(config[key], child_path(path, key))})
    if "workers" in config:
        entry = _with_workers(entry, config["workers"], child_path(path, "workers"))
    if "interpreter" in config:
        interpreter = required_text(config, "interpreter", path)
        # A bare name is looked up in PATH, as shells do.
        path_of_it = resolve(interpreter, directory) if "/" in interpreter else interpreter
        entry = replace(entry, interpreter=path_of_it)
    return entry


def _with_loader(entry: ServiceEntry, config: JsonObject, path: str, directory: str) -> ServiceEntry:
    """Add the model loader of a ``mil_config.json``: the one named by ``model_loader``, else the file's own.

    What is wrong with that file keeps out this service alone.
    """
    file = resolve(required_text(config, "mil_config", path), directory)
    name = required_text(config, "model_loader", path) if "model_loader" in config else None
    folder = directory_of(file)
    try:
        problem = escape_problem(config["mil_config"] if isinstance(config["mil_config"], str) else "")
        if problem:
            raise ConfigurationError(problem)
        document = parse_json(_content(file))
        if not isinstance(document, JsonObject) or EXECUTOR not in document:
            raise ConfigurationError(f"it has no section {EXECUTOR}")
        loader = named_loader(document, folder, name) if name else served_loader(document, folder)
    except REFUSALS as error:
        return replace(entry, base_path=folder, problem=f"mil_config: {file}: {error}")
    return replace(entry, base_path=folder, loader=loader)


def _content(file: str) -> bytes:
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except OSError as error:
        raise ConfigurationError(f"it cannot be read: {error.strerror}") from None


def _with_source(entry: ServiceEntry, config: JsonObject, path: str, directory: str) -> ServiceEntry:
    """Add where the service's files are and what is called in them."""
    if ("archive" in config) == ("base_path" in config):
        raise ConfigurationError(
            f"{path}: a custom service needs archive, or handler and base_path, and not both"
        )
    key = "archive" if "archive" in config else "base_path"
    written = required_text(config, key, path)
    scheme = cloud_scheme(written)
    if scheme is None and re.match("[A-Za-z][A-Za-z0-9+.-]*://", written):
        scheme = written.partition("://")[0] + "://"
    if scheme is not None:
        raise ConfigurationError(
            f"{child_path(path, key)}: {scheme} is not offered here; copy the archive to a local directory"
        )
    problem = escape_problem(written)
    handler = required_text(config, "handler", path) if "handler" in config else None
    if "sha256" in config and key != "archive":
        raise ConfigurationError(f"{child_path(path, 'sha256')}: only an archive has a digest")
    absolute = resolve(written, directory)
    return replace(
        entry,
        archive=absolute if key == "archive" else None,
        base_path=absolute if key == "base_path" else None,
        handler=handler,
        problem=f"{key}: {problem}" if problem else None,
    )


def _with_workers(entry: ServiceEntry, value: JsonValue, path: str) -> ServiceEntry:
    if isinstance(value, JsonInteger):
        number = _integer(0, MOST_WORKERS)(value, path)
        return replace(entry, min_workers=number, max_workers=number)
    bounds = check_object(value, WORKERS, path)
    low = _integer(0, MOST_WORKERS)(bounds["min"], child_path(path, "min"))
    high = _integer(1, MOST_WORKERS)(bounds["max"], child_path(path, "max"))
    if low > high:
        raise expectation(child_path(path, "max"), f"an integer from {low}, which is min, up", bounds["max"])
    return replace(entry, min_workers=low, max_workers=high)


def _integer(low: int, high: int) -> Callable[[JsonValue, str], int]:
    def read(value: JsonValue, path: str) -> int:
        if not isinstance(value, JsonInteger) or not low <= value <= high:
            raise expectation(path, f"an integer from {low} to {high}", value)
        return int(value)

    return read


def _seconds(low: float, unit: float = 1.0) -> Callable[[JsonValue, str], float]:
    """Read a time, at least ``low`` of its own unit, which is ``unit`` seconds."""

    def read(value: JsonValue, path: str) -> float:
        high = LONGEST_S / unit
        if not isinstance(value, JsonInteger | JsonReal) or not low <= value <= high:
            name = "seconds" if unit == 1.0 else "milliseconds"
            raise expectation(path, f"{name} from {low:g} to {high:.0f}", value)
        return float(value) * unit

    return read


def _memory(value: JsonValue, path: str) -> int:
    if isinstance(value, str):
        match = _SIZE.fullmatch(value)
        size = int(match[1]) * _UNITS[match[2]] if match else 0
    else:
        size = int(value) if isinstance(value, JsonInteger) else 0
    if not 2**20 <= size <= _LARGEST_SIZE:
        raise expectation(path, 'bytes, or a text like "512 MiB" or "2 GiB"; at least one MiB', value)
    return size


def _text(value: JsonValue, path: str) -> str:
    if not isinstance(value, str) or not value:
        raise expectation(path, "a string that is not empty", value)
    return checked_text(value, path)


def _sha256(value: JsonValue, path: str) -> str:
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise expectation(path, "the 64 hexadecimal digits of a SHA-256 digest", value)
    return value.lower()


def _one_of(*choices: str) -> Callable[[JsonValue, str], str]:
    def read(value: JsonValue, path: str) -> str:
        if not isinstance(value, str) or value not in choices:
            raise expectation(path, "one of " + ", ".join(f'"{choice}"' for choice in choices), value)
        return value

    return read


def _environment(value: JsonValue, path: str) -> dict[str, str]:
    assert isinstance(value, JsonObject)  # check_object saw to it
    variables: dict[str, str] = {}
    for name, member in value.items():
        if not _VARIABLE.fullmatch(name):
            raise ConfigurationError(f"{child_path(path, name)}: no name for a variable")
        if not isinstance(member, str):
            raise expectation(child_path(path, name), "a string", member)
        variables[name] = checked_text(member, child_path(path, name))
    return variables


def _patterns(value: JsonValue, path: str) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(_text(element, child_path(path, i)) for i, element in enumerate(value))


def _device_ids(value: JsonValue, path: str) -> tuple[int, ...]:
    assert isinstance(value, list)
    return tuple(_integer(0, _LARGEST)(element, child_path(path, i)) for i, element in enumerate(value))


def _boolean(value: JsonValue, _: str) -> bool:
    return value is True


_VALUES: dict[str, tuple[str, Callable[[JsonValue, str], Any]]] = {
    "version": ("version", _text),
    "sha256": ("sha256", _sha256),
    "batch_size": ("batch_size", _integer(1, LARGEST_BATCH)),
    "max_batch_delay": ("max_batch_delay_s", _seconds(0, 1e-3)),
    "queue_size": ("queue_size", _integer(1, _LARGEST)),
    "response_timeout": ("response_timeout_s", _seconds(0.001)),
    "startup_timeout": ("startup_timeout_s", _seconds(0.001)),
    "client_timeout": ("client_timeout_s", _seconds(0.001)),
    "drain_timeout": ("drain_timeout_s", _seconds(0)),
    "max_retry_timeout": ("max_retry_s", _seconds(0)),
    "scale_up_after": ("scale_up_after_s", _seconds(0.001)),
    "scale_down_after": ("scale_down_after_s", _seconds(0)),
    "memory_limit": ("memory_limit_bytes", _memory),
    "max_response_size": ("max_response_bytes", _integer(1, _LARGEST)),
    "environment": ("environment", _environment),
    "environment_allowed": ("environment_allowed", _patterns),
    "device_type": ("device_type", _one_of("cpu", "gpu")),
    "device_ids": ("device_ids", _device_ids),
    "threads_per_worker": ("threads_per_worker", _integer(1, MOST_WORKERS)),
    "envelope": ("envelope", _one_of(*ENVELOPES)),
    "decode_requests": ("decode_requests", _boolean),
    "retry_singly": ("retry_singly", _boolean),
    "install_requirements": ("install_requirements", _boolean),
}
