"""While a thread of Python holds the GIL, the native front answers as if nothing were."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import requests

from harness.grpc_client import HEALTH, KSERVE, GrpcClient
from harness.protos import Protos
from harness.raw_http import RawHttp, request

ONES = np.ones((1, 10), np.float32)
TIMEOUT_S = 60

# PyDLL does not let go of the GIL for the call: nothing of Python runs in this process until the shell has
# read a line. That the shell runs means that the GIL is held.
PROGRAM = """
import ctypes, sys
import ovserve
with ovserve.Server(model_name="m", model_path=sys.argv[1], rest_port=0, grpc_frontend="native") as server:
    print(server.grpc_port, server.rest_port, flush=True)
    ctypes.PyDLL(None).system(b"echo held; read line")
    print("released", flush=True)
    sys.stdin.readline()
"""


class HeldServer:
    """A server whose Python holds still until :meth:`release`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.grpc_port, self.rest_port = map(int, self._line().split())
        assert self._line() == "held"

    def release(self) -> None:
        self._tell()
        assert self._line() == "released"

    def end(self) -> int:
        self._tell()
        return self._process.wait(TIMEOUT_S)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def _tell(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()


@pytest.fixture
def held(add_one: Path) -> Iterator[HeldServer]:
    pipe = subprocess.PIPE
    # Unbuffered, so that the shell finds what is meant for it and takes nothing else.
    with subprocess.Popen(
        [sys.executable, "-u", "-c", PROGRAM, str(add_one)], stdin=pipe, stdout=pipe, text=True
    ) as process:
        try:
            yield HeldServer(process)
        finally:
            process.kill()


def test_native_routes_answer(held: HeldServer, protos: Protos) -> None:
    url = f"http://127.0.0.1:{held.rest_port}"
    with (
        GrpcClient(f"127.0.0.1:{held.grpc_port}", protos) as client,
        RawHttp(held.rest_port) as waits_for_python,
        requests.Session() as session,
    ):
        waits_for_python.send(request(path="/v1/config"))
        for _ in range(50):
            assert client.predict("m", {"b": ONES})["a"][0, 0] == 3.0
            answer = session.post(
                f"{url}/v1/models/m:predict", json={"inputs": ONES.tolist()}, timeout=TIMEOUT_S
            )
            assert answer.json() == {"outputs": (ONES + 2).tolist()}
        assert client.status("m")
        live = protos["inference.ServerLiveRequest"]()
        assert client.call(KSERVE, "ServerLive", live, "inference.ServerLiveResponse").live
        check = protos["grpc.health.v1.HealthCheckRequest"]()
        assert client.call(HEALTH, "Check", check, "grpc.health.v1.HealthCheckResponse").status == 1
        for path in ("/v2/health/ready", "/v2/models/m", "/v1/models/m", "/v1/models/m/metadata"):
            assert session.get(url + path, timeout=TIMEOUT_S).status_code == 200
        assert not waits_for_python.has_news(), "Python ran: the GIL was not held"
        held.release()
        assert waits_for_python.reply().status == 200
    assert held.end() == 0
