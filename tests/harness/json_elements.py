"""Tensor elements in JSON and back, without losing a bit that JSON has a word for."""

import base64
import ctypes
import json
from typing import Any

import numpy as np

from harness.data_types import BF16, BOOL, F16, F32, STRING, DataType, Element

# C's, since numpy reads 32-bit numbers by way of 64 bits and so rounds twice.
_strtof = ctypes.CDLL(None).strtof
_strtof.restype = ctypes.c_float


class _Real(str):
    """A JSON number with a fraction or an exponent, or NaN or an infinity, as it was written."""


def read_json(text: str | bytes) -> Any:
    """Parse JSON; floating point numbers stay text, so that nothing is rounded."""
    return json.loads(text, parse_float=_Real, parse_constant=_Real)


def to_json(data_type: DataType, element: Element) -> str:
    """Write one element; a floating point number with as few digits as tell it from its neighbours."""
    if isinstance(element, bytes):
        return _string_to_json(element)
    if data_type == BOOL:
        return "true" if element else "false"
    if not data_type.is_float:
        return str(data_type.integer(element))
    if data_type.is_nan(element):
        return "NaN"
    if element & ~data_type.sign == data_type.infinity:
        return "-Infinity" if element & data_type.sign else "Infinity"
    return str(_number(data_type, element))


def from_json(data_type: DataType, leaf: Any) -> Element:
    """Read one element of what :func:`read_json` returned."""
    if data_type == STRING:
        return leaf.encode() if isinstance(leaf, str) else base64.b64decode(leaf["b64"], validate=True)
    assert isinstance(leaf, bool) == (data_type == BOOL)
    assert isinstance(leaf, _Real) == data_type.is_float, f"{leaf!r} looks like another type"
    return _nearest(data_type, leaf) if data_type.is_float else leaf % (1 << data_type.bits)


def _string_to_json(element: bytes) -> str:
    try:
        return json.dumps(element.decode())
    except UnicodeDecodeError:
        return json.dumps({"b64": base64.b64encode(element).decode()})


def _number(data_type: DataType, bits: int) -> Any:
    if data_type == BF16:
        return np.uint32(bits << 16).view(np.float32)
    return np.array(bits, data_type.patterns).view(f"<f{data_type.bits // 8}")[()]


def _nearest(data_type: DataType, text: str) -> int:
    """Return the bits of the number nearest to a decimal."""
    if data_type == F32:
        return _nearest_f32(text)
    if data_type == BF16:
        wide = _nearest_f32(text)
        assert wide & 0xFFFF == 0, f"{text} is no BF16"
        return wide >> 16
    return int((np.float16 if data_type == F16 else np.float64)(float(text)).view(data_type.patterns))


def _nearest_f32(text: str) -> int:
    return int(np.float32(_strtof(text.encode(), None)).view(np.uint32))
