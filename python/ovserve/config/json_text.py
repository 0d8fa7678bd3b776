"""JSON values back to text, with every number spelled as it was read."""

import json

from ovserve.config.json_document import JsonInteger, JsonObject, JsonReal, JsonValue

LONGEST_QUOTE = 60


def compact_text(value: JsonValue) -> str:
    """Return ``value`` without any white space, members in file order."""
    return _text(value, in_order=False)


def canonical_text(value: JsonValue) -> str:
    """Return the same with members sorted: a document whose order alone changed gives the same text."""
    return _text(value, in_order=True)


def quoted(value: JsonValue) -> str:
    """Return ``value`` for a message: its compact text, shortened when long."""
    text = compact_text(value)
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 3]}..."


def _text(value: JsonValue, in_order: bool) -> str:
    if isinstance(value, JsonInteger | JsonReal):
        return value.text
    if isinstance(value, JsonObject):
        members = sorted(value.items()) if in_order else value.items()
        return "{" + ",".join(f"{_scalar(key)}:{_text(member, in_order)}" for key, member in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_text(element, in_order) for element in value) + "]"
    return _scalar(value)


def _scalar(value: str | bool | None) -> str:
    return json.dumps(value, ensure_ascii=False)
