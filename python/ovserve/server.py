"""A model server in this process, for scripts and for the command line."""

import enum
import json
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

from ovserve._core import TensorInfo, VersionStatus
from ovserve.at_exit import stop_at_exit, stopped
from ovserve.config.frontend import FrontendChoice, chosen_frontend
from ovserve.config.json_document import parse_json
from ovserve.config.load import configuration_from_json
from ovserve.config.metrics import with_metrics_of
from ovserve.config.schema import Configuration, ModelEntry, ServerOptions
from ovserve.config.tls import parse_tls_files
from ovserve.errors import (
    ConfigurationError,
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    UnavailableError,
)
from ovserve.polling.config_file import ConfigFile, ConfigSource, FixedConfig
from ovserve.polling.poller import PassReport
from ovserve.server_parts import ServerParts
from ovserve.service_parts import tls_of
from ovserve.supervisor import Supervisor
from ovserve.ts_config.combine import service_options, with_services
from ovserve.ts_config.options import ServiceOptions

if TYPE_CHECKING:  # its import takes as long as all others of a server together
    import numpy as np

log = logging.getLogger(__name__)


class ModelMetadata(NamedTuple):
    """What a model takes and gives, each in the model's own order."""

    inputs: list[TensorInfo]
    outputs: list[TensorInfo]


class _State(enum.Enum):
    NEW = enum.auto()
    RUNNING = enum.auto()
    STOPPED = enum.auto()


class Server:
    """One model server, in this process.

    Example::

        with ovserve.Server("config.json", port=9000) as server:
            outputs = server.infer("digits", {"image": pixels})

    All methods may be called from any thread. A server is started and stopped once; one that runs when the
    interpreter ends is stopped then.
    """

    def __init__(
        self,
        config: str | os.PathLike[str] | Mapping[str, Any] | None = None,
        *,
        model_name: str | None = None,
        model_path: str | os.PathLike[str] | None = None,
        port: int | None = 0,
        rest_port: int | None = None,
        bind_address: str = "127.0.0.1",
        poll_interval_s: float = 1.0,
        cache_dir: str = "",
        grpc_frontend: FrontendChoice = "auto",
        shared_port: bool = False,
        tls_certificate: str | os.PathLike[str] = "",
        tls_key: str | os.PathLike[str] = "",
        tls_client_ca: str | os.PathLike[str] = "",
    ) -> None:
        """Describe a server; nothing is read or opened before :meth:`start`.

        Args:
            config: path of a configuration file, which is followed while the server runs; or its content
                as a mapping, whose relative paths start at the working directory.
            model_name: instead of ``config``: the name of a single model ...
            model_path: ... and its folder with version directories.
            port: for gRPC; 0 is any free port, None is off.
            rest_port: for REST, likewise.
            bind_address: what both ports are bound to; ``"0.0.0.0"`` makes them reachable from outside.
            poll_interval_s: how often configuration, versions and blacklists are looked at; 0 is never.
            cache_dir: where compiled models are kept between runs; empty: nowhere. Not used for models of
                custom loaders.
            grpc_frontend: what speaks gRPC and REST: ``"native"``, C++ threads that never take the GIL;
                ``"grpcio"``, with uvicorn for REST; ``"auto"`` is native.
            shared_port: REST is spoken at ``port`` too; ``rest_port`` is not given then. Native only.
            tls_certificate: what the server shows on both ports, with those that lead to an authority,
                as a PEM file; empty: no TLS. Native only.
            tls_key: the private key that belongs to it, as a PEM file without a pass phrase.
            tls_client_ca: authorities of which clients must show a certificate, as a PEM file.

        Raises:
            InvalidArgumentError: not exactly one of ``config`` and ``model_name`` with ``model_path``.
            ConfigurationError: a mapping cannot be honoured; the message names the JSON path. Or options
                exclude or need each other; it names them.
        """
        if (config is None) == (model_name is None or model_path is None):
            raise InvalidArgumentError("Server: give either config, or model_name and model_path")
        if shared_port and (port is None or rest_port is not None):
            raise ConfigurationError("shared_port: give port, and no rest_port")
        tls = parse_tls_files(*(os.fspath(file) for file in (tls_certificate, tls_key, tls_client_ca)))
        native_only = {"shared_port": shared_port, "tls_certificate": tls is not None}
        options = ServerOptions(
            port=port,
            rest_port=port if shared_port else rest_port,
            frontend=chosen_frontend(grpc_frontend, [name for name, given in native_only.items() if given]),
            shared_port=shared_port,
            tls=tls,
            grpc_bind_address=bind_address,
            rest_bind_address=bind_address,
            poll_interval_s=poll_interval_s,
            cache_dir=cache_dir,
        )
        source: ConfigSource
        if isinstance(config, Mapping):
            source = FixedConfig(_configuration_of(config))
        elif config is not None:
            options = replace(options, config_path=os.fspath(config))
            source = ConfigFile(os.fspath(config))
        else:
            assert model_name is not None
            assert model_path is not None
            model = ModelEntry(name=model_name, base_path=os.path.abspath(os.fspath(model_path)))
            options = replace(options, single_model=model)
            source = FixedConfig(Configuration(models=(model,)))
        self._set_up(options, source)

    @classmethod
    def from_options(cls, options: ServerOptions) -> "Server":
        """Describe a server by everything that the command line can say."""
        server = cls.__new__(cls)
        if options.config_path is not None:
            server._set_up(options, ConfigFile(options.config_path))
        else:
            models = () if options.single_model is None else (options.single_model,)
            server._set_up(options, FixedConfig(Configuration(models=models)))
        return server

    def _set_up(self, options: ServerOptions, source: ConfigSource) -> None:
        self._options = options
        self._source = source
        self._lock = threading.Lock()
        self._state = _State.NEW  # guarded by _lock
        self._parts: ServerParts | None = None  # guarded by _lock until set, then stays
        self._clean = True  # set before _stopped
        self._stopped = threading.Event()

    def start(self) -> "Server":
        """Open the ports, then load everything; returns when the initial configuration has been processed.

        A model that cannot be loaded does not stop the server (see :meth:`statuses`), unless it is the only
        one, given by ``model_name``.

        Raises:
            ConfigurationError: the configuration cannot be honoured, or a port cannot be opened.
            FailedPreconditionError: the configuration file is not JSON, or the server was started before.
            InternalError: the configuration file cannot be read, or the single model cannot be loaded.
        """
        with self._lock:
            if self._state is not _State.NEW:
                raise FailedPreconditionError("the server was started before; make another one")
            self._source.read()
            options, services = self._with_services()
            options = with_metrics_of(options, self._source.configuration)
            parts = ServerParts(options, self._source, services)
            try:
                parts.open()
            except BaseException:
                self._state = _State.STOPPED
                parts.close(0.0)
                self._stopped.set()
                raise
            self._parts = parts
            self._state = _State.RUNNING
            stop_at_exit(self.stop)
        self._load(parts)
        return self

    def _with_services(self) -> tuple[ServerOptions, ServiceOptions | None]:
        """Combine flags with ``config.properties``."""
        flags = self._options.services
        if flags is None:
            return self._options, None
        services = service_options(flags, os.environ)
        for warning in services.warnings:
            log.warning("%s", warning)
        options = with_services(self._options, services)
        if services.inference is not None and services.inference.tls and options.tls is None:
            if options.frontend != "native":
                raise ConfigurationError("https in inference_address needs the native front")
            options = replace(options, tls=tls_of(services))
        return options, services

    def stop(self) -> bool:
        """Refuse new work, finish what runs, tell the loaders, free everything.

        Running work and loads get the server's drain time (30 s); a call into a loader that hangs longer
        is abandoned. A second call waits for the first.

        Returns:
            Whether everything ended in that time.
        """
        with self._lock:
            was, self._state = self._state, _State.STOPPED
        if was is _State.RUNNING and self._parts is not None:
            self._clean = self._parts.close(self._options.drain_s)
            stopped(self.stop)
        if was is not _State.STOPPED:
            self._stopped.set()
        self._stopped.wait()
        return self._clean

    def __enter__(self) -> "Server":
        """Start the server."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()

    @property
    def grpc_port(self) -> int | None:
        """The gRPC port; None if it is off or not open yet."""
        return None if self._parts is None else self._parts.grpc_port

    @property
    def rest_port(self) -> int | None:
        """The REST port; None if it is off or not open yet."""
        return None if self._parts is None else self._parts.rest_port

    @property
    def management_port(self) -> int | None:
        """The port for managing services; None if it is off or not open yet."""
        return None if self._parts is None else self._parts.services.management_port

    @property
    def grpc_management_port(self) -> int | None:
        """The port for managing services over gRPC; None if it is off or not open yet."""
        return None if self._parts is None else self._parts.services.grpc_management_port

    @property
    def metrics_port(self) -> int | None:
        """The port for metrics alone; None if it is off or not open yet."""
        return None if self._parts is None else self._parts.services.metrics_port

    def infer(
        self, name: str, inputs: "Mapping[str, np.ndarray[Any, Any]]", version: int | None = None
    ) -> "dict[str, np.ndarray[Any, Any]]":
        """Run one inference.

        Args:
            name: the model's name.
            inputs: input name to array, with the dtype and shape of :meth:`metadata`. Strings come as arrays
                of str or bytes, and so do encoded images, or text for U8, in place of numbers: a batch as
                [N], of dtype object. For BF16, which numpy lacks, uint16 bit patterns or
                ml_dtypes.bfloat16.
            version: None means the highest version that is available.

        Returns:
            Output name to array. BF16 comes as uint16 bit patterns, strings as arrays of bytes objects.

        Raises:
            InvalidArgumentError: the inputs do not fit the model; the message says which and why.
            NotFoundError: no such model or version, or it is retired or blacklisted.
            UnavailableError: known, but not loaded in time, or the server is stopping.
            InternalError: the device failed.
        """
        return self._running().core.infer(name, dict(inputs), version)

    def metadata(self, name: str, version: int | None = None) -> ModelMetadata:
        """Return names, precisions and shapes of a model's inputs and outputs; a size of -1 is not fixed.

        Raises:
            NotFoundError: no such model or version, or it is retired or blacklisted.
            UnavailableError: known, but not loaded.
        """
        return ModelMetadata(*self._running().core.signature(name, version))

    def status(self, name: str) -> list[VersionStatus]:
        """Return the state of every version the server has ever known of a model, ascending.

        Raises:
            NotFoundError: no such model.
        """
        return self._running().core.status(name)

    def statuses(self) -> dict[str, list[VersionStatus]]:
        """Return the states of all models, by name."""
        return self._running().core.all_status()

    def reload(self, config: Mapping[str, Any] | None = None) -> PassReport:
        """Look at the configuration, version directories and blacklists now, and try again what failed.

        Args:
            config: a new configuration, for a server that was made with a mapping.

        Returns:
            What changed, and what could not be brought into service, when everything is carried out.

        Raises:
            ConfigurationError: the configuration cannot be honoured; nothing changed.
            FailedPreconditionError: the file is not JSON; nothing changed.
            InternalError: the file cannot be read; nothing changed.
            InvalidArgumentError: a mapping for a server that was not made with one.
        """
        parts = self._running()
        if config is not None:
            if not isinstance(self._source, FixedConfig) or self._options.single_model is not None:
                raise InvalidArgumentError("reload: only a server made with a mapping takes another one")
            self._source.replace(_configuration_of(config))
        return parts.poller.run_pass()

    def _running(self) -> ServerParts:
        if self._parts is None:
            raise FailedPreconditionError("the server is not started; call start() or use it in a with block")
        return self._parts

    def _load(self, parts: ServerParts) -> None:
        try:
            report = parts.poller.run_pass()
            parts.services.load()
            if self._options.single_model is not None and report.failures:
                raise InternalError(str(report.failures[0]))
            if report.failures and any(each.endpoint for each in self._source.configuration.services):
                raise InternalError(f"the model loader cannot be started: {report.failures[0]}")
            parts.set_ready()
        except UnavailableError:
            return  # stopped while it was loading
        except BaseException:
            self.stop()
            raise
        log.info("Ready: the initial configuration has been processed")


def run(options: ServerOptions) -> int:
    """Run a server until the process is told to stop; returns the exit code.

    SIGTERM and SIGINT stop it in order; a second one ends the process at once. Call on the main thread.

    Raises:
        OvserveError: the server cannot start; see :meth:`Server.start`.
    """
    server = Server.from_options(options)
    return Supervisor(server.start, server.stop).run()


def _configuration_of(document: Mapping[str, Any]) -> Configuration:
    try:
        text = json.dumps(document, allow_nan=False, default=_plain)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"config: not representable as JSON: {error}") from error
    return configuration_from_json(parse_json(text, "config"), os.getcwd())


def _plain(value: object) -> str | dict[Any, Any]:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} {value!r}")
