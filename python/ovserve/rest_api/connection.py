"""One HTTP/1.1 connection: uvicorn's protocol, with limits, time-outs and refusals that it lacks."""

import asyncio
import enum
import math
from collections import deque
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from ovserve.rest_api.crowd import Crowd
from ovserve.rest_api.lingering_transport import LingeringTransport
from ovserve.rest_api.request_head import RefusedRequestError, UnparsedBytes, check_head

CLIENT_LEFT = "ovserve.client_left"
"""The ASGI extension that tells whether the client of a request has gone. May be called on any thread."""

_LOOKS_PER_TIMEOUT = 4
_LONGEST_LINGER_S = 5.0
_MOST_LINGERING = 64  # connections that are being refused, beyond the limit
_MOST_DISCARDED = 1 << 20  # bytes of a body that nobody reads, before its connection is ended


class _Stage(enum.Enum):
    IDLE = enum.auto()  # between requests
    HEAD = enum.auto()  # a head is due: part of it is there, or the connection is new
    BODY = enum.auto()


class Connection(HttpToolsProtocol):
    """Ends where a client breaks the rules, pauses too long or asks for too much, and tells it so.

    Replies to requests that were complete before are still sent. Used on the event loop only.
    """

    def __init__(self, crowd: Crowd, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._crowd = crowd
        self._timeout_s = crowd.limits.transfer_timeout_s
        self._unparsed = UnparsedBytes(crowd.limits)
        self._stage = _Stage.HEAD
        self._is_new = True
        self._is_refused = False
        self._is_stopping = False
        self._requests = 0
        self._body = 0  # bytes of the present request's body that have come
        self._unanswered: deque[Any] = deque()  # request cycles, oldest first
        self._since = self.loop.time()  # HEAD: when it was begun; BODY: when the last of it came
        self._unsent = 0  # bytes of replies that the client has not taken at the last look ...
        self._unsent_since = self._since  # ... and since when there are no fewer
        self._look: asyncio.TimerHandle | None = None

    # From the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to watch a connection, or refuse it."""
        lingering = LingeringTransport(
            transport, self.loop, self._client_sends, min(_LONGEST_LINGER_S, self._timeout_s)
        )
        super().connection_made(lingering)  # type: ignore[arg-type]
        self._look_later()
        if not self._crowd.has_room(len(self.connections)):
            if len(self.connections) > self._crowd.most + _MOST_LINGERING:
                transport.abort()
            else:
                self._refuse(
                    HTTPStatus.SERVICE_UNAVAILABLE,
                    f"{self._crowd.most} connections are open, which is the limit; try again later",
                )

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything; requests that nobody waits for any more learn of it."""
        if self._look is not None:
            self._look.cancel()
        for cycle in self._unanswered:
            cycle.disconnected = True
            cycle.message_event.set()
        self.pipeline.clear()
        self.transport.connection_lost()  # type: ignore[attr-defined]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if self._is_refused or self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        self._is_new = False
        if self._stage is _Stage.IDLE:
            self._await_head()
        elif self._stage is _Stage.BODY:
            self._since = self.loop.time()
        requests, stage, body = self._requests, self._stage, self._body
        try:
            self._parse(data)
            if self._requests == requests and self._stage is stage:
                # All of it belongs to one head or one body.
                self._unparsed.add(len(data), self._body - body)
        except RefusedRequestError as error:
            self._refuse(error.status, str(error))
        except httptools.HttpParserError as error:
            cause = error.__context__
            if isinstance(cause, RefusedRequestError):
                self._refuse(cause.status, str(cause))
            else:
                reason = "" if isinstance(error, httptools.HttpParserCallbackError) else f": {error}"
                self._refuse(HTTPStatus.BAD_REQUEST, f"Invalid HTTP request{reason}")

    # From the parser

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._await_head()
        self._requests += 1
        self._body = 0
        self._unparsed.begin()

    def on_headers_complete(self) -> None:
        """Hand the request to the app, unless it is to be refused."""
        if self.parser.should_upgrade():
            return  # see _parse
        check_head(self._crowd.limits, self.url, self.headers, self.parser.get_http_version())
        super().on_headers_complete()
        cycle = self.cycle
        # The parser adds the fields of a trailer to its list; they come too late to be acted upon.
        self.scope["headers"] = self.headers.copy()
        self.scope["extensions"] = {CLIENT_LEFT: lambda: cycle.disconnected}  # type: ignore[dict-item]
        self._unanswered.append(cycle)
        self._stage = _Stage.BODY
        self._since = self.loop.time()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body += len(body)
        if self.cycle.response_complete and self._body > _MOST_DISCARDED:
            self.transport.close()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        if not self.parser.should_upgrade():
            self._stage = _Stage.IDLE
            super().on_message_complete()

    # From uvicorn

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for it."""
        self._unanswered.popleft()
        super().on_response_complete()

    def shutdown(self) -> None:
        """End after the reply that is due; nothing is waited for beyond it."""
        self._is_stopping = True
        super().shutdown()

    # Our own

    def _await_head(self) -> None:
        self._stage = _Stage.HEAD
        self._since = self.loop.time()

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # No other protocol is offered, so the request counts as one without that wish. The parser
            # cannot be told, so a new one gets the head again.
            if self.parser.get_method() == b"CONNECT":
                raise RefusedRequestError(HTTPStatus.NOT_ACCEPTABLE, "Unsupported method") from None
            head = self._head_without_upgrade()
            self.parser = httptools.HttpRequestParser(self)
            self.parser.feed_data(head)
            self.parser.feed_data(data[upgrade.args[0] :])

    def _head_without_upgrade(self) -> bytes:
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (method, self.url, version)]
        for name, value in self.headers:
            if name == b"connection":
                tokens = [token for token in value.lower().split(b",") if token.strip() != b"upgrade"]
                lines.append(b"connection: " + b",".join(tokens))
            elif name != b"upgrade":
                lines.append(name + b": " + value)
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        """End the connection, after the replies that are due, with this one where nobody gets another."""
        self._is_refused = True
        answerable = self._stage is not _Stage.BODY or self._give_up_request()
        if self._unanswered:
            self._unanswered[-1].keep_alive = False
            return
        if answerable:
            response = self._crowd.error(status, text)
            head = [STATUS_LINE[status.value]]
            head += [b"%s: %s\r\n" % field for field in self.server_state.default_headers]
            head.append(b"content-type: %s\r\n" % response.content_type)
            head.append(b"content-length: %d\r\nconnection: close\r\n\r\n" % len(response.body))
            self.transport.write(b"".join(head) + response.body)
        self.transport.close()

    def _give_up_request(self) -> bool:
        """Forget the request whose body is not complete; tells whether it can still be answered."""
        cycle = self.cycle
        if not (self._unanswered and self._unanswered[-1] is cycle):
            return False  # answered before its body was there
        self._unanswered.pop()
        waiting = [(other, app) for other, app in self.pipeline if other is not cycle]
        self.pipeline.clear()
        self.pipeline.extend(waiting)
        cycle.disconnected = True
        cycle.message_event.set()
        return not cycle.response_started

    def _client_sends(self) -> bool:
        return self._stage is not _Stage.IDLE and not self._is_stopping

    def _look_later(self) -> None:
        self._look = self.loop.call_later(self._timeout_s / _LOOKS_PER_TIMEOUT, self._end_if_stuck)

    def _end_if_stuck(self) -> None:
        oldest = self.loop.time() - self._timeout_s
        if self._takes_nothing_since() < oldest:
            self.transport.abort()
            return
        if self._sends_nothing_since() < oldest:
            if self._is_new:
                self.transport.abort()
                return
            text = f"the request did not arrive within {self._timeout_s:g} seconds"
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, text)
        self._look_later()

    def _takes_nothing_since(self) -> float:
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent < self._unsent:
            self._unsent_since = self.loop.time()
        self._unsent = unsent
        return self._unsent_since

    def _sends_nothing_since(self) -> float:
        if self.flow.read_paused:  # which is our doing
            self._since = self.loop.time()
        is_awaited = (
            self._stage is not _Stage.IDLE and not self._is_refused and not self.transport.is_closing()
        )
        return self._since if is_awaited else math.inf
