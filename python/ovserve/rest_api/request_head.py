"""What the head of an HTTP request may look like, beyond what the parser sees to.

Source: RFC 9112, sections 2.3 (version), 3.2 (Host) and 6 (message body length); RFC 9110, section
10.1.1 (Expect); RFC 6585, section 5 (431).
"""

from http import HTTPStatus

from ovserve.config.schema import Limits
from ovserve.rest_api.routes import Headers

_MOST_FRAMING = 8  # bytes around each byte of a body; chunks of one byte have 5


class RefusedRequestError(Exception):
    """A request that is answered with ``status`` and the text, and whose connection then ends."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


class RequestHead:
    """Counts what comes of one request beside its body: the head, and around and behind chunks."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.begin()

    def begin(self) -> None:
        """Start with the next request."""
        self._parsed = 0
        self._fields = 0
        self._rest = 0
        self._body = 0

    def add_target(self, target: bytes) -> None:
        """Count a part of the request's target.

        Raises:
            RefusedRequestError: the head is larger than allowed.
        """
        self._parsed += len(target)
        self._check(self._parsed)

    def add_field(self, name: bytes, value: bytes) -> None:
        """Count a field of the head or the trailer.

        Raises:
            RefusedRequestError: there are more of them than allowed, or the head is too large.
        """
        self._fields += 1
        if self._fields > self._limits.header_count:
            raise RefusedRequestError(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"the request has more than {self._limits.header_count} header fields",
            )
        self._parsed += len(name) + len(value) + len(": \r\n")
        self._check(self._parsed)

    def add_received(self, count: int, body: int) -> None:
        """Count bytes that came, ``body`` of them of the body, whether or not a field is complete.

        Raises:
            RefusedRequestError: what is not body is larger than allowed.
        """
        self._body += body
        self._rest += count - body
        self._check(self._rest - _MOST_FRAMING * self._body)

    def _check(self, size: int) -> None:
        if size > self._limits.header_bytes:
            raise RefusedRequestError(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"the head of the request is larger than {self._limits.header_bytes} bytes",
            )


def check_head(headers: Headers, http_version: str) -> None:
    """Refuse heads that other servers may understand differently, and wishes that cannot be met.

    Raises:
        RefusedRequestError: see its text.
    """
    if http_version not in ("1.0", "1.1"):
        raise RefusedRequestError(
            HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, f"HTTP/{http_version} is not supported; use HTTP/1.1"
        )
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1 or (not hosts and http_version == "1.1"):
        raise RefusedRequestError(
            HTTPStatus.BAD_REQUEST, f"a request needs one Host header, this one has {len(hosts)}"
        )
    codings = [value.strip().lower() for name, value in headers if name == b"transfer-encoding"]
    if codings and http_version != "1.1":
        raise RefusedRequestError(
            HTTPStatus.BAD_REQUEST, f"Transfer-Encoding is not possible in HTTP/{http_version}"
        )
    if codings and codings != [b"chunked"]:
        raise RefusedRequestError(
            HTTPStatus.NOT_IMPLEMENTED, "Transfer-Encoding: only chunked is supported, and only once"
        )
    if any(name == b"expect" and value.strip().lower() != b"100-continue" for name, value in headers):
        raise RefusedRequestError(HTTPStatus.EXPECTATION_FAILED, "Expect: only 100-continue is supported")
