"""Closing a connection so that the client gets the last answer.

A connection that is closed while the client still sends is reset, and a reset takes along what the
client has not read yet. Source: RFC 9112, section 9.6.
"""

import asyncio
from collections.abc import Callable
from typing import Any


class LingeringTransport:
    """A transport whose ``close`` first ends only its own direction where the client still sends.

    Everything else is the transport's. Used on the event loop only.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        client_still_sends: Callable[[], bool],
        longest_s: float,
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._client_still_sends = client_still_sends
        self._longest_s = longest_s
        self._end: asyncio.TimerHandle | None = None
        self.write = transport.write  # found without __getattr__
        self.lingers = False
        """Whether what still comes is to be thrown away."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Tell whether nothing more can be sent."""
        return self.lingers or self._transport.is_closing()

    def close(self) -> None:
        """Send what is due, then end the connection: at once, or when the client has finished."""
        if self.lingers or not self._client_still_sends() or not self._transport.can_write_eof():
            self._transport.close()
        elif not self._transport.is_closing():
            self.lingers = True
            self._transport.write_eof()
            self._transport.resume_reading()  # the end of the client's data is waited for
            self._end = self._loop.call_later(self._longest_s, self._transport.abort)

    def connection_lost(self) -> None:
        """Forget the timer: the connection has ended."""
        if self._end is not None:
            self._end.cancel()
