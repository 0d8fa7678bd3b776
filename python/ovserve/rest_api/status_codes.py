"""The one table from errors to HTTP status codes."""

from http import HTTPStatus

from ovserve import errors

STATUS_OF: dict[type[errors.OvserveError], HTTPStatus] = {
    errors.InvalidArgumentError: HTTPStatus.BAD_REQUEST,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.AlreadyExistsError: HTTPStatus.CONFLICT,
    errors.FailedPreconditionError: HTTPStatus.PRECONDITION_FAILED,
    errors.UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ResourceExhaustedError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DeadlineExceededError: HTTPStatus.GATEWAY_TIMEOUT,
    errors.CancelledError: HTTPStatus.SERVICE_UNAVAILABLE,  # read by nobody
    errors.UnimplementedError: HTTPStatus.NOT_IMPLEMENTED,
    errors.InternalError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def status_of(error: errors.OvserveError) -> HTTPStatus:
    """Return the status for an error, by its class or the nearest one above it."""
    for cls in type(error).__mro__:
        if cls in STATUS_OF:
            return STATUS_OF[cls]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def status_of_failure(code: str) -> HTTPStatus:
    """Return the status of a reload for the first thing that could not be brought into service.

    Args:
        code: the name of a core error code. Its 412 is not passed on: a reload answers 412 for a
            configuration that is not JSON, and for nothing else.
    """
    if code == "INVALID_ARGUMENT":
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus.INTERNAL_SERVER_ERROR
