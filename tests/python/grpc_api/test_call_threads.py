"""Threads of calls, with calls that send their message or do not."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest

from ovserve.grpc_api import call_threads as module
from ovserve.grpc_api.call_threads import CallThreads

Eventually = Callable[[Callable[[], bool]], None]


class Cancelled(grpc.RpcError):
    pass


class Call:
    """A call as its thread sees it: messages that come or not, and a context."""

    def __init__(self, threads: CallThreads) -> None:
        self._messages: queue.Queue[bytes | Cancelled | None] = queue.Queue()
        self.cancelled = threading.Event()
        self.aborted: grpc.StatusCode | None = None
        context: Any = self
        self.future = threads.submit(lambda: threads.receive(iter(self), context))

    def send(self, message: bytes | None) -> None:
        self._messages.put(message)

    def __iter__(self) -> Iterator[bytes]:
        while (message := self._messages.get(timeout=60)) is not None:
            if isinstance(message, Cancelled):
                raise message
            yield message

    # The context's side

    def add_callback(self, callback: Callable[[], None]) -> bool:
        self.sent = callback
        return True

    def cancel(self) -> None:
        self.cancelled.set()
        self._messages.put(Cancelled())

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        self.aborted = code
        raise RuntimeError(details)


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[CallThreads]:
    monkeypatch.setattr(module, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(module, "_LEAST_PATIENCE_S", 0.01)
    threads = CallThreads(4)
    yield threads
    threads.shutdown()


def test_messages_arrive(threads: CallThreads) -> None:
    calls = [Call(threads) for _ in range(4)]
    for i, call in enumerate(calls):
        call.send(bytes([i]))
    assert [call.future.result(60) for call in calls] == [b"\0", b"\1", b"\2", b"\3"]


def test_a_call_is_under_way_until_its_answer_is_sent(threads: CallThreads, eventually: Eventually) -> None:
    call = Call(threads)
    assert not threads.is_idle()
    call.send(b"x")
    call.future.result(60)
    assert not threads.is_idle()
    call.sent()
    eventually(threads.is_idle)


def test_a_call_without_a_message(threads: CallThreads) -> None:
    call = Call(threads)
    call.send(None)
    with pytest.raises(RuntimeError, match="none came whole"):
        call.future.result(60)
    assert call.aborted is grpc.StatusCode.UNIMPLEMENTED


def test_calls_that_wait_for_a_thread_get_those_of_calls_that_send_nothing(threads: CallThreads) -> None:
    stuck = [Call(threads) for _ in range(20)]
    late = Call(threads)
    late.send(b"late")
    assert late.future.result(60) == b"late"
    assert stuck[0].cancelled.is_set()
    for call in stuck:
        call.send(b"at last")
    outcomes = {str(call.future.exception(60) or "sent") for call in stuck if not call.cancelled.is_set()}
    assert outcomes <= {"sent"}


def test_a_burst_leaves_everybody_the_least_patience(
    threads: CallThreads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LEAST_PATIENCE_S", 3600.0)
    calls = [Call(threads) for _ in range(40)]
    assert not threading.Event().wait(0.5)  # many times the patience that their number would leave
    assert not any(call.cancelled.is_set() for call in calls)
    for call in calls:
        call.send(b"x")
    assert {call.future.result(60) for call in calls} == {b"x"}


def test_half_of_the_threads_stay_with_calls_that_send_nothing_yet(
    threads: CallThreads, eventually: Eventually
) -> None:
    release = threading.Event()
    slow = [Call(threads) for _ in range(2)]
    busy = [threads.submit(release.wait, 60) for _ in range(6)]
    others = threading.Event()
    assert not others.wait(0.5)  # many times the patience
    assert not any(call.cancelled.is_set() for call in slow)
    for call in slow:
        call.send(b"slow")
    assert [call.future.result(60) for call in slow] == [b"slow", b"slow"]
    release.set()
    assert all(future.result(60) for future in busy)


def test_nobody_is_hurried_while_there_are_threads(threads: CallThreads) -> None:
    calls = [Call(threads) for _ in range(4)]
    assert not threading.Event().wait(0.5)
    assert not any(call.cancelled.is_set() for call in calls)
    for call in calls:
        call.send(b"x")
    assert {call.future.result(60) for call in calls} == {b"x"}
