"""The gRPC server: which threads and limits it has, how it opens its port and how it stops."""

import logging
import os
import threading

import grpc

from ovserve._core import Core
from ovserve.config.bind_addresses import is_wildcard, parse_bind_addresses, resolved, with_port
from ovserve.config.schema import ServerOptions
from ovserve.errors import ConfigurationError
from ovserve.grpc_api.call_threads import CallThreads
from ovserve.grpc_api.channel_arguments import channel_arguments
from ovserve.grpc_api.health import MAX_WATCHERS, HealthService
from ovserve.grpc_api.kserve import kserve_services
from ovserve.grpc_api.methods import Methods
from ovserve.grpc_api.stream_infer import MAX_STREAMS, StreamInfer
from ovserve.grpc_api.tfs import tfs_services

log = logging.getLogger(__name__)

_THREADS_PER_CORE = 4
_THREADS_FOR_WAITING = 32


class GrpcServer:
    """Serves tensorflow.serving, KServe v2 and grpc.health.v1 on one port."""

    def __init__(self, core: Core, options: ServerOptions) -> None:
        self._options = options
        self._threads = CallThreads(options.grpc_max_threads or default_threads())
        methods = Methods(self._threads.receive)
        self._health = HealthService(core, methods)
        self._stream_infer = StreamInfer(core.kserve_model_stream_infer)
        self._server = grpc.server(self._threads, options=channel_arguments(options))
        self._server.add_generic_rpc_handlers(
            (
                *tfs_services(core, methods),
                *kserve_services(core, methods, self._stream_infer),
                *self._health.services(),
            )
        )

    def start(self) -> int:
        """Open the port and serve; returns the port, which differs from the option 0.

        Raises:
            ConfigurationError: the address cannot be bound, say because another process holds the port.
        """
        port = self._options.port or 0
        for address in _addresses(self._options.grpc_bind_address):
            try:
                # A free port that was found for the first address is asked for at the others.
                port = self._server.add_insecure_port(with_port(address, port))
            except RuntimeError as error:
                self._threads.shutdown()
                raise ConfigurationError(
                    f"gRPC cannot listen on {with_port(address, port)}: the port is held by another process, "
                    "or the address is not this machine's; choose others with --port and --grpc_bind_address"
                ) from error
        self._server.start()
        return int(port)

    def announce_state(self) -> None:
        """Tell health watchers that the server's state may have changed."""
        self._health.announce()

    def begin_stop(self, grace_s: float) -> threading.Event:
        """Refuse new calls; the event is set when running ones have ended or were cut off after that time."""
        self._health.close()
        self._stream_infer.close()
        ended: threading.Event = self._server.stop(grace_s)
        return ended

    def close_threads(self) -> None:
        """Let idle threads go. One that is stuck in a call is not waited for."""
        self._threads.shutdown(wait=False)


def default_threads() -> int:
    """How many calls can be under way at once.

    Threads are made on demand. A few per core do the inferences. The others are room for calls that wait
    for a model that is being loaded, of which the core admits only a handful per model, for health watchers
    and for inference streams; so a loader that hangs does not take the threads that other models' calls need.
    """
    return _THREADS_PER_CORE * (os.cpu_count() or 1) + _THREADS_FOR_WAITING + MAX_WATCHERS + MAX_STREAMS


def _addresses(text: str) -> list[str]:
    """Return the numeric addresses to listen on."""
    names = parse_bind_addresses(text, "grpc_bind_address")
    try:
        addresses = [address for _, address in resolved(names)]
    except OSError as error:
        raise ConfigurationError(
            f"gRPC cannot listen on {text}: {error.strerror or error}; choose another --grpc_bind_address"
        ) from error
    # For gRPC each wildcard is the one of both families and includes all other addresses.
    return [address for address in addresses if is_wildcard(address)][:1] or addresses
