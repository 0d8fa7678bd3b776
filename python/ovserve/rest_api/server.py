"""The REST server: uvicorn on a thread of its own, around the ASGI app."""

import asyncio
import contextlib
import functools
import logging
import socket
import threading
from collections.abc import Callable

import uvicorn

from ovserve.config.bind_addresses import parse_bind_addresses, resolved, with_port
from ovserve.config.connections import connection_limit
from ovserve.config.schema import ServerOptions
from ovserve.errors import ConfigurationError, InternalError
from ovserve.rest_api.asgi import App, AsgiApp
from ovserve.rest_api.connection import Connection
from ovserve.rest_api.crowd import Crowd

log = logging.getLogger(__name__)

_BACKLOG = 1024
_START_TIMEOUT_S = 30.0
_IDLE_TIMEOUT_S = 75.0


class RestServer:
    """Serves the REST API on one port."""

    def __init__(self, app: App, options: ServerOptions) -> None:
        self._options = options
        limits = options.limits
        self._asgi = AsgiApp(app, limits.body_bytes, options.rest_workers)
        crowd = Crowd(limits, connection_limit(options), app.error)
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                self._asgi,
                http=functools.partial(Connection, crowd),  # type: ignore[arg-type]
                loop="auto",  # uvloop where it is installed
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,  # the records go where all others go
                access_log=False,
                server_header=False,
                ssl_certfile=options.tls.certificate if options.tls is not None else None,
                ssl_keyfile=options.tls.key if options.tls is not None else None,
                backlog=_BACKLOG,
                proxy_headers=False,  # nobody asks for the client's address
                timeout_keep_alive=limits.idle_timeout_s or _IDLE_TIMEOUT_S,  # type: ignore[arg-type]
            )
        )
        self._thread: threading.Thread | None = None

    def start(self) -> int:
        """Open the port and serve; returns the port, which differs from the option 0.

        Raises:
            ConfigurationError: the address cannot be bound, say because another process holds the port.
        """
        listeners = _listen(self._options.rest_bind_address, self._options.rest_port or 0)
        port: int = listeners[0].getsockname()[1]
        self._thread = threading.Thread(target=self._serve, args=(listeners,), name="rest", daemon=True)
        self._thread.start()
        if not self._uvicorn.serving.wait(_START_TIMEOUT_S) or not self._uvicorn.started:
            raise InternalError("the REST server did not start; its log lines have the cause")
        return port

    def begin_stop(self, grace_s: float) -> None:
        """Accept nothing new; idle connections are closed, running requests get ``grace_s``."""
        self._uvicorn.config.timeout_graceful_shutdown = max(1, round(grace_s))
        self._uvicorn.should_exit = True
        self._uvicorn.call_soon(self._asgi.stop_reading)

    def join(self, timeout_s: float) -> bool:
        """Wait for the end of what :meth:`begin_stop` began; False if it outlasts the timeout."""
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        self._asgi.close_threads()
        return not self._thread.is_alive()

    def _serve(self, listeners: list[socket.socket]) -> None:
        try:
            self._uvicorn.run(sockets=listeners)
        except BaseException:
            log.exception("the REST server ended in an unexpected way")
        finally:
            self._uvicorn.serving.set()  # whoever waits for the start learns that it failed
            for listener in listeners:
                listener.close()


class _Uvicorn(uvicorn.Server):
    """Tells other threads when it serves, and lets them reach its event loop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Note the loop, and that connections are accepted from now on."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.serving.set()

    def call_soon(self, action: Callable[[], object]) -> None:
        """Run something on the event loop, if it runs."""
        with contextlib.suppress(RuntimeError):  # closed in this moment
            if self._loop is not None:
                self._loop.call_soon_threadsafe(action)


def _listen(text: str, port: int) -> list[socket.socket]:
    """Open the port on every address before anything else happens, shared with no other process."""
    listeners: list[socket.socket] = []
    address = text
    try:
        addresses = resolved(parse_bind_addresses(text, "rest_bind_address"))
        # Alone, "::" means both families; beside "0.0.0.0" it would be in the way.
        one_family = any(family == socket.AF_INET for family, _ in addresses)
        for family, address in addresses:
            listeners.append(_open(family, address, port, one_family))
            port = listeners[0].getsockname()[1]  # a free port that was found is asked for at the others
    except OSError as error:
        for listener in listeners:
            listener.close()
        raise _cannot_listen(address, port, error) from error
    return listeners


def _open(family: socket.AddressFamily, address: str, port: int, one_family: bool) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # For a restart while old connections linger; two listeners on one port are refused all the same.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, one_family)
        listener.bind(socket.getaddrinfo(address, port, family, socket.SOCK_STREAM)[0][4])
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _cannot_listen(address: str, port: int, error: OSError) -> ConfigurationError:
    reason = error.strerror or str(error)
    return ConfigurationError(
        f"REST cannot listen on {with_port(address, port)}: {reason}; "
        "choose others with --rest_port and --rest_bind_address"
    )
