"""The gRPC server of the core's models, and of what is answered beside them."""

import threading

from ovserve._core import Core
from ovserve.config.schema import ServerOptions
from ovserve.grpc_api.beside import CallsBeside
from ovserve.grpc_api.health import HealthService
from ovserve.grpc_api.kserve import kserve_services
from ovserve.grpc_api.listener import GrpcListener
from ovserve.grpc_api.stream_infer import StreamInfer
from ovserve.grpc_api.tfs import tfs_services

_THREADS_BESIDE = 256  # a call to a service has one as long as it lasts, and a service's queue has 100 places


class GrpcServer:
    """Serves tensorflow.serving, KServe v2 and grpc.health.v1 on one port.

    Args:
        core: what answers.
        options: port, addresses, limits.
        beside: what is asked before the core, and has services of its own; None: nothing.
    """

    def __init__(self, core: Core, options: ServerOptions, beside: CallsBeside | None = None) -> None:
        if beside is None:
            self._listener = GrpcListener(options)
        else:
            self._listener = GrpcListener(options, beside.interceptors(), _THREADS_BESIDE)
        methods = self._listener.methods
        self._health = HealthService(core, methods)
        self._stream_infer = StreamInfer(core.kserve_model_stream_infer, beside)
        self._listener.add(
            (
                *tfs_services(core, methods),
                *kserve_services(core, methods, self._stream_infer, beside),
                *self._health.services(),
                *(() if beside is None else beside.services(methods)),
            )
        )

    def start(self) -> int:
        """Open the port and serve; returns the port, which differs from the option 0.

        Raises:
            ConfigurationError: the address cannot be bound, say because another process holds the port.
        """
        return self._listener.start()

    def announce_state(self) -> None:
        """Tell health watchers that the server's state may have changed."""
        self._health.announce()

    def begin_stop(self, grace_s: float) -> threading.Event:
        """Refuse new calls; the event is set when running ones have ended or were cut off after that time."""
        self._health.close()
        self._stream_infer.close()
        return self._listener.begin_stop(grace_s)

    def close_threads(self) -> None:
        """Let idle threads go. One that is stuck in a call is not waited for."""
        self._listener.close_threads()
