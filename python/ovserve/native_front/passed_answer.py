"""An answer that comes later, possibly in pieces, for a request that the native front passed on."""

import threading
from collections.abc import Callable

from ovserve._core import PassedRequest
from ovserve.rest_api.routes import MOST_UNTAKEN, PendingAnswer, Response

_ENOUGH_TAKEN = MOST_UNTAKEN // 4

Reply = Callable[[PassedRequest, Response, bool], None]


class PassedAnswer:
    """Takes an answer; see :class:`ovserve.rest_api.routes.Answer`.

    Args:
        request: what is answered.
        reply: answers it; with the flag, it begins an answer in pieces.
    """

    def __init__(self, request: PassedRequest, reply: Reply) -> None:
        self._request = request
        self._reply = reply
        self._lock = threading.Lock()
        self._done = False  # guarded by _lock
        self._given_up = False  # guarded by _lock
        self._pending: PendingAnswer | None = None  # guarded by _lock
        self.is_full = False
        """Whether no pieces are wanted for now, until :meth:`look` finds that the client has taken some."""

    def wait_for(self, pending: PendingAnswer | None) -> bool:
        """Note who makes the answer; false if it has come already. Given up before, it is cancelled now."""
        with self._lock:
            if not self._done:
                self._pending = pending
            given_up = self._given_up
            waits = not self._done and pending is not None
        if given_up and pending is not None:
            pending.cancel()
        return waits

    def reply(self, response: Response, more: bool = False) -> None:
        """See :class:`Answer`."""
        if more:
            self._reply(self._request, response, True)
        elif self._end():
            self._reply(self._request, response, False)

    def piece(self, body: bytes, last: bool) -> None:
        """See :class:`Answer`."""
        self._request.send(body)
        if last:
            if self._end():
                self._request.end(True)
        elif not self.is_full and self._request.backlog > MOST_UNTAKEN:
            self.is_full = True
            self._tell_full(True)

    def broken(self) -> None:
        """See :class:`Answer`."""
        if self._end():
            self._request.end(False)

    def look(self) -> bool:
        """Cancel what nobody waits for any more; false if there is nothing more to look for."""
        with self._lock:
            if self._done:
                return False
        if self._request.cancelled:
            self.cancel()
            return False
        if self.is_full and self._request.backlog <= _ENOUGH_TAKEN:
            self.is_full = False
            self._tell_full(False)
        return True

    def cancel(self) -> None:
        """Give the answer up."""
        with self._lock:
            self._given_up = True
            pending = self._pending
        if pending is not None:
            pending.cancel()

    def _tell_full(self, full: bool) -> None:
        with self._lock:
            pending = self._pending
        if pending is not None:
            pending.set_full(full)

    def _end(self) -> bool:
        with self._lock:
            was_done, self._done = self._done, True
            self._pending = None
        return not was_done
