import gzip
import zlib

import pytest

from ovserve.errors import InvalidArgumentError
from ovserve.rest_api.content_encoding import (
    BodyTooLargeError,
    UnsupportedEncodingError,
    decoded,
    encoding_of,
)

TEXT = b'{"inputs": [1, 2, 3]}' * 100


@pytest.mark.parametrize(
    ("values", "encoding"),
    [
        ([], None),
        ([b"identity"], None),
        ([b""], None),
        ([b" GZip "], "gzip"),
        ([b"x-gzip"], "x-gzip"),
        ([b"deflate", b"identity"], "deflate"),
    ],
)
def test_encodings(values: list[bytes], encoding: str | None) -> None:
    headers = [(b"content-encoding", value) for value in values]
    assert encoding_of([(b"host", b"gzip"), *headers]) == encoding


@pytest.mark.parametrize("values", [[b"br"], [b"gzip, gzip"], [b"gzip", b"gzip"], [b"\xff" * 10_000]])
def test_unsupported_encodings(values: list[bytes]) -> None:
    with pytest.raises(UnsupportedEncodingError, match="send one of gzip, deflate") as caught:
        encoding_of([(b"content-encoding", value) for value in values])
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), "x-gzip"),
        (gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]), "gzip"),
        (zlib.compress(TEXT), "deflate"),
    ],
    ids=["gzip", "x-gzip", "two parts", "deflate"],
)
def test_bodies(body: bytes, encoding: str) -> None:
    assert decoded(body, encoding, len(TEXT)) == TEXT
    with pytest.raises(BodyTooLargeError, match=f"larger than {len(TEXT) - 1} bytes"):
        decoded(body, encoding, len(TEXT) - 1)


def test_a_body_that_grows_is_not_made() -> None:
    bomb = gzip.compress(bytes(50 << 20))
    with pytest.raises(BodyTooLargeError):
        decoded(bomb, "gzip", 1000)
    with pytest.raises(BodyTooLargeError):
        decoded(gzip.compress(bytes(600)) * 2, "gzip", 1000)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"plain text",
        zlib.compress(TEXT),
        gzip.compress(TEXT)[:-1],
        gzip.compress(TEXT)[:20],
        gzip.compress(TEXT) + b"tail",
        gzip.compress(TEXT)[:-8] + bytes(8),
    ],
    ids=["empty", "plain", "deflate", "no end", "half", "tail", "checksum"],
)
def test_bodies_that_are_broken(body: bytes) -> None:
    with pytest.raises(InvalidArgumentError, match="the body is not valid gzip"):
        decoded(body, "gzip", 1 << 20)
