"""Calls that grpcio has not received, and handlers that were made for it."""

from collections.abc import Callable, Iterator, Sequence

import grpc
import pytest

from ovserve.errors import InvalidArgumentError
from ovserve.grpc_api.beside import Context
from ovserve.grpc_api.foreign_calls import End, ForeignCalls
from ovserve.grpc_api.methods import CallError, Methods


class Call:
    """One call, and what it was sent."""

    def __init__(self, path: str, message: bytes = b"") -> None:
        self.path = path
        self.message = message
        self.sent: list[bytes] = []
        self.callbacks: list[Callable[[], None]] = []

    def time_remaining(self) -> float | None:
        return 2.5

    def add_callback(self, callback: Callable[[], None]) -> bool:
        self.callbacks.append(callback)
        return True

    def send(self, message: bytes) -> None:
        self.sent.append(message)


class Beside:
    """Services that do as the message says."""

    def interceptors(self) -> Sequence[grpc.ServerInterceptor]:
        return ()

    def services(self, methods: Methods) -> Sequence[grpc.GenericRpcHandler]:
        known = {"One": methods.unary_in_context(self._one), "Many": methods.streaming(self._many)}
        return (grpc.method_handlers_generic_handler("a.B", known),)

    def kserve(self, method: str, request: bytes, context: Context) -> bytes | None:
        return None if request == b"gone" else method.encode() + b" " + request

    def _one(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        if request == b"refuse":
            raise CallError(grpc.StatusCode.ABORTED, "not now")
        if request == b"wrong":
            raise InvalidArgumentError("not that")
        if request == b"fail":
            raise ValueError("a secret")
        assert context.add_callback(lambda: None)
        return str(context.time_remaining()).encode() + request

    def _many(self, request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        yield b"1"
        yield b"2"
        if request == b"refuse":
            raise CallError(grpc.StatusCode.DATA_LOSS, "lost")


@pytest.fixture
def calls() -> ForeignCalls:
    return ForeignCalls(Beside())


def test_one_answer(calls: ForeignCalls) -> None:
    call = Call("/a.B/One", b"x")
    assert calls.answer(call) == End(0, "", b"2.5x")
    assert len(call.callbacks) == 1


def test_an_answer_in_many_messages(calls: ForeignCalls) -> None:
    call = Call("/a.B/Many", b"x")
    assert (calls.answer(call), call.sent) == (End(0), [b"1", b"2"])
    call = Call("/a.B/Many", b"refuse")
    assert (calls.answer(call), call.sent) == (End(15, "lost"), [b"1", b"2"])


@pytest.mark.parametrize("method", ["ModelReady", "ModelMetadata", "ModelInfer", "ModelStreamInfer"])
def test_what_is_about_a_service(calls: ForeignCalls, method: str) -> None:
    path = f"/inference.GRPCInferenceService/{method}"
    assert calls.answer(Call(path, b"x")) == End(0, "", method.encode() + b" x")
    assert calls.answer(Call(path, b"gone")) == End(5, "Model with requested name is not found")


@pytest.mark.parametrize(
    ("message", "end"),
    [
        (b"refuse", End(10, "not now")),
        (b"wrong", End(3, "not that")),
        (b"fail", End(13, "Internal server error; the server's log has the cause")),
    ],
)
def test_failures_are_ends(calls: ForeignCalls, message: bytes, end: End) -> None:
    assert calls.answer(Call("/a.B/One", message)) == end


@pytest.mark.parametrize("path", ["/a.B/Other", "/c.D/One", "", "/inference.GRPCInferenceService/ServerLive"])
def test_unknown_methods(calls: ForeignCalls, path: str) -> None:
    assert calls.answer(Call(path)) == End(12, "Method not found!")
