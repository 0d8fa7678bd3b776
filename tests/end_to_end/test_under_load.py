"""Reloads while requests run, and what is left after many loads."""

import gc
import os
import threading
from pathlib import Path

import pytest

from harness import configuration
from harness.grpc_client import GrpcClient
from harness.loader_server import ONES, LoaderServer
from harness.protos import Protos


def test_200_reloads_without_one_failed_request(
    hostile_library: Path, tmp_path: Path, protos: Protos
) -> None:
    """Every way to reload, in turn: options and versions through a loader, base path from files."""
    server = LoaderServer(hostile_library, tmp_path, load_wait_s=60.0)
    server.base_path("a", 1)
    server.base_path("b", 1)
    server.models = [server.model("m"), configuration.model("plain", tmp_path / "a")]
    done = threading.Event()
    problems: list[BaseException] = []
    answered = [0, 0]

    def ask(number: int, model: str) -> None:
        with GrpcClient(f"127.0.0.1:{server.server.grpc_port}", protos) as client:
            while not done.is_set():
                try:
                    client.predict(model, {"b": ONES})
                    answered[number] += 1
                except BaseException as error:
                    problems.append(error)
                    return

    with server:
        askers = [threading.Thread(target=ask, args=case) for case in enumerate(("m", "plain"))]
        for asker in askers:
            asker.start()
        for i in range(200):
            keys = {"nireq": 1 + i % 2} if i % 4 == 3 else {}
            server.models = [
                server.model("m", keys=keys, turn=i),
                configuration.model("plain", tmp_path / "ab"[i % 2]),
            ]
            report = server.reload()
            assert report.changed
            assert not report.failures
        done.set()
        for asker in askers:
            asker.join()
    assert problems == []
    assert min(answered) > 200
    assert server.log.calls().count("loadModel m 1") == server.log.calls().count("unloadModel m 1") == 201


@pytest.mark.parametrize("through_loader", [True, False], ids=["loader", "files"])
def test_100_cycles_leave_nothing_behind(hostile_library: Path, tmp_path: Path, through_loader: bool) -> None:
    """Each cycle enters and leaves a loader and its model, with 8 MB of weights."""
    server = LoaderServer(hostile_library, tmp_path)
    server.log.path = Path(os.devnull)
    weights = configuration.model("m", server.large_base_path("m", 8))
    if through_loader:
        weights["config"]["custom_loader_options"] = {"loader_name": "hostile"}
    loaders = [server.loader("hostile")] if through_loader else []

    def cycle() -> None:
        server.models, server.loaders = [weights], loaders
        assert not server.reload().failures
        server.models, server.loaders = [], []
        server.reload()

    def left() -> tuple[int, int, float]:
        gc.collect()
        process = Path("/proc/self")
        pages = int((process / "statm").read_text().split()[1])
        megabytes = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        return len(list((process / "task").iterdir())), len(list((process / "fd").iterdir())), megabytes

    server.models, server.loaders = [], []
    with server:
        for _ in range(10):
            cycle()
        threads, files, megabytes = left()
        for _ in range(100):
            cycle()
        threads_after, files_after, megabytes_after = left()
    # Room for the comings and goings of gRPC's own threads; a leak of one per cycle makes 100.
    assert threads_after < threads + 10
    assert files_after < files + 10
    assert megabytes_after < megabytes + 80, "a tenth of what was loaded"
