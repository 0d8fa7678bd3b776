"""What the head of an HTTP request may look like, beyond what the parser sees to.

Source: RFC 9112, sections 2.3 (version), 3.2 (Host) and 6 (message body length); RFC 9110, section
10.1.1 (Expect); RFC 6585, section 5 (431).
"""

from http import HTTPStatus

from ovserve.config.schema import Limits
from ovserve.rest_api.routes import Headers

_AROUND_FIELD = len(": \r\n")
_MOST_FRAMING = 8  # bytes around each byte of a body; chunks of one byte have 5


class RefusedRequestError(Exception):
    """A request that is answered with ``status`` and the text, and whose connection then ends."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


class UnparsedBytes:
    """Counts what comes of one request beside its body while no part of it is complete.

    That is the head, and what is around and behind the chunks of a body.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rest = 0
        self._body = 0

    def begin(self) -> None:
        """Start with the next request."""
        self._rest = 0
        self._body = 0

    def add(self, count: int, body: int) -> None:
        """Count bytes that came, ``body`` of them of the body.

        Raises:
            RefusedRequestError: what is not body is larger than allowed.
        """
        self._body += body
        self._rest += count - body
        if self._rest - _MOST_FRAMING * self._body > self._limits.header_bytes:
            raise _too_large(self._limits)


def check_head(limits: Limits, target: bytes, headers: Headers, http_version: str) -> None:
    """Refuse heads that are too large or that other servers may understand differently, and vain wishes.

    Raises:
        RefusedRequestError: see its text.
    """
    size, fields, hosts, codings = len(target), 0, 0, 0
    for name, value in headers:
        size += len(name) + len(value) + _AROUND_FIELD
        fields += 1
        if name == b"host":
            hosts += 1
        elif name == b"transfer-encoding":
            codings += 1
            _check_coding(value, codings, http_version)
        elif name == b"expect" and value.strip().lower() != b"100-continue":
            raise RefusedRequestError(HTTPStatus.EXPECTATION_FAILED, "Expect: only 100-continue is supported")
    if size > limits.header_bytes:
        raise _too_large(limits)
    if fields > limits.header_count:
        raise RefusedRequestError(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"the request has more than {limits.header_count} header fields, the limit that"
            " --max_header_count sets",
        )
    if http_version not in ("1.1", "1.0"):
        raise RefusedRequestError(
            HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, f"HTTP/{http_version} is not supported; use HTTP/1.1"
        )
    if hosts != 1 and (hosts or http_version == "1.1"):
        raise RefusedRequestError(
            HTTPStatus.BAD_REQUEST, f"a request needs one Host header, this one has {hosts}"
        )


def _check_coding(coding: bytes, number: int, http_version: str) -> None:
    if http_version != "1.1":
        raise RefusedRequestError(
            HTTPStatus.BAD_REQUEST, f"Transfer-Encoding is not possible in HTTP/{http_version}"
        )
    if number > 1 or coding.strip().lower() != b"chunked":
        raise RefusedRequestError(
            HTTPStatus.NOT_IMPLEMENTED, "Transfer-Encoding: only chunked is supported, and only once"
        )


def _too_large(limits: Limits) -> RefusedRequestError:
    return RefusedRequestError(
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        f"the head of the request is larger than {limits.header_bytes} bytes, the limit that"
        " --max_header_bytes sets",
    )
