"""Every template: generated, built, checked, tested by its own tests, and served."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ovserve
from ovserve import cli
from ovserve.errors import FailedPreconditionError, InvalidArgumentError
from ovserve.workbench.new import LANGUAGES, write_project

PROJECT = Path(__file__).parents[3]


def make(folder: Path, target: str) -> "subprocess.CompletedProcess[str]":
    # The tests of the project are not those of this run.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "MAKE"))}
    return subprocess.run(
        ["make", target, f"PYTHON={sys.executable}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_project_builds_and_passes_and_is_served(tmp_path: Path, language: str) -> None:
    if language == "rust" and shutil.which("cargo") is None:
        pytest.skip("cargo is not installed")
    folder = write_project("my_loader", language, tmp_path)
    assert not [path for path in folder.rglob("*") if "@" in path.name]
    written = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".bin"]
    assert not [path for path in written if re.search(r"@[A-Z_]+@", path.read_text())]
    checked = make(folder, "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "No findings." in checked.stdout
    assert "warning:" not in checked.stderr
    tested = make(folder, "test")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "4 passed" in tested.stdout
    # As `make run` does, but for its fixed port.
    assert "--config_path config.json" in (folder / "Makefile").read_text()
    numbers = np.arange(10, dtype=np.float32)[None]
    with ovserve.Server(folder / "config.json", port=None) as server:
        np.testing.assert_array_equal(server.infer("tiny", {"x": numbers})["y"], numbers + 1)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["loader", "new", "--language", "python", "--directory", str(tmp_path), "mine"]
    assert cli.main(command) == 0
    assert f"cd {tmp_path / 'mine'} && make check test" in capsys.readouterr().out
    assert json.loads((tmp_path / "mine/config.json").read_text())["custom_loader_config_list"] == [
        {"config": {"loader_name": "mine", "library_path": "mine.py:MineLoader"}}
    ]
    (tmp_path / "mine/mine.py").write_text("changed")
    assert cli.main(command) == 1
    assert f"{tmp_path / 'mine'} exists already" in capsys.readouterr().err
    assert (tmp_path / "mine/mine.py").read_text() == "changed"
    assert cli.main(["loader", "new", "--language", "cobol", "mine"]) == 2


@pytest.mark.parametrize(
    "name",
    ["", "..", "a/b", "/tmp/x", "My", "1st", "a-b", "a b", "class", "int", "pytest", "ä", "x" * 41, "a\n"],
)
def test_names_that_will_not_do(tmp_path: Path, name: str) -> None:
    for language in LANGUAGES:
        with pytest.raises(InvalidArgumentError, match="the name"):
            write_project(name, language, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_place_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(FailedPreconditionError, match="No such file or directory"):
        write_project("mine", "c", tmp_path / "nothing")


def test_the_interface_in_rust_is_that_of_the_example() -> None:
    templates = PROJECT / "python/ovserve/workbench/templates/rust/src/interface.rs"
    assert templates.read_text() == (PROJECT / "examples/rust_loader/src/interface.rs").read_text()
