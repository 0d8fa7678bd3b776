"""The value of ``shape``: new shapes for a model's inputs."""

import re
from collections.abc import Mapping

from ovserve.config.json_document import JsonInteger, JsonObject, JsonValue, child_path, parse_json
from ovserve.config.keys import expectation
from ovserve.config.refusals import ValueTextError
from ovserve.config.schema import ONLY_TENSOR, Shape

LARGEST_DIMENSION = 2**31 - 1
FORMS = '"auto" or numbers, "-1" (any) and "min:max" in parentheses, e.g. "(1,3,224:448,-1)"'


class ShapeTextError(ValueTextError):
    """The text does not say a shape: that keeps out the model, not the configuration."""


def parse_shapes(value: JsonValue, path: str) -> Mapping[str, Shape]:
    """Read the shape of the only input, or an object of input name to shape.

    Raises:
        ConfigurationError: a wrong type or a negative number that is not -1.
        ShapeTextError: a string, or a dimension, that means nothing.
    """
    if isinstance(value, str):
        return {ONLY_TENSOR: _text(value, path)}
    if not isinstance(value, JsonObject):
        raise expectation(path, "a string or an object", value)
    if ONLY_TENSOR in value:
        raise expectation(path, "the names of inputs as keys", value)
    return {name: _shape(member, child_path(path, name)) for name, member in value.items()}


def parse_shapes_text(text: str, path: str) -> Mapping[str, Shape]:
    """Read shapes as the command line has them: a shape, or a JSON object. Raises as above."""
    return parse_shapes(parse_json(text, path) if text.lstrip().startswith("{") else text, path)


def _shape(value: JsonValue, path: str) -> Shape:
    if isinstance(value, str):
        return _text(value, path)
    if not isinstance(value, list):
        raise expectation(path, "a string or an array of integers", value)
    for i, element in enumerate(value):
        if not isinstance(element, JsonInteger) or element < -1:
            raise expectation(child_path(path, i), "an integer above 0, or -1", element)
    return _text(f"({','.join(str(element) for element in value)})", path)


def _text(text: str, path: str) -> Shape:
    form = text.replace(" ", "")
    if form == "auto":
        return None
    if form.startswith("(") and form.endswith(")"):
        dimensions = [_dimension(part) for part in form[1:-1].split(",")]
        known = tuple(dimension for dimension in dimensions if dimension is not None)
        if len(known) == len(dimensions):
            return known
    raise ShapeTextError(f'{path}: "{text}" is no shape; expected {FORMS}')


def _dimension(text: str) -> tuple[int, int | None] | None:
    if text == "-1":
        return 1, None
    match = re.fullmatch(r"([0-9]{1,10})(?::([0-9]{1,10}))?", text)
    if not match:
        return None
    low = int(match[1])
    high = int(match[2] or match[1])
    return (low, high) if 1 <= low <= high <= LARGEST_DIMENSION else None
