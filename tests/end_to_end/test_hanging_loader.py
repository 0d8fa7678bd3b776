"""A loader that does not return delays nobody but itself."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

import ovserve
from harness import configuration
from harness.grpc_client import PREDICTION, GrpcClient
from harness.loader_server import ONES, LoaderServer
from harness.protos import Protos
from ovserve.config.frontend import FrontendChoice

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """The file whose appearance ends what hangs."""
    return tmp_path / "release"


@pytest.fixture
def hostile(
    hostile_library: Path, tmp_path: Path, release: Path, front: FrontendChoice
) -> Iterator[LoaderServer]:
    """Loader ``hostile`` that may hang, loader ``other`` of another library file, and a plain model."""
    other_library = tmp_path / "libother.so"
    shutil.copy(hostile_library, other_library)
    server = LoaderServer(
        hostile_library,
        tmp_path,
        poll_interval_s=0.05,
        load_wait_s=0.5,
        loader_call_deadline_s=1.0,
        blacklist_deadline_s=0.3,
        frontend=front,
    )
    server.loaders = [server.loader("hostile"), server.loader("other", library=other_library)]
    server.models = [
        server.model("other", loader="other", status_file="status"),
        configuration.model("plain", server.base_path("plain", 1)),
    ]
    yield server
    release.touch()
    server.server.stop()


def served_within(hostile: LoaderServer, limit_s: float, *names: str) -> None:
    began = time.monotonic()
    for name in names:
        assert hostile.infer(name) == 1.0
    assert time.monotonic() - began < limit_s


def test_load_that_hangs(hostile: LoaderServer, release: Path, eventually: Eventually) -> None:
    hostile.models.append(hostile.model("m", behaviour="hang", release_file=str(release)))
    with hostile:
        # Started: the call that hangs is overdue and no longer waited for.
        assert hostile.states("m") == {1: "LOADING"}
        served_within(hostile, 5.0, "other", "plain")
        (hostile.folder / "other" / "1" / "status").write_text("DISABLED\n")
        eventually(lambda: hostile.states("other") == {1: "END"})
        (hostile.folder / "other" / "1" / "status").unlink()
        eventually(lambda: hostile.states("other") == {1: "AVAILABLE"})
        hostile.models.append(hostile.model("late", loader="other"))
        hostile.write()
        eventually(lambda: "late" in hostile.server.statuses() and hostile.states("late") == {1: "AVAILABLE"})
        report = hostile.server.reload()
        assert any("has not returned" in str(failure) for failure in report.failures)
        release.touch()
        eventually(lambda: hostile.states("m") == {1: "AVAILABLE"})
        assert hostile.infer("m") == 1.0


def test_question_that_hangs(hostile: LoaderServer, eventually: Eventually) -> None:
    hostile.models.append(hostile.model("m", status_file="status"))
    status = hostile.folder / "m" / "1" / "status"
    with hostile:
        status.write_text("hang\n")
        asked = "getModelBlacklistStatus m 1"
        eventually(lambda: [line["mark"] for line in hostile.log.lines() if line["call"] == asked][-1] == ">")
        served_within(hostile, 5.0, "m", "other", "plain")
        (hostile.folder / "other" / "1" / "status").write_text("DISABLED\n")
        eventually(lambda: hostile.states("other") == {1: "END"})
        assert hostile.states("m") == {1: "AVAILABLE"}
        status.write_text("DISABLED\n")
        eventually(lambda: hostile.states("m") == {1: "END"})


def test_requests_that_wait_for_it_starve_nobody(
    hostile: LoaderServer, release: Path, protos: Protos
) -> None:
    """More requests wait for the hanging model than the server has threads for."""
    hostile.models.append(hostile.model("m", behaviour="hang", release_file=str(release)))
    with hostile, GrpcClient(f"127.0.0.1:{hostile.server.grpc_port}", protos) as client:
        request = client.predict_request("m", {"b": ONES}, 1)
        waiting = [
            client.start(PREDICTION, "Predict", request, "tensorflow.serving.PredictResponse")
            for _ in range(200)
        ]
        for _ in range(20):
            assert client.predict("plain", {"b": ONES})["a"][0, 0] == 2.0
        codes = [call.exception().code() for call in waiting]
        release.touch()
    assert set(codes) <= {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED}


def test_explicit_version_waits_for_a_slow_load(hostile_library: Path, tmp_path: Path, release: Path) -> None:
    hostile = LoaderServer(hostile_library, tmp_path, load_wait_s=60.0, loader_call_deadline_s=0.1)
    hostile.models = [hostile.model("m", behaviour="hang", release_file=str(release))]
    with hostile:
        answers: list[float] = []
        waiter = threading.Thread(target=lambda: answers.append(hostile.infer("m", 1)))
        waiter.start()
        release.touch()
        waiter.join(60)
        assert answers == [1.0]


def test_stop_does_not_wait_for_ever(hostile_library: Path, tmp_path: Path, release: Path) -> None:
    hostile = LoaderServer(hostile_library, tmp_path, loader_call_deadline_s=0.2, drain_s=0.5)
    hostile.models = [hostile.model("m", behaviour="hang", release_file=str(release))]
    hostile.write()
    hostile.server.start()
    assert hostile.server.stop() is False
    release.touch()
    with pytest.raises(ovserve.UnavailableError):
        hostile.server.infer("m", {"b": ONES})
