"""What all tests share: tiny models, loaders compiled on the spot, and a way to wait without guessing."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from harness.protos import Protos

# Clients in the test process; the server's own processes do without these.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

# How long an example takes says more about the machine than about the code.
settings.register_profile("ovserve", deadline=None)
settings.load_profile("ovserve")

TESTS = Path(__file__).parent
sys.path.insert(0, str(TESTS))  # for the package `harness`; imported files themselves stay off the path


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Ask until the answer is yes; fail after a time that only a defect needs."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, "still not so after 60 s"
            time.sleep(0.01)

    return wait


@pytest.fixture(scope="session")
def protos(tmp_path_factory: pytest.TempPathFactory) -> "Protos":
    from harness.protos import Protos

    return Protos(TESTS / "protos", tmp_path_factory.mktemp("protos"))


@pytest.fixture(scope="session")
def hostile_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The loader that behaves as it is told, compiled from the C++ tests' source."""
    return compile_loader(
        TESTS / "cpp/loader/loaders/hostile_loader.cpp", tmp_path_factory.mktemp("loaders") / "libhostile.so"
    )


def compile_loader(source: Path, library: Path) -> Path:
    """Compile one loader the way its author would."""
    header = TESTS.parent / "cpp/include"
    command = ["g++", "-std=c++17", "-O1", "-fPIC", "-shared", f"-I{header}", str(source), "-o", str(library)]
    subprocess.run(command, check=True)
    return library
