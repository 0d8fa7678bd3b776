"""Every key that a custom service's entry may hold; see :mod:`ovserve.config.keys`."""

from ovserve.config.json_document import JsonInteger, JsonObject, JsonReal, JsonValue, child_path
from ovserve.config.keys import MODEL, Key
from ovserve.errors import ConfigurationError

_SECONDS = (JsonInteger, JsonReal)

SERVICE = (
    Key("name", (str,), required=True),
    Key("archive", (str,)),
    Key("base_path", (str,)),
    Key("handler", (str,)),
    Key("mil_config", (str,)),
    Key("model_loader", (str,)),
    Key("version", (str,)),
    Key("sha256", (str,)),
    Key("workers", (JsonInteger, JsonObject)),
    Key("batch_size", (JsonInteger,)),
    Key("max_batch_delay", _SECONDS),
    Key("queue_size", (JsonInteger,)),
    Key("response_timeout", _SECONDS),
    Key("startup_timeout", _SECONDS),
    Key("client_timeout", _SECONDS),
    Key("drain_timeout", _SECONDS),
    Key("max_retry_timeout", _SECONDS),
    Key("scale_up_after", _SECONDS),
    Key("scale_down_after", _SECONDS),
    Key("memory_limit", (JsonInteger, str)),
    Key("max_response_size", (JsonInteger,)),
    Key("interpreter", (str,)),
    Key("environment", (JsonObject,)),
    Key("environment_allowed", (list,)),
    Key("device_type", (str,)),
    Key("device_ids", (list,)),
    Key("threads_per_worker", (JsonInteger,)),
    Key("envelope", (str,)),
    Key("decode_requests", (bool,)),
    Key("retry_singly", (bool,)),
    Key("install_requirements", (bool,)),
)

_NOT_OF_LOADERS = frozenset(
    {"archive", "base_path", "handler", "sha256", "envelope", "decode_requests", "install_requirements"}
)
LOADER_SETTINGS = tuple(
    key
    for key in SERVICE
    if key.name not in _NOT_OF_LOADERS and key.name not in ("name", "mil_config", "model_loader")
)
"""What may be said of a model loader's workers, batches and limits."""

WORKERS = (
    Key("min", (JsonInteger,), required=True),
    Key("max", (JsonInteger,), required=True),
)

_MARKS = ("handler", "archive", "mil_config")
_MODEL_NAMES = frozenset(key.name for key in MODEL)
_OF_SERVICES_ALONE = tuple(key.name for key in SERVICE if key.name not in _MODEL_NAMES)
_OF_MODELS_ALONE = _MODEL_NAMES - {key.name for key in SERVICE}


def is_service(entry: JsonValue) -> bool:
    """Tell whether an entry of the model list is a custom service, by what only services have."""
    return isinstance(entry, JsonObject) and any(name in entry for name in _MARKS)


def check_kind(entry: JsonValue, path: str) -> None:
    """Refuse entries that mix what only models have with what only services have.

    Raises:
        ConfigurationError: names the key and the way out.
    """
    if not isinstance(entry, JsonObject):
        return
    if "mil_config" in entry:
        for name in entry:
            if name in _NOT_OF_LOADERS or name in _OF_MODELS_ALONE:
                raise ConfigurationError(
                    f"{child_path(path, name)}: mil_config makes this entry a model loader, which has no"
                    f" {name}; remove one or the other"
                )
    elif is_service(entry):
        for name in entry:
            if name in _OF_MODELS_ALONE:
                raise ConfigurationError(
                    f"{child_path(path, name)}: a key of models, but handler and archive make this entry a"
                    " custom service; remove one or the other"
                )
    else:
        for name in _OF_SERVICES_ALONE:
            if name in entry:
                raise ConfigurationError(
                    f"{child_path(path, name)}: a key of custom services, which have handler, archive or"
                    " mil_config"
                )
