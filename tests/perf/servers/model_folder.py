"""The models of a run on disk, and the configuration that names them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openvino as ov

from harness import configuration, models
from perf.workloads.registry import Workload


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """``models/NAME/1/model.xml`` for each workload, and a config.json that lists them."""

    models: Path
    config: Path

    def xml(self, workload: str) -> Path:
        return self.models / workload / "1" / "model.xml"


def write_models(folder: Path, workloads: Iterable[Workload]) -> ModelFolder:
    """Write the models of the workloads that have one."""
    entries: list[dict[str, Any]] = []
    for workload in workloads:
        if workload.graph is not None:
            base_path = models.write(workload.graph(), folder / "models" / workload.name)
            entries.append(configuration.model(workload.name, base_path, **workload.keys))
    return ModelFolder(
        folder / "models", configuration.write(folder / "config.json", configuration.document(entries))
    )


def write_one(folder: Path, name: str, graph: ov.Model) -> ModelFolder:
    """Write one model, for figures that need a server of their own."""
    base_path = models.write(graph, folder / "models" / name)
    document = configuration.document([configuration.model(name, base_path)])
    return ModelFolder(folder / "models", configuration.write(folder / "config.json", document))
