"""The values of ``models`` and ``model_snapshot``: JSON, versions of models with their settings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ovserve.config.json_document import JsonInteger, JsonObject, JsonValue, child_path, parse_json
from ovserve.config.keys import checked_text, expectation
from ovserve.config.refusals import BrokenJsonError
from ovserve.errors import ConfigurationError
from ovserve.ts_config.options import ModelSettings

_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ModelsDocument:
    """The versions in file order, and a line for every key that changes nothing."""

    models: tuple[ModelSettings, ...]
    warnings: tuple[str, ...] = ()


def parse_models(text: str, key: str) -> ModelsDocument:
    """Read ``{"name": {"version": {"minWorkers": 1, ...}}}``.

    Raises:
        ConfigurationError: it is no JSON, or a value is not what its key asks for; names the JSON path.
    """
    return models_from_json(_parsed(text, key), key)


def parse_model_snapshot(text: str, key: str) -> ModelsDocument:
    """Read ``{"name": ..., "modelCount": N, "models": {...}}``, as snapshots have it. Raises as above."""
    document = _parsed(text, key)
    if not isinstance(document, JsonObject):
        raise expectation(key, "an object", document)
    count = document.get("modelCount")
    models = models_from_json(document.get("models", JsonObject()), child_path(key, "models"))
    if count is not None and (not isinstance(count, JsonInteger) or count != len(models.models)):
        raise expectation(child_path(key, "modelCount"), f"{len(models.models)}, as there are models", count)
    for model in models.models:
        if model.archive is None:
            raise ConfigurationError(f"{key}: {model.name} {model.version} has no marName")
    return models


def models_from_json(document: JsonValue, path: str) -> ModelsDocument:
    """Read models by name and version. Raises as above."""
    if not isinstance(document, JsonObject):
        raise expectation(path, "an object of models", document)
    models: list[ModelSettings] = []
    warnings: list[str] = []
    for name, versions in document.items():
        place = child_path(path, name)
        if not isinstance(versions, JsonObject) or not name:
            raise expectation(place, "an object of versions", versions)
        of_model = [
            _settings(name, version, value, child_path(place, version), warnings)
            for version, value in versions.items()
        ]
        if sum(model.default_version for model in of_model) > 1:
            raise ConfigurationError(f"{place}: more than one version has defaultVersion")
        models += of_model
    return ModelsDocument(tuple(models), tuple(warnings))


def _parsed(text: str, key: str) -> JsonValue:
    try:
        return parse_json(text, key)
    except BrokenJsonError as error:
        raise ConfigurationError(str(error)) from None


def _settings(name: str, version: str, value: JsonValue, path: str, warnings: list[str]) -> ModelSettings:
    if not isinstance(value, JsonObject) or not version:
        raise expectation(path, "an object of settings", value)
    fields: dict[str, Any] = {}
    for key, member in value.items():
        place = child_path(path, key)
        if key in SETTINGS:
            field, read = SETTINGS[key]
            fields[field] = read(member, place)
        else:
            warnings.append(f"{place} has no effect: {_WITHOUT_EFFECT.get(key, 'there is no such setting')}")
    settings = ModelSettings(name, version, **fields)
    low, high = settings.min_workers, settings.max_workers
    if low is not None and high is not None and low > high:
        raise expectation(
            child_path(path, "maxWorkers"),
            f"an integer from {low}, which is minWorkers, up",
            value["maxWorkers"],
        )
    return settings


def _integer(low: int) -> Callable[[JsonValue, str], int]:
    def read(value: JsonValue, path: str) -> int:
        if not isinstance(value, JsonInteger) or not low <= value <= _LARGEST:
            raise expectation(path, f"an integer from {low} to {_LARGEST}", value)
        return int(value)

    return read


def _time(unit_s: float, low: int) -> Callable[[JsonValue, str], float]:
    read = _integer(low)
    return lambda value, path: read(value, path) * unit_s


def _text(value: JsonValue, path: str) -> str:
    if not isinstance(value, str) or not value:
        raise expectation(path, "a string that is not empty", value)
    return checked_text(value, path)


def _boolean(value: JsonValue, path: str) -> bool:
    if not isinstance(value, bool):
        raise expectation(path, "true or false", value)
    return value


def _runtime(value: JsonValue, path: str) -> str:
    if value not in ("python", "python3"):
        raise expectation(path, '"python" or "python3"', value)
    return str(value)


SETTINGS: dict[str, tuple[str, Callable[[JsonValue, str], Any]]] = {
    "defaultVersion": ("default_version", _boolean),
    "marName": ("archive", _text),
    "minWorkers": ("min_workers", _integer(0)),
    "maxWorkers": ("max_workers", _integer(0)),
    "batchSize": ("batch_size", _integer(1)),
    "maxBatchDelay": ("max_batch_delay_s", _time(1e-3, 0)),
    "responseTimeout": ("response_timeout_s", _time(1.0, 1)),
    "startupTimeout": ("startup_timeout_s", _time(1.0, 1)),
    "runtimeType": ("runtime", _runtime),
    "handler": ("handler", _text),
}
_WITHOUT_EFFECT = {
    "parallelLevel": "models in several processes are not offered",
    "parallelType": "models in several processes are not offered",
}
