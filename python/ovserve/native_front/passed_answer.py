"""An answer that comes later, for a request that the native front passed on."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from ovserve._core import PassedRequest
from ovserve.rest_api.routes import PendingAnswer, Response

MOST_BYTES = 64 << 20
"""Of an answer in pieces, which are put together: the front sends an answer as a whole."""

Reply = Callable[[PassedRequest, Response], None]


class PassedAnswer:
    """Takes an answer; see :class:`ovserve.rest_api.routes.Answer`. ``pending`` is who makes it."""

    def __init__(self, request: PassedRequest, reply: Reply) -> None:
        self._request = request
        self._reply = reply
        self._lock = threading.Lock()
        self._done = False  # guarded by _lock
        self._first: Response | None = None
        self._pieces: list[bytes] = []
        self._bytes = 0
        self.pending: PendingAnswer | None = None

    def reply(self, response: Response, more: bool = False) -> None:
        """See :class:`Answer`."""
        if not more:
            self._end(response)
            return
        self._first = response
        self.piece(response.body, last=False)

    def piece(self, body: bytes, last: bool) -> None:
        """See :class:`Answer`."""
        self._pieces.append(body)
        self._bytes += len(body)
        if self._bytes > MOST_BYTES:
            self._end(_failure(f"The answer in pieces is larger than {MOST_BYTES} bytes"))
            self.cancel()
        elif last and self._first is not None:
            self._end(replace(self._first, body=b"".join(self._pieces)))

    def broken(self) -> None:
        """See :class:`Answer`: what has come is not the answer, and nothing of it was sent."""
        self._end(_failure("The handler failed in the middle of its answer"))

    def look(self) -> bool:
        """Cancel what nobody waits for any more; false if there is nothing more to look for."""
        with self._lock:
            if self._done:
                return False
        if self._request.cancelled:
            self.cancel()
            return False
        return True

    def cancel(self) -> None:
        """Give the answer up."""
        if self.pending is not None:
            self.pending.cancel()

    def _end(self, response: Response) -> None:
        with self._lock:
            if self._done:
                return
            self._done = True
        self._pieces = []
        self._reply(self._request, response)


def _failure(message: str) -> Response:
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    document = {"code": int(status), "type": "InternalServerException", "message": message}
    return Response(status, json.dumps(document, indent=2).encode() + b"\n")
