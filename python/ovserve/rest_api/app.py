"""Every REST request from (method, path, body) to (status, body), with no socket in sight."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Protocol

from ovserve._core import Core
from ovserve.config.schema import CorsRules, Limits
from ovserve.errors import OvserveError
from ovserve.polling.poller import PassReport
from ovserve.rest_api.config import ConfigRoutes
from ovserve.rest_api.content_encoding import (
    ACCEPTED,
    BodyTooLargeError,
    UnsupportedEncodingError,
    decoded,
    encoding_of,
)
from ovserve.rest_api.cors import Cors
from ovserve.rest_api.kserve import KServeRoutes
from ovserve.rest_api.loaders import LoaderRoutes
from ovserve.rest_api.metrics import MetricsRoutes
from ovserve.rest_api.routes import (
    Found,
    Header,
    Headers,
    Later,
    Request,
    Response,
    Route,
    RouteTable,
    Task,
    Work,
)
from ovserve.rest_api.status_codes import status_of
from ovserve.rest_api.tfs import TfsRoutes

log = logging.getLogger(__name__)

_REFUSALS = {
    HTTPStatus.NOT_ACCEPTABLE: "Unsupported method",
    HTTPStatus.BAD_REQUEST: "Invalid request URL",
}


_DEFAULT_LIMITS = Limits()
_DEFAULT_CORS = CorsRules()


class RoutesBeside(Protocol):
    """Routes that are asked before those of the core, such as those of custom services."""

    def find(self, request: Request) -> Found | None:
        """Return what answers; None leaves the request to the core's routes. The body is not there yet."""

    def unknown(self, request: Request, status: HTTPStatus) -> Response | None:
        """Refuse what the core's routes do not know either; None leaves that to them."""


class RestApp:
    """All routes over one core. Thread-safe."""

    def __init__(
        self,
        core: Core,
        reload: Callable[[], PassReport],
        metrics: bool = False,
        limits: Limits = _DEFAULT_LIMITS,
        cors: CorsRules = _DEFAULT_CORS,
        beside: RoutesBeside | None = None,
    ) -> None:
        self._core = core
        self._largest_body = limits.body_bytes
        self._cors = Cors(cors)
        self._beside = beside
        self._table = RouteTable(
            (
                *TfsRoutes(core).routes(),
                *KServeRoutes(core).routes(),
                *ConfigRoutes(core, reload).routes(),
                *LoaderRoutes(core).routes(),
                *(MetricsRoutes(core).routes() if metrics else ()),
            )
        )

    def find(self, method: str, path: str, headers: Headers = (), query: bytes = b"") -> Found:
        """Find what answers; a request that nothing answers is refused before its body is read.

        Args:
            method: in upper case, as HTTP has it.
            path: as sent: percent-encoded, without the query.
            headers: names in lower case.
            query: as sent, without the question mark.
        """
        if method == "OPTIONS":
            preflight = self._cors.preflight(headers)
            if preflight is not None:
                return preflight
        asked = Request(method, path, b"", headers, query)
        if self._beside is not None:
            answer = self._beside.find(asked)
            if answer is not None:
                return answer
        if method == "OPTIONS":
            return self._options(path)
        found = self._table.find(method, path)
        if isinstance(found, HTTPStatus):
            refusal = None if self._beside is None else self._beside.unknown(asked, found)
            return refusal or self.error(found, _REFUSALS[found])
        route, parameters = found
        try:
            encoding = encoding_of(headers)
        except UnsupportedEncodingError as error:
            response = self.error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(error))
            return replace(response, headers=((b"accept-encoding", ACCEPTED.encode()),))

        def run(body: bytes) -> Response:
            return self._run(route, replace(asked, body=body), encoding, parameters)

        return Task(route.work, run)

    def handle(self, method: str, path: str, body: bytes = b"", headers: Headers = ()) -> Response:
        """Answer one request, however long that takes; only for those of the core's own routes."""
        found = self.find(method, path, headers)
        if isinstance(found, Later):
            raise TypeError(f"{path} is answered later")
        return found if isinstance(found, Response) else found.run(body)

    def error(self, status: HTTPStatus, message: str) -> Response:
        """Return an answer with an error body."""
        return Response(status, self._core.rest_error(message))

    def cors_headers(self, headers: Headers) -> tuple[Header, ...]:
        """Return what any answer to a request with these headers has to carry for browsers."""
        return self._cors.headers(headers)

    def _options(self, path: str) -> Response:
        methods = self._table.methods(path)
        if not methods:
            return self.error(HTTPStatus.BAD_REQUEST, _REFUSALS[HTTPStatus.BAD_REQUEST])
        return Response(HTTPStatus.OK, headers=((b"allow", ", ".join(methods).encode()),))

    def _run(
        self, route: Route, request: Request, encoding: str | None, parameters: Mapping[str, str]
    ) -> Response:
        try:
            if encoding is not None and route.work is Work.INFERENCE:  # nothing else looks at its body
                request = replace(request, body=decoded(request.body, encoding, self._largest_body))
            return route.handle(request, parameters)
        except BodyTooLargeError as error:
            return self.error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error))
        except OvserveError as error:
            return self.error(status_of(error), str(error))
        except MemoryError:
            return self.error(HTTPStatus.SERVICE_UNAVAILABLE, "out of memory")
        except Exception:
            log.exception("%s %s failed in an unexpected way", request.method, request.path)
            return self.error(
                HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error; the server's log has the cause"
            )
