"""A server in this process whose models come through the hostile loader, and the file that configures it."""

from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

import ovserve
from harness import configuration, models
from harness.call_log import CallLog
from ovserve.config.schema import ServerOptions
from ovserve.polling.poller import PassReport

ONES = np.ones((1, 10), np.float32)


class LoaderServer:
    """Models of add_constant through loader ``hostile``; polls only on reload() unless told otherwise.

    Use as a context manager, which starts and stops the server.
    """

    def __init__(self, library: Path, folder: Path, **options: Any) -> None:
        self.library = library
        self.folder = folder
        self.log = CallLog(folder / "calls.log")
        self.loaders = [self.loader("hostile")]
        self.models: list[dict[str, Any]] = []
        self.config = folder / "config.json"
        defaults = ServerOptions(
            port=0,
            grpc_bind_address="127.0.0.1",
            rest_bind_address="127.0.0.1",
            config_path=str(self.config),
            poll_interval_s=0,
        )
        self.server = ovserve.Server.from_options(replace(defaults, **options))

    def __enter__(self) -> "LoaderServer":
        self.write()
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.server.stop()

    def loader(
        self, name: str, library: Path | None = None, settings: str = "", **keys: Any
    ) -> dict[str, Any]:
        """Return a loader entry whose calls go to the log."""
        text = f"call_log={self.log.path}" + (f";{settings}" if settings else "")
        return configuration.loader(name, library or self.library, text, **keys)

    def base_path(self, model: str, *versions: int) -> Path:
        """Write versions of a model (b + version) and return its base path."""
        for version in versions:
            models.write(models.add_constant(float(version)), self.folder / model, version)
        return self.folder / model

    def large_base_path(self, model: str, megabytes: int) -> Path:
        """Write version 1 of a model with that much weights and return its base path."""
        return models.write(models.heavy(megabytes), self.folder / model)

    def model(
        self, name: str, loader: str = "hostile", keys: dict[str, Any] | None = None, **options: Any
    ) -> Any:
        """Return a model entry with ``options`` for the loader; version 1 is written if there is none."""
        if not (self.folder / name).exists():
            self.base_path(name, 1)
        return configuration.model(
            name, self.folder / name, custom_loader_options={"loader_name": loader, **options}, **(keys or {})
        )

    def write(self) -> None:
        """Write the configuration file from ``models`` and ``loaders``."""
        configuration.write(self.config, configuration.document(self.models, self.loaders))

    def reload(self) -> PassReport:
        """Write the configuration and wait until it is carried out."""
        self.write()
        return self.server.reload()

    def states(self, model: str) -> dict[int, str]:
        """Return the state of every version, ``LOADING!`` if it failed."""
        return {
            entry.version: entry.state + ("!" if entry.failed else "") for entry in self.server.status(model)
        }

    def cause(self, model: str, version: int = 1) -> str:
        """Return a version's error message."""
        return {entry.version: entry.error_message for entry in self.server.status(model)}[version]

    def infer(self, model: str, version: int | None = None) -> float:
        """Run one inference; returns what was added."""
        output = self.server.infer(model, {"b": ONES}, version)["a"]
        assert np.all(output == output[0, 0])
        return float(output[0, 0]) - 1.0
