"""The models of a run on disk, and the configuration that names them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openvino as ov

from harness import configuration, models
from perf.workloads.registry import Workload

_HANDLERS = Path(__file__).resolve().parents[1] / "handlers"
_LONGEST_WAIT_MS = 5  # for others to run with


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """``models/NAME/1/model.xml`` for each workload, and a config.json that lists them.

    ``services`` has a folder with handler and model for each service; only ``config_with_services`` names
    them, since other servers do not know such entries.
    """

    models: Path
    config: Path
    services: Path
    config_with_services: Path

    def xml(self, workload: str) -> Path:
        """Return the workload's model, wherever it lies."""
        of_service = self.services / workload / "model.xml"
        return of_service if of_service.exists() else self.models / workload / "1" / "model.xml"


def write_models(folder: Path, workloads: Iterable[Workload]) -> ModelFolder:
    """Write the models and services of the workloads."""
    entries: list[dict[str, Any]] = []
    services: list[dict[str, Any]] = []
    for workload in workloads:
        if workload.service is not None:
            services.append(_write_service(folder / "services" / workload.name, workload))
        elif workload.graph is not None:
            base_path = models.write(workload.graph(), folder / "models" / workload.name)
            entries.append(configuration.model(workload.name, base_path, **workload.keys))
    return _folder(folder, entries, services)


def write_one(folder: Path, name: str, graph: ov.Model) -> ModelFolder:
    """Write one model, for figures that need a server of their own."""
    base_path = models.write(graph, folder / "models" / name)
    return _folder(folder, [configuration.model(name, base_path)], [])


def _folder(folder: Path, models: list[dict[str, Any]], services: list[dict[str, Any]]) -> ModelFolder:
    return ModelFolder(
        folder / "models",
        configuration.write(folder / "config.json", configuration.document(models)),
        folder / "services",
        configuration.write(folder / "services.json", configuration.document([*models, *services])),
    )


def _write_service(folder: Path, workload: Workload) -> dict[str, Any]:
    """Write handler and model into one folder and return the service's entry."""
    assert workload.service is not None
    folder.mkdir(parents=True)
    handler = workload.service.handler
    shutil.copy(_HANDLERS / f"{handler}.py", folder)
    if workload.graph is not None:
        ov.save_model(workload.graph(), folder / "model.xml", compress_to_fp16=False)
    return configuration.model(
        workload.name,
        folder,
        handler=f"{handler}:Handler",
        batch_size=workload.service.batch_size,
        max_batch_delay=_LONGEST_WAIT_MS,
        workers=1,
    )
