"""``--cache_dir``: what is kept there, and that nothing of a loader's model ever is, there or elsewhere."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from harness import configuration, model_formats, models
from harness.grpc_client import GrpcClient
from harness.loader_server import ONES, LoaderServer
from harness.protos import Protos
from harness.server_process import ServerProcess

MARK = b"a trade secret, " * 64  # stands in the weights
MEGABYTES = 8


def files_below(*folders: Path) -> dict[Path, float]:
    """Return every file with the time of its last change."""
    found: dict[Path, float] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            try:
                if path.is_file():
                    found[path] = path.stat().st_mtime
            except OSError:
                continue  # of somebody else, and gone
    return found


def bytes_written(server: ServerProcess) -> int:
    """Return how many bytes the process has written, to files, pipes and connections."""
    counters = Path(f"/proc/{server.process.pid}/io").read_text()
    return int(next(line.split()[1] for line in counters.splitlines() if line.startswith("wchar:")))


def write_secret(folder: Path) -> Path:
    """Write an IR model whose weights hold the mark; returns base_path."""
    base_path = models.write(models.heavy(MEGABYTES), folder / "secret")
    weights = base_path / "1" / "model.bin"
    content = weights.read_bytes()
    weights.write_bytes(content[:4096] + MARK + content[4096 + len(MARK) :])
    return base_path


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """The server's working, temporary and cache directory, and one for models."""
    made = {name: tmp_path / name for name in ("work", "tmp", "cache", "models")}
    for folder in made.values():
        folder.mkdir()
    return made


def secret_model(base_path: Path, **keys: object) -> dict[str, object]:
    return configuration.model("secret", base_path, custom_loader_options={"loader_name": "hostile"}, **keys)


@pytest.mark.parametrize("kind", ["IR", "ONNX"])
def test_a_loaders_model_never_reaches_a_disk(
    hostile_library: Path, folders: dict[str, Path], protos: Protos, kind: str
) -> None:
    if kind == "IR":
        base_path = write_secret(folders["models"])
        options = {}
        given, shape = "x", (1, 1000)
    else:
        base_path = folders["models"] / "secret"
        model_formats.write(model_formats.onnx(1.0), base_path / "1")
        options = {"model_file": "model.onnx"}
        given, shape = "b", (1, 10)
    config = folders["work"] / "config.json"
    loaders = [configuration.loader("hostile", hostile_library)]
    configuration.write(config, configuration.document([], loaders))
    environment = {"TMPDIR": str(folders["tmp"]), "PYTHONDONTWRITEBYTECODE": "1"}
    flags = ["--config_path", str(config), "--cache_dir", str(folders["cache"])]
    with ServerProcess(*flags, environment=environment, folder=folders["work"]) as server:
        server.wait_until_ready()
        began, before = time.time() - 0.1, files_below(*folders.values())
        written = bytes_written(server)
        entry = secret_model(base_path)
        entry["config"]["custom_loader_options"].update(options)  # type: ignore[index]
        configuration.write(config, configuration.document([entry], loaders))
        server.wait_for_line('model "secret" version 1: AVAILABLE')
        with GrpcClient(server.address, protos) as client:
            client.predict("secret", {given: np.ones(shape, np.float32)})
        after = files_below(*folders.values())
        assert [path for path, changed in after.items() if before.get(path) != changed] == [config]
        if kind == "IR":  # OpenVINO's ONNX reader gets its copy in a file that lies in memory
            assert bytes_written(server) - written < MEGABYTES * 1e6 / 8, "through whatever name it was"
        mark = MARK if kind == "IR" else model_formats.onnx(1.0)["model.onnx"]
        for path in Path("/tmp").iterdir():
            if path.is_file() and path.stat().st_mtime > began:
                assert mark not in path.read_bytes(), path
        assert server.stop() == 0
    assert os.listdir(folders["cache"]) == os.listdir(folders["tmp"]) == []


def test_a_model_from_files_is_compiled_once(tmp_path: Path) -> None:
    cache = tmp_path / "cache"  # made by the server
    base_path = models.write(models.add_constant(3.0), tmp_path / "m")

    def serve() -> dict[Path, float]:
        server = LoaderServer(Path("none"), tmp_path, cache_dir=str(cache))
        server.loaders = []
        # A number of streams leaves nothing to be chosen by a measurement.
        server.models = [configuration.model("m", base_path, plugin_config={"NUM_STREAMS": 1})]
        with server:
            assert server.infer("m") == 3.0
        return files_below(cache)

    first = serve()
    assert first
    assert serve() == first, "the second start found what it needed"
    models.write(models.add_constant(4.0), base_path, 2)
    server = LoaderServer(Path("none"), tmp_path, cache_dir=str(cache))
    server.loaders = []
    server.models = [configuration.model("m", base_path, plugin_config={"NUM_STREAMS": 1})]
    with server:
        assert server.infer("m") == 4.0, "another model is another entry"
    assert files_below(cache).keys() > first.keys()


@pytest.mark.parametrize(
    ("keys", "cached"),
    [
        ({}, True),
        ({"shape": "(1:4,10)"}, True),
        ({"shape": "auto"}, False),
        ({"batch_size": "auto"}, False),
        ({"batch_size": "-1"}, True),
        ({"shape": "auto", "allow_cache": True}, True),
        ({"batch_size": "auto", "allow_cache": True}, True),
        ({"allow_cache": False}, True),
    ],
)
def test_which_models_are_cached(tmp_path: Path, keys: dict[str, object], cached: bool) -> None:
    server = LoaderServer(Path("none"), tmp_path, cache_dir=str(tmp_path / "cache"))
    server.loaders = []
    server.models = [configuration.model("m", server.base_path("m", 1), **keys)]
    with server:
        np.testing.assert_array_equal(server.server.infer("m", {"b": ONES})["a"], ONES + 1)
    assert bool(files_below(tmp_path / "cache")) == cached


def test_allow_cache_is_refused_for_a_loaders_model_where_there_is_a_cache(
    hostile_library: Path, tmp_path: Path
) -> None:
    for cache_dir in ("", str(tmp_path / "cache")):
        server = LoaderServer(hostile_library, tmp_path, cache_dir=cache_dir)
        server.models = [server.model("m", keys={"allow_cache": True}), server.model("n")]
        with server:
            assert server.infer("n") == 1.0
            if not cache_dir:
                assert server.infer("m") == 1.0
                continue
            (failure,) = server.reload().failures
            assert (failure.model, failure.cause) == (
                "m",
                "allow_cache: models of a loader are never cached; remove allow_cache",
            )
