"""The answers of these APIs: JSON indented by two, errors as TorchServe's clients know them."""

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ovserve.rest_api.routes import Headers, Response

if TYPE_CHECKING:
    from ovserve.services.exchange import Reply, ServiceFailure

NOT_CACHED = (
    (b"pragma", b"no-cache"),
    (b"cache-control", b"no-cache; no-store, must-revalidate, private"),
    (b"expires", b"Thu, 01 Jan 1970 00:00:00 UTC"),
)

_HIGHEST_STATUS = 599  # what HTTP has; handlers may say more
_OF_THE_CONNECTION = frozenset(
    {"connection", "content-length", "transfer-encoding", "keep-alive", "upgrade", "trailer", "te"}
)


def json_response(document: Any, status: int = HTTPStatus.OK) -> Response:
    """Return a JSON answer."""
    return Response(status, json.dumps(document, indent=2).encode() + b"\n")


def error(status: int, type: str, message: str, headers: Headers = ()) -> Response:
    """Return an error as these APIs have it."""
    document = {"code": int(status), "type": type, "message": message}
    return Response(status, json.dumps(document, indent=2).encode() + b"\n", headers=tuple(headers))


def not_found() -> Response:
    """Return the answer to an unknown path."""
    return error(
        HTTPStatus.NOT_FOUND,
        "ResourceNotFoundException",
        "Requested resource is not found, please refer to API document.",
    )


def not_allowed(methods: str) -> Response:
    """Return the answer to a method that a path has not."""
    return error(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "MethodNotAllowedException",
        "Requested method is not allowed, please refer to API document.",
        ((b"allow", methods.encode()),),
    )


def too_large(limit: int) -> Response:
    """Return the answer to a body that is too large."""
    return error(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "RequestEntityTooLargeException",
        f"The request's body is larger than {limit} bytes (max_request_size)",
        ((b"connection", b"close"),),
    )


def of_failure(failure: "ServiceFailure") -> Response:
    """Return the answer for a service's failure."""
    headers = ((b"x-request-id", failure.request_id.encode()),) if failure.request_id else ()
    status = failure.status if 400 <= failure.status <= _HIGHEST_STATUS else 500
    document = {"code": failure.status, "type": failure.type, "message": failure.message}
    return Response(status, json.dumps(document, indent=2).encode() + b"\n", headers=headers)


def of_reply(reply: "Reply") -> Response:
    """Return a handler's answer; what only the connection may say is left out."""
    headers = [(b"x-request-id", reply.request_id.encode("latin-1", "replace")), *NOT_CACHED]
    for name, value in reply.headers:
        if name.lower() not in _OF_THE_CONNECTION and _is_name(name):
            headers.append((name.lower().encode(), value.encode("utf-8")))
    known = reply.status <= _HIGHEST_STATUS
    return Response(
        reply.status if known else 500,
        bytes(reply.body),
        reply.content_type.encode("utf-8"),
        tuple(headers),
        reply.phrase if known else "",
    )


def _is_name(name: str) -> bool:
    return name.isascii() and bool(name) and all(each.isalnum() or each in "!#$%&'*+-.^_`|~" for each in name)
