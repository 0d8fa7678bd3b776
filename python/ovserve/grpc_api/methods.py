"""Handlers for single methods: no serializers, so tensors stay the bytes that gRPC received."""

import logging
from collections.abc import Callable
from typing import NoReturn

import grpc

from ovserve.errors import OvserveError
from ovserve.grpc_api.status_codes import details_of, status_of

log = logging.getLogger(__name__)


def unary(call: Callable[[bytes], bytes]) -> grpc.RpcMethodHandler:
    """Answer a request message with what ``call`` makes of it.

    Args:
        call: must return ``bytes``: grpcio leaves the client hanging on anything that only looks alike.
    """

    def handle(request: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            return call(request)
        except OvserveError as error:
            abort_for(error, context)
        except Exception:
            log.exception("a gRPC request failed in an unexpected way")
            _abort(context, grpc.StatusCode.INTERNAL, "Internal server error; the server's log has the cause")

    return grpc.unary_unary_rpc_method_handler(handle)


def abort_for(error: OvserveError, context: grpc.ServicerContext) -> NoReturn:
    """End a call with the status of an error."""
    _abort(context, status_of(error), details_of(error))


def unimplemented() -> grpc.RpcMethodHandler:
    """Refuse a method that the protocol has and this server does not offer, as OVMS does: without a text."""

    def handle(request: bytes, context: grpc.ServicerContext) -> bytes:
        _abort(context, grpc.StatusCode.UNIMPLEMENTED, "")

    return grpc.unary_unary_rpc_method_handler(handle)


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, details: str) -> NoReturn:
    context.abort(code, details)
    raise AssertionError("abort always raises")
