"""/v1/loaders: what the server called of its custom loaders, for programs and for browsers."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus

from ovserve._core import Core
from ovserve.loader_trace.document import document_of
from ovserve.loader_trace.page import POLICY, page_of
from ovserve.rest_api.routes import Request, Response, Route

_PAGE_TYPE = b"text/html; charset=utf-8"
_NEVER_KEPT = (b"cache-control", b"no-store")


class LoaderRoutes:
    """The trace of calls, as JSON; as a page for those who ask for one."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def routes(self) -> tuple[Route, ...]:
        """Return the one route."""
        return (Route("GET", re.compile("/v1/loaders"), self._trace),)

    def _trace(self, request: Request, parameters: Mapping[str, str]) -> Response:
        document = document_of(self._core.loader_trace())
        headers = (_NEVER_KEPT, (b"vary", b"accept"))
        if any(name == b"accept" and b"text/html" in value for name, value in request.headers):
            page = page_of(document).encode()
            return Response(HTTPStatus.OK, page, _PAGE_TYPE, (*headers, (b"content-security-policy", POLICY)))
        return Response(HTTPStatus.OK, json.dumps(document, indent=1).encode() + b"\n", headers=headers)
