"""The ports for gRPC that a server of services opens beside its front."""

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ovserve._core import Core
from ovserve.config.schema import ServerOptions
from ovserve.grpc_api.beside import CallsBeside
from ovserve.grpc_api.listener import GrpcListener
from ovserve.grpc_api.server import GrpcServer
from ovserve.management.tokens import Purpose, Tokens
from ovserve.service_grpc.access import AsksForKeys
from ovserve.ts_config.options import Listener

if TYPE_CHECKING:
    from ovserve.service_api.management_actions import ManagementActions

_SLACK_S = 2.0  # for grpcio to report that its own deadline has passed
_MANAGEMENT_GRACE_S = 5.0


class GrpcListeners:
    """Opened and stopped once. Used by one thread at a time."""

    def __init__(self, options: ServerOptions) -> None:
        """Open nothing yet."""
        self._options = options
        self._inference: GrpcServer | None = None
        self._management: GrpcListener | None = None
        self._ended: list[threading.Event] = []

    def open_inference(self, core: Core, beside: CallsBeside) -> int:
        """Open the server's own port for gRPC; returns it.

        Raises:
            ConfigurationError: the address cannot be bound, or a TLS file cannot be used.
        """
        self._inference = GrpcServer(core, self._options, beside)
        return self._inference.start()

    def open_management(
        self, place: Listener, actions: "ManagementActions", model_api: bool, tokens: Tokens | None
    ) -> int:
        """Open the port for management; returns it.

        Args:
            place: where.
            actions: what is done.
            model_api: whether services may be registered and removed.
            tokens: the keys that every call needs; None: nobody needs one.

        Raises:
            ConfigurationError: as above.
        """
        from ovserve.service_grpc.management import ManagementApis

        options = replace(self._options, port=place.port, grpc_bind_address=place.host)
        keys = () if tokens is None else (AsksForKeys(tokens, Purpose.MANAGEMENT),)
        self._management = GrpcListener(options, keys)
        self._management.add((ManagementApis(actions, model_api).service(self._management.methods),))
        return self._management.start()

    def announce_state(self) -> None:
        """Tell health watchers that the server's state may have changed."""
        if self._inference is not None:
            self._inference.announce_state()

    def begin_stop(self, grace_s: float) -> None:
        """Refuse new calls; running inferences get ``grace_s``."""
        if self._inference is not None:
            self._ended.append(self._inference.begin_stop(grace_s))
        if self._management is not None:
            self._ended.append(self._management.begin_stop(min(grace_s, _MANAGEMENT_GRACE_S)))

    def join(self, timeout_s: float) -> bool:
        """Wait for the end of what :meth:`begin_stop` began; False if it outlasts the timeout."""
        deadline = time.monotonic() + timeout_s + _SLACK_S
        clean = all([event.wait(max(0.0, deadline - time.monotonic())) for event in self._ended])
        for listener in (self._inference, self._management):
            if listener is not None:
                listener.close_threads()
        return clean
