"""TensorFlow Serving's REST API. Source: tensorflow/serving g3doc/api_rest.md."""

import re
from collections.abc import Mapping
from http import HTTPStatus

from ovserve._core import Core
from ovserve.errors import NotFoundError
from ovserve.rest_api.routes import Request, Response, Route, Work, version_in

# A label is accepted and ignored. The name may be missing: that is a model nobody has, not a wrong URL.
_MODEL = r"/v1/models(?:/(?P<model>[^/:]*))?(?:/versions/(?P<version>[0-9]+)|/labels/[^/:]+)?"


class TfsRoutes:
    """Status, metadata and :predict of models."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def routes(self) -> tuple[Route, ...]:
        """Return the routes below /v1/models."""
        return (
            Route("POST", re.compile(_MODEL + ":predict"), self._predict, Work.INFERENCE),
            Route("POST", re.compile(_MODEL + ":(?:classify|regress)"), self._not_offered),
            Route("GET", re.compile(_MODEL + "/metadata"), self._metadata),
            Route("GET", re.compile(_MODEL + "/?"), self._status),
        )

    def _predict(self, request: Request, parameters: Mapping[str, str]) -> Response:
        version = version_in(parameters)
        body = self._core.rest_predict(parameters.get("model", ""), version, request.body)
        return Response(HTTPStatus.OK, body)

    def _metadata(self, request: Request, parameters: Mapping[str, str]) -> Response:
        body = self._core.rest_metadata(parameters.get("model", ""), version_in(parameters))
        return Response(HTTPStatus.OK, body)

    def _status(self, request: Request, parameters: Mapping[str, str]) -> Response:
        body = self._core.rest_status(parameters.get("model", ""), version_in(parameters))
        return Response(HTTPStatus.OK, body)

    def _not_offered(self, request: Request, parameters: Mapping[str, str]) -> Response:
        raise NotFoundError("REST resource not found")
