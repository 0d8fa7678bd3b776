"""The one table from errors to gRPC status codes."""

import grpc

from ovserve import errors

STATUS_OF: dict[type[errors.OvserveError], grpc.StatusCode] = {
    errors.InvalidArgumentError: grpc.StatusCode.INVALID_ARGUMENT,
    errors.NotFoundError: grpc.StatusCode.NOT_FOUND,
    errors.AlreadyExistsError: grpc.StatusCode.ALREADY_EXISTS,
    errors.FailedPreconditionError: grpc.StatusCode.FAILED_PRECONDITION,
    errors.UnavailableError: grpc.StatusCode.UNAVAILABLE,
    errors.ResourceExhaustedError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.DeadlineExceededError: grpc.StatusCode.DEADLINE_EXCEEDED,
    errors.CancelledError: grpc.StatusCode.CANCELLED,
    errors.UnimplementedError: grpc.StatusCode.UNIMPLEMENTED,
    errors.InternalError: grpc.StatusCode.INTERNAL,
}

_LONGEST_DETAILS = 6000  # bytes on the wire: details travel in a header block, which clients limit to 8 KiB


def status_of(error: errors.OvserveError) -> grpc.StatusCode:
    """Return the code for an error, by its class or the nearest one above it."""
    for cls in type(error).__mro__:
        if cls in STATUS_OF:
            return STATUS_OF[cls]
    return grpc.StatusCode.UNKNOWN


def details_of(error: errors.OvserveError) -> str:
    """Return the error's text, cut to what every client accepts."""
    return shortened(str(error))


def shortened(text: str) -> str:
    """Return a text for a call's end, cut to what every client accepts."""
    size = 0
    for i, character in enumerate(text):
        size += _size_on_wire(character)
        if size > _LONGEST_DETAILS:
            return text[:i] + "..."
    return text


def _size_on_wire(character: str) -> int:
    """Return how many bytes percent-encoding makes of it. Source: gRPC over HTTP2, Status-Message."""
    if " " <= character <= "~" and character != "%":
        return 1
    return 3 * len(character.encode("utf-8", "replace"))
