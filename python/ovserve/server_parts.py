"""The parts of a running server: started in order, stopped in reverse."""

import logging
import time
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING

from ovserve import _core
from ovserve import log as logging_setup
from ovserve.config.bind_addresses import with_port
from ovserve.config.schema import ServerOptions
from ovserve.polling.config_file import ConfigSource
from ovserve.polling.poller import Poller
from ovserve.rest_api.app import RestApp
from ovserve.service_parts import ServiceParts
from ovserve.ts_config.options import ServiceOptions

if TYPE_CHECKING:
    from ovserve.native_front.server import NativeFront
    from ovserve.python_front import PythonFront

log = logging.getLogger(__name__)

_LAST_WORD_S = 5.0  # what unloading and telling the loaders gets, however long running work took
_SLACK_S = 2.0  # for a part to report that its own deadline has passed


class ServerParts:
    """Core, poller and the two network faces of one server. Used by one thread at a time."""

    def __init__(
        self, options: ServerOptions, source: ConfigSource, services: ServiceOptions | None = None
    ) -> None:
        """Build everything; no port is open and nothing is loaded yet.

        Args:
            options: of the server.
            source: what it shall serve.
            services: how custom services run; None: as their defaults are.

        Raises:
            ConfigurationError: something cannot be honoured; nothing is left behind.
        """
        self._options = options
        _core.set_log_level(logging_setup.core_level())
        self._core_log = logging_setup.CoreLog(_core.next_log_records)
        self.core = _core.Core(
            load_wait_s=options.load_wait_s,
            loader_call_deadline_s=options.loader_call_deadline_s,
            blacklist_deadline_s=options.blacklist_deadline_s,
            metrics=None if options.metrics is None else sorted(options.metrics),
            max_json_depth=options.limits.json_depth,
            cpu_extension=options.cpu_extension,
            max_image_pixels=options.max_image_pixels,
        )
        self.services = ServiceParts(
            self.core,
            options,
            services or ServiceOptions(token_auth=False),
            lambda: {model.name for model in source.configuration.models},
        )
        self.poller = Poller(
            self.core, source, options.cache_dir, options.poll_interval_s, self.services.apply
        )
        app: RestApp | None = None
        if options.rest_port is not None:
            app = RestApp(
                self.core,
                self.poller.run_pass,
                metrics=options.metrics is not None,
                limits=options.limits,
                cors=options.cors,
                beside=self.services.routes,
            )
        self._front = _make_front(self.core, app, options, self.services)

    @property
    def grpc_port(self) -> int | None:
        """The gRPC port; None if it is off or not open yet."""
        return self.services.grpc_port if self.services.opens_grpc else self._front.grpc_port

    @property
    def rest_port(self) -> int | None:
        """The REST port; None if it is off or not open yet."""
        return self._front.rest_port

    def open(self) -> None:
        """Open the ports and begin to follow the configuration. If this fails, call close().

        Raises:
            ConfigurationError: a port cannot be opened.
        """
        self._core_log.start()
        self._front.start()
        self.services.open(self._pass_services)
        self._pass_services(frozenset())
        log.info("Listening on %s", self._listening_text())
        self.poller.start()

    def set_ready(self) -> None:
        """Tell everybody who asks that the initial configuration has been processed."""
        self.core.set_ready(True)
        self._front.announce_state()
        self.services.announce_state()

    def close(self, drain_s: float) -> bool:
        """Refuse new work, give what runs ``drain_s``, tell the loaders, free everything.

        Returns:
            Whether all of it ended in time.
        """
        deadline = time.monotonic() + drain_s

        def remaining() -> float:
            return max(0.0, deadline - time.monotonic())

        self.core.set_ready(False)
        self.poller.begin_stop()
        self.services.begin_stop(drain_s)
        self._front.begin_stop(drain_s)
        clean = self._front.join(remaining())
        clean = self.services.join(remaining()) and clean
        self.services.close()
        clean = self.core.stop(max(remaining(), _LAST_WORD_S)) and clean
        clean = self.poller.join(_SLACK_S) and clean
        if not clean:
            log.warning("Stopped; something was still running and has been abandoned")
        self._core_log.stop()
        return clean

    def _pass_services(self, names: AbstractSet[str]) -> None:
        self._front.pass_models(names, all=self.services.asks_for_keys)
        loop = self.services.loop
        if loop is not None:
            self._front.move_to(loop)

    def _listening_text(self) -> str:
        ports = []
        if self._front.grpc_port is not None:
            ports.append(f"gRPC {_with_port(self._options.grpc_bind_address, self._front.grpc_port)}")
        if self.rest_port is not None:
            ports.append(f"REST {_with_port(self._options.rest_bind_address, self.rest_port)}")
        ports += self.services.listening()
        front = self._options.frontend + (", TLS" if self._options.tls is not None else "")
        return f"{', '.join(ports)} ({front})" if ports else "no port"


def _with_port(addresses: str, port: int) -> str:
    return " ".join(with_port(address, port) for address in addresses.split(","))


def _make_front(
    core: _core.Core, app: RestApp | None, options: ServerOptions, services: ServiceParts
) -> "NativeFront | PythonFront":
    # Only the one that is wanted is imported: grpcio and uvicorn take half of a server's start.
    if options.frontend == "native":
        from ovserve.native_front.server import NativeFront

        own = replace(options, port=None) if services.opens_grpc else options
        return NativeFront(core, app, own, services.grpc_beside)
    from ovserve.python_front import PythonFront

    return PythonFront(core, app, options, services.grpc_beside())
