"""Texts of values to values. Every function takes the text and the key, and raises ConfigurationError."""

import os
import re
from collections.abc import Callable
from typing import Any

from ovserve.errors import ConfigurationError

Reader = Callable[[str, str], Any]

LARGEST = 2**31 - 1
LONGEST_S = 10 * 365 * 86_400


def wrong(key: str, expected: str, text: str) -> ConfigurationError:
    """Return the error for a value that is not what its key asks for."""
    return ConfigurationError(f'{key}: expected {expected}, got "{text}"')


def boolean(text: str, key: str) -> bool:
    """Read true or false, in any case."""
    if text.lower() not in ("true", "false"):
        raise wrong(key, "true or false", text)
    return text.lower() == "true"


def negated(text: str, key: str) -> bool:
    """Read true or false, and return the other one."""
    return not boolean(text, key)


def integer(low: int = 0, high: int = LARGEST) -> Callable[[str, str], int]:
    """Return a reader of whole numbers within bounds."""

    def read(text: str, key: str) -> int:
        if not re.fullmatch("[0-9]{1,19}", text) or not low <= int(text) <= high:
            raise wrong(key, f"a whole number from {low} to {high}", text)
        return int(text)

    return read


def number_or_none(text: str, key: str) -> int | None:
    """Read a number of workers, of which 0 is none in particular."""
    return integer(0, 10_000)(text, key) or None


def time_s(unit_s: float = 1.0, low: int = 1) -> Callable[[str, str], float]:
    """Return a reader of whole numbers of some unit; the reader returns seconds."""
    read = integer(low, int(LONGEST_S / unit_s))
    return lambda text, key: read(text, key) * unit_s


def plain_text(text: str, key: str) -> str:
    """Read a text that is not empty."""
    if not text or "\0" in text:
        raise wrong(key, "a text that is not empty", text)
    return text


def path(text: str, key: str) -> str:
    """Read a path; a relative one starts at the working directory, as TorchServe has it."""
    return os.path.join(os.getcwd(), plain_text(text, key))


def one_of(*choices: str) -> Callable[[str, str], str]:
    """Return a reader of one of these texts."""

    def read(text: str, key: str) -> str:
        if text not in choices:
            raise wrong(key, f"one of {', '.join(choices)}", text)
        return text

    return read


def pattern(text: str, key: str) -> str:
    """Read a regular expression."""
    try:
        re.compile(plain_text(text, key))
    except (re.error, RecursionError, OverflowError) as error:
        raise ConfigurationError(f'{key}: "{text}" is no regular expression: {error}') from None
    return text


def patterns(text: str, key: str) -> tuple[str, ...]:
    """Read regular expressions with commas between them; an empty text is none."""
    return tuple(pattern(part.strip(), key) for part in text.split(",") if part.strip())
