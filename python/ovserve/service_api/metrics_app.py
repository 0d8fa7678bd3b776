"""The metrics port: /metrics and nothing else."""

import logging
from http import HTTPStatus
from urllib.parse import parse_qs

from ovserve._core import Core
from ovserve.rest_api.routes import Found, Header, Headers, Response, Task, Work
from ovserve.service_api import answers
from ovserve.service_api.metrics_page import services_text, system_text
from ovserve.service_host.host import ServiceHost

log = logging.getLogger(__name__)

_CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


class MetricsApp:
    """Answers scrapes; see :class:`ovserve.rest_api.asgi.App`.

    Args:
        host: has the services.
        core: tells its own metrics too, where they are on; None: they are off.
        system: whether the machine's metrics are shown.
    """

    def __init__(self, host: ServiceHost, core: Core | None, system: bool) -> None:
        self._host = host
        self._core = core
        self._system = system

    def find(self, method: str, path: str, headers: Headers = (), query: bytes = b"") -> Found:
        """Find what answers; see :class:`App`."""
        if path.rstrip("/") != "/metrics":
            return answers.not_found()
        if method not in ("GET", "HEAD"):
            return answers.not_allowed("GET, HEAD")
        names = frozenset(parse_qs(query.decode("latin-1")).get("name[]", ()))
        return Task(Work.QUICK, lambda body: self._page(names))

    def error(self, status: HTTPStatus, message: str) -> Response:
        """Return an answer with an error body."""
        return answers.error(status, "BadRequestException", message)

    def cors_headers(self, headers: Headers) -> tuple[Header, ...]:
        """Return nothing: scrapers are no web pages."""
        return ()

    def _page(self, names: frozenset[str]) -> Response:
        text = services_text(self._host)
        if self._system:
            text += system_text()
        if self._core is not None:
            text += self._core.metrics_text().decode()
        if names:
            text = _chosen(text, names)
        return Response(HTTPStatus.OK, text.encode(), _CONTENT_TYPE)


def _chosen(text: str, names: frozenset[str]) -> str:
    """Return the families that are asked for."""
    kept, keep = [], False
    for line in text.splitlines(keepends=True):
        if line.startswith("# HELP "):
            keep = line.split(" ", 3)[2] in names
        if keep:
            kept.append(line)
    return "".join(kept)
