"""The value of ``plugin_config``: passed on to the device, which knows its own properties."""

from ovserve.config.json_document import JsonInteger, JsonObject, JsonReal, JsonValue, child_path
from ovserve.config.keys import expectation
from ovserve.config.schema import PluginValue

_INT64 = range(-(2**63), 2**63)


def parse_plugin_config(value: JsonValue, path: str) -> dict[str, PluginValue]:
    """Read an object of strings, numbers and booleans.

    Raises:
        ConfigurationError: it is something else.
    """
    if not isinstance(value, JsonObject):
        raise expectation(path, "an object", value)
    return {key: _value(member, child_path(path, key)) for key, member in value.items()}


def _value(value: JsonValue, path: str) -> PluginValue:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, JsonReal):
        return float(value)
    if isinstance(value, JsonInteger) and int(value) in _INT64:
        return int(value)
    raise expectation(path, "a string, a number (integers of up to 64 bits), true or false", value)
