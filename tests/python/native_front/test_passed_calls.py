"""gRPC calls that the front passes on, as it hands them out."""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest

from ovserve.grpc_api.methods import CallError, Methods
from ovserve.native_front.passed_calls import PassedCalls
from ovserve.rest_api.routes import MOST_UNTAKEN

TIMEOUT_S = 60


@dataclass
class FakeRequest:
    """One passed call, and what it was answered."""

    path: bytes
    body: bytes = b""
    cancelled: bool = False
    time_remaining: float | None = None
    taken: int = 0
    sent: list[int] = field(default_factory=list)
    ends: "queue.SimpleQueue[tuple[int, str, bytes]]" = field(default_factory=queue.SimpleQueue)

    def send(self, message: bytes) -> None:
        self.sent.append(len(message))

    @property
    def backlog(self) -> int:
        return sum(self.sent) - self.taken

    def reply_grpc(self, code: int, message: str, body: bytes) -> None:
        self.ends.put((code, message, body))

    def end(self) -> tuple[int, str, bytes]:
        return self.ends.get(timeout=TIMEOUT_S)


class Beside:
    """Waits until its call has ended, or answers without an end."""

    def __init__(self) -> None:
        self.waits = threading.Event()

    def services(self, methods: Methods) -> Any:
        known = {"Wait": methods.unary_in_context(self._wait), "Endless": methods.streaming(self._endless)}
        return (grpc.method_handlers_generic_handler("a.B", known),)

    def kserve(self, method: str, request: bytes, context: Any) -> bytes:
        return request

    def _wait(self, request: bytes, context: Any) -> bytes:
        ended = threading.Event()
        assert context.add_callback(ended.set)
        self.waits.set()
        assert ended.wait(TIMEOUT_S)
        assert not context.add_callback(ended.set)
        raise CallError(grpc.StatusCode.CANCELLED, "The call is over")

    def _endless(self, request: bytes, context: Any) -> Iterator[bytes]:
        ended = threading.Event()
        context.add_callback(ended.set)
        while not ended.is_set():
            yield bytes(1 << 20)


Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def beside() -> Beside:
    return Beside()


@pytest.fixture
def calls(beside: Beside) -> Iterator[PassedCalls]:
    asked_for: list[Beside] = []

    def ask_once() -> Any:
        assert not asked_for
        asked_for.append(beside)
        return beside

    calls = PassedCalls(ask_once)
    yield calls
    calls.close()


def test_calls_are_answered(calls: PassedCalls) -> None:
    for message in (b"x", b"y"):
        request: Any = FakeRequest(b"/inference.GRPCInferenceService/ModelInfer", message)
        call = calls.begin(request)
        assert request.end() == (0, "", message)
        while call.look():
            pass


def test_who_works_for_a_call_learns_of_its_end(calls: PassedCalls, beside: Beside) -> None:
    request: Any = FakeRequest(b"/a.B/Wait")
    call = calls.begin(request)
    assert beside.waits.wait(TIMEOUT_S)
    assert call.look()
    request.cancelled = True
    assert not call.look()
    assert request.end() == (1, "The call is over", b"")


def test_a_slow_client_is_waited_for(calls: PassedCalls, eventually: Eventually) -> None:
    request: Any = FakeRequest(b"/a.B/Endless")
    calls.begin(request)
    for _ in range(3):
        eventually(lambda: request.backlog > MOST_UNTAKEN)
        before = len(request.sent)
        request.taken = sum(request.sent)
        eventually(lambda before=before: len(request.sent) > before)  # type: ignore[misc]
        assert request.backlog <= MOST_UNTAKEN + (1 << 20)
    request.cancelled = True
    assert request.end() == (0, "", b"")


def test_what_fails_unexpectedly_is_answered() -> None:
    def fail() -> Any:
        raise ValueError("a secret")

    calls = PassedCalls(fail)
    request: Any = FakeRequest(b"/a.B/Wait")
    calls.begin(request)
    assert request.end() == (13, "Internal server error; the server's log has the cause", b"")
    calls.close()


def test_calls_after_the_end_are_refused(calls: PassedCalls) -> None:
    calls.close()
    request: Any = FakeRequest(b"/a.B/Wait")
    assert not calls.begin(request).look()
    assert request.end() == (14, "the server is stopping", b"")
