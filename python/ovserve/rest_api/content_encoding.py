"""Bodies that clients compressed. Source: RFC 9110, sections 8.4 and 15.5.16."""

import zlib

from ovserve.errors import InvalidArgumentError, OvserveError
from ovserve.rest_api.routes import Headers

ACCEPTED = "gzip, deflate"

_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class UnsupportedEncodingError(OvserveError):
    """The body is encoded in a way that the server cannot undo."""


class BodyTooLargeError(OvserveError):
    """The body is larger than allowed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes, the limit that --max_body_bytes sets")


def encoding_of(headers: Headers) -> str | None:
    """Return how a body is compressed; None if it is not.

    Raises:
        UnsupportedEncodingError: in an unknown way, or in several ways one after the other.
    """
    values = [
        value.strip().lower().decode("latin-1") for name, value in headers if name == b"content-encoding"
    ]
    codings = [value for value in values if value not in ("identity", "")]
    if not codings:
        return None
    if len(codings) > 1 or codings[0] not in _WINDOW_BITS:
        raise UnsupportedEncodingError(
            f"Content-Encoding {', '.join(codings)[:100]} is not supported; send one of {ACCEPTED}, or none"
        )
    return codings[0]


def decoded(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo a body's compression.

    Raises:
        BodyTooLargeError: the result would be larger than ``limit`` bytes; it is not made.
        InvalidArgumentError: the body is not what ``encoding`` says, or not all of it.
    """
    pieces: list[bytes] = []
    room = limit
    while body or not pieces:  # gzip allows for several parts one after the other
        part = zlib.decompressobj(_WINDOW_BITS[encoding])
        try:
            pieces.append(part.decompress(body, room + 1))
        except zlib.error:
            raise InvalidArgumentError(f"the body is not valid {encoding}") from None
        room -= len(pieces[-1])
        if room < 0:
            raise BodyTooLargeError(limit)
        if not part.eof:
            raise InvalidArgumentError(f"the body is not valid {encoding}: it is cut off")
        body = part.unused_data
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
