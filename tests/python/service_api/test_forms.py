"""Bodies to parts."""

import pytest

from ovserve.errors import InvalidArgumentError
from ovserve.service_api.forms import FORM, MOST_HEADER_BYTES, MOST_PARTS, MULTIPART, is_form, parts_of

BOUNDED = f"{MULTIPART}; boundary=b"


def fields(content_type: str, body: bytes) -> dict[str, tuple[str, bytes]]:
    return {part.name: (part.content_type, bytes(part.data)) for part in parts_of(content_type, body)}


def multipart(*parts: bytes) -> bytes:
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (FORM, True),
        (f"{FORM}; charset=utf-8", True),
        (MULTIPART.upper(), True),
        ("", False),
        ("text/html", False),
    ],
)
def test_which_bodies_have_fields(content_type: str, expected: bool) -> None:
    assert is_form(content_type) is expected


@pytest.mark.parametrize("content_type", ["", "image/png", "application/json"])
def test_other_bodies_are_one_part(content_type: str) -> None:
    assert fields(content_type, b"\0x") == {"body": (content_type, b"\0x")}


def test_fields_of_a_form() -> None:
    assert fields(FORM, b"a=1&a=2+3&b=%c3%a4%00&c&=d&e=") == {
        "a": ("", b"2 3"),
        "b": ("", "ä\0".encode()),
        "e": ("", b""),
    }


def test_parts_of_a_form() -> None:
    body = multipart(
        b'Content-Disposition: form-data; name="a"; filename="x"\r\nContent-Type: A/PNG; q=1\r\n\r\n\0\r\n1',
        b'Content-Disposition: form-data; name="b"\r\nContent-Type: application/json\r\n\r\n{}',
        b'content-disposition: form-data; name="b"\r\n\r\nlast',
    )
    assert fields(BOUNDED, body) == {"a": ("a/png", b"\0\r\n1"), "b": ("", b"last")}


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        (FORM, b"a=1&" * MOST_PARTS + b"b=2", "more than 1000 fields"),
        (MULTIPART, b"", "without a boundary"),
        (
            BOUNDED,
            multipart(b'Content-Disposition: form-data; name="a"\r\n\r\n1')[:-4],
            "before its last boundary",
        ),
        (BOUNDED, b"--c\r\n", "cannot be read"),
        (BOUNDED, multipart(b"Content-Type: a/b\r\n\r\n1"), "no name"),
        (
            BOUNDED,
            multipart(b"A: " + b"x" * MOST_HEADER_BYTES + b"\r\n\r\n1"),
            "headers are larger|header size",
        ),
        (
            BOUNDED,
            multipart(*[b'Content-Disposition: form-data; name="a"\r\n\r\n1'] * (MOST_PARTS + 1)),
            "more than 1000 parts",
        ),
    ],
)
def test_refusals(content_type: str, body: bytes, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        parts_of(content_type, body)
