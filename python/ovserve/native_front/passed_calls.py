"""gRPC calls that the core does not answer itself: those about custom services."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ovserve._core import PassedRequest
from ovserve.rest_api.routes import MOST_UNTAKEN
from ovserve.rest_api.work_threads import default_threads

if TYPE_CHECKING:  # grpcio's import takes a third of a start
    from ovserve.grpc_api.beside import CallsBeside
    from ovserve.grpc_api.foreign_calls import ForeignCalls

log = logging.getLogger(__name__)

_LOOK_AGAIN_S = 0.01
_INTERNAL = 13
_UNAVAILABLE = 14


class PassedCall:
    """One of them; see :class:`ovserve.grpc_api.foreign_calls.ForeignCall`."""

    def __init__(self, request: PassedRequest) -> None:
        self._request = request
        self._lock = threading.Lock()
        self._ended = False  # guarded by _lock
        self._callbacks: list[Callable[[], None]] = []  # guarded by _lock
        self.is_full = False  # who sends waits by itself
        self.path = request.path.decode("latin-1")
        self.message = request.body

    def time_remaining(self) -> float | None:
        """See :class:`ForeignCall`."""
        return self._request.time_remaining

    def add_callback(self, callback: Callable[[], None]) -> bool:
        """See :class:`ForeignCall`."""
        with self._lock:
            if not self._ended:
                self._callbacks.append(callback)
            return not self._ended

    def send(self, message: bytes) -> None:
        """See :class:`ForeignCall`."""
        self._request.send(message)
        while self._request.backlog > MOST_UNTAKEN and self.look():
            time.sleep(_LOOK_AGAIN_S)

    def reply(self, code: int, details: str, message: bytes = b"") -> None:
        """End the call; the first end counts."""
        self._request.reply_grpc(code, details, message)
        self.cancel()

    def look(self) -> bool:
        """End what nobody waits for any more; false if it has ended."""
        if self._request.cancelled:
            self.cancel()
        with self._lock:
            return not self._ended

    def cancel(self) -> None:
        """Tell those who work for it that it has ended."""
        with self._lock:
            self._ended = True
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()


class PassedCalls:
    """Answers them, each on a thread of its own until it has ended."""

    def __init__(self, beside: "Callable[[], CallsBeside]") -> None:
        """Take what answers, which is asked for when there is a call."""
        self._beside = beside
        self._lock = threading.Lock()
        self._calls: ForeignCalls | None = None  # guarded by _lock
        self._threads = ThreadPoolExecutor(default_threads(), "grpc-passed")

    def begin(self, request: PassedRequest) -> PassedCall:
        """Have a call answered."""
        call = PassedCall(request)
        try:
            self._threads.submit(self._answer, call)
        except RuntimeError:
            call.reply(_UNAVAILABLE, "the server is stopping")
        return call

    def close(self) -> None:
        """Let idle threads go. One that is stuck in a call is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _answer(self, call: PassedCall) -> None:
        try:
            call.reply(*self._handlers().answer(call))
        except Exception:
            log.exception("%s failed in an unexpected way", call.path)
            call.reply(_INTERNAL, "Internal server error; the server's log has the cause")

    def _handlers(self) -> "ForeignCalls":
        with self._lock:
            if self._calls is None:
                from ovserve.grpc_api.foreign_calls import ForeignCalls

                self._calls = ForeignCalls(self._beside())
            return self._calls
