"""One request of a client to a service."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qsl

from ovserve.errors import InvalidArgumentError
from ovserve.rest_api.routes import Answer, PendingAnswer, Request, Response
from ovserve.service_api import answers
from ovserve.service_api.access import header
from ovserve.service_api.forms import is_form, parts_of
from ovserve.service_api.sinks import AnswerSink
from ovserve.service_host.host import ServiceHost
from ovserve.services.exchange import Part, ServiceFailure
from ovserve.services.exchange import Request as ServiceRequest

_JSON = "application/json"
_FOR_THE_SERVER = b"authorization"  # keys are nothing for handlers

FamilyError = Callable[[int, str], Response]


class ServiceCall:
    """Turns requests over HTTP into those of a service.

    Args:
        host: has the service.
        name: of the service.
        version: of the service, None: its default.
        url_path: what follows name and version in the path.
        explain: whether an explanation is asked for.
        with_query: whether the parameters of the query are parts too, as on the oldest routes.
        family_error: makes errors of the API that is spoken; None: TorchServe's.
    """

    def __init__(
        self,
        host: ServiceHost,
        name: str,
        version: str | None,
        url_path: str = "",
        explain: bool = False,
        *,
        with_query: bool = False,
        family_error: FamilyError | None = None,
    ) -> None:
        self._host = host
        self._name = name
        self._version = version
        self._url_path = url_path
        self._explain = explain
        self._with_query = with_query
        self._family_error = family_error

    def reads_body(self, request: Request) -> bool:
        """See :class:`Later`."""
        return self._family_error is None and is_form(header(request, b"content-type") or "")

    def begin(self, request: Request, body: bytes, answer: Answer) -> PendingAnswer | None:
        """Hand the request to the service; see :class:`Later`."""
        try:
            service = self._host.registry.get(self._name, self._version)
            parts = self._parts(request, body)
        except ServiceFailure as failure:
            answer.reply(self._failure(failure))
            return None
        except InvalidArgumentError as error:
            refusal = ServiceFailure(HTTPStatus.BAD_REQUEST, str(error), "BadRequestException")
            answer.reply(self._failure(refusal))
            return None
        sent = ServiceRequest(
            parts,
            [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in request.headers
                if name != _FOR_THE_SERVER
            ],
            "",
            self._url_path,
            self._explain,
        )
        return self._host.registry.submit_threadsafe(service, sent, AnswerSink(answer, self._failure))

    def _parts(self, request: Request, body: bytes) -> tuple[Part, ...]:
        content_type = header(request, b"content-type") or ""
        if self._family_error is not None:
            return (Part("body", content_type or _JSON, body),)
        parts = tuple(parts_of(content_type, body))
        if self._with_query and request.query:
            query = parse_qsl(request.query.decode("latin-1"), keep_blank_values=True)
            parts = (*(Part(name, "", value.encode()) for name, value in query), *parts)
        return parts

    def _failure(self, failure: ServiceFailure) -> Response:
        if self._family_error is None:
            return answers.of_failure(failure)
        status = failure.status if 400 <= failure.status < 600 else 500
        return self._family_error(status, failure.message)
