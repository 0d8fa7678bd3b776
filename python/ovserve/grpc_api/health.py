"""The standard health service of gRPC. Source: grpc/doc/health-checking.md, health.proto."""

import threading
from collections.abc import Callable, Iterator

import grpc

from ovserve._core import Core
from ovserve.errors import NotFoundError, OvserveError
from ovserve.grpc_api.methods import Methods

MAX_WATCHERS = 8
"""Watch streams at a time; each one takes a server thread for as long as it lasts."""

_SERVICE_UNKNOWN = b"\x08\x03"  # HealthCheckResponse{status: SERVICE_UNKNOWN}, for Watch only
_LOOK_AGAIN_S = 1.0  # between looks at what nobody announces


class HealthService:
    """grpc.health.v1.Health: Check answers once, Watch tells the status now and every change of it."""

    def __init__(self, core: Core, methods: Methods) -> None:
        self._methods = methods
        self._check: Callable[[bytes], bytes] = core.health_check
        self._watchers = threading.Semaphore(MAX_WATCHERS)
        self._wake = threading.Condition()
        self._closed = False  # guarded by _wake

    def services(self) -> list[grpc.GenericRpcHandler]:
        """Return the service for registration."""
        return [
            grpc.method_handlers_generic_handler(
                "grpc.health.v1.Health",
                {"Check": self._methods.unary(self._check), "Watch": self._methods.streaming(self._watch)},
            )
        ]

    def announce(self) -> None:
        """Make every watcher look again now: the server's state has changed."""
        with self._wake:
            self._wake.notify_all()

    def close(self) -> None:
        """Tell every watcher the last state and end its stream, so that none delays a stop."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()

    def _watch(self, request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        if not self._watchers.acquire(blocking=False):
            context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"{MAX_WATCHERS} health watchers are connected, which is the limit; use Check",
            )
        context.add_callback(self.announce)  # a client that left frees its thread at once
        try:
            yield from self._states(request, context)
        finally:
            self._watchers.release()

    def _states(self, request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        told: bytes | None = None
        closed = False
        while not closed and context.is_active():
            with self._wake:
                closed = self._closed
            state = self._state(request)
            if state != told:
                told = state
                yield state
            with self._wake:
                if not closed and not self._closed:
                    self._wake.wait(_LOOK_AGAIN_S)

    def _state(self, request: bytes) -> bytes:
        try:
            return self._check(request)
        except NotFoundError:
            return _SERVICE_UNKNOWN
        except OvserveError:  # the server is stopping
            return b"\x08\x02"
