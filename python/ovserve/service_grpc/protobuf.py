"""Protocol Buffers on the wire: fields in, fields out. Source: protobuf.dev/programming-guides/encoding."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ovserve.errors import InvalidArgumentError

if TYPE_CHECKING:
    import numpy as np

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

_LONGEST_VARINT = 10
_FIXED = {FIXED64: 8, FIXED32: 4}

Value = int | memoryview


def fields(message: bytes | memoryview) -> Iterator[tuple[int, int, Value]]:
    """Yield number, wire type and value of each field: a whole number for VARINT, else its bytes.

    Raises:
        InvalidArgumentError: the message is malformed.
    """
    data = memoryview(message)
    position, end = 0, len(data)
    while position < end:
        tag, position = _varint(data, position)
        number, kind = tag >> 3, tag & 7
        if not 0 < number < 1 << 29:
            raise malformed()
        if kind == VARINT:
            value, position = _varint(data, position)
            yield number, kind, value
            continue
        if kind == BYTES:
            size, position = _varint(data, position)
        elif kind in _FIXED:
            size = _FIXED[kind]
        else:
            raise malformed()
        if size > end - position:
            raise malformed()
        yield number, kind, data[position : position + size]
        position += size


def text_of(value: Value) -> str:
    """Return a field of type string.

    Raises:
        InvalidArgumentError: it is no UTF-8, or another type.
    """
    try:
        return str(bytes_of(value), "utf-8")
    except UnicodeDecodeError:
        raise malformed() from None


def bytes_of(value: Value) -> memoryview:
    """Return a field of type bytes, or a message.

    Raises:
        InvalidArgumentError: it is another type.
    """
    if not isinstance(value, memoryview):
        raise malformed()
    return value


def signed(value: Value) -> int:
    """Return a field of type int32, int64 or bool.

    Raises:
        InvalidArgumentError: it is another type.
    """
    if not isinstance(value, int):
        raise malformed()
    return value - (1 << 64) if value >> 63 else value


def packed_varints(data: memoryview) -> "np.ndarray[Any, np.dtype[np.uint64]]":
    """Return the numbers that follow each other in a packed field, as 64 bits each.

    Raises:
        InvalidArgumentError: the last one is cut off, or one is too long.
    """
    import numpy as np

    octets = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(octets < 0x80)
    if len(octets) and (not len(ends) or ends[-1] != len(octets) - 1):
        raise malformed()
    begins = np.concatenate((np.zeros(min(1, len(ends)), ends.dtype), ends[:-1] + 1))
    sizes = ends - begins + 1
    values = np.zeros(len(ends), np.uint64)
    if len(sizes) and sizes.max() > _LONGEST_VARINT:
        raise malformed()
    for i in range(int(sizes.max()) if len(sizes) else 0):
        longer = sizes > i
        octet = (octets[begins[longer] + i] & 0x7F).astype(np.uint64)
        values[longer] |= octet << np.uint64(7 * i)
    return values


def varint(value: int) -> bytes:
    """Return a number in as many bytes as it takes."""
    value &= (1 << 64) - 1
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)


def number_field(number: int, value: int) -> bytes:
    """Return a field of a whole number."""
    return varint(number << 3 | VARINT) + varint(value)


def field(number: int, value: bytes | bytearray | memoryview | str) -> bytes:
    """Return a field of bytes, of text, or of a message."""
    data = value.encode("utf-8", "replace") if isinstance(value, str) else value
    return b"".join((varint(number << 3 | BYTES), varint(len(data)), data))


def malformed() -> InvalidArgumentError:
    """Return the error for what is no message of the protocol."""
    return InvalidArgumentError("The request's message is malformed: it is not what the protocol says")


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    """Return a number and where it ends."""
    value = 0
    for i, octet in enumerate(data[position : position + _LONGEST_VARINT]):
        value |= (octet & 0x7F) << 7 * i
        if octet < 0x80:
            return value & (1 << 64) - 1, position + i + 1
    raise malformed()
