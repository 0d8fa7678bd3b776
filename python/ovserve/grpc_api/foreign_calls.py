"""Calls that another server than grpcio has received, answered by handlers that were made for grpcio."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, NoReturn, Protocol

import grpc

from ovserve.grpc_api.beside import CallsBeside
from ovserve.grpc_api.methods import CallError, Methods

_KSERVE = "inference.GRPCInferenceService"
_ABOUT_MODELS = ("ModelReady", "ModelMetadata", "ModelInfer", "ModelStreamInfer")


class ForeignCall(Protocol):
    """One call, with the one message that it has."""

    @property
    def path(self) -> str:
        """``/package.Service/Method``."""

    @property
    def message(self) -> bytes:
        """What the client has sent."""

    def time_remaining(self) -> float | None:
        """Return how long its client will wait, in seconds; None: no limit."""

    def add_callback(self, callback: Callable[[], None]) -> bool:
        """Have something called when it has ended; False: it has."""

    def send(self, message: bytes) -> None:
        """Send one message of an answer in many."""


class End(NamedTuple):
    """How a call ends: a status code's number, its text, and the answer if there is but one."""

    code: int
    details: str = ""
    message: bytes = b""


class ForeignCalls:
    """Answers them with what stands beside the core. Thread-safe; a call holds its thread until its end."""

    def __init__(self, beside: CallsBeside) -> None:
        """Take what answers."""
        self._beside = beside
        methods = Methods(lambda requests, context: next(requests))
        self._services = beside.services(methods)
        self._kserve = {
            f"/{_KSERVE}/{name}": methods.unary_in_context(partial(self._about_model, name))
            for name in _ABOUT_MODELS
        }

    def answer(self, call: ForeignCall) -> End:
        """Answer a call; messages of an answer in many are sent as they come."""
        handler = self._find(call.path)
        if handler is None:
            return _end(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")
        context = _Context(call)
        try:
            if not handler.response_streaming:
                return End(0, "", handler.stream_unary(iter((call.message,)), context))
            for message in handler.stream_stream(iter((call.message,)), context):
                call.send(message)
        except _AbortedError as aborted:
            return _end(aborted.code, aborted.details)
        return End(0)

    def _find(self, path: str) -> grpc.RpcMethodHandler | None:
        if path in self._kserve:
            return self._kserve[path]
        details = _Details(path, ())
        return next((found for each in self._services if (found := each.service(details))), None)

    def _about_model(self, method: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        answer = self._beside.kserve(method, request, context)
        if answer is None:  # it has gone meanwhile
            raise CallError(grpc.StatusCode.NOT_FOUND, "Model with requested name is not found")
        return answer


class _Details(NamedTuple):
    """See grpc.HandlerCallDetails."""

    method: str
    invocation_metadata: tuple[tuple[str, str], ...]


class _AbortedError(Exception):
    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


class _Context:
    """What handlers use of grpcio's context."""

    def __init__(self, call: ForeignCall) -> None:
        self._call = call

    def time_remaining(self) -> float | None:
        return self._call.time_remaining()

    def add_callback(self, callback: Callable[[], None]) -> bool:
        return self._call.add_callback(callback)

    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        raise _AbortedError(code, details)


def _end(code: grpc.StatusCode, details: str) -> End:
    return End(code.value[0], details)
