"""The example in C, built from a copy."""

import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def mapped_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """libmapped.so, built by its own Makefile from nothing but its folder and the header."""
    folder = tmp_path_factory.mktemp("c") / "c_loader"
    shutil.copytree(PROJECT / "examples/c_loader", folder, ignore=shutil.ignore_patterns("*.so"))
    include = PROJECT / "cpp/include"
    subprocess.run(["make", f"INCLUDE_DIR={include}"], cwd=folder, check=True, capture_output=True)
    return folder / "libmapped.so"
