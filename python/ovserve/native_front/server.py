"""Both ports, served by the core's own threads; what the core does not answer goes to the REST app."""

import logging
import threading

from ovserve import _core
from ovserve.config.schema import ServerOptions
from ovserve.errors import ConfigurationError, InternalError, InvalidArgumentError
from ovserve.native_front.passed_requests import PassedRequests
from ovserve.rest_api.app import RestApp

log = logging.getLogger(__name__)


class NativeServer:
    """Serves gRPC and REST. Started and stopped once."""

    def __init__(self, core: _core.Core, app: RestApp | None, options: ServerOptions) -> None:
        """Build everything; no port is open yet.

        Args:
            core: what answers.
            app: answers the REST requests that the core does not; None without a REST port.
            options: ports, addresses, limits and TLS files.
        """
        self._core = core
        self._app = app
        self._options = options
        self._front: _core.NativeFront | None = None
        self._passed: PassedRequests | None = None
        self._stopping: threading.Thread | None = None
        self._ended = threading.Event()
        self.grpc_port: int | None = None
        self.rest_port: int | None = None

    def start(self) -> None:
        """Open the ports and serve; ``grpc_port`` and ``rest_port`` say which ones.

        Raises:
            ConfigurationError: an address cannot be bound, or a TLS file cannot be used.
        """
        options = self._options
        limits = options.limits
        try:
            self._front = _core.NativeFront(
                self._core,
                grpc=_address(options.grpc_bind_address, options.port),
                rest=_address(options.rest_bind_address, options.rest_port),
                one_port=options.one_port,
                # One bound serves both protocols of a front that shares its memory among them.
                message_bytes=limits.message_bytes,
                body_bytes=limits.body_bytes,
                header_bytes=limits.header_bytes,
                header_count=limits.header_count,
                connections=limits.connections,
                idle_timeout_s=limits.idle_timeout_s,
                transfer_timeout_s=limits.transfer_timeout_s,
                certificate_chain=options.tls_certificate,
                private_key=options.tls_key,
                client_ca=options.tls_client_ca,
            )
        except (InternalError, InvalidArgumentError) as error:
            raise ConfigurationError(
                f"{error}; choose others with --port, --rest_port, --grpc_bind_address and --rest_bind_address"
            ) from error
        ports = self._front.ports
        if options.port is not None:
            self.grpc_port = ports[0]
        if options.rest_port is not None and self._app is not None:
            self.rest_port = ports[-1]
            self._passed = PassedRequests(self._front, self._app, options.rest_workers)
            self._passed.start()
        self._front.start()

    def announce_state(self) -> None:
        """Tell health watchers that the server's state may have changed."""
        if self._front is not None:
            self._front.announce_state()

    def begin_stop(self, grace_s: float) -> threading.Event:
        """Refuse new calls; the event is set when running ones have ended or were cut off after that time."""
        if self._front is None:
            self._ended.set()
        elif self._stopping is None:
            self._stopping = threading.Thread(
                target=self._stop, args=(self._front, grace_s), name="native-stop", daemon=True
            )
            self._stopping.start()
        return self._ended

    def close_threads(self) -> None:
        """Let idle threads go. One that is stuck in a call is not waited for."""
        if self._passed is not None:
            self._passed.close_threads()

    def _stop(self, front: _core.NativeFront, grace_s: float) -> None:
        try:
            front.stop(grace_s)
        except Exception:
            log.exception("the native front did not stop in order")
        finally:
            self._ended.set()


def _address(hosts: tuple[str, ...], port: int | None) -> tuple[list[str], int] | None:
    return None if port is None else (list(hosts), port)
