"""Java's properties format, which ``config.properties`` is written in.

Source: the documentation of ``java.util.Properties.load(Reader)``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ovserve.errors import ConfigurationError

_BLANK = " \t\f"
_ENDS_OF_LINES = re.compile("\r\n|[\r\n]")
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_UNESCAPED = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f", "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class Property:
    """One entry, and the number of the line that it begins on."""

    key: str
    value: str
    line: int


def decoded(content: bytes) -> str:
    """Return a file's text: UTF-8, or ISO 8859-1 if it is not; Java knows only the latter."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("iso-8859-1")


def parse_properties(text: str) -> tuple[Property, ...]:
    r"""Return the entries in file order; of a key that is there more than once, Java counts the last.

    Raises:
        ConfigurationError: ``\u`` without four hexadecimal digits, or half of a surrogate pair; the message
            names the line.
    """
    return tuple(_property(line, number) for line, number in _logical_lines(text))


def format_property(key: str, value: str) -> str:
    """Return the line that gives this entry again, ASCII only."""
    return f"{_escaped(key, all_blanks=True)}={_escaped(value, all_blanks=False)}"


def _logical_lines(text: str) -> Iterator[tuple[str, int]]:
    """Join what trailing backslashes continue; leave out blank lines and comments."""
    line, first = "", 0
    natural = _ENDS_OF_LINES.split(text)
    for number, part in enumerate(natural, 1):
        part = part.lstrip(_BLANK)
        if not line:  # nothing of it yet, also behind a backslash that stands alone
            if not part or part[0] in "#!":
                continue
            first = number
        line += part
        if _continues(part):
            line = line[:-1]
            if number < len(natural):
                continue
        yield line, first
        line = ""


def _continues(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _property(line: str, number: int) -> Property:
    end = _end_of_key(line)
    rest = line[end:].lstrip(_BLANK)
    if rest[:1] in ("=", ":"):
        rest = rest[1:].lstrip(_BLANK)
    return Property(_unescaped(line[:end], number), _unescaped(rest, number), number)


def _end_of_key(line: str) -> int:
    escaped = False
    for position, character in enumerate(line):
        if not escaped and character in f"=:{_BLANK}":
            return position
        escaped = character == "\\" and not escaped
    return len(line)


def _unescaped(text: str, line: int) -> str:
    if "\\" not in text:
        return text
    parts: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == "\\" and position < len(text):
            character = text[position]
            position += 1
            if character == "u":
                parts.append(_code_unit(text[position : position + 4], line))
                position += 4
                continue
            character = _ESCAPED.get(character, character)
        parts.append(character)
    try:  # \u says UTF-16, in which two of them may be one character
        return "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise ConfigurationError(f"line {line}: half of a surrogate pair (\\ud800..\\udfff)") from None


def _code_unit(digits: str, line: int) -> str:
    if not re.fullmatch("[0-9A-Fa-f]{4}", digits):
        raise ConfigurationError(
            f'line {line}: \\u needs four hexadecimal digits, got "{digits}"; a backslash is written \\\\'
        )
    return chr(int(digits, 16))


def _escaped(text: str, all_blanks: bool) -> str:
    parts: list[str] = []
    for position, character in enumerate(text):
        if character in _UNESCAPED:
            parts.append(_UNESCAPED[character])
        elif character in "=:#!" or (character == " " and (all_blanks or position == 0)):
            parts.append(f"\\{character}")
        elif " " <= character <= "~":
            parts.append(character)
        else:
            units = character.encode("utf-16-be")
            parts += [f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2)]
    return "".join(parts)
