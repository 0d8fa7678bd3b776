"""Who may ask: keys, and where there are none, only programs of this machine that name it as what it is."""

import ipaddress
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import urlsplit

from ovserve.errors import InvalidArgumentError
from ovserve.management.tokens import ForbiddenError, Purpose, Tokens, UnauthenticatedError
from ovserve.rest_api.routes import Request, Response
from ovserve.service_api.answers import error, json_response


class KeyAccess:
    """Asks for a key of one purpose."""

    def __init__(self, tokens: Tokens, purpose: Purpose) -> None:
        self._tokens = tokens
        self._purpose = purpose

    def refusal(self, request: Request) -> Response | None:
        """Return why a request is refused; None lets it pass."""
        try:
            self._tokens.check(self._purpose, header(request, b"authorization"))
        except UnauthenticatedError as failure:
            challenge = ((b"www-authenticate", b"Bearer"),)
            return error(HTTPStatus.UNAUTHORIZED, "InvalidKeyException", str(failure), challenge)
        except ForbiddenError as failure:
            return error(HTTPStatus.FORBIDDEN, "InvalidKeyException", str(failure))
        return None

    def renewed(self, kind: str, request: Request) -> Response:
        """Make a new key of a kind, for whoever has the key for renewing."""
        try:
            self._tokens.renew(kind, header(request, b"authorization"))
        except UnauthenticatedError as failure:
            return error(HTTPStatus.UNAUTHORIZED, "InvalidKeyException", str(failure))
        except ForbiddenError as failure:
            return error(HTTPStatus.FORBIDDEN, "InvalidKeyException", str(failure))
        except InvalidArgumentError as failure:
            return error(HTTPStatus.BAD_REQUEST, "BadRequestException", str(failure))
        except OSError as failure:
            return error(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "InternalServerException",
                f"The key file cannot be written: {failure.strerror}",
            )
        return json_response({"status": f"New {kind} key generated, see the key file"})


class LocalAccess:
    """Asks for no key, but refuses what a web page could send: of another origin, or to another name.

    A page may reach a port of its reader's machine, also by a name of its own that leads there.
    """

    def __init__(self, hosts: Iterable[str] = ()) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)

    def refusal(self, request: Request) -> Response | None:
        """Return why a request is refused; None lets it pass."""
        host = _host(header(request, b"host") or "")
        if not self._is_local(host):
            return error(
                HTTPStatus.FORBIDDEN,
                "ForbiddenException",
                "Management without tokens is for this machine alone: name it localhost or by its address",
            )
        origin = header(request, b"origin")
        if origin is not None and not self._is_own(origin, request):
            return error(
                HTTPStatus.FORBIDDEN, "ForbiddenException", "Management is not for pages of other origins"
            )
        return None

    def _is_local(self, host: str) -> bool:
        if host in ("localhost", *self._hosts):
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def _is_own(self, origin: str, request: Request) -> bool:
        try:
            return urlsplit(origin).netloc.lower() == (header(request, b"host") or "").strip().lower()
        except ValueError:
            return False


def header(request: Request, name: bytes) -> str | None:
    """Return the first header of that name."""
    return next((value.decode("latin-1") for other, value in request.headers if other == name), None)


def media_type(content_type: str | None) -> str:
    """Return the type that a Content-Type header names, in lower case and without parameters; "" for none."""
    return (content_type or "").partition(";")[0].strip().lower()


def _host(text: str) -> str:
    """Return the host of a Host header, without port and brackets."""
    text = text.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0]
