"""``ovserve loader trace`` and /v1/loaders of a real server, on both fronts."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import ovserve
from harness import configuration, models
from ovserve.config.frontend import FrontendChoice

LOADER = """
from pathlib import Path
import ovserve

class Reader(ovserve.CustomLoader):
    def load_model(self, name, base_path, version, options):
        folder = Path(base_path, str(version))
        if (folder / "locked").exists():
            raise ValueError("no key")
        model, weights = ((folder / name).read_bytes() for name in ("model.xml", "model.bin"))
        return ovserve.ModelBuffers("IR", model, weights)

    def blacklist_status(self, name, version):
        return ovserve.BlacklistStatus.ALLOWED
"""

Trace = Callable[..., dict[str, Any]]


@pytest.fixture
def server(tmp_path: Path, front: FrontendChoice) -> Iterator[ovserve.Server]:
    (tmp_path / "reader.py").write_text(LOADER)
    base_path = models.write(models.add_constant(1.0), tmp_path / "m")
    options = {"loader_name": "reader", "secret": "not to be shown"}
    entries = [configuration.model("m", base_path, custom_loader_options=options)]
    loaders = [configuration.loader("reader", tmp_path / "reader.py:Reader", "its-file")]
    path = configuration.write(tmp_path / "config.json", configuration.document(entries, loaders))
    with ovserve.Server(path, rest_port=0, poll_interval_s=0, grpc_frontend=front) as server:
        yield server


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "ovserve", "loader", "trace", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def functions(document: dict[str, Any]) -> list[str]:
    return [call["function"] for loader in document["loaders"] for call in loader["calls"]]


def test_the_life_of_a_model(server: ovserve.Server, tmp_path: Path) -> None:
    port = str(server.rest_port)
    server.reload()
    server.reload()
    (tmp_path / "m/1/locked").touch()
    configuration.write(tmp_path / "config.json", configuration.document([]))
    server.reload()
    told = run("--rest-port", port, "--json")
    assert (told.returncode, told.stderr) == (0, "")
    document = json.loads(told.stdout)
    life = [
        "loaderInit",
        "loadModel",
        "getModelBlacklistStatus",
        "retireModel",
        "unloadModel",
        "loaderDeInit",
    ]
    assert functions(document) == life
    (loader,) = document["loaders"]
    assert loader["name"] == "reader"
    assert loader["library"].endswith("reader.py:Reader")
    questions = loader["calls"][2]
    assert (questions["model"], questions["version"], questions["result"]) == ("m", 1, "OK")
    assert questions["count"] >= 2
    assert {call["result"] for call in loader["calls"]} == {"OK"}
    assert "not to be shown" not in told.stdout

    shown = run("--rest-port", port, "--model", "m", "--loader", "reader")
    assert "loadModel" in shown.stdout
    assert "loaderInit" not in shown.stdout
    assert "\x1b" not in shown.stdout
    assert run("--rest-port", port, "--loader", "nobody").stdout == "No custom loader has been called.\n"


def test_browsers_get_a_page(server: ovserve.Server) -> None:
    url = f"http://127.0.0.1:{server.rest_port}/v1/loaders"
    request = urllib.request.Request(url, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'"
        assert "<td>loadModel" in answer.read().decode()
    with urllib.request.urlopen(url, timeout=60) as answer:
        assert answer.headers["content-type"] == "application/json"
        assert functions(json.load(answer))[:2] == ["loaderInit", "loadModel"]


def test_a_load_that_fails_tells_why(server: ovserve.Server, tmp_path: Path) -> None:
    (tmp_path / "m/2").mkdir()
    (tmp_path / "m/2/locked").touch()
    server.reload()
    document = json.loads(run("--rest-port", str(server.rest_port), "--json").stdout)
    failed = [call for call in document["loaders"][0]["calls"] if call["version"] == 2]
    assert failed[0]["function"] == "loadModel"
    assert "ValueError: no key" in failed[0]["result"]
