"""From replies to answers."""

from typing import Any

from ovserve.rest_api.routes import Response
from ovserve.service_api.sinks import AnswerSink
from ovserve.services.exchange import Reply, ServiceFailure


class Notes:
    """Takes an answer and notes what it is told."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def reply(self, response: Response, more: bool = False) -> None:
        self.calls.append(("reply", response.status, response.body, more))

    def piece(self, body: bytes, last: bool) -> None:
        self.calls.append(("piece", body, last))

    def broken(self) -> None:
        self.calls.append(("broken",))


def reply(body: bytes) -> Reply:
    return Reply(200, "", [], "", memoryview(body), "id-1")


def test_one_answer() -> None:
    notes = Notes()
    AnswerSink(notes).answered(reply(b"all"), True)
    assert notes.calls == [("reply", 200, b"all", False)]


def test_pieces() -> None:
    notes = Notes()
    sink = AnswerSink(notes)
    sink.answered(reply(b"a"), False)
    sink.answered(reply(b"b"), False)
    sink.answered(reply(b"c"), True)
    assert notes.calls == [("reply", 200, b"a", True), ("piece", b"b", False), ("piece", b"c", True)]


def test_a_failure() -> None:
    notes = Notes()
    AnswerSink(notes, lambda failure: Response(failure.status, b"why")).failed(ServiceFailure(503, "x"))
    assert notes.calls == [("reply", 503, b"why", False)]


def test_a_failure_in_the_middle() -> None:
    notes = Notes()
    sink = AnswerSink(notes)
    sink.answered(reply(b"a"), False)
    sink.failed(ServiceFailure(500, "x"))
    assert notes.calls[1:] == [("broken",)]
