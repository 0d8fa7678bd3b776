"""Replies and failures of services as answers over HTTP."""

import json

import pytest

from ovserve.service_api import answers
from ovserve.services.exchange import Reply, ServiceFailure


def reply(status: int = 200, *headers: tuple[str, str], content_type: str = "") -> Reply:
    return Reply(status, "Phrase", list(headers), content_type, memoryview(b"x"), "id-1")


def test_a_reply() -> None:
    answer = answers.of_reply(reply(207, ("X-Mine", "ä"), content_type="text/plain"))
    assert (answer.status, answer.reason, answer.body) == (207, "Phrase", b"x")
    assert answer.content_type == b"text/plain"
    headers = dict(answer.headers)
    assert headers[b"x-request-id"] == b"id-1"
    assert headers[b"x-mine"] == "ä".encode()
    assert headers[b"pragma"] == b"no-cache"


@pytest.mark.parametrize(
    "name", ["Content-Length", "connection", "Transfer-Encoding", "TE", "", "a b", "a:b", "ä", "a\r"]
)
def test_headers_that_are_not_the_handlers_are_left_out(name: str) -> None:
    answer = answers.of_reply(reply(200, (name, "1")))
    assert len(answer.headers) == 1 + len(answers.NOT_CACHED)


@pytest.mark.parametrize(("status", "sent"), [(200, 200), (418, 418), (599, 599), (600, 500), (9999, 500)])
def test_statuses_that_http_does_not_have(status: int, sent: int) -> None:
    answer = answers.of_reply(reply(status))
    assert (answer.status, answer.reason) == (sent, "Phrase" if sent == status else "")


@pytest.mark.parametrize(("status", "sent"), [(503, 503), (507, 507), (200, 500), (700, 500)])
def test_a_failure(status: int, sent: int) -> None:
    answer = answers.of_failure(ServiceFailure(status, "why", "SomeException", "id-1"))
    assert answer.status == sent
    assert json.loads(answer.body) == {"code": status, "type": "SomeException", "message": "why"}
    assert dict(answer.headers) == {b"x-request-id": b"id-1"}


def test_a_failure_before_the_request_had_a_name() -> None:
    assert answers.of_failure(ServiceFailure(400, "why")).headers == ()


def test_the_connection_of_a_body_that_is_not_read_ends() -> None:
    answer = answers.too_large(10)
    assert answer.status == 413
    assert (b"connection", b"close") in answer.headers
