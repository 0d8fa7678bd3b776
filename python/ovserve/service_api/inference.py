"""The inference routes: TorchServe's and Multi Model Server's own, and KServe's for services."""

from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from ovserve._core import Core
from ovserve.errors import InvalidArgumentError
from ovserve.rest_api.routes import Answer, Found, Later, PendingAnswer, Request, Response, Task, Work
from ovserve.service_api import answers
from ovserve.service_api.access import KeyAccess, header
from ovserve.service_api.native_models import NativePredictions
from ovserve.service_api.openapi import inference_description, model_description

if TYPE_CHECKING:  # they are imported once there are services: see connect()
    from ovserve.service_api.loader_endpoint import LoaderEndpoints
    from ovserve.service_api.service_call import ServiceCall
    from ovserve.service_api.service_status import ServiceStatus
    from ovserve.service_host.host import ServiceHost

METHODS = ("GET", "POST", "PUT")
_ALLOWED = "GET, POST, PUT, OPTIONS"
_PROBES = frozenset({"/ping", "/v2/health/live", "/v2/health/ready", "/api-description"})

Segments = Sequence[str]


class InferenceRoutes:
    """What is asked before the core's own routes; see :class:`ovserve.rest_api.app.RoutesBeside`.

    Thread-safe. ``host`` is None until there are services.

    Args:
        core: for models that it serves itself.
        largest_body: of a request to a service, in bytes.
        access: asks for keys; None: nobody needs one.
        services_only: unknown paths are answered as TorchServe does.
    """

    def __init__(
        self,
        core: Core,
        largest_body: int,
        access: KeyAccess | None = None,
        services_only: bool = False,
    ) -> None:
        self._core = core
        self._largest_body = largest_body
        self._access = access
        self._services_only = services_only
        self._native = NativePredictions(core)
        self.host: ServiceHost | None = None
        self._endpoints: LoaderEndpoints | None = None
        self._call: type[ServiceCall]
        self._status: type[ServiceStatus]
        self.management: Callable[[Request], Found | None] | None = None
        self._routes: dict[str, Callable[[Request, Segments], Found | None]] = {
            "ping": self._ping,
            "predictions": partial(self._predictions, explain=False),
            "explanations": partial(self._predictions, explain=True),
            "invocations": self._invocations,
            "models": self._invoke,
            "v1": self._tfs,
            "v2": self._kserve,
            "api-description": self._describe_api,
            "": self._describe_api,
        }

    def connect(self, host: "ServiceHost") -> None:
        """Answer for the services of a host from now on."""
        from ovserve.service_api.loader_endpoint import LoaderEndpoints
        from ovserve.service_api.service_call import ServiceCall
        from ovserve.service_api.service_status import ServiceStatus

        self._call, self._status = ServiceCall, ServiceStatus
        self._endpoints = LoaderEndpoints(host, ServiceCall)
        self.host = host

    def find(self, request: Request) -> Found | None:
        """See :class:`RoutesBeside`."""
        if self.management is not None:
            found = self.management(request)
            if found is not None:
                return found
        if self._access is not None and not _is_probe(request):
            refusal = self._access.refusal(request)
            if refusal is not None:
                return refusal
        if self._endpoints is not None:
            found = self._endpoints.find(request)
            if found is not None:
                return found
        segments = request.path.split("/")
        if segments[0]:
            return None  # "*"
        route = self._routes.get(segments[1])
        if route is not None:
            return route(request, segments)
        if len(segments) in (3, 4) and segments[-1] == "predict":
            return self._to_service(
                request, segments[1], segments[2] if len(segments) == 4 else "", query=True
            )
        return None

    def healthy(self) -> bool:
        """Tell what /ping does: whether the start is done and no default version has lost its workers."""
        return self._core.ready() and (self.host is None or self._status(self.host).healthy())

    def unknown(self, request: Request, status: HTTPStatus) -> Response | None:
        """See :class:`RoutesBeside`."""
        in_family = request.path.startswith(("/v1/", "/v2/")) or request.path in ("/v1", "/v2")
        if in_family or not self._services_only:
            return None
        return answers.not_found()

    def _ping(self, request: Request, segments: Segments) -> Found | None:
        if len(segments) > 2:
            return None
        if request.method not in ("GET", "HEAD", "POST"):
            return answers.not_allowed("GET, HEAD")
        if self.healthy():
            return answers.json_response({"status": "Healthy"})
        return answers.json_response({"status": "Unhealthy"}, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _predictions(self, request: Request, segments: Segments, explain: bool) -> Found | None:
        if len(segments) < 3 or not segments[2]:
            return answers.not_found()
        version = segments[3] if len(segments) > 3 else ""
        if request.method == "OPTIONS":
            return self._describe_model(segments[2], version)
        extra = "/".join(unquote(segment) for segment in segments[4:])
        return self._to_service(request, segments[2], version, url_path=extra, explain=explain)

    def _invocations(self, request: Request, segments: Segments) -> Found | None:
        if len(segments) > 2:
            return None
        if request.method not in METHODS:
            return answers.not_allowed(_ALLOWED)
        return self._later(partial(self._begin_invocation, request), _is_form(request))

    def _invoke(self, request: Request, segments: Segments) -> Found | None:
        if len(segments) == 4 and segments[3] == "invoke":
            return self._to_service(request, segments[2], "", query=True)
        return None

    def _to_service(
        self,
        request: Request,
        name: str,
        version: str,
        *,
        url_path: str = "",
        explain: bool = False,
        query: bool = False,
    ) -> Found:
        if request.method not in METHODS:
            return answers.not_allowed(_ALLOWED)
        name, version = unquote(name), unquote(version)
        if self.host is None or name not in self.host.names():
            if not explain and self._native.serves(name):
                return Task(Work.INFERENCE, partial(self._native.predict, name, version, request))
            return _unknown_model(name)
        call = self._call(self.host, name, version or None, url_path, explain, with_query=query)
        return self._later(partial(call.begin, request), call.reads_body(request))

    def _begin_invocation(self, request: Request, body: bytes, answer: Answer) -> PendingAnswer | None:
        """Find the model by the query, by a field of the form, or as the only one there is."""
        name = dict(parse_qsl(request.query.decode("latin-1"))).get("model_name", "")
        if not name and self.host is not None:
            name = _form_field(request, body, "model_name") or self.host.only_name() or ""
        if not name:
            message = "Parameter model_name is required."
            answer.reply(answers.error(HTTPStatus.BAD_REQUEST, "BadRequestException", message))
            return None
        if self.host is None or name not in self.host.names():
            answer.reply(_unknown_model(name))
            return None
        return self._call(self.host, name, None, with_query=True).begin(request, body, answer)

    def _tfs(self, request: Request, segments: Segments) -> Found | None:
        """/v1/models/NAME[/versions/V][/metadata|:predict|:explain]."""
        if self.host is None or len(segments) < 4 or segments[2] != "models":
            return None
        last, colon, verb = segments[-1].rpartition(":")
        named = [*segments[3:-1], last if colon else segments[-1]]
        name = unquote(named[0])
        if name not in self.host.names():
            return None
        metadata = not colon and len(named) > 1 and named[-1] == "metadata"
        if metadata:
            named.pop()
        version = unquote(named[2]) if len(named) == 3 and named[1] == "versions" else ""
        if len(named) not in (1, 3) or (len(named) == 3 and not version):
            return None
        if not colon:
            if request.method not in ("GET", "HEAD"):
                return self._family_error(HTTPStatus.NOT_ACCEPTABLE, "Unsupported method")
            status = self._status(self.host)
            describe = status.tfs_metadata if metadata else status.tfs
            return describe(name, version or None, self._family_error)
        if request.method != "POST":
            return self._family_error(HTTPStatus.NOT_ACCEPTABLE, "Unsupported method")
        if verb not in ("predict", "explain"):
            return None
        return self._family_call(request, name, version, verb == "explain")

    def _kserve(self, request: Request, segments: Segments) -> Found | None:
        """/v2/models/NAME[/versions/V][/infer|/explain|/ready]."""
        if self.host is None or len(segments) < 4 or segments[2] != "models":
            return None
        name, rest = unquote(segments[3]), list(segments[4:])
        if name not in self.host.names():
            return None
        version = ""
        if len(rest) >= 2 and rest[0] == "versions":
            version, rest = unquote(rest[1]), rest[2:]
        action = rest[0] if rest else ""
        if rest[1:] not in ([], [""]) or action not in ("", "infer", "explain", "ready"):
            return None
        wanted = "POST" if action in ("infer", "explain") else "GET"
        if request.method != wanted and not (wanted == "GET" and request.method == "HEAD"):
            return self._family_error(HTTPStatus.METHOD_NOT_ALLOWED, "Unsupported method")
        if wanted == "POST":
            return self._family_call(request, name, version, action == "explain")
        status = self._status(self.host)
        if action == "ready":
            return status.kserve_ready(name, version or None, self._family_error)
        return status.kserve_metadata(name, version or None, self._family_error)

    def _family_call(self, request: Request, name: str, version: str, explain: bool) -> Found:
        assert self.host is not None
        call = self._call(self.host, name, version or None, "", explain, family_error=self._family_error)
        return self._later(partial(call.begin, request))

    def _family_error(self, status: int, message: str) -> Response:
        return Response(status, self._core.rest_error(message))

    def _later(
        self, begin: Callable[[bytes, Answer], PendingAnswer | None], reads_body: bool = False
    ) -> Later:
        return Later(begin, answers.too_large, self._largest_body, reads_body)

    def _describe_model(self, name: str, version: str) -> Response:
        name, version = unquote(name), unquote(version)
        known = self.host is not None and name in self.host.names()
        if not known and not self._native.serves(name):
            return _unknown_model(name)
        return answers.json_response(model_description(name, version))

    def _describe_api(self, request: Request, segments: Segments) -> Found | None:
        if len(segments) > 2:
            return None
        if segments[1] == "":
            if request.method == "OPTIONS":
                return answers.json_response(inference_description())
            return answers.not_allowed("OPTIONS") if self._services_only else None
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            return answers.not_allowed("GET, HEAD, OPTIONS")
        return answers.json_response(inference_description())


def _is_probe(request: Request) -> bool:
    return request.path.rstrip("/") in _PROBES or (request.method == "OPTIONS" and request.path == "/")


def _unknown_model(name: str) -> Response:
    return answers.error(HTTPStatus.NOT_FOUND, "ModelNotFoundException", f"Model not found: {name}")


def _is_form(request: Request) -> bool:
    from ovserve.service_api.forms import is_form

    return is_form(header(request, b"content-type") or "")


def _form_field(request: Request, body: bytes, name: str) -> str:
    from ovserve.service_api.forms import parts_of

    if not _is_form(request):
        return ""
    try:
        parts = parts_of(header(request, b"content-type") or "", body)
    except InvalidArgumentError:  # whoever reads it next says so
        return ""
    return next((bytes(part.data).decode("utf-8", "replace") for part in parts if part.name == name), "")
