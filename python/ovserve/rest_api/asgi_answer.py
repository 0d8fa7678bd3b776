"""An answer that comes later, possibly in pieces, on its way from any thread to an ASGI connection."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ovserve.rest_api.routes import MOST_UNTAKEN, PendingAnswer, Response

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class BrokenAnswerError(Exception):
    """An answer ended before it was complete: the connection has to end, so that the client learns of it."""


class AsgiAnswer:
    """Takes an answer; see :class:`ovserve.rest_api.routes.Answer`. ``pending`` is who makes it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._changed = asyncio.Event()  # this and all below: on the loop alone
        self._response: Response | None = None
        self._in_pieces = False
        self._more = False  # pieces are to come
        self._pieces: deque[bytes] = deque()
        self._waiting = 0
        self._full = False
        self._broken = False
        self.pending: PendingAnswer | None = None

    def reply(self, response: Response, more: bool = False) -> None:
        """See :class:`Answer`."""
        self._tell(self._take_reply, response, more)

    def piece(self, body: bytes, last: bool) -> None:
        """See :class:`Answer`."""
        self._tell(self._take_piece, body, last)

    def broken(self) -> None:
        """See :class:`Answer`."""
        self._tell(self._take_end)

    async def first(self, receive: Receive) -> tuple[Response | None, bool]:
        """Wait for the answer or its first piece; tell which it is. None: the client has left."""
        leaving = asyncio.ensure_future(receive())
        leaving.add_done_callback(lambda _: self._changed.set())
        try:
            while self._response is None and not leaving.done():
                self._changed.clear()
                await self._changed.wait()
        except asyncio.CancelledError:
            self._cancel()
            raise
        finally:
            leaving.cancel()
        if self._response is None:
            self._cancel()
        return self._response, self._in_pieces

    async def send_pieces(self, first: bytes, send: Send) -> None:
        """Send the pieces as they come.

        Raises:
            BrokenAnswerError: the answer is not complete.
        """
        self._pieces.appendleft(first)
        self._waiting += len(first)
        try:
            while True:
                while self._pieces:
                    body = self._pieces.popleft()
                    self._waiting -= len(body)
                    self._pause(self._waiting > MOST_UNTAKEN)
                    last = not self._more and not self._pieces and not self._broken
                    await send({"type": "http.response.body", "body": body, "more_body": not last})
                    if last:
                        return
                if self._broken:
                    raise BrokenAnswerError("the handler failed in the middle of its answer")
                self._changed.clear()
                await self._changed.wait()
        finally:
            if self._more:
                self._cancel()

    def _tell(self, take: Callable[..., None], *values: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it the client's connection
            self._loop.call_soon_threadsafe(take, *values)

    def _take_reply(self, response: Response, more: bool) -> None:
        self._response, self._in_pieces, self._more = response, more, more
        self._changed.set()

    def _take_piece(self, body: bytes, last: bool) -> None:
        self._pieces.append(body)
        self._waiting += len(body)
        self._more = not last
        self._pause(self._waiting > MOST_UNTAKEN)
        self._changed.set()

    def _take_end(self) -> None:
        self._broken, self._more = True, False
        self._changed.set()

    def _pause(self, full: bool) -> None:
        if full != self._full and self.pending is not None:
            self._full = full
            self.pending.set_full(full)

    def _cancel(self) -> None:
        if self.pending is not None:
            self.pending.cancel()
