from http import HTTPStatus

import pytest

from ovserve.config.schema import Limits
from ovserve.rest_api.request_head import RefusedRequestError, UnparsedBytes, check_head

HOST = (b"host", b"x")
LIMITS = Limits(header_bytes=100, header_count=3)


def check(headers: list[tuple[bytes, bytes]], version: str = "1.1", target: bytes = b"/") -> None:
    check_head(LIMITS, target, headers, version)


def test_size_is_counted_over_the_whole_head() -> None:
    field = (b"name", b"v" * 33)
    check([HOST, field], target=b"/" * 50)  # with colons, spaces and line ends, 100
    with pytest.raises(RefusedRequestError, match="larger than 100 bytes") as caught:
        check([HOST, field], target=b"/" * 51)
    assert caught.value.status is HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


def test_fields_are_counted() -> None:
    check([HOST, (b"a", b"b"), (b"a", b"b")])
    with pytest.raises(RefusedRequestError, match="more than 3 header fields"):
        check([HOST, *[(b"a", b"b")] * 3])


def test_what_has_come_counts_before_it_is_parsed() -> None:
    unparsed = UnparsedBytes(LIMITS)
    unparsed.add(60, 0)
    unparsed.add(40, 0)
    with pytest.raises(RefusedRequestError, match="larger than 100 bytes"):
        unparsed.add(1, 0)
    unparsed.begin()
    unparsed.add(100, 0)


def test_a_body_may_be_as_large_as_it_likes_and_its_chunks_as_small() -> None:
    unparsed = UnparsedBytes(LIMITS)
    for _ in range(1000):
        unparsed.add(6, 1)  # one byte per chunk
        unparsed.add(1000, 1000)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_heads_that_are_fine(version: str) -> None:
    check([HOST, (b"expect", b"100-Continue"), (b"content-length", b"3")], version)
    check([HOST] if version == "1.1" else [], version)


def test_chunks_are_fine() -> None:
    check([HOST, (b"transfer-encoding", b" Chunked ")])


@pytest.mark.parametrize(
    ("fields", "version", "status"),
    [
        ([], "1.1", 400),
        ([HOST, HOST], "1.1", 400),
        ([HOST, HOST], "1.0", 400),
        ([HOST, (b"transfer-encoding", b"chunked")], "1.0", 400),
        ([HOST, (b"transfer-encoding", b"gzip, chunked")], "1.1", 501),
        ([HOST, (b"transfer-encoding", b"chunked"), (b"transfer-encoding", b"chunked")], "1.1", 501),
        ([HOST, (b"expect", b"x")], "1.1", 417),
        ([HOST], "2.0", 505),
        ([HOST], "0.9", 505),
    ],
)
def test_heads_that_are_refused(fields: list[tuple[bytes, bytes]], version: str, status: int) -> None:
    with pytest.raises(RefusedRequestError) as caught:
        check(fields, version)
    assert caught.value.status == status
