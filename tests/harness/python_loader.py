"""Loaders in Python for tests, written as their users write them: one file, one class."""

import textwrap
from pathlib import Path
from typing import Any

from harness import configuration, models

READS_FILES = """
from pathlib import Path

import ovserve

class Reader(ovserve.CustomLoader):
    def load_model(self, name, base_path, version, options):
        folder = Path(base_path, str(version))
        return ovserve.ModelBuffers(
            "IR", (folder / "model.xml").read_bytes(), (folder / "model.bin").read_bytes()
        )
"""


def write(file: Path, source: str = READS_FILES) -> Path:
    """Write a loader's file, whose folder is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(source))
    return file


def model(folder: Path, name: str, loader: str, amount: float = 1.0, **options: Any) -> dict[str, Any]:
    """Write version 1 of a model that adds ``amount`` and return its entry."""
    models.write(models.add_constant(amount), folder / name)
    return configuration.model(name, folder / name, custom_loader_options={"loader_name": loader, **options})
