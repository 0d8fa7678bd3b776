"""Health questions of the KServe v2 protocol. Source: kserve docs/predict-api/v2/required_api.md."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus

from ovserve import _core
from ovserve.errors import NotFoundError, UnavailableError
from ovserve.rest_api.routes import Request, Response, Route, Work, version_in

SERVER_NAME = "ovserve"
"""The gRPC ServerMetadata gives the same."""

_MODEL = r"/v2/models/(?P<model>[^/]+)(?:/versions/(?P<version>[0-9]+))?"


class KServeRoutes:
    """Is the server alive and ready, is a model ready, what server is it."""

    def __init__(self, core: _core.Core) -> None:
        self._core = core

    def routes(self) -> tuple[Route, ...]:
        """Return the routes below /v2."""
        return (
            Route("GET", re.compile("/v2/health/live/?"), self._live, Work.INSTANT),
            Route("GET", re.compile("/v2/health/ready/?"), self._ready, Work.INSTANT),
            Route("GET", re.compile("/v2/?"), self._server, Work.INSTANT),
            Route("GET", re.compile(_MODEL + "/ready/?"), self._model_ready),
        )

    def _live(self, request: Request, parameters: Mapping[str, str]) -> Response:
        return Response(HTTPStatus.OK)

    def _ready(self, request: Request, parameters: Mapping[str, str]) -> Response:
        if not self._core.ready():
            raise UnavailableError("the server is not ready: the initial configuration is being processed")
        return Response(HTTPStatus.OK)

    def _server(self, request: Request, parameters: Mapping[str, str]) -> Response:
        return Response(
            HTTPStatus.OK, json.dumps({"name": SERVER_NAME, "version": _core.__version__}).encode()
        )

    def _model_ready(self, request: Request, parameters: Mapping[str, str]) -> Response:
        if not self._core.model_ready(parameters["model"], version_in(parameters)):
            raise NotFoundError("Model with requested version is not ready")
        return Response(HTTPStatus.OK)
