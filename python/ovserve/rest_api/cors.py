"""What browsers are told about requests from web pages of other origins.

Source: Fetch standard, "CORS protocol". ``*`` means anything only where no credentials are sent, and
never covers the header Authorization; so what was asked for is named instead where that matters.
"""

import re
from http import HTTPStatus

from ovserve.config.schema import CorsRules
from ovserve.rest_api.routes import Header, Headers, Response

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
"""What the API has."""

_NAMES = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+(?:[ \t]*,[ \t]*[A-Za-z0-9!#$%&'*+.^_`|~-]+)*")
_ORIGIN = re.compile(rb"[\x21-\x7e]+")
_EXPOSED = (b"access-control-expose-headers", b"inference-header-content-length")


class Cors:
    """Answers preflight requests and marks the answers that pages may see. Stateless."""

    def __init__(self, rules: CorsRules) -> None:
        self._rules = rules
        self._to_all: tuple[Header, ...] | None = None
        if rules.origins is None and not rules.credentials:
            self._to_all = ((b"access-control-allow-origin", b"*"), _EXPOSED)

    def headers(self, request: Headers) -> tuple[Header, ...]:
        """Return what is added to the answer of a request."""
        if self._to_all is not None:
            return self._to_all
        vary = (b"vary", b"origin")
        origin = _value(request, b"origin")
        if origin is None or not self._allows(origin):
            return (vary,)
        allowed = (b"access-control-allow-origin", origin)
        if self._rules.credentials:
            return (allowed, (b"access-control-allow-credentials", b"true"), _EXPOSED, vary)
        return (allowed, _EXPOSED, vary)

    def preflight(self, request: Headers) -> Response | None:
        """Answer an OPTIONS request; None if it is no preflight request.

        :meth:`headers` still have to be added. Where they do not name the origin, the browser refuses.
        """
        if _value(request, b"origin") is None or _value(request, b"access-control-request-method") is None:
            return None
        fields = [(b"access-control-allow-methods", self._methods())]
        names = self._header_names(_value(request, b"access-control-request-headers"))
        if names:
            fields.append((b"access-control-allow-headers", names))
        if self._rules.headers is None:
            fields.append((b"vary", b"access-control-request-headers"))
        return Response(HTTPStatus.OK, headers=tuple(fields))

    def _allows(self, origin: bytes) -> bool:
        if not _ORIGIN.fullmatch(origin):
            return False
        return self._rules.origins is None or origin.decode("ascii").lower() in self._rules.origins

    def _methods(self) -> bytes:
        return ", ".join(METHODS if self._rules.methods is None else self._rules.methods).encode()

    def _header_names(self, wanted: bytes | None) -> bytes:
        if self._rules.headers is not None:
            return ", ".join(sorted(self._rules.headers)).encode()
        return wanted if wanted is not None and _NAMES.fullmatch(wanted) else b"*"


def _value(headers: Headers, name: bytes) -> bytes | None:
    return next((value for other, value in headers if other == name), None)
