"""The examples as their users have them: built from a copy, run on folders of their own."""

import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def sample_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """libsampleloader.so, built by its own Makefile from nothing but its folder and the header."""
    folder = tmp_path_factory.mktemp("loader") / "SampleCustomLoader"
    shutil.copytree(
        PROJECT / "examples/SampleCustomLoader", folder, ignore=shutil.ignore_patterns("build", "lib")
    )
    shutil.copy(PROJECT / "cpp/include/customloaderinterface.hpp", folder)
    subprocess.run(["make", "HEADER_FILE_PATH=."], cwd=folder, check=True, capture_output=True)
    return folder / "lib/libsampleloader.so"
