"""Handlers for single methods: no serializers, so tensors stay the bytes that gRPC received."""

import logging
from collections.abc import Callable, Iterator
from typing import NoReturn

import grpc

from ovserve.errors import OvserveError
from ovserve.grpc_api.status_codes import details_of, shortened, status_of

log = logging.getLogger(__name__)


Receive = Callable[[Iterator[bytes], grpc.ServicerContext], bytes]


class CallError(Exception):
    """Ends a call with a status that no error of the core stands for; the text is for clients."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self.code = code


class Methods:
    """Makes handlers of methods that take one message.

    To grpcio all of them take a stream of messages, which on the wire is the same. So this side, and not
    grpcio, waits for the message, and knows which calls have not sent it.
    """

    def __init__(self, receive: Receive) -> None:
        """Wait for messages by ``receive``, which raises grpc.RpcError when the call has ended."""
        self._receive = receive

    def unary(self, call: Callable[[bytes], bytes]) -> grpc.RpcMethodHandler:
        """Answer a request message with what ``call`` makes of it.

        Args:
            call: must return ``bytes``: grpcio leaves the client hanging on anything that only looks alike.
        """
        return self.unary_in_context(lambda request, context: call(request))

    def unary_in_context(self, call: Callable[[bytes, grpc.ServicerContext], bytes]) -> grpc.RpcMethodHandler:
        """Do the same for a ``call`` that wants to know who asks and for how long."""

        def handle(requests: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
            request = self._receive(requests, context)
            try:
                return call(request, context)
            except Exception as error:
                _abort_for_any(error, context)

        return grpc.stream_unary_rpc_method_handler(handle)

    def streaming(
        self, call: Callable[[bytes, grpc.ServicerContext], Iterator[bytes]]
    ) -> grpc.RpcMethodHandler:
        """Answer a request message with the messages that ``call`` gives."""

        def handle(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
            request = self._receive(requests, context)
            try:
                yield from call(request, context)
            except (CallError, OvserveError) as error:
                _abort_for_any(error, context)

        return grpc.stream_stream_rpc_method_handler(handle)

    def unimplemented(self, details: str = "") -> grpc.RpcMethodHandler:
        """Refuse a method that is not offered; without a text, as OVMS does, unless one is given."""

        def handle(requests: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
            _abort(context, grpc.StatusCode.UNIMPLEMENTED, details)

        return grpc.stream_unary_rpc_method_handler(handle)


def abort_for(error: OvserveError, context: grpc.ServicerContext) -> NoReturn:
    """End a call with the status of an error."""
    _abort(context, status_of(error), details_of(error))


def _abort_for_any(error: Exception, context: grpc.ServicerContext) -> NoReturn:
    if isinstance(error, OvserveError):
        abort_for(error, context)
    if isinstance(error, CallError):
        _abort(context, error.code, shortened(str(error)))
    log.error("a gRPC request failed in an unexpected way", exc_info=error)
    _abort(context, grpc.StatusCode.INTERNAL, "Internal server error; the server's log has the cause")


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, details: str) -> NoReturn:
    context.abort(code, details)
    raise AssertionError("abort always raises")
