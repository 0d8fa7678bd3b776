"""/metrics, for Prometheus. Source: Prometheus, "Exposition formats", text format 0.0.4."""

import re
from collections.abc import Mapping
from http import HTTPStatus

from ovserve._core import Core
from ovserve.rest_api.routes import Request, Response, Route

_CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


class MetricsRoutes:
    """Everything measured, as text. Offered only where metrics are on."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def routes(self) -> tuple[Route, ...]:
        """Return the one route."""
        return (Route("GET", re.compile("/metrics"), self._text),)

    def _text(self, request: Request, parameters: Mapping[str, str]) -> Response:
        return Response(HTTPStatus.OK, self._core.metrics_text(), _CONTENT_TYPE)
