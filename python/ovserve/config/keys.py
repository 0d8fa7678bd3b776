"""Every key that a configuration file may hold, and what becomes of it.

A key is offered, or it is known from OpenVINO Model Server and refused by name. Everything else is a
mistake. The tables say which JSON types a key takes; what its value means is read elsewhere.
"""

from dataclasses import dataclass

from ovserve.config.json_document import JsonInteger, JsonObject, JsonReal, JsonValue, child_path
from ovserve.config.json_text import compact_text, quoted
from ovserve.config.nearest import nearest
from ovserve.errors import ConfigurationError

_NAME_OF_TYPE: dict[type, str] = {
    JsonObject: "an object",
    list: "an array",
    str: "a string",
    JsonInteger: "an integer",
    JsonReal: "a number with a fraction",
    bool: "true or false",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One known key.

    ``not_offered`` says why a known key is refused and what to do instead; values listed in
    ``harmless`` (compact JSON) ask for nothing and are accepted all the same.
    """

    name: str
    types: tuple[type, ...] = ()
    required: bool = False
    not_offered: str | None = None
    harmless: tuple[str, ...] = ()


def _later(name: str, instead: str, *harmless: str) -> Key:
    return Key(name, not_offered=instead, harmless=harmless)


TOP_LEVEL = (
    Key("model_config_list", (list,), required=True),
    Key("custom_loader_config_list", (list,)),
    _later("pipeline_config_list", "pipelines are not offered; serve their models one by one", "[]"),
    _later("custom_node_library_config_list", "pipelines with custom nodes are not offered", "[]"),
    _later("mediapipe_config_list", "MediaPipe graphs are not offered; serve their models one by one", "[]"),
    Key("monitoring", (JsonObject,)),
)

LIST_ENTRY = (Key("config", (JsonObject,), required=True),)

LOADER = (
    Key("loader_name", (str,), required=True),
    Key("library_path", (str,), required=True),
    Key("loader_config_file", (str,)),
    Key("on_blacklist_error", (str,)),
)

MONITORING = (Key("metrics", (JsonObject,), required=True),)

METRICS = (
    Key("enable", (bool,), required=True),
    Key("metrics_list", (list,)),
)

BATCHING = (
    Key("max_batch", (JsonInteger,), required=True),
    Key("max_delay_us", (JsonInteger,)),
)

_STATEFUL = "stateful models are not offered; remove the key"

MODEL = (
    Key("name", (str,), required=True),
    Key("base_path", (str,), required=True),
    Key("batch_size", (JsonInteger, str)),
    Key("batching", (JsonObject,)),
    Key("shape", (JsonObject, str)),
    Key("layout", (JsonObject, str)),
    Key("mean", (JsonInteger, JsonReal, list, str)),
    Key("scale", (JsonInteger, JsonReal, list, str)),
    Key("color_format", (str,)),
    Key("precision", (str,)),
    Key("model_version_policy", (JsonObject,)),
    Key("nireq", (JsonInteger,)),
    Key("target_device", (str,)),
    Key("plugin_config", (JsonObject,)),
    Key("allow_cache", (bool,)),
    Key("custom_loader_options", (JsonObject,)),
    _later("stateful", _STATEFUL, "false"),
    _later("idle_sequence_cleanup", _STATEFUL),
    _later("low_latency_transformation", _STATEFUL, "false"),
    _later("max_sequence_number", _STATEFUL),
    _later("graph_path", "MediaPipe graphs are not offered; remove this entry"),
    _later("subconfig", "MediaPipe graphs are not offered; remove this entry"),
)


def check_object(value: JsonValue, keys: tuple[Key, ...], path: str) -> JsonObject:
    """Return ``value`` as an object that holds only offered keys with values of their types.

    Raises:
        ConfigurationError: names the JSON path, what was expected, and the nearest valid key.
    """
    if not isinstance(value, JsonObject):
        raise expectation(path, "an object", value)
    known = {key.name: key for key in keys}
    for name, member in value.items():
        key = known.get(name)
        if key is None:
            raise _unknown_key(path, name, keys)
        _check_member(key, member, child_path(path, name))
    for key in keys:
        if key.required and key.name not in value:
            raise ConfigurationError(f"{path or 'the document'}: the required key {key.name} is missing")
    return value


def expectation(path: str, expected: str, value: JsonValue) -> ConfigurationError:
    """Return the error for a value that is not what its place asks for."""
    return ConfigurationError(f"{path or 'the document'}: expected {expected}, got {quoted(value)}")


def required_text(value: JsonObject, name: str, path: str) -> str:
    """Return a string member that must not be empty and can name a file or a model."""
    text = value[name]
    if not isinstance(text, str) or not text:
        raise expectation(child_path(path, name), "a string that is not empty", text)
    return checked_text(text, child_path(path, name))


def checked_text(text: str, path: str) -> str:
    """Return ``text`` unless it holds a null character, which no path or name can."""
    if "\0" in text:
        raise ConfigurationError(f"{path}: a null character is not allowed here")
    return text


def _check_member(key: Key, value: JsonValue, path: str) -> None:
    if key.not_offered is not None:
        if compact_text(value) not in key.harmless:
            raise ConfigurationError(f"{path}: {key.not_offered}")
    elif not isinstance(value, key.types):
        raise expectation(path, " or ".join(_NAME_OF_TYPE[kind] for kind in key.types), value)


def _unknown_key(path: str, name: str, keys: tuple[Key, ...]) -> ConfigurationError:
    offered = [key.name for key in keys if key.not_offered is None]
    similar = nearest(name, [key.name for key in keys])
    valid = f"valid here: {', '.join(offered)}" if offered else "no key is valid here"
    hint = f"did you mean {similar}?" if similar else valid
    return ConfigurationError(f"{child_path(path, name)}: unknown key; {hint}")
