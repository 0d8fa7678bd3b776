"""gRPC and REST on one port, with ``--shared_port``. Native front only."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import requests
import tritonclient.grpc
import tritonclient.http

import ovserve
from harness import configuration
from harness.grpc_client import GrpcClient
from harness.protos import Protos
from harness.server_process import ServerProcess

ONES = np.ones((1, 10), np.float32)
TIMEOUT_S = 60


@pytest.fixture(scope="module")
def server(add_one: Path) -> Iterator[ServerProcess]:
    flags = ["--model_name", "m", "--model_path", str(add_one), "--shared_port"]
    with ServerProcess(*flags, rest=False) as server:
        yield server.wait_until_ready()
        assert server.stop() == 0
        assert "Traceback" not in server.output


def test_the_log_names_it_twice(server: ServerProcess) -> None:
    assert f"gRPC 127.0.0.1:{server.port}, REST 127.0.0.1:{server.port} (native)" in server.output


@pytest.mark.parametrize("module", [tritonclient.grpc, tritonclient.http], ids=["grpc", "http"])
def test_tritonclient(server: ServerProcess, module: object) -> None:
    client_of, tensor_of = module.InferenceServerClient, module.InferInput  # type: ignore[attr-defined]
    with client_of(server.address) as client:
        tensor = tensor_of("b", [1, 10], "FP32")
        tensor.set_data_from_numpy(ONES)
        assert client.is_server_ready()
        np.testing.assert_array_equal(client.infer("m", [tensor]).as_numpy("a"), ONES + 2)


@pytest.mark.parametrize(
    ("flag", "version"),
    [("--http1.0", "1.1"), ("--http1.1", "1.1"), ("--http2-prior-knowledge", "2"), ("--http2", "1.1")],
)
def test_curl(server: ServerProcess, flag: str, version: str) -> None:
    for path in ("/v2/health/ready", "/v1/config"):  # by the core, and by Python
        command = [
            "curl",
            "--silent",
            "--show-error",
            "--max-time",
            str(TIMEOUT_S),
            flag,
            "--output",
            "/dev/null",
        ]
        answer = subprocess.run(
            [*command, "--write-out", "%{http_code} %{http_version}", f"http://{server.address}{path}"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert answer.stdout == f"200 {version}"


def test_both_at_once(server: ServerProcess, protos: Protos) -> None:
    with GrpcClient(server.address, protos) as client, requests.Session() as session:
        for _ in range(20):
            assert client.predict("m", {"b": ONES})["a"][0, 0] == 3.0
            answer = session.post(
                f"http://{server.address}/v1/models/m:predict",
                json={"inputs": ONES.tolist()},
                timeout=TIMEOUT_S,
            )
            assert answer.json() == {"outputs": (ONES + 2).tolist()}


def test_from_python(add_one: Path, protos: Protos) -> None:
    document = configuration.document([configuration.model("m", add_one)])
    with ovserve.Server(document, shared_port=True) as server:
        assert server.grpc_port == server.rest_port
        url = f"http://127.0.0.1:{server.rest_port}/v1/models/m"
        assert requests.get(url, timeout=TIMEOUT_S).status_code == 200
        with GrpcClient(f"127.0.0.1:{server.grpc_port}", protos) as client:
            assert client.predict("m", {"b": ONES})["a"][0, 0] == 3.0
