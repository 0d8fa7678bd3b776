"""Inference over a stream: each message is answered by itself, in the order in which they came."""

import threading
from collections.abc import Callable, Iterator

import grpc

from ovserve.errors import OvserveError
from ovserve.grpc_api.beside import CallsBeside
from ovserve.grpc_api.methods import abort_for

MAX_STREAMS = 32
"""Streams at a time; each one takes a server thread for as long as it lasts."""


class StreamInfer:
    """ModelStreamInfer: a message that cannot be answered costs the stream nothing but that answer."""

    def __init__(self, answer: Callable[[bytes], bytes], beside: CallsBeside | None = None) -> None:
        """Answer by ``beside`` if that wants to, else by ``answer``."""
        self._answer_of_core = answer
        self._beside = beside
        self._lock = threading.Lock()
        self._idle: set[grpc.ServicerContext] = set()  # guarded by _lock
        self._open = 0  # guarded by _lock
        self._closed = False  # guarded by _lock

    def handler(self) -> grpc.RpcMethodHandler:
        """Return the method for registration."""
        return grpc.stream_stream_rpc_method_handler(self._handle)

    def close(self) -> None:
        """End the streams, each after the message that it is at, so that none delays a stop."""
        with self._lock:
            self._closed = True
            idle = list(self._idle)
        for context in idle:
            context.cancel()

    def _handle(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        with self._lock:
            admitted = self._open < MAX_STREAMS
            self._open += admitted
        if not admitted:
            context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"{MAX_STREAMS} inference streams are open, which is the limit; use ModelInfer",
            )
        try:
            yield from self._answers(requests, context)
        finally:
            with self._lock:
                self._open -= 1

    def _answers(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        while (request := self._next(requests, context)) is not None:
            try:
                reply = self._answer(request, context)
            except OvserveError as error:  # not of this message: the server is stopping
                abort_for(error, context)
            yield reply

    def _answer(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        reply = None if self._beside is None else self._beside.kserve("ModelStreamInfer", request, context)
        return self._answer_of_core(request) if reply is None else reply

    def _next(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> bytes | None:
        with self._lock:
            closed = self._closed
            if not closed:
                self._idle.add(context)
        if closed:
            context.abort(grpc.StatusCode.UNAVAILABLE, "the server is stopping")
        try:
            return next(requests, None)
        finally:
            with self._lock:
                self._idle.discard(context)
