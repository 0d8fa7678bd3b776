"""Loaders with one fault each, compiled once per session, and models for them."""

import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import models

LOADERS = Path(__file__).parent / "loaders"
HEADERS = Path(__file__).parents[3] / "cpp/include"

Compile = Callable[..., Path]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compile:
    """Compile a source of this folder with further flags; the same arguments give the same library."""
    folder = tmp_path_factory.mktemp("loaders")
    known: dict[tuple[str, ...], Path] = {}

    def compile_with(source: str, *flags: str, shared: bool = True) -> Path:
        key = (source, *flags, str(shared))
        if key not in known:
            library = folder / f"{Path(source).stem}_{len(known)}.so"
            language = "gcc" if source.endswith(".c") else "g++"
            common = [language, "-O0", "-fPIC", "-pthread", f"-I{HEADERS}", "-shared" if shared else "-c"]
            subprocess.run([*common, str(LOADERS / source), *flags, "-o", str(library)], check=True)
            known[key] = library
        return known[key]

    return compile_with


@pytest.fixture(scope="session")
def broken_library(compiled: Compile) -> Path:
    return compiled("broken_loader.cpp")


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with 4 MB of weights: enough to be recognised in files and missed in memory."""
    return models.write(models.heavy(4), tmp_path_factory.mktemp("models") / "heavy")


@pytest.fixture(scope="session")
def foreign_library(broken_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library, said to be for another machine."""
    content = bytearray(broken_library.read_bytes())
    struct.pack_into("<H", content, 18, 22)  # e_machine: S/390
    path = tmp_path_factory.mktemp("foreign") / "libforeign.so"
    path.write_bytes(content)
    return path
