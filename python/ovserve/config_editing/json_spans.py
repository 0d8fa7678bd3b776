"""Where the parts of a JSON text lie, so that one can be changed and all else stays as it was written."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")
_INDENTATION = re.compile(r"[ \t]*")


class Span(NamedTuple):
    """Part of a text, from the first character to behind the last."""

    start: int
    end: int


def member_span(text: str, name: str) -> Span:
    """Return where a member's value lies in a text that is one valid JSON object. Raises KeyError."""
    position = _behind_blank(text, _behind_blank(text, 0) + 1)
    while text[position] != "}":
        key, end = _DECODER.raw_decode(text, position)
        start = _behind_blank(text, _behind_blank(text, end) + 1)  # behind the colon
        value = Span(start, _DECODER.raw_decode(text, start)[1])
        if key == name:
            return value
        position = _behind_blank(text, value.end)
        if text[position] == ",":
            position = _behind_blank(text, position + 1)
    raise KeyError(name)


def element_spans(text: str, array: Span) -> Iterator[Span]:
    """Yield where the elements of the array at ``array`` lie, in their order."""
    position = _behind_blank(text, array.start + 1)
    while text[position] != "]":
        element = Span(position, _DECODER.raw_decode(text, position)[1])
        yield element
        position = _behind_blank(text, element.end)
        if text[position] == ",":
            position = _behind_blank(text, position + 1)


def indentation_at(text: str, position: int) -> str:
    """Return the blanks that the line of ``position`` begins with."""
    match = _INDENTATION.match(text, text.rfind("\n", 0, position) + 1)
    assert match is not None  # it may be empty
    return match.group()


def _behind_blank(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    assert match is not None  # it may be empty
    return match.end()
