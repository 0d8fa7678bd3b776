"""The example loaders, built from a copy by their own Makefiles from their folder and the header alone."""

import shutil
import subprocess
from pathlib import Path

_PROJECT = Path(__file__).parents[2]
_INCLUDE = _PROJECT / "cpp/include"


def build_sample_loader(folder: Path) -> Path:
    """Build libsampleloader.so in a copy below ``folder``; return the library."""
    copy = _copied("SampleCustomLoader", folder)
    shutil.copy(_INCLUDE / "customloaderinterface.hpp", copy)
    _make(copy, "HEADER_FILE_PATH=.")
    return copy / "lib/libsampleloader.so"


def build_mapped_loader(folder: Path) -> Path:
    """Build libmapped.so, the example in C, in a copy below ``folder``; return the library."""
    copy = _copied("c_loader", folder)
    _make(copy, f"INCLUDE_DIR={_INCLUDE}")
    return copy / "libmapped.so"


def _copied(name: str, folder: Path) -> Path:
    ignored = shutil.ignore_patterns("build", "lib", "*.so")
    return Path(shutil.copytree(_PROJECT / "examples" / name, folder / name, ignore=ignored))


def _make(folder: Path, setting: str) -> None:
    subprocess.run(["make", setting], cwd=folder, check=True, capture_output=True)
