"""The value of ``layout``: the meaning and the order of a tensor's dimensions."""

import re
from collections.abc import Mapping

from ovserve.config.json_document import JsonObject, JsonValue, child_path, parse_json
from ovserve.config.keys import expectation
from ovserve.config.refusals import ValueTextError
from ovserve.config.schema import ONLY_TENSOR, Layout

FORMS = 'letters of N, C, H, W, D, each once, with "?" and one "...", alone or as TARGET:SOURCE'


class LayoutTextError(ValueTextError):
    """The text does not say a layout: that keeps out the model, not the configuration."""


def parse_layouts(value: JsonValue, path: str) -> Mapping[str, Layout]:
    """Read the layout of the only input, or an object of input or output name to layout.

    Raises:
        ConfigurationError: a wrong type.
        LayoutTextError: a string that means nothing.
    """
    if isinstance(value, str):
        return {ONLY_TENSOR: _text(value, path)}
    if not isinstance(value, JsonObject):
        raise expectation(path, "a string or an object", value)
    if ONLY_TENSOR in value:
        raise expectation(path, "the names of inputs and outputs as keys", value)
    return {name: _member(member, child_path(path, name)) for name, member in value.items()}


def parse_layouts_text(text: str, path: str) -> Mapping[str, Layout]:
    """Read layouts as the command line has them: one, or a JSON object. Raises as above."""
    return parse_layouts(parse_json(text, path) if text.lstrip().startswith("{") else text, path)


def _member(value: JsonValue, path: str) -> Layout:
    if not isinstance(value, str):
        raise expectation(path, "a string", value)
    return _text(value, path)


def _text(text: str, path: str) -> Layout:
    target, colon, source = text.replace(" ", "").upper().partition(":")
    source = source if colon else target
    if _is_layout(target) and _is_layout(source):
        return target, source
    raise LayoutTextError(f'{path}: "{text}" is no layout; expected {FORMS}')


def _is_layout(form: str) -> bool:
    letters = form.replace("?", "").replace("...", "")
    return bool(re.fullmatch(r"[NCHWD?]*(\.\.\.)?[NCHWD?]*", form)) and form != "" and _unique(letters)


def _unique(letters: str) -> bool:
    return len(set(letters)) == len(letters)
