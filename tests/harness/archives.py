"""Model archives for tests: hostile ones made by hand, and real ones made by the users' archivers."""

import io
import json
import os
import subprocess
import sys
import tarfile
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

MANIFEST = "MAR-INF/MANIFEST.json"


def manifest(**model: Any) -> bytes:
    """A TorchServe manifest; keywords go into its ``model``."""
    entries = {"modelName": "m", "modelVersion": "1.0", "handler": "h.py"} | model
    return json.dumps({"runtime": "python", "model": entries, "archiverVersion": "0.12.0"}).encode()


def zip_file(path: Path, members: Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    """A zip file with these members, whatever they are called."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that come twice
        for name, content in members:
            archive.writestr(name, content)
    return path


def tar_file(path: Path, members: Iterable[tuple[str | tarfile.TarInfo, bytes]]) -> Path:
    """A gzip-compressed tar file with these members."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            if info.isreg():
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def run_archiver(
    tool: str, arguments: Iterable[str], folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the real torch-model-archiver or model-archiver, in a folder.

    The two have one import name, so ``make install`` puts the second one aside.
    """
    variables = dict(os.environ, **(environment or {}))
    if tool == "model-archiver":
        aside = Path(sys.prefix) / "peers" / tool
        assert aside.is_dir(), f"{aside} is missing: run make install"
        variables["PYTHONPATH"] = str(aside)
    script = "from model_archiver.model_packaging import generate_model_archive as run; run()"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def listing(path: Path) -> dict[str, bytes]:
    """Member names and contents of an archive or directory, links and directories as such."""
    if path.is_dir():
        return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}
    if path.suffix == ".gz":
        with tarfile.open(path) as archive:
            found = {}
            for info in archive:
                content = archive.extractfile(info)
                found[info.name] = content.read() if content else info.type
            return found
    with zipfile.ZipFile(path) as zipped:
        return {info.filename: zipped.read(info) for info in zipped.infolist()}
