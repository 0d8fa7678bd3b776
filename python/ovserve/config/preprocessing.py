"""The values of ``mean``, ``scale``, ``color_format`` and ``precision``: what is done to an input."""

import math
import re

from ovserve.config.json_document import JsonInteger, JsonReal, JsonValue, child_path
from ovserve.config.keys import expectation
from ovserve.config.refusals import ValueTextError

COLORS = ("RGB", "BGR", "GRAY", "RGBX", "BGRX")
FRAMES = ("NV12", "I420")  # only clients send these; in one tensor
_IN_SEVERAL_TENSORS = ("NV12_2", "I420_3")
PRECISIONS = ("FP32", "FP64", "FP16", "BF16", "BOOL", "I8", "I16", "I32", "I64", "U8", "U16", "U32", "U64")
_SHORTER = {"INT": "I", "UINT": "U", "F": "FP"}


class PreprocessingTextError(ValueTextError):
    """The text of a value means nothing: that keeps out the model, not the configuration."""


def parse_numbers(value: JsonValue, path: str) -> tuple[float, ...]:
    """Read a number for all channels, or one per channel: as JSON, or as text like ``[1.5,2,3]``.

    Raises:
        ConfigurationError: a wrong type.
        PreprocessingTextError: a string that is no list of numbers.
    """
    if isinstance(value, str):
        return _numbers(value, path)
    if isinstance(value, JsonInteger | JsonReal):
        return _numbers(value.text, path)
    if not isinstance(value, list):
        raise expectation(path, "a number, an array of numbers or a string", value)
    return _numbers(",".join(_number(element, child_path(path, i)) for i, element in enumerate(value)), path)


def parse_divisors(value: JsonValue, path: str) -> tuple[float, ...]:
    """Read numbers to divide by, none of them 0. Raises like :func:`parse_numbers`."""
    numbers = parse_numbers(value, path)
    if 0 in numbers:
        raise PreprocessingTextError(f"{path}: values are divided by it, so it cannot be 0")
    return numbers


def parse_color_format(value: JsonValue, path: str) -> tuple[str, str]:
    """Read ``TARGET:SOURCE``: what clients send and what the model takes; one format means both.

    Raises:
        ConfigurationError: not a string.
        PreprocessingTextError: a string that names no color formats.
    """
    if not isinstance(value, str):
        raise expectation(path, "a string", value)
    client, colon, model = value.replace(" ", "").upper().partition(":")
    model = model if colon else client
    if client in (*COLORS, *FRAMES) and model in COLORS:
        return client, model
    if client in _IN_SEVERAL_TENSORS and model in COLORS:
        raise PreprocessingTextError(
            f"{path}: a frame in several tensors ({client}) is not offered; send it in one, as {client[:4]}"
        )
    raise PreprocessingTextError(
        f'{path}: "{value}" is no color format; expected one, or TARGET:SOURCE, of {", ".join(COLORS)}, '
        f"where TARGET may also be {' or '.join(FRAMES)}"
    )


def parse_precision(value: JsonValue, path: str) -> tuple[str, str]:
    """Read ``TARGET:SOURCE``: what clients send and what ``mean`` and ``scale`` compute in; or one of them.

    One precision alone is what clients send; the second is empty then. Also spelled ``uint8`` or ``f32``.

    Raises:
        ConfigurationError: not a string.
        PreprocessingTextError: a string that names no precisions.
    """
    if not isinstance(value, str):
        raise expectation(path, "a string", value)
    client, colon, model = value.replace(" ", "").partition(":")
    names = (_precision(client), _precision(model) if colon else "")
    if None not in names:
        return names[0] or "", names[1] or ""
    raise PreprocessingTextError(
        f'{path}: "{value}" is no precision; expected one, or TARGET:SOURCE, of {", ".join(PRECISIONS)}'
    )


def _precision(text: str) -> str | None:
    match = re.fullmatch(r"([A-Z]+)([0-9]*)", text.upper())
    name = _SHORTER.get(match[1], match[1]) + match[2] if match else ""
    return name if name in PRECISIONS else None


def _number(value: JsonValue, path: str) -> str:
    if not isinstance(value, JsonInteger | JsonReal):
        raise expectation(path, "a number", value)
    return value.text


def _numbers(text: str, path: str) -> tuple[float, ...]:
    form = text.replace(" ", "")
    match = re.fullmatch(r"\[(.*)\]|\((.*)\)|([^\[\]()]*)", form)
    parts = next((part for part in match.groups() if part is not None), "").split(",") if match else []
    numbers = tuple(
        float(part)
        for part in parts
        if re.fullmatch(r"[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?", part)
    )
    if parts and len(numbers) == len(parts) and all(math.isfinite(number) for number in numbers):
        return numbers
    raise PreprocessingTextError(f'{path}: "{text}" is no number and no list like [1.5,2,3]')
