"""The ways to build the sample loader, and what is said when something is missing."""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import ovserve

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example, away from the source tree."""
    copy = tmp_path / "SampleCustomLoader"
    shutil.copytree(
        PROJECT / "examples/SampleCustomLoader", copy, ignore=shutil.ignore_patterns("build", "lib")
    )
    return copy


def make(folder: Path, *arguments: str, path: str = os.defpath) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path, "LC_ALL": "C"}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_exports_the_factory_and_nothing_else_of_its_own(sample_library: Path) -> None:
    assert ctypes.CDLL(str(sample_library)).createCustomLoader
    listing = subprocess.run(
        ["nm", "-D", "--defined-only", sample_library], check=True, capture_output=True, text=True
    ).stdout
    strong = [line.split()[-1] for line in listing.splitlines() if line.split()[-2] not in "wWuVv"]
    assert strong == ["createCustomLoader"]


def test_missing_header_is_one_line(folder: Path) -> None:
    done = make(folder)
    assert done.returncode != 0
    assert "customloaderinterface.hpp is missing" in done.stderr.splitlines()[0]
    assert not list(folder.glob("build/*.o"))


def test_missing_json_package_is_named_with_its_command(folder: Path) -> None:
    header = PROJECT / "cpp/include"
    done = make(folder, f"HEADER_FILE_PATH={header}", "CPPFLAGS=-nostdinc")
    assert done.returncode != 0
    assert "apt-get install nlohmann-json3-dev" in done.stderr.splitlines()[0]


def test_missing_compiler_is_named(folder: Path) -> None:
    done = make(folder, "CXX=no-such-compiler")
    assert "no-such-compiler is missing. Install it with: apt-get install g++" in done.stderr


def test_clean_removes_what_was_built(folder: Path) -> None:
    before = sorted(folder.iterdir())
    for name in ("build", "lib"):
        (folder / name).mkdir()
    assert make(folder, "clean").returncode == 0
    assert sorted(folder.iterdir()) == before


def test_docker_build_refuses_an_unknown_system(folder: Path) -> None:
    header = PROJECT / "cpp/include/customloaderinterface.hpp"
    done = make(folder, "docker_build", "BASE_OS=beos", f"HEADER_FILE_PATH={header}")
    assert "BASE_OS must be ubuntu or redhat and is beos" in done.stderr


def test_cmake_finds_the_installed_package(folder: Path, tmp_path: Path) -> None:
    package = Path(ovserve.__file__).parent / "cmake"
    build = tmp_path / "build"
    for command in (
        [
            "cmake",
            "-S",
            folder,
            "-B",
            build,
            "-G",
            "Ninja",
            f"-Dovserve_DIR={package}",
            "-DCMAKE_BUILD_TYPE=Debug",
        ],
        ["cmake", "--build", build, "--parallel", "2"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    ovserve.LoaderLibrary(build / "libsampleloader.so").create().deinit()
