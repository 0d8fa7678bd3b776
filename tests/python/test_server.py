"""The server as a script uses it."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ovserve
from harness import configuration, models
from harness.loader_server import ONES


@pytest.fixture
def base_path(tmp_path: Path) -> Path:
    return models.write(models.add_constant(), tmp_path / "m")


def document(base_path: Path) -> dict[str, Any]:
    return configuration.document([configuration.model("m", base_path)])


def test_from_a_mapping(base_path: Path) -> None:
    with ovserve.Server(document(base_path), port=None) as server:
        assert (server.grpc_port, server.rest_port) == (None, None)
        np.testing.assert_array_equal(server.infer("m", {"b": ONES})["a"], ONES + 1)
        np.testing.assert_array_equal(server.infer("m", {"b": ONES}, version=1)["a"], ONES + 1)
        (status,) = server.status("m")
        assert (status.version, status.state, status.error_code, status.failed) == (
            1,
            "AVAILABLE",
            "OK",
            False,
        )
        assert list(server.statuses()) == ["m"]
        assert server.metadata("m").outputs[0].shape == [1, 10]


def test_from_a_file(base_path: Path, tmp_path: Path) -> None:
    path = configuration.write(tmp_path / "config.json", document(base_path))
    with ovserve.Server(path, rest_port=0) as server:
        assert server.grpc_port
        assert server.rest_port
        configuration.write(path, configuration.document([]))
        assert server.reload().changed
        assert server.status("m")[0].state == "END"


def test_from_one_model(base_path: Path) -> None:
    with ovserve.Server(model_name="one", model_path=base_path, port=None) as server:
        assert server.infer("one", {"b": ONES})["a"][0, 0] == 2.0
        with pytest.raises(ovserve.InvalidArgumentError, match="reload"):
            server.reload(document(base_path))


def test_one_model_that_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(ovserve.InternalError, match="nothing"):
        ovserve.Server(model_name="one", model_path=tmp_path / "nothing").start()


def test_relative_paths_of_a_mapping_start_at_the_working_directory(
    base_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(base_path.parent)
    with ovserve.Server(document(Path("m")), port=None) as server:
        assert server.infer("m", {"b": ONES})["a"][0, 0] == 2.0


def test_reload_with_another_mapping(base_path: Path) -> None:
    with ovserve.Server(configuration.document([]), port=None) as server:
        assert server.reload(document(base_path)).changed
        assert server.infer("m", {"b": ONES})["a"][0, 0] == 2.0
        with pytest.raises(ovserve.ConfigurationError, match="nireq"):
            server.reload(configuration.document([configuration.model("m", base_path, nireq="x")]))
        assert server.infer("m", {"b": ONES})["a"][0, 0] == 2.0


@pytest.mark.parametrize(
    "arguments",
    [{}, {"model_name": "m"}, {"config": "c.json", "model_name": "m", "model_path": "p"}],
)
def test_arguments_that_say_nothing_or_too_much(arguments: dict[str, Any]) -> None:
    with pytest.raises(ovserve.InvalidArgumentError, match="either config, or model_name and model_path"):
        ovserve.Server(**arguments)


@pytest.mark.parametrize(
    ("config", "words"),
    [({"model_config_lst": []}, "model_config_list"), ({"model_config_list": [{1: {2}}]}, "JSON")],
)
def test_a_mapping_that_is_refused(config: dict[str, Any], words: str) -> None:
    with pytest.raises(ovserve.ConfigurationError, match=words):
        ovserve.Server(config)


def test_a_server_that_was_not_started(base_path: Path) -> None:
    server = ovserve.Server(document(base_path))
    for ask in (server.statuses, server.reload):
        with pytest.raises(ovserve.FailedPreconditionError, match="not started"):
            ask()
    assert server.grpc_port is None
    assert server.stop()
    with pytest.raises(ovserve.FailedPreconditionError):
        server.start()


def test_starting_twice(base_path: Path) -> None:
    with (
        ovserve.Server(document(base_path), port=None) as server,
        pytest.raises(ovserve.FailedPreconditionError),
    ):
        server.start()


def test_stopping_from_several_threads(base_path: Path) -> None:
    server = ovserve.Server(document(base_path)).start()
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda: answers.append(server.stop())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [True] * 4
    with pytest.raises(ovserve.UnavailableError):
        server.infer("m", {"b": ONES})


def test_a_taken_port_leaves_nothing_running(base_path: Path) -> None:
    before = threading.active_count()
    with ovserve.Server(document(base_path)) as first:
        second = ovserve.Server(document(base_path), port=None, rest_port=first.grpc_port)
        with pytest.raises(ovserve.ConfigurationError, match="cannot listen"):
            second.start()
        assert second.stop()
    assert threading.active_count() <= before + 1  # the client's idle thread of grpcio


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"grpc_frontend": "C++"}, "grpc_frontend: expected one of auto, native, grpcio"),
        ({"shared_port": True, "rest_port": 0}, "shared_port: give port, and no rest_port"),
        ({"shared_port": True, "port": None}, "shared_port: give port, and no rest_port"),
        ({"shared_port": True, "grpc_frontend": "grpcio"}, "grpcio excludes shared_port"),
        ({"tls_key": "a.key"}, "tls_certificate is missing: tls_key needs it"),
        (
            {"tls_key": "a.key", "tls_certificate": "a.pem", "grpc_frontend": "grpcio"},
            "grpcio excludes tls_certificate",
        ),
    ],
)
def test_options_of_the_front_that_mean_nothing(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ovserve.ConfigurationError, match=message):
        ovserve.Server(configuration.document([]), **arguments)


def test_several_servers_in_one_process(base_path: Path) -> None:
    with ovserve.Server(document(base_path)) as one, ovserve.Server(document(base_path)) as other:
        assert one.grpc_port != other.grpc_port
        assert one.infer("m", {"b": ONES})["a"][0, 0] == other.infer("m", {"b": ONES})["a"][0, 0]


@pytest.mark.parametrize("frontend", ["native", "grpcio"])
def test_a_server_that_is_never_stopped_ends_with_its_script(base_path: Path, frontend: str) -> None:
    script = f"""
import urllib.request, ovserve
config = {document(base_path)!r}
server = ovserve.Server(config, rest_port=0, grpc_frontend={frontend!r}).start()
urllib.request.urlopen(f"http://127.0.0.1:{{server.rest_port}}/v1/models/m", timeout=60).read()
print("served", flush=True)
"""
    for _ in range(3):  # what it must not meet is a matter of moments
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stdout, done.stderr) == (0, "served\n", "")


@pytest.mark.parametrize("frontend", ["native", "grpcio"])
def test_so_do_its_services(tmp_path: Path, frontend: str) -> None:
    (tmp_path / "handler.py").write_text(
        "import os\ndef handle(data, context):\n    return None if data is None else [str(os.getpid())]\n"
    )
    config = {
        "model_config_list": [
            {"config": {"name": "s", "base_path": str(tmp_path), "handler": "handler.py:handle"}}
        ]
    }
    script = f"""
import urllib.request, ovserve
server = ovserve.Server({config!r}, rest_port=0, grpc_frontend={frontend!r}).start()
url = f"http://127.0.0.1:{{server.rest_port}}/predictions/s"
print(urllib.request.urlopen(url, timeout=60).read().decode(), flush=True)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)
