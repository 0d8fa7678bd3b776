"""``ovserve loader check`` as people and programs use it."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from ovserve.workbench.embed import embed

LOADER = """
from pathlib import Path
import ovserve

class Reader(ovserve.CustomLoader):
    def load_model(self, name, base_path, version, options):
        if "refuse" in options:
            raise ValueError("no key")
        folder = Path(base_path, str(version))
        model, weights = ((folder / name).read_bytes() for name in ("model.xml", "model.bin"))
        return ovserve.ModelBuffers("IR", model, weights)
"""
COMMAND = [sys.executable, "-m", "ovserve", "loader", "check"]


@pytest.fixture
def loader(tmp_path: Path) -> str:
    (tmp_path / "reader.py").write_text(LOADER)
    return f"{tmp_path / 'reader.py'}:Reader"


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)


def test_exit_codes_and_json(loader: str, model_folder: Path) -> None:
    good = run(loader, "--base-path", model_folder, "--json")
    assert (good.returncode, json.loads(good.stdout)["findings"]) == (0, [])
    bad = run(loader, "--base-path", model_folder, "--options", '{"refuse": 1}', "--json")
    assert bad.returncode == 1
    (finding,) = json.loads(bad.stdout)["findings"]
    assert (finding["code"], finding["severity"], finding["step"]) == ("load-failed", "error", "load")
    assert "no key" in finding["cause"]
    assert finding["cure"]
    wrong = run(loader, "--options", "[]")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "must be a JSON object" in wrong.stderr


def test_an_embedded_loader_is_one_of_cpp(loader: str, model_folder: Path, tmp_path: Path) -> None:
    embed(tmp_path / "reader.py", tmp_path / "libreader.so")
    done = run(tmp_path / "libreader.so", "--base-path", model_folder, "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["kind"], report["findings"]) == (0, "C++", [])


@pytest.mark.parametrize("no_colour", [False, True])
def test_colour_is_for_terminals(loader: str, no_colour: bool) -> None:
    assert "\x1b" not in run(loader).stdout
    ours, theirs = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    if no_colour:
        environment["NO_COLOR"] = "1"
    with subprocess.Popen([*COMMAND, loader], stdout=theirs, env=environment) as process:
        os.close(theirs)
        text = b""
        try:
            while piece := os.read(ours, 65536):
                text += piece
        except OSError:  # how a terminal ends
            pass
        os.close(ours)
    assert process.returncode == 0
    assert b"No findings" in text
    assert (b"\x1b[" in text) != no_colour
