"""The KServe v2 protocol: health, metadata and inference, with the binary tensor data extension.

Sources: kserve docs/predict-api/v2/required_api.md; Triton docs/protocol/extension_binary_data.md.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus

from ovserve import _core
from ovserve.errors import InvalidArgumentError, NotFoundError, UnavailableError
from ovserve.rest_api.routes import Headers, Request, Response, Route, Work, version_in

SERVER_NAME = "ovserve"
"""The gRPC ServerMetadata gives the same."""

EXTENSIONS = ("binary_tensor_data",)
"""Of the REST API; gRPC has no use for them."""

_HEADER_LENGTH = b"inference-header-content-length"
_LONGEST_LENGTH = 18  # digits; no body comes near it

_MODEL = r"/v2/models/(?P<model>[^/]+)(?:/versions/(?P<version>[0-9]+))?"


class KServeRoutes:
    """Is the server alive and ready, what server is it, what is a model and what does it answer."""

    def __init__(self, core: _core.Core) -> None:
        self._core = core

    def routes(self) -> tuple[Route, ...]:
        """Return the routes below /v2."""
        return (
            Route("GET", re.compile("/v2/health/live/?"), self._live, Work.INSTANT),
            Route("GET", re.compile("/v2/health/ready/?"), self._ready, Work.INSTANT),
            Route("GET", re.compile("/v2/?"), self._server, Work.INSTANT),
            Route("GET", re.compile(_MODEL + "/ready/?"), self._model_ready),
            Route("GET", re.compile(_MODEL + "/?"), self._model_metadata),
            Route("POST", re.compile(_MODEL + "/infer/?"), self._infer, Work.INFERENCE),
        )

    def _live(self, request: Request, parameters: Mapping[str, str]) -> Response:
        return Response(HTTPStatus.OK)

    def _ready(self, request: Request, parameters: Mapping[str, str]) -> Response:
        if not self._core.ready():
            raise UnavailableError("the server is not ready: the initial configuration is being processed")
        return Response(HTTPStatus.OK)

    def _server(self, request: Request, parameters: Mapping[str, str]) -> Response:
        metadata = {"name": SERVER_NAME, "version": _core.__version__, "extensions": EXTENSIONS}
        return Response(HTTPStatus.OK, json.dumps(metadata).encode())

    def _model_ready(self, request: Request, parameters: Mapping[str, str]) -> Response:
        if not self._core.model_ready(parameters["model"], version_in(parameters)):
            raise NotFoundError("Model with requested version is not ready")
        return Response(HTTPStatus.OK)

    def _model_metadata(self, request: Request, parameters: Mapping[str, str]) -> Response:
        body = self._core.kserve_rest_model_metadata(parameters["model"], version_in(parameters))
        return Response(HTTPStatus.OK, body)

    def _infer(self, request: Request, parameters: Mapping[str, str]) -> Response:
        body, length = self._core.kserve_rest_infer(
            parameters["model"], version_in(parameters), request.body, _header_length(request.headers)
        )
        if length is None:
            return Response(HTTPStatus.OK, body)
        return Response(
            HTTPStatus.OK, body, b"application/octet-stream", ((_HEADER_LENGTH, str(length).encode()),)
        )


def _header_length(headers: Headers) -> int | None:
    """Return the length of a body's JSON object; None if nothing follows it.

    Raises:
        InvalidArgumentError: the header is no number, or there twice.
    """
    values = [value for name, value in headers if name == _HEADER_LENGTH]
    if not values:
        return None
    value = values[0].strip()
    if len(values) > 1 or not value.isdigit() or len(value) > _LONGEST_LENGTH:
        raise InvalidArgumentError("Inference-Header-Content-Length must be one decimal number of bytes")
    return int(value)
