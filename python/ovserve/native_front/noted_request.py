"""A passed request whose answer is noted in the access log."""

from collections.abc import Sequence
from typing import Any

from ovserve._core import PassedRequest
from ovserve.access_log import Entry


class NotedRequest:
    """Is used like the request itself, see :class:`ovserve._core.PassedRequest`."""

    def __init__(self, request: PassedRequest) -> None:
        self._request = request
        self._entry: Entry | None = Entry(request.peer, request.method, request.path.decode("latin-1"))
        self._status = ""
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)

    def reply(self, status: int, headers: Sequence[tuple[str, str]], body: bytes, reason: str = "") -> None:
        """See :class:`PassedRequest`."""
        self._request.reply(status, headers, body, reason)
        self._note(str(status), len(body))

    def reply_grpc(self, code: int, message: str, body: bytes) -> None:
        """See :class:`PassedRequest`."""
        self._request.reply_grpc(code, message, body)
        self._note(f"grpc:{code}", len(body))

    def begin(self, status: int, headers: Sequence[tuple[str, str]], body: bytes, reason: str = "") -> None:
        """See :class:`PassedRequest`."""
        self._request.begin(status, headers, body, reason)
        self._status = str(status)
        self._size += len(body)

    def send(self, message: bytes) -> None:
        """See :class:`PassedRequest`."""
        self._request.send(message)
        self._size += len(message)

    def end(self, complete: bool) -> None:
        """See :class:`PassedRequest`."""
        self._request.end(complete)
        self._note(self._status, 0)

    def _note(self, status: str, size: int) -> None:
        entry, self._entry = self._entry, None
        if entry is not None:
            entry.end(status, self._size + size)
