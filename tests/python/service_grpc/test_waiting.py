"""Threads that wait for the answers of services."""

import threading
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from ovserve.grpc_api.methods import CallError
from ovserve.service_grpc.waiting import MOST_BYTES, answered, answers
from ovserve.services.exchange import PieceStream, Reply, ReplySink, Request, ServiceFailure


class FakePending:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def cancel(self) -> None:
        self.told.append("cancel")

    def set_full(self, full: bool) -> None:
        self.told.append(f"full {full}")


class FakeHost:
    """A host whose registry gives each request to a script, on another thread."""

    def __init__(self, script: Callable[[ReplySink], None]) -> None:
        self.registry = self
        self.script = script
        self.pending = FakePending()
        self.requests: list[Request] = []
        self.begun = threading.Event()

    def submit_threadsafe(self, service: Any, request: Request, sink: ReplySink) -> FakePending:
        self.requests.append(request)

        def run() -> None:
            assert self.begun.wait(60)
            self.script(sink)

        threading.Thread(target=run, daemon=True).start()
        return self.pending


class FakeContext:
    """A call; ``end`` ends it as a client that leaves does."""

    def __init__(self, host: FakeHost, remaining: float | None = None) -> None:
        self._host = host
        self._remaining = remaining
        self.end: Callable[[], None] = lambda: None

    def time_remaining(self) -> float | None:
        return self._remaining

    def add_callback(self, callback: Callable[[], None]) -> bool:
        self.end = callback
        self._host.begun.set()
        return True


def reply(body: bytes, status: int = 200) -> Reply:
    return Reply(status, "", [], "", body, "id")


def test_pieces_are_put_together() -> None:
    def script(sink: ReplySink) -> None:
        for i in range(3):
            sink.answered(reply(b"%d" % i), last=i == 2)

    host: Any = FakeHost(script)
    assert answered(host, None, Request([]), FakeContext(host)).body == b"012"  # type: ignore[arg-type]
    assert host.pending.told == []
    assert host.requests[0].timeout_s is None


def test_the_clients_deadline_is_the_requests() -> None:
    host: Any = FakeHost(lambda sink: sink.answered(reply(b""), last=True))
    answered(host, None, Request([]), FakeContext(host, 2.5))  # type: ignore[arg-type]
    answered(host, None, Request([]), FakeContext(host, 1e12))  # type: ignore[arg-type]
    assert [request.timeout_s for request in host.requests] == [2.5, None]


@pytest.mark.parametrize(
    ("script", "code", "text"),
    [
        (lambda sink: sink.failed(ServiceFailure(504, "late")), "DEADLINE_EXCEEDED", "late"),
        (lambda sink: sink.answered(reply(b"no \xff", 400), last=True), "INVALID_ARGUMENT", "no \ufffd"),
    ],
)
def test_failures(script: Callable[[ReplySink], None], code: str, text: str) -> None:
    host: Any = FakeHost(script)
    with pytest.raises(CallError) as error:
        answered(host, None, Request([]), FakeContext(host))  # type: ignore[arg-type]
    assert (error.value.code, str(error.value)) == (grpc.StatusCode[code], text)
    assert host.pending.told == []


def test_a_client_that_leaves_cancels() -> None:
    host: Any = FakeHost(lambda sink: None)
    context = FakeContext(host)
    caught: list[CallError] = []

    def wait() -> None:
        try:
            answered(host, None, Request([]), context)  # type: ignore[arg-type]
        except CallError as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    assert host.begun.wait(60)
    context.end()
    thread.join(60)
    assert [error.code for error in caught] == [grpc.StatusCode.CANCELLED]
    assert host.pending.told == ["cancel"]


def test_pieces_that_nobody_fetches_hold_the_worker_up() -> None:
    piece = bytes(PieceStream.LIMIT // 2 + 1)
    sent = threading.Event()

    def script(sink: ReplySink) -> None:
        for _ in range(3):
            sink.answered(reply(piece), last=False)
        sent.set()

    host: Any = FakeHost(script)
    pieces = answers(host, None, Request([]), FakeContext(host))  # type: ignore[arg-type]
    next(pieces)
    assert sent.wait(60)
    assert "full True" in host.pending.told
    next(pieces)
    next(pieces)
    assert host.pending.told[-1] == "full False"
    pieces.close()
    assert host.pending.told[-1] == "cancel"


def test_an_endless_answer_is_cut_off() -> None:
    def script(sink: ReplySink) -> None:
        for _ in range(MOST_BYTES // (16 << 20) + 1):
            sink.answered(reply(bytes(16 << 20)), last=False)

    host: Any = FakeHost(script)
    with pytest.raises(CallError) as error:
        answered(host, None, Request([]), FakeContext(host))  # type: ignore[arg-type]
    assert "larger than" in str(error.value)
    assert host.pending.told[-1] == "cancel"
