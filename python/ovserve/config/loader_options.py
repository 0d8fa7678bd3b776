"""The value of ``custom_loader_options``: free for the loader, except ``loader_name``."""

from ovserve.config.json_document import JsonObject, JsonValue, child_path
from ovserve.config.json_text import canonical_text, compact_text
from ovserve.config.keys import checked_text, expectation
from ovserve.config.schema import LoaderOptions
from ovserve.errors import ConfigurationError


def parse_loader_options(value: JsonValue, path: str) -> LoaderOptions:
    """Keep the whole object for the loader, ``loader_name`` included, nested values as they are.

    Raises:
        ConfigurationError: not an object, or without the name of a loader.
    """
    if not isinstance(value, JsonObject):
        raise expectation(path, "an object", value)
    if "loader_name" not in value:
        raise ConfigurationError(f"{path}: the required key loader_name is missing")
    name = value["loader_name"]
    place = child_path(path, "loader_name")
    if not isinstance(name, str) or not name:
        raise expectation(place, "the name of a loader", name)
    return LoaderOptions(checked_text(name, place), compact_text(value), canonical_text(value))
