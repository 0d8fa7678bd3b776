"""Endpoints of model loaders: the library's messages over HTTP, and a page that describes them."""

import json
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ovserve.rest_api.routes import Found, Later, Request, Response
from ovserve.service_api.loader_openapi import documentation_page, loader_description

if TYPE_CHECKING:
    from ovserve.service_api.service_call import ServiceCall
    from ovserve.service_host.host import ServiceHost

LARGEST_BODY = 64 << 20

_TEXTS = ("Tid", "Did", "Fid", "Ts", "Ts_ntp", "Msg_ver", "Inf_ver", "Lfp", "Ffp", "Ltsize")
_LISTS = ("Fs", "Mtp", "Obase_64", "Img_url")


class LoaderEndpoints:
    """Answers at the paths that configurations give to model loaders.

    Args:
        host: has the loaders.
        call: turns requests into those of a service.
    """

    def __init__(self, host: "ServiceHost", call: "type[ServiceCall]") -> None:
        self._host = host
        self._call = call

    def find(self, request: Request) -> Found | None:
        """Return what answers; None: it is no path of a loader."""
        endpoints = self._host.endpoints()
        if not endpoints:
            return None
        name = endpoints.get(request.path)
        if name is not None:
            if request.method != "POST":
                return _not_allowed("POST")
            call = self._call(self._host, name, None, family_error=failure)
            return Later(partial(call.begin, request), _too_large, LARGEST_BODY)
        make = {"/openapi.json": _description, "/docs": _page}.get(request.path)
        if make is None:
            return None
        return make(endpoints) if request.method in ("GET", "HEAD") else _not_allowed("GET, HEAD")


def failure(status: int, message: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Response:
    """Return a failure as the library's answer, with an honest code."""
    answer: dict[str, Any] = {**dict.fromkeys(_TEXTS, ""), "Ad": {}, **{name: [] for name in _LISTS}}
    answer.update(Rc=str(int(status)), Rm=message)
    return Response(status, json.dumps(answer).encode(), headers=headers)


def _too_large(limit: int) -> Response:
    text = f"the request's body is larger than {limit} bytes"
    return failure(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text, ((b"connection", b"close"),))


def _not_allowed(methods: str) -> Response:
    text = f"this path takes {methods}"
    return failure(HTTPStatus.METHOD_NOT_ALLOWED, text, ((b"allow", methods.encode()),))


def _description(endpoints: Mapping[str, str]) -> Response:
    return Response(HTTPStatus.OK, json.dumps(loader_description(endpoints), indent=2).encode() + b"\n")


def _page(endpoints: Mapping[str, str]) -> Response:
    return Response(
        HTTPStatus.OK, documentation_page(loader_description(endpoints)).encode(), b"text/html; charset=utf-8"
    )
