"""The services of one server and what speaks of them: started and stopped with the server's other parts."""

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ovserve import _core
from ovserve.config.bind_addresses import with_port
from ovserve.config.schema import CorsRules, ServerOptions, TlsFiles
from ovserve.config.service_schema import ServiceEntry
from ovserve.errors import ConfigurationError
from ovserve.management.run_directory import claimed
from ovserve.management.snapshots import Occasion, Snapshots, entries_for_snapshots
from ovserve.management.tokens import KEY_FILE, Purpose, Tokens
from ovserve.rest_api.cors import Cors
from ovserve.rest_api.routes import Found, Request
from ovserve.service_api.access import KeyAccess, LocalAccess
from ovserve.service_api.inference import InferenceRoutes
from ovserve.ts_config.options import Listener, ServiceOptions

if TYPE_CHECKING:
    import asyncio  # its import takes a tenth of a start

    from ovserve.grpc_api.beside import CallsBeside
    from ovserve.rest_api.asgi import App
    from ovserve.rest_api.server import RestServer
    from ovserve.service_api.management import ManagementApp
    from ovserve.service_api.management_actions import ManagementActions
    from ovserve.service_grpc.listeners import GrpcListeners
    from ovserve.service_host.configured import ConfiguredServices
    from ovserve.service_host.host import ServiceHost

log = logging.getLogger(__name__)

_MANAGEMENT_BODY_BYTES = 1 << 20
_JOIN_S = 5.0


class ServiceParts:
    """Host, listeners, keys and snapshots. Without services nothing of it is loaded.

    Args:
        core: the server's own models.
        options: of the server.
        services: how its services run.
        names_of_models: what the configuration calls its models.
    """

    def __init__(
        self,
        core: _core.Core,
        options: ServerOptions,
        services: ServiceOptions,
        names_of_models: Callable[[], AbstractSet[str]],
    ) -> None:
        self._core = core
        self._options = options
        self._services = services
        self._names_of_models = names_of_models
        self._changed: Callable[[AbstractSet[str]], None] = lambda names: None
        self._lock = threading.Lock()
        self._host: ServiceHost | None = None  # guarded by _lock
        self._configured: ConfiguredServices | None = None  # guarded by _lock
        self._closed = False  # guarded by _lock
        self._listeners: list[RestServer] = []
        self._grpc: GrpcListeners | None = None
        self._stack = ExitStack()  # what is undone at the end, in reverse
        self._snapshots: Snapshots | None = None
        self._tokens: Tokens | None = None
        self._serves_a_store = services.model_store is not None
        self.management_port: int | None = None
        self.metrics_port: int | None = None
        self.grpc_port: int | None = None
        self.grpc_management_port: int | None = None
        self._largest = services.max_request_bytes if self._serves_a_store else options.limits.body_bytes
        self._open_run_directory()
        access = None if self._tokens is None else KeyAccess(self._tokens, Purpose.INFERENCE)
        self.routes = InferenceRoutes(core, self._largest, access, services_only=self._serves_a_store)

    @property
    def asks_for_keys(self) -> bool:
        """Whether requests need a key, those to models of the core too."""
        return self._tokens is not None

    @property
    def opens_grpc(self) -> bool:
        """Whether the port for gRPC is opened here, since the front would ask for no keys there."""
        return self.asks_for_keys and self._options.frontend == "native" and self._options.port is not None

    def grpc_beside(self) -> "CallsBeside":
        """Return what answers over gRPC beside the core."""
        from ovserve.service_grpc.beside import ServicesBeside

        return ServicesBeside(lambda: self.routes.host, self.routes.healthy, self._largest, self._tokens)

    def announce_state(self) -> None:
        """Tell health watchers that the server's state may have changed."""
        if self._grpc is not None:
            self._grpc.announce_state()

    @property
    def loop(self) -> "asyncio.AbstractEventLoop | None":
        """The event loop of the services; None before there are any. It ends in close()."""
        return None if self.routes.host is None else self.routes.host.loop

    def open(self, changed: Callable[[AbstractSet[str]], None]) -> None:
        """Open the ports for management and metrics. If this fails, call close().

        Args:
            changed: learns the names of all services whenever there are others.

        Raises:
            ConfigurationError: a port cannot be opened, or something cannot be honoured.
        """
        self._changed = changed
        services = self._services
        management, metrics = services.management, services.metrics
        grpc_management = services.grpc_management
        if not self._serves_a_store and management is None and metrics is None and grpc_management is None:
            return
        host = self._started_host()
        if self.opens_grpc or grpc_management is not None:
            self._open_grpc(host, grpc_management)
        if management is not None:
            from ovserve.service_api.management import ManagementApp

            access: KeyAccess | LocalAccess
            if self._tokens is not None:
                access = KeyAccess(self._tokens, Purpose.MANAGEMENT)
            else:
                access = LocalAccess(management.host.split(","))
            # Without keys no page of another origin is let in, whatever the rules for inference are.
            rules = self._options.cors if self._tokens is not None else CorsRules(origins=frozenset())
            app = ManagementApp(self._actions(host), access, services.enable_model_api, Cors(rules))
            if management == services.inference:
                self.routes.management = _shared(app)
            else:
                self.management_port = self._listen(app, management)
        if metrics is not None and services.metrics_api:
            from ovserve.service_api.metrics_app import MetricsApp

            core = None if self._options.metrics is None else self._core
            self.metrics_port = self._listen(MetricsApp(host, core, services.system_metrics), metrics)

    def load(self) -> None:
        """Load what the store has to offer; returns when all has workers or has failed."""
        if not self._serves_a_store:
            return
        from ovserve.service_host.startup import load_store

        host = self._started_host()
        load_store(host)
        if self._services.snapshots.directory is not None:
            entries = entries_for_snapshots(self._services)
            self._snapshots = Snapshots(self._services.snapshots.directory, entries)
            self._write_snapshot(Occasion.STARTUP)
        if self._services.watch:
            from ovserve.service_host.watch import StoreWatch

            watch = StoreWatch(host)
            watch.start()
            self._stack.callback(watch.stop)

    def apply(self, entries: Sequence[ServiceEntry], retry: bool) -> Mapping[str, str]:
        """Serve what the configuration file names; see :class:`ConfiguredServices`."""
        with self._lock:
            if self._closed or (self._configured is None and not entries):
                return {}
        host = self._started_host()
        with self._lock:
            if self._configured is None:
                from ovserve.service_host.configured import ConfiguredServices

                self._configured = ConfiguredServices(host)
            configured = self._configured
        return configured.apply(entries, retry)

    def begin_stop(self, grace_s: float) -> None:
        """Take no further requests at the ports that were opened here; running inferences get ``grace_s``."""
        for listener in self._listeners:
            listener.begin_stop(_JOIN_S)
        if self._grpc is not None:
            self._grpc.begin_stop(grace_s)

    def join(self, timeout_s: float) -> bool:
        """Wait for the end of what :meth:`begin_stop` began; False if it outlasts the timeout."""
        for listener in self._listeners:
            listener.join(_JOIN_S)
        return self._grpc is None or self._grpc.join(timeout_s)

    def close(self) -> None:
        """Answer what is under way, end the workers, remove what was made. Once no request comes any more."""
        with self._lock:
            self._closed = True
            host = self._host
        if host is not None:
            self._write_snapshot(Occasion.SHUTDOWN)
        self._stack.close()

    def listening(self) -> list[str]:
        """Return what listens where, in words."""
        found = []
        for name, listener, port in (
            ("gRPC", self._services.grpc_inference, self.grpc_port),
            ("management", self._services.management, self.management_port),
            ("gRPC management", self._services.grpc_management, self.grpc_management_port),
            ("metrics", self._services.metrics, self.metrics_port),
        ):
            if listener is not None and port is not None:
                hosts = " ".join(with_port(host, port) for host in listener.host.split(","))
                found.append(f"{name} {hosts}")
        return found

    def _open_run_directory(self) -> None:
        if not self._serves_a_store:
            return
        directory = os.getcwd()
        try:
            first = self._stack.enter_context(claimed(directory))
            if not first:
                log.warning("another server with services runs in %s; --stop will find that one", directory)
        except OSError as error:
            log.warning("--stop will not find this server: %s", error)
        if self._services.token_auth:
            try:
                self._tokens = Tokens(os.path.join(directory, KEY_FILE), self._services.token_expiration_s)
            except OSError as error:
                raise ConfigurationError(
                    f"{KEY_FILE} cannot be written in {directory}: {error.strerror}; start the server in"
                    " another directory, or with --disable_token_auth"
                ) from error
            self._stack.callback(self._tokens.close)
            log.info("Requests need keys, which are in %s", self._tokens.path)

    def _started_host(self) -> "ServiceHost":
        with self._lock:
            if self._closed:
                raise ConfigurationError("the server is stopping")
            if self._host is None:
                from ovserve.service_host.host import ServiceHost

                host = ServiceHost(self._services, self._infer, self._names_of_models, self._names_changed)
                self._host = host.start()
                self._stack.callback(host.close)
                self.routes.connect(host)
            return self._host

    def _infer(self, name: str, inputs: Mapping[str, Any], version: int | None) -> Mapping[str, Any]:
        return self._core.infer(name, dict(inputs), version)

    def _names_changed(self) -> None:
        host = self.routes.host
        if host is not None:
            self._changed(host.names())

    def _actions(self, host: "ServiceHost") -> "ManagementActions":
        from ovserve.service_api.management_actions import ManagementActions

        return ManagementActions(host, self._write_snapshot)

    def _open_grpc(self, host: "ServiceHost", management: Listener | None) -> None:
        from ovserve.service_grpc.listeners import GrpcListeners

        self._grpc = grpc = GrpcListeners(self._options)
        if self.opens_grpc:
            self.grpc_port = grpc.open_inference(self._core, self.grpc_beside())
        if management is not None:
            self.grpc_management_port = grpc.open_management(
                management, self._actions(host), self._services.enable_model_api, self._tokens
            )

    def _listen(self, app: "App", listener: Listener) -> int:
        from ovserve.rest_api.server import RestServer

        options = replace(
            self._options,
            rest_port=listener.port,
            rest_bind_address=listener.host,
            rest_workers=None,
            limits=replace(self._options.limits, body_bytes=_MANAGEMENT_BODY_BYTES, connections=None),
            tls=tls_of(self._services) if listener.tls else None,
        )
        server = RestServer(app, options)
        port = server.start()
        self._listeners.append(server)
        return port

    def _write_snapshot(self, occasion: Occasion = Occasion.CHANGE) -> None:
        host = self.routes.host
        if self._snapshots is None or host is None:
            return
        from ovserve.service_host.startup import snapshot_models

        try:
            self._snapshots.write(occasion, snapshot_models(host))
        except OSError as error:
            log.error("The snapshot cannot be written: %s", error)


def tls_of(services: ServiceOptions) -> TlsFiles | None:
    """Return the files for listeners with TLS in the form that servers take."""
    if services.tls is None:
        return None
    return TlsFiles(certificate=services.tls.certificate, key=services.tls.private_key)


def _shared(app: "ManagementApp") -> Callable[[Request], Found | None]:
    """Return the management routes for a port that answers inferences too."""

    def route(request: Request) -> Found | None:
        if request.path in ("/", "/ping", "/api-description"):
            return None
        return app.route(request)

    return route
