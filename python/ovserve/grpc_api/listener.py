"""One gRPC port: which threads and limits it has, how it is opened and how it stops."""

import os
import threading
import time
from collections.abc import Iterable, Sequence

import grpc

from ovserve.config.bind_addresses import is_wildcard, parse_bind_addresses, resolved, with_port
from ovserve.config.schema import ServerOptions, TlsFiles
from ovserve.errors import ConfigurationError
from ovserve.grpc_api.call_threads import CallThreads
from ovserve.grpc_api.channel_arguments import channel_arguments
from ovserve.grpc_api.health import MAX_WATCHERS
from ovserve.grpc_api.methods import Methods
from ovserve.grpc_api.stream_infer import MAX_STREAMS

_THREADS_PER_CORE = 4
_THREADS_FOR_WAITING = 32

# At the stop.
_LOOK_AGAIN_S = 0.1
_QUIET_S = 1.0


class GrpcListener:
    """A port of the options' addresses, with TLS if they have it.

    Args:
        options: port, addresses, limits.
        interceptors: see every call before its method does.
        further_threads: for calls that wait for others than the core.
    """

    def __init__(
        self,
        options: ServerOptions,
        interceptors: Sequence[grpc.ServerInterceptor] = (),
        further_threads: int = 0,
    ) -> None:
        self._options = options
        self._threads = CallThreads(options.grpc_max_threads or default_threads() + further_threads)
        self.methods = Methods(self._threads.receive)
        self._server = grpc.server(
            self._threads, options=channel_arguments(options), interceptors=interceptors
        )

    def add(self, services: Iterable[grpc.GenericRpcHandler]) -> None:
        """Serve these too."""
        self._server.add_generic_rpc_handlers(tuple(services))

    def start(self) -> int:
        """Open the port and serve; returns the port, which differs from the option 0.

        Raises:
            ConfigurationError: the address cannot be bound, or a TLS file cannot be used.
        """
        port = self._options.port or 0
        tls = self._options.tls
        credentials = None if tls is None else _credentials(tls)
        for address in _addresses(self._options.grpc_bind_address):
            try:
                # A free port that was found for the first address is asked for at the others.
                place = with_port(address, port)
                if credentials is None:
                    port = self._server.add_insecure_port(place)
                else:
                    port = self._server.add_secure_port(place, credentials)
            except RuntimeError as error:
                self._threads.shutdown()
                raise ConfigurationError(
                    f"gRPC cannot listen on {with_port(address, port)}: the port is held by another process, "
                    "or the address is not this machine's; choose others with --port and --grpc_bind_address"
                ) from error
        self._server.start()
        return int(port)

    def begin_stop(self, grace_s: float) -> threading.Event:
        """Refuse new calls; the event is set when running ones have ended or were cut off after that time."""
        ended: threading.Event = self._server.stop(grace_s)
        threading.Thread(
            target=self._let_go_of_the_silent, args=(ended,), name="grpc-stop", daemon=True
        ).start()
        return ended

    def _let_go_of_the_silent(self, ended: threading.Event) -> None:
        """Cut connections off on which nothing is under way: grpcio gives them 20 s to say goodbye."""
        quiet_since = time.monotonic()
        while not ended.wait(_LOOK_AGAIN_S):
            if not self._threads.is_idle():
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since >= _QUIET_S:
                self._server.stop(0)
                return

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


def _credentials(files: TlsFiles) -> grpc.ServerCredentials:
    try:
        key, certificate, client_ca = (
            _content(path) for path in (files.key, files.certificate, files.client_ca)
        )
    except OSError as error:
        raise ConfigurationError(f"{error.filename} cannot be read: {error.strerror}") from error
    return grpc.ssl_server_credentials(
        [(key, certificate)], root_certificates=client_ca or None, require_client_auth=bool(client_ca)
    )


def _content(path: str) -> bytes:
    if not path:
        return b""
    with open(path, "rb") as file:
        return file.read()


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
