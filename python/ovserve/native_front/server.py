"""Both ports, served by the core's own threads; what the core does not answer goes to the REST app."""

import logging
import threading
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from ovserve import _core
from ovserve.config.bind_addresses import parse_bind_addresses, resolved
from ovserve.config.connections import connection_limit
from ovserve.config.schema import ServerOptions
from ovserve.errors import ConfigurationError, UnavailableError
from ovserve.native_front.passed_calls import PassedCalls
from ovserve.native_front.passed_requests import PassedRequests
from ovserve.native_front.tls import tls_transports
from ovserve.rest_api.app import RestApp

if TYPE_CHECKING:  # its import takes a tenth of a start
    import asyncio

    from ovserve.grpc_api.beside import CallsBeside

log = logging.getLogger(__name__)

_SLACK_S = 2.0  # for the front to report that its own deadline has passed


class NativeFront:
    """Serves gRPC and REST. Started and stopped once."""

    def __init__(
        self,
        core: _core.Core,
        app: RestApp | None,
        options: ServerOptions,
        beside: "Callable[[], CallsBeside]",
    ) -> None:
        """Build everything; no port is open yet.

        Args:
            core: what answers.
            app: answers the REST requests that the core does not; None without a REST port.
            options: ports, addresses, limits and TLS files.
            beside: what answers the gRPC calls that the core does not; asked for when there is one.
        """
        self._core = core
        self._app = app
        self._options = options
        self._beside = beside
        self._front: _core.NativeFront | None = None
        self._passed: PassedRequests | None = None
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
        transports = None if options.tls is None else tls_transports(options.tls)
        try:
            self._front = _core.NativeFront(
                self._core,
                grpc=_address(options.grpc_bind_address, options.port, "grpc_bind_address"),
                rest=_address(options.rest_bind_address, options.rest_port, "rest_bind_address"),
                one_port=options.shared_port,
                transports=transports,
                message_bytes=limits.message_bytes,
                body_bytes=limits.body_bytes,
                header_bytes=limits.header_bytes,
                header_count=limits.header_count,
                connections=connection_limit(options),
                idle_timeout_s=limits.idle_timeout_s,
                transfer_timeout_s=limits.transfer_timeout_s,
            )
        except UnavailableError as error:
            raise ConfigurationError(
                f"{error}; choose others with --port, --rest_port and the bind addresses"
            ) from error
        ports = self._front.ports
        if options.port is not None:
            self.grpc_port = ports[0]
        if options.rest_port is not None and self._app is not None:
            self.rest_port = ports[-1]  # all addresses of a protocol share their port
        calls = PassedCalls(self._beside)
        self._passed = PassedRequests(self._front, self._app, calls, options.rest_workers)
        self._passed.start()
        self._front.start()

    def pass_models(self, names: AbstractSet[str], *, all: bool = False) -> None:
        """Let others answer requests about these models, or about all, in place of the core."""
        if self._front is not None:
            self._front.pass_models(names, all=all)

    def move_to(self, loop: "asyncio.AbstractEventLoop") -> None:
        """Let the app be asked on that event loop, which outlives the front: many answers are made there."""
        if self._passed is not None:
            self._passed.move_to(loop)

    def announce_state(self) -> None:
        """Tell health watchers that the server's state may have changed."""
        if self._front is not None:
            self._front.announce_state()

    def begin_stop(self, grace_s: float) -> None:
        """Accept nothing new; running requests get ``grace_s``."""
        if self._front is None:
            self._ended.set()
            return
        threading.Thread(
            target=self._stop, args=(self._front, grace_s), name="native-stop", daemon=True
        ).start()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end of what :meth:`begin_stop` began; False if it outlasts the timeout."""
        ended = self._ended.wait(timeout_s + _SLACK_S)
        if self._passed is not None:
            self._passed.close_threads()
        return ended

    def _stop(self, front: _core.NativeFront, grace_s: float) -> None:
        try:
            front.stop(grace_s)
        except Exception:
            log.exception("the native front did not stop in order")
        finally:
            self._ended.set()


def _address(text: str, port: int | None, option: str) -> tuple[list[str], int] | None:
    """Return the numeric addresses to listen on, and the port."""
    if port is None:
        return None
    try:
        return [address for _, address in resolved(parse_bind_addresses(text, option))], port
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {text}: {error.strerror or error}; choose another --{option}"
        ) from error
