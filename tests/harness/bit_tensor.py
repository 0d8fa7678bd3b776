"""A tensor as bit patterns, so that nothing between a test and the wire touches a bit.

Numbers of Python and numpy would do that: they make signalling NaNs quiet, for one.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.data_types import STRING, DataType, Element
from harness.json_elements import from_json, to_json


@dataclass(frozen=True)
class BitTensor:
    """Elements in row-major order: integers that hold their bits, or strings."""

    type: DataType
    shape: tuple[int, ...]
    elements: tuple[Element, ...]

    def __post_init__(self) -> None:
        assert len(self.elements) == math.prod(self.shape)

    @property
    def raw(self) -> bytes:
        """The bytes in memory; of strings KServe's form, each after its length."""
        strings = [element for element in self.elements if isinstance(element, bytes)]
        if self.type == STRING:
            return b"".join(len(text).to_bytes(4, "little") + text for text in strings)
        return np.array(self.elements, self.type.patterns).tobytes()

    @property
    def json(self) -> str:
        """Nested arrays."""
        return _nested(iter([to_json(self.type, element) for element in self.elements]), self.shape)

    def rows(self) -> "list[BitTensor]":
        """Return the steps of the first dimension."""
        size = len(self.elements) // self.shape[0]
        starts = range(0, len(self.elements), size)
        return [BitTensor(self.type, self.shape[1:], self.elements[i : i + size]) for i in starts]

    def without_nan_payloads(self) -> "BitTensor":
        """Return what JSON can say of it: NaN is a word, without sign and payload."""
        if not self.type.is_float:
            return self
        nan = self.type.nan
        words = (nan if isinstance(x, int) and self.type.is_nan(x) else x for x in self.elements)
        return replace(self, elements=tuple(words))


def tensor_of_raw(data_type: DataType, shape: Sequence[int], raw: bytes) -> BitTensor:
    """Return the tensor that ``BitTensor.raw`` came from."""
    elements: Sequence[Element]
    elements = _split(raw) if data_type == STRING else np.frombuffer(raw, data_type.patterns).tolist()
    return BitTensor(data_type, tuple(shape), tuple(elements))


def tensor_of_json(data_type: DataType, value: Any, shape: Sequence[int] | None = None) -> BitTensor:
    """Return the tensor of what ``read_json`` read; its shape is that of the arrays unless it is given."""
    found = tuple(_shape_of(value)) if shape is None else tuple(shape)
    return BitTensor(data_type, found, tuple(from_json(data_type, leaf) for leaf in _leaves(value)))


def _split(raw: bytes) -> list[bytes]:
    strings = []
    while raw:
        end = 4 + int.from_bytes(raw[:4], "little")
        assert end <= len(raw)
        strings.append(raw[4:end])
        raw = raw[end:]
    return strings


def _nested(texts: Iterator[str], shape: Sequence[int]) -> str:
    if not shape:
        return next(texts)
    return f"[{', '.join(_nested(texts, shape[1:]) for _ in range(shape[0]))}]"


def _shape_of(value: Any) -> Iterator[int]:
    while isinstance(value, list):
        yield len(value)
        value = value[0]


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for element in value:
            yield from _leaves(element)
    else:
        yield value
