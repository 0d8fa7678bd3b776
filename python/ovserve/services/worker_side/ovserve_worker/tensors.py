"""Tensors as they travel: name, datatype, shape, and bytes that numpy looks at in place.

The datatypes are KServe's; BYTES elements stand one after the other, each behind its length.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .frames import Buffer, FrameWriter, PayloadReader, ProtocolError
from .messages import TEXTS_PER_TENSOR

if TYPE_CHECKING:
    import numpy as np

_LENGTH = struct.Struct("<I")

_NUMPY_NAMES = {
    "BOOL": "bool",
    "UINT8": "uint8",
    "UINT16": "uint16",
    "UINT32": "uint32",
    "UINT64": "uint64",
    "INT8": "int8",
    "INT16": "int16",
    "INT32": "int32",
    "INT64": "int64",
    "FP16": "float16",
    "FP32": "float32",
    "FP64": "float64",
}
_DATATYPES = {name: datatype for datatype, name in _NUMPY_NAMES.items()}


class WireTensor(NamedTuple):
    """One tensor, ready to be put into a frame."""

    name: str
    datatype: str
    shape: str
    data: Buffer

    @property
    def texts(self) -> tuple[str, str, str]:
        """What goes among the frame's texts."""
        return self.name, self.datatype, self.shape


def is_array(value: object) -> bool:
    """Whether numpy made it; does not import numpy."""
    return type(value).__module__ == "numpy" and hasattr(value, "dtype") and hasattr(value, "shape")


def to_wire(tensors: Mapping[str, Any]) -> list[WireTensor]:
    """Return arrays, or what numpy makes arrays of, ready to be sent; numbers are not copied.

    Raises:
        TypeError: an array's elements are neither numbers nor bytes nor text.
    """
    import numpy as np

    return [_wire_tensor(str(name), np.asarray(value)) for name, value in tensors.items()]


def _wire_tensor(name: str, array: np.ndarray[Any, Any]) -> WireTensor:
    import numpy as np

    shape = ",".join(map(str, array.shape))
    if array.dtype.kind in "OSU":
        return WireTensor(name, "BYTES", shape, packed_bytes(array.reshape(-1).tolist()))
    datatype = _DATATYPES.get(array.dtype.name)
    if datatype is None:
        raise TypeError(f"tensor {name!r}: elements of type {array.dtype} cannot be sent")
    flat = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).reshape(-1)
    return WireTensor(name, datatype, shape, flat.view(np.uint8).data)


def add_blobs(writer: FrameWriter, tensors: list[WireTensor]) -> None:
    """Add the tensors' bytes to a frame."""
    for tensor in tensors:
        writer.blob(tensor.data)


def read_tensors(reader: PayloadReader, texts: list[str]) -> dict[str, Any]:
    """Return the arrays whose texts were read already and whose bytes come next."""
    return {
        texts[i]: from_wire(texts[i + 1], texts[i + 2], reader.blob())
        for i in range(0, len(texts), TEXTS_PER_TENSOR)
    }


def from_wire(datatype: str, shape: str, data: Buffer) -> Any:
    """Return an array on the tensor's bytes; on shared memory it is a view that can be written to.

    Raises:
        ProtocolError: the bytes do not fit datatype and shape.
    """
    import numpy as np

    sizes = dimensions(shape)
    if datatype == "BYTES":
        elements = np.empty(len(items := unpacked_bytes(data)), dtype=object)
        elements[:] = items
        return _shaped(elements, sizes)
    if datatype not in _NUMPY_NAMES:
        raise ProtocolError(f"a tensor has the unknown datatype {datatype!r}")
    if isinstance(data, bytes):
        data = bytearray(data)  # so that the array can be written to
    try:
        return _shaped(np.frombuffer(data, dtype=np.dtype(_NUMPY_NAMES[datatype])), sizes)
    except ValueError as error:
        raise ProtocolError(f"a tensor of {len(data)} bytes is no {datatype}[{shape}]") from error


def _shaped(array: np.ndarray[Any, Any], sizes: tuple[int, ...]) -> np.ndarray[Any, Any]:
    try:
        return array.reshape(sizes)
    except ValueError as error:
        raise ProtocolError(f"{array.size} elements do not make a tensor of shape {sizes}") from error


def dimensions(shape: str) -> tuple[int, ...]:
    """Return a shape from its text."""
    try:
        sizes = tuple(int(size) for size in shape.split(",")) if shape else ()
    except ValueError as error:
        raise ProtocolError(f"{shape!r} is no shape") from error
    if any(size < 0 for size in sizes):
        raise ProtocolError(f"{shape!r} is no shape")
    return sizes


def packed_bytes(elements: list[Any]) -> bytes:
    """Return bytes or texts behind each other, each behind its length.

    Raises:
        TypeError: one is something else.
    """
    chunks: list[Buffer] = []
    for element in elements:
        data = element.encode() if isinstance(element, str) else element
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"an element of type {type(element).__name__} cannot be sent as BYTES")
        chunks += (_LENGTH.pack(len(data)), data)
    return b"".join(chunks)


def unpacked_bytes(data: Buffer) -> list[bytes]:
    """Return what :func:`packed_bytes` put together."""
    elements = []
    position, end = 0, len(data)
    while position < end:
        if position + _LENGTH.size > end:
            raise ProtocolError("a BYTES tensor ends too soon")
        (size,) = _LENGTH.unpack_from(data, position)
        position += _LENGTH.size
        if position + size > end:
            raise ProtocolError("a BYTES tensor ends too soon")
        elements.append(bytes(data[position : position + size]))
        position += size
    return elements
