"""Protobuf messages written field by field, for formats whose own package nothing else here needs."""


def varint(field: int, value: int) -> bytes:
    """Return an integer field; negative ones as protobuf's int32 and int64 have them."""
    return _varint(field << 3) + _varint(value & (1 << 64) - 1)


def message(field: int, *parts: bytes) -> bytes:
    """Return a field that holds a message, made of its own fields, or bytes."""
    content = b"".join(parts)
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def text(field: int, content: str) -> bytes:
    """Return a string field."""
    return message(field, content.encode())


def entry(field: int, key: str, value: bytes) -> bytes:
    """Return one entry of a map from strings to messages."""
    return message(field, text(1, key), message(2, value))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
