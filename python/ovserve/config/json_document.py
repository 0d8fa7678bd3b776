"""JSON text to values, stricter than :mod:`json`, with every number's spelling kept.

Refused beyond the standard parser's rules: keys that occur twice in an object (readers disagree which
one counts), ``NaN`` and ``Infinity``, numbers beyond all bounds, half surrogates (no UTF-8 has them),
and nesting so deep that it can only be an attack.
"""

import json
import math
from typing import TypeAlias

from ovserve.config.refusals import BrokenJsonError
from ovserve.errors import ConfigurationError

DEEPEST_NESTING = 100


class JsonInteger(int):
    """An integer that remembers how it was written. ``bool`` is never one."""

    text: str


class JsonReal(float):
    """A number with fraction or exponent that remembers how it was written."""

    text: str


class JsonObject(dict[str, "JsonValue"]):
    """An object in file order; ``repeated`` holds a key that occurs twice."""

    repeated: str | None = None


JsonValue: TypeAlias = "JsonObject | list[JsonValue] | str | JsonInteger | JsonReal | bool | None"


def parse_json(text: str | bytes, root: str = "") -> JsonValue:
    """Read one JSON document.

    Args:
        text: the document; bytes must be UTF-8, a byte order mark is skipped.
        root: what paths in messages start with, e.g. the flag that the text comes from.

    Raises:
        BrokenJsonError: the text is not JSON.
        ConfigurationError: it is, but says something that cannot be honoured.
    """
    prefix = f"{root}: " if root else ""
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        document: JsonValue = json.loads(
            decoded,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_real,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise BrokenJsonError(f"{prefix}not valid JSON: byte {error.start} is not UTF-8") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise BrokenJsonError(f"{prefix}not valid JSON: {where}: {error.msg}") from None
    except RecursionError:
        raise BrokenJsonError(f"{prefix}not accepted: nested deeper than {DEEPEST_NESTING} levels") from None
    except _NotJsonError as error:
        raise BrokenJsonError(f"{prefix}not valid JSON: {error}") from None
    _check_tree(document, root)
    return document


def child_path(path: str, key: str | int) -> str:
    """Return the JSON path of a member or element, e.g. ``model_config_list[0].config.nireq``."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if not key.isidentifier():
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


class _NotJsonError(Exception):
    pass


def _object(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    result = JsonObject()
    for key, value in pairs:
        if key in result:
            result.repeated = key
        result[key] = value
    return result


def _integer(text: str) -> JsonInteger:
    try:
        result = JsonInteger(text)
    except ValueError:
        raise _NotJsonError(f"a number of {len(text)} digits") from None
    result.text = text
    return result


def _real(text: str) -> JsonReal:
    result = JsonReal(text)
    result.text = text
    return result


def _constant(text: str) -> JsonValue:
    raise _NotJsonError(f"{text} is not a JSON value")


def _check_tree(document: JsonValue, root: str) -> None:
    """Check what the parser lets through. Iterative: the document is not trusted to be shallow."""
    pending: list[tuple[JsonValue, str, int]] = [(document, root, 1)]
    while pending:
        value, path, depth = pending.pop()
        if depth > DEEPEST_NESTING:
            raise ConfigurationError(f"{path}: nested deeper than {DEEPEST_NESTING} levels")
        if isinstance(value, JsonObject):
            _check_keys(value, path)
            pending += [(member, child_path(path, key), depth + 1) for key, member in value.items()]
        elif isinstance(value, list):
            pending += [(element, child_path(path, i), depth + 1) for i, element in enumerate(value)]
        elif isinstance(value, str):
            _check_text(value, path)
        elif isinstance(value, JsonReal) and not math.isfinite(value):
            raise ConfigurationError(f"{path}: the number {value.text} is beyond all bounds")


def _check_keys(value: JsonObject, path: str) -> None:
    if value.repeated is not None:
        raise ConfigurationError(
            f"{child_path(path, value.repeated)}: the key occurs twice; keep one of them"
        )
    for key in value:
        _check_text(key, child_path(path, key))


def _check_text(text: str, path: str) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ConfigurationError(f"{path or 'the document'}: half of a surrogate pair (\\ud800..\\udfff)")
