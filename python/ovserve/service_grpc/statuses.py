"""From the statuses of HTTP, which handlers speak too, to those of gRPC, as TorchServe maps them."""

from typing import TYPE_CHECKING

import grpc

from ovserve.grpc_api.methods import CallError

if TYPE_CHECKING:
    from ovserve.services.exchange import ServiceFailure

_CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    409: grpc.StatusCode.ABORTED,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    416: grpc.StatusCode.OUT_OF_RANGE,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    499: grpc.StatusCode.CANCELLED,
    501: grpc.StatusCode.UNIMPLEMENTED,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}


def code_of(status: int) -> grpc.StatusCode:
    """Return the code for a status of 400 or more."""
    code = _CODES.get(status)
    if code is not None:
        return code
    return grpc.StatusCode.FAILED_PRECONDITION if status < 500 else grpc.StatusCode.INTERNAL


def error_of(failure: "ServiceFailure") -> CallError:
    """Return how a call ends to which a service has no answer."""
    return CallError(code_of(failure.status), failure.message)
