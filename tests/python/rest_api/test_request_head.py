from http import HTTPStatus

import pytest

from ovserve.config.schema import Limits
from ovserve.rest_api.request_head import RefusedRequestError, RequestHead, check_head

HOST = (b"host", b"x")


@pytest.fixture
def head() -> RequestHead:
    return RequestHead(Limits(header_bytes=100, header_count=3))


def test_size_is_counted_over_the_whole_head(head: RequestHead) -> None:
    head.add_target(b"/" * 50)
    head.add_field(b"name", b"v" * 42)  # with colon, space and line end, 100
    with pytest.raises(RefusedRequestError, match="larger than 100 bytes") as caught:
        head.add_target(b"/")
    assert caught.value.status is HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    head.begin()
    head.add_target(b"/" * 100)


def test_fields_are_counted(head: RequestHead) -> None:
    for _ in range(3):
        head.add_field(b"a", b"b")
    with pytest.raises(RefusedRequestError, match="more than 3 header fields"):
        head.add_field(b"a", b"b")


def test_what_has_come_counts_before_it_is_parsed(head: RequestHead) -> None:
    head.add_received(60, 0)
    head.add_received(40, 0)
    with pytest.raises(RefusedRequestError, match="larger than 100 bytes"):
        head.add_received(1, 0)


def test_a_body_may_be_as_large_as_it_likes_and_its_chunks_as_small(head: RequestHead) -> None:
    for _ in range(1000):
        head.add_received(6, 1)  # one byte per chunk
        head.add_received(1000, 1000)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_heads_that_are_fine(version: str) -> None:
    check_head([HOST, (b"expect", b"100-Continue"), (b"content-length", b"3")], version)
    check_head([HOST] if version == "1.1" else [], version)


def test_chunks_are_fine() -> None:
    check_head([HOST, (b"transfer-encoding", b" Chunked ")], "1.1")


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
        check_head(fields, version)
    assert caught.value.status == status
