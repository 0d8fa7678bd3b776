"""Every REST request from (method, path, body) to (status, body), with no socket in sight."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from ovserve._core import Core
from ovserve.errors import OvserveError
from ovserve.polling.poller import PassReport
from ovserve.rest_api.config import ConfigRoutes
from ovserve.rest_api.kserve import KServeRoutes
from ovserve.rest_api.metrics import MetricsRoutes
from ovserve.rest_api.routes import Headers, Request, Response, Route, RouteTable, Work
from ovserve.rest_api.status_codes import status_of
from ovserve.rest_api.tfs import TfsRoutes

log = logging.getLogger(__name__)

_REFUSALS = {
    HTTPStatus.NOT_ACCEPTABLE: "Unsupported method",
    HTTPStatus.BAD_REQUEST: "Invalid request URL",
}


@dataclass(frozen=True, slots=True)
class Task:
    """A request that found its route; calling it does the work, and never raises."""

    work: Work
    run: Callable[[bytes], Response]


class RestApp:
    """All routes over one core. Thread-safe."""

    def __init__(self, core: Core, reload: Callable[[], PassReport], metrics: bool = False) -> None:
        self._core = core
        self._table = RouteTable(
            (
                *TfsRoutes(core).routes(),
                *KServeRoutes(core).routes(),
                *ConfigRoutes(core, reload).routes(),
                *(MetricsRoutes(core).routes() if metrics else ()),
            )
        )

    def find(self, method: str, path: str, headers: Headers = ()) -> Task | Response:
        """Find what answers; a request that nothing answers is refused before its body is read.

        Args:
            method: "GET", "POST" or anything else.
            path: as sent: percent-encoded, without the query.
            headers: names in lower case.
        """
        found = self._table.find(method, path)
        if isinstance(found, HTTPStatus):
            return self.error(found, _REFUSALS[found])
        route, parameters = found

        def run(body: bytes) -> Response:
            return self._run(route, Request(method, path, body, headers), parameters)

        return Task(route.work, run)

    def handle(self, method: str, path: str, body: bytes = b"", headers: Headers = ()) -> Response:
        """Answer one request, however long that takes."""
        found = self.find(method, path, headers)
        return found if isinstance(found, Response) else found.run(body)

    def error(self, status: HTTPStatus, message: str) -> Response:
        """Return an answer with an error body."""
        return Response(status, self._core.rest_error(message))

    def _run(self, route: Route, request: Request, parameters: Mapping[str, str]) -> Response:
        try:
            return route.handle(request, parameters)
        except OvserveError as error:
            return self.error(status_of(error), str(error))
        except Exception:
            log.exception("%s %s failed in an unexpected way", request.method, request.path)
            return self.error(
                HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error; the server's log has the cause"
            )
