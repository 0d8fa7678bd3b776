"""What a route is: a path, a method, what answers, and how long that may take."""

import enum
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol
from urllib.parse import unquote

from ovserve.errors import InvalidArgumentError

_HIGHEST_VERSION = 2**63 - 1
_LARGE_BODY = 64 * 1024  # a form of this size takes a few milliseconds

Header = tuple[bytes, bytes]
Headers = Iterable[Header]


@dataclass(frozen=True, slots=True)
class Request:
    """One request, without the HTTP around it.

    ``path`` is as sent: percent-encoded, without query. ``headers``: names in lower case, as ASGI gives them.
    ``query`` is as sent too.
    """

    method: str
    path: str
    body: bytes = b""
    headers: Headers = ()
    query: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: JSON or empty, unless ``content_type`` says otherwise; empty: it is not named.

    ``reason`` stands beside the status in HTTP/1.1 on the native front; empty: what is usual for it.
    """

    status: int
    body: bytes = b""
    content_type: bytes = b"application/json"
    headers: Headers = ()
    reason: str = ""


class Work(enum.Enum):
    """How long an answer may take, so that the slow ones do not hold up the quick ones."""

    INSTANT = "answered at once, from memory"
    QUICK = "never waits for a load or an inference"
    INFERENCE = "runs a model, and may wait for it to be loaded"
    RELOAD = "waits until everything configured is loaded"


class Answer(Protocol):
    """Who takes the answer to a request that is answered later. Called on any thread, on one at a time."""

    def reply(self, response: Response, more: bool = False) -> None:
        """Take the answer; with ``more`` it is the head and the first piece of one."""

    def piece(self, body: bytes, last: bool) -> None:
        """Take a further piece."""

    def broken(self) -> None:
        """No further piece will come, though the answer is not complete."""


MOST_UNTAKEN = 1 << 20
"""Bytes of an answer in pieces that wait for the client before no further ones are asked for."""


class PendingAnswer(Protocol):
    """An answer that is being made. May be called from any thread, also when it has come."""

    def cancel(self) -> None:
        """Nobody waits for it any more."""

    def set_full(self, full: bool) -> None:
        """Say whether no further pieces are wanted for now."""


@dataclass(frozen=True, slots=True)
class Later:
    """What answers a request without a thread that waits for it.

    ``begin`` gets the body and who takes the answer; it neither waits nor raises, and returns None if the
    answer has been given. ``largest_body`` is in bytes, None: the server's own limit.
    ``refuse`` makes the answer to a body above the limit. ``reads_body``: beginning takes the longer the
    larger the body is, so that with a large one it is no work for an event loop.
    """

    begin: Callable[[bytes, Answer], PendingAnswer | None]
    refuse: Callable[[int], Response]
    largest_body: int | None = None
    reads_body: bool = False

    def is_long(self, body: bytes) -> bool:
        """Whether to begin on a thread of its own."""
        return self.reads_body and len(body) > _LARGE_BODY


@dataclass(frozen=True, slots=True)
class Task:
    """A request that found its route; calling it does the work, and never raises."""

    work: Work
    run: Callable[[bytes], Response]


Found = Task | Later | Response
"""What becomes of a request, once its head is known."""

Handler = Callable[[Request, Mapping[str, str]], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """``pattern`` matches the whole path; its named groups that took part reach ``handle`` decoded."""

    method: str
    pattern: re.Pattern[str]
    handle: Handler
    work: Work = Work.QUICK

    def parameters(self, path: str) -> dict[str, str] | None:
        """Return the decoded parts of a path of this route; None for any other path."""
        match = self.pattern.fullmatch(path)
        if match is None:
            return None
        return {name: unquote(text) for name, text in match.groupdict().items() if text is not None}


@dataclass(frozen=True, slots=True)
class RouteTable:
    """Routes in the order in which they are tried."""

    routes: tuple[Route, ...] = field(default=())

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | HTTPStatus:
        """Return the route and its parameters, or why there is none. HEAD is found as GET.

        406: the path is one of ours and the method is not, or no route has such a method; 400: unknown path.
        """
        if method == "HEAD":
            method = "GET"
        if method not in ("GET", "POST"):
            return HTTPStatus.NOT_ACCEPTABLE
        path_is_known = False
        for route in self.routes:
            parameters = route.parameters(path)
            if parameters is None:
                continue
            if route.method == method:
                return route, parameters
            path_is_known = True
        return HTTPStatus.NOT_ACCEPTABLE if path_is_known else HTTPStatus.BAD_REQUEST

    def methods(self, path: str) -> tuple[str, ...]:
        """Return what can be asked of a path; empty for an unknown one."""
        found = {route.method for route in self.routes if route.pattern.fullmatch(path)}
        if not found:
            return ()
        return (*(("GET", "HEAD") if "GET" in found else ()), *sorted(found - {"GET"}), "OPTIONS")


def version_in(parameters: Mapping[str, str]) -> int | None:
    """Return the version that a path names; None for none, and for 0, which means the default.

    Raises:
        InvalidArgumentError: the number is larger than any version.
    """
    text = parameters.get("version", "0")
    # Compared by length first: a path may hold more digits than Python likes to parse.
    if len(text) > len(str(_HIGHEST_VERSION)) or int(text) > _HIGHEST_VERSION:
        raise InvalidArgumentError("invalid model version format in request")
    return int(text) or None
