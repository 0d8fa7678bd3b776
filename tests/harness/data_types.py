"""Every type that a tensor element can have: what the protocols call it, and its extremes."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import openvino as ov

Element: TypeAlias = int | bytes
"""The bits of one element as an integer; or a string."""


@dataclass(frozen=True, slots=True)
class DataType:
    """One type.

    ``bits``: of an element in memory, 0 for strings. ``mantissa``: of them, in a floating point type.
    ``tfs_values`` and ``kserve_values``: the numbers of the fields of TensorProto and InferTensorContents
    that hold such values one by one; 0: none does.
    """

    name: str
    bits: int
    tfs: int
    kserve: str
    tfs_values: int
    kserve_values: int
    mantissa: int = 0

    def __str__(self) -> str:
        return self.name

    @property
    def openvino(self) -> ov.Type:
        return getattr(ov.Type, self.name)

    @property
    def patterns(self) -> "np.dtype[Any]":
        """numpy's type for the bits."""
        return np.dtype(f"<u{self.bits // 8}")

    @property
    def is_float(self) -> bool:
        return self.mantissa > 0

    @property
    def sign(self) -> int:
        """The bit that holds the sign, if there is one."""
        return 1 << (self.bits - 1)

    @property
    def infinity(self) -> int:
        """The bits of a floating point type's infinity."""
        return self.sign - (1 << self.mantissa)

    @property
    def nan(self) -> int:
        """The bits of the quiet NaN without a payload."""
        return self.infinity | 1 << (self.mantissa - 1)

    def integer(self, bits: int) -> int:
        """Return what the bits of an integer type stand for."""
        is_negative = self.name.startswith("i") and bits & self.sign
        return bits - 2 * self.sign if is_negative else bits

    def is_nan(self, bits: int) -> bool:
        return bits & ~self.sign > self.infinity


F16 = DataType("f16", 16, 19, "FP16", 13, 0, mantissa=10)
BF16 = DataType("bf16", 16, 14, "BF16", 13, 0, mantissa=7)
F32 = DataType("f32", 32, 1, "FP32", 5, 6, mantissa=23)
F64 = DataType("f64", 64, 2, "FP64", 6, 7, mantissa=52)
BOOL = DataType("boolean", 8, 10, "BOOL", 11, 1)
STRING = DataType("string", 0, 7, "BYTES", 8, 8)
DATA_TYPES = (
    F16,
    BF16,
    F32,
    F64,
    BOOL,
    DataType("i8", 8, 6, "INT8", 7, 2),
    DataType("i16", 16, 5, "INT16", 7, 2),
    DataType("i32", 32, 3, "INT32", 7, 2),
    DataType("i64", 64, 9, "INT64", 10, 3),
    DataType("u8", 8, 4, "UINT8", 7, 4),
    DataType("u16", 16, 17, "UINT16", 7, 4),
    DataType("u32", 32, 22, "UINT32", 16, 4),
    DataType("u64", 64, 23, "UINT64", 17, 5),
    STRING,
)

TWICE_ROUNDED_F32 = 0x15AE43FD
"""A float whose shortest decimal, 7.038531e-26, is another float when it is read as 64 bits first."""


def extremes_of(data_type: DataType) -> list[Element]:
    """Return the elements at which something changes: zeros, largest, smallest, infinite, no number."""
    if data_type == STRING:
        text = "drei \u00e4 \u20ac \U0001f600".encode()
        return [b"", b"\0", b"a\0b", b"plain", text, text[:-1], b"\xff\x00\xfe", b'"\\\n']
    if data_type == BOOL:
        return [0, 1]
    if not data_type.is_float:
        middle = data_type.sign
        return [0, 1, middle - 1, middle, middle + 1, 2 * middle - 2, 2 * middle - 1]
    smallest_normal = 1 << data_type.mantissa
    subnormal = [1, smallest_normal - 1]
    infinity, nan = data_type.infinity, data_type.nan
    not_finite = [infinity, infinity + 1, nan, nan + 1, data_type.sign - 1]
    positive = [0, *subnormal, smallest_normal, infinity - 1, *not_finite]
    hard = [TWICE_ROUNDED_F32] if data_type == F32 else []
    return [*positive, *(data_type.sign | bits for bits in positive), *hard]
