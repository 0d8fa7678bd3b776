"""The body of a request to the parts that a handler gets: a body as a whole, or the fields of a form."""

from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from ovserve.errors import InvalidArgumentError
from ovserve.service_api.access import media_type
from ovserve.services.exchange import Part

MOST_PARTS = 1000
MOST_HEADER_BYTES = 16 * 1024
"""Of one part's headers."""

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def is_form(content_type: str) -> bool:
    """Tell whether a body of such a type has fields, which take the longer to read the larger it is."""
    return media_type(content_type) in (FORM, MULTIPART)


def parts_of(content_type: str, body: bytes) -> Sequence[Part]:
    """Return the parts.

    Args:
        content_type: the request's header, "" if it has none.
        body: all of it.

    Raises:
        InvalidArgumentError: it is no form though its type says so, or one with too many parts.
    """
    kind = media_type(content_type)
    if kind == MULTIPART:
        return _multipart(content_type, body)
    if kind == FORM:
        return _form(body)
    return (Part("body", kind, body),)


def _form(body: bytes) -> Sequence[Part]:
    """Return the fields; a key without a value is none. Of fields with one name the last counts."""
    fields: dict[str, Part] = {}
    pieces = body.split(b"&", MOST_PARTS)
    if len(pieces) > MOST_PARTS:
        raise InvalidArgumentError(f"The form has more than {MOST_PARTS} fields")
    for piece in pieces:
        key, equals, value = piece.partition(b"=")
        if equals and key:
            name = _decoded(key).decode("utf-8", "replace")
            fields[name] = Part(name, "", _decoded(value))
    return tuple(fields.values())


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


class _Collector:
    """Gathers parts from the parser's callbacks. Of parts with one name the last counts."""

    def __init__(self) -> None:
        self.parts: dict[str, Part] = {}
        self.ended = False
        self._headers: dict[bytes, bytes] = {}
        self._field = b""
        self._value = b""
        self._header_bytes = 0
        self._data: list[bytes] = []
        self._count = 0

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._part_begin,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_end": self._end,
        }

    def _part_begin(self) -> None:
        self._count += 1
        if self._count > MOST_PARTS:
            raise InvalidArgumentError(f"The form has more than {MOST_PARTS} parts")
        self._headers, self._data, self._header_bytes = {}, [], 0

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._data.append(data[start:end])

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._count_header(end - start)
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._count_header(end - start)
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field = self._value = b""

    def _count_header(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > MOST_HEADER_BYTES:
            raise InvalidArgumentError(f"A part's headers are larger than {MOST_HEADER_BYTES} bytes")

    def _part_end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"name" not in options:
            raise InvalidArgumentError("A part of the form has no name")
        name = options[b"name"].decode("utf-8", "replace")
        kind = media_type(self._headers.get(b"content-type", b"").decode("latin-1"))
        # Fields without a file name are bytes whatever their type; files are read by theirs.
        is_file = b"filename" in options
        self.parts[name] = Part(name, kind if is_file else "", b"".join(self._data))

    def _end(self) -> None:
        self.ended = True


def _multipart(content_type: str, body: bytes) -> Sequence[Part]:
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise InvalidArgumentError("multipart/form-data without a boundary")
    collector = _Collector()
    try:
        parser = MultipartParser(boundary, collector.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except MultipartParseError as error:
        raise InvalidArgumentError(f"The form cannot be read: {error}") from None
    if not collector.ended:
        raise InvalidArgumentError("The form cannot be read: it ends before its last boundary")
    return tuple(collector.parts.values())
