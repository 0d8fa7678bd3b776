"""The management API: which path is which action, and who may do it."""

import logging
import re
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qs, unquote

from ovserve.rest_api.cors import Cors
from ovserve.rest_api.routes import Found, Header, Headers, Request, Response, Task, Work
from ovserve.service_api import answers
from ovserve.service_api.access import KeyAccess, LocalAccess
from ovserve.service_api.management_actions import ManagementActions
from ovserve.service_api.openapi import management_description, model_description
from ovserve.service_api.parameters import Parameters
from ovserve.services.exchange import ServiceFailure

log = logging.getLogger(__name__)

_MODEL = re.compile(r"/models/(?P<name>[^/]+)(?:/(?P<version>[^/]+)(?P<default>/set-default)?)?/?")
NOT_SWITCHED_ON = (
    "Model API disabled. Services can be registered and removed at run time with --enable_model_api."
)

Action = Callable[[Parameters], Response]


class ManagementApp:
    """Answers management requests; see :class:`ovserve.rest_api.asgi.App`. Thread-safe.

    Args:
        actions: what is done.
        access: who may ask.
        model_api: whether services may be registered and removed.
        cors: what pages of other origins may do.
    """

    def __init__(
        self,
        actions: ManagementActions,
        access: KeyAccess | LocalAccess,
        model_api: bool,
        cors: Cors,
    ) -> None:
        self._actions = actions
        self._access = access
        self._model_api = model_api
        self._cors = cors

    def find(self, method: str, path: str, headers: Headers = (), query: bytes = b"") -> Found:
        """Find what answers; see :class:`App`."""
        request = Request(method, path, b"", headers, query)
        if method == "OPTIONS":
            preflight = self._cors.preflight(headers)
            if preflight is not None:
                return preflight
        return self.route(request) or answers.not_found()

    def route(self, request: Request) -> Found | None:
        """Return what answers; None for paths that are none of this API."""
        path = request.path
        if path.rstrip("/") == "/token":
            return self._renew(request)
        if path == "/ping":
            return self._refused(request, open_to_all=True) or answers.json_response({"status": "Healthy"})
        if (path == "/" and request.method == "OPTIONS") or path == "/api-description":
            return self._refused(request, open_to_all=True) or answers.json_response(management_description())
        if path.rstrip("/") == "/models":
            return self._refused(request) or self._models(request)
        match = _MODEL.fullmatch(path)
        if match is None or match["version"] == "invoke":
            return None
        refusal = self._refused(request)
        if refusal is not None:
            return refusal
        version = None if match["version"] is None else unquote(match["version"])
        if match["default"]:
            return self._set_default(request, unquote(match["name"]), version or "")
        return self._model(request, unquote(match["name"]), version)

    def error(self, status: HTTPStatus, message: str) -> Response:
        """Return an answer with an error body."""
        return answers.error(
            status, "BadRequestException" if status < 500 else "InternalServerException", message
        )

    def cors_headers(self, headers: Headers) -> tuple[Header, ...]:
        """Return what every answer to such a request carries."""
        return self._cors.headers(headers)

    def _models(self, request: Request) -> Found:
        if request.method in ("GET", "HEAD"):
            return self._task(request, Work.QUICK, self._actions.list)
        if request.method == "POST":
            return self._switched(request, self._actions.register)
        return answers.not_allowed("GET, POST")

    def _model(self, request: Request, name: str, version: str | None) -> Found:
        actions = self._actions
        if request.method in ("GET", "HEAD"):
            return self._task(request, Work.RELOAD, partial(actions.describe, name, version))
        if request.method == "PUT":
            return self._task(request, Work.RELOAD, partial(actions.scale, name, version))
        if request.method == "DELETE":
            return self._switched(request, partial(actions.unregister, name, version))
        if request.method == "OPTIONS":
            return answers.json_response(model_description(name, version or ""))
        return answers.not_allowed("GET, PUT, DELETE, OPTIONS")

    def _set_default(self, request: Request, name: str, version: str) -> Found:
        if request.method != "PUT":
            return answers.not_allowed("PUT")
        return self._task(request, Work.QUICK, partial(self._actions.set_default, name, version))

    def _renew(self, request: Request) -> Found:
        if not isinstance(self._access, KeyAccess):
            return answers.not_found()
        kind = parse_qs(request.query.decode("latin-1")).get("type", [""])[0]
        return self._access.renewed(kind, request)

    def _refused(self, request: Request, open_to_all: bool = False) -> Response | None:
        if open_to_all and isinstance(self._access, KeyAccess):
            return None
        return self._access.refusal(request)

    def _switched(self, request: Request, action: Action) -> Found:
        if not self._model_api:
            return answers.error(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowedException", NOT_SWITCHED_ON)
        return self._task(request, Work.RELOAD, action)

    def _task(self, request: Request, work: Work, action: Action) -> Task:
        def run(body: bytes) -> Response:
            try:
                return action(Parameters.of(request, body))
            except ServiceFailure as failure:
                return answers.of_failure(failure)
            except Exception:
                log.exception("%s %s failed in an unexpected way", request.method, request.path)
                return answers.error(
                    HTTPStatus.INTERNAL_SERVER_ERROR,
                    "InternalServerException",
                    "Internal server error; the server's log has the cause",
                )

        return Task(work, run)
