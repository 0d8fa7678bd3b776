"""The examples as their users have them: built from a copy, run on folders of their own."""

import shutil
import subprocess
import time
from collections.abc import Callable
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


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Ask until the answer is yes; fail after a time that only a defect needs."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, "still not so after 60 s"
            time.sleep(0.01)

    return wait
