"""gRPC by grpcio and REST by uvicorn, as one front."""

import asyncio
import threading
import time
from collections.abc import Set as AbstractSet

from ovserve._core import Core
from ovserve.config.schema import ServerOptions
from ovserve.grpc_api.beside import CallsBeside
from ovserve.grpc_api.server import GrpcServer
from ovserve.rest_api.app import RestApp
from ovserve.rest_api.server import RestServer

_SLACK_S = 2.0  # for a part to report that its own deadline has passed


class PythonFront:
    """The two network faces that run on Python's threads. Started and stopped once."""

    def __init__(
        self, core: Core, app: RestApp | None, options: ServerOptions, beside: CallsBeside | None = None
    ) -> None:
        """Build everything; no port is open yet.

        Args:
            core: what answers.
            app: answers REST requests; None without a REST port.
            options: of the server.
            beside: is asked before the core over gRPC; None: nothing.
        """
        self._grpc = GrpcServer(core, options, beside) if options.port is not None else None
        self._rest = RestServer(app, options) if app is not None else None
        self._grpc_ended: threading.Event | None = None
        self.grpc_port: int | None = None
        self.rest_port: int | None = None

    def start(self) -> None:
        """Open the ports and serve; ``grpc_port`` and ``rest_port`` say which ones.

        Raises:
            ConfigurationError: a port cannot be opened.
        """
        if self._grpc is not None:
            self.grpc_port = self._grpc.start()
        if self._rest is not None:
            self.rest_port = self._rest.start()

    def pass_models(self, names: AbstractSet[str], *, all: bool = False) -> None:
        """Do nothing: here the app answers everything anyway."""

    def move_to(self, loop: asyncio.AbstractEventLoop) -> None:
        """Do nothing: uvicorn has a loop of its own."""

    def announce_state(self) -> None:
        """Tell health watchers that the server's state may have changed."""
        if self._grpc is not None:
            self._grpc.announce_state()

    def begin_stop(self, grace_s: float) -> None:
        """Accept nothing new; running requests get ``grace_s``."""
        if self._grpc is not None:
            self._grpc_ended = self._grpc.begin_stop(grace_s)
        if self._rest is not None:
            self._rest.begin_stop(grace_s)

    def join(self, timeout_s: float) -> bool:
        """Wait for the end of what :meth:`begin_stop` began; False if it outlasts the timeout."""
        deadline = time.monotonic() + timeout_s
        clean = self._grpc_ended is None or self._grpc_ended.wait(timeout_s + _SLACK_S)
        if self._grpc is not None:
            self._grpc.close_threads()
        if self._rest is not None:
            clean = self._rest.join(max(0.0, deadline - time.monotonic()) + _SLACK_S) and clean
        return clean
