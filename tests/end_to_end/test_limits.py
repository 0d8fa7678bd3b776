"""The limits and the rules for web pages, from the command line to the client."""

import contextlib
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import requests
import tritonclient.http as triton

from harness import models
from harness.grpc_client import GrpcClient
from harness.protos import Protos
from harness.raw_http import RawHttp, request
from harness.server_process import ServerProcess, run_to_end
from ovserve.config.frontend import FrontendChoice

ONES = [[1.0] * 10]
LARGEST = 2000
PAGE = "https://page.example"
FLAGS = {
    "max_message_bytes": LARGEST,
    "max_body_bytes": LARGEST,
    "max_json_depth": 6,
    "max_header_bytes": 2048,
    "max_header_count": 12,
    "max_connections": 5,
    "idle_timeout_seconds": 3600,
    "transfer_timeout_seconds": 1,
    "allowed_origins": PAGE,
    "allowed_methods": "POST",
    "allowed_headers": "Content-Type",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, front: FrontendChoice) -> Iterator[ServerProcess]:
    base_path = models.write(models.add_constant(1.0), tmp_path_factory.mktemp("models") / "m")
    chosen = {**FLAGS, "grpc_frontend": front}
    flags = [argument for name, value in chosen.items() for argument in (f"--{name}", str(value))]
    with ServerProcess("--model_name", "m", "--model_path", str(base_path), *flags) as server:
        server.wait_until_ready()
        yield server
        assert server.stop() == 0
        assert "Traceback" not in server.output


def predict(server: ServerProcess, body: Any, **headers: str) -> requests.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = f"{server.url}/v1/models/m:predict"
    return requests.post(url, data=content, headers=headers, timeout=60)


def test_body(server: ServerProcess) -> None:
    body = json.dumps({"inputs": ONES}).encode()
    assert predict(server, body.ljust(LARGEST)).json() == {"outputs": [[2.0] * 10]}
    answer = predict(server, body.ljust(LARGEST + 1))
    text = f"the body is larger than {LARGEST} bytes, the limit that --max_body_bytes sets"
    assert (answer.status_code, answer.json()) == (413, {"error": text})


def nested(depth: int) -> bytes:
    """Return a request with another member that is nested, below the object that is the body."""
    deep = "[" * (depth - 1) + "]" * (depth - 1)
    return f'{{"inputs": {json.dumps(ONES)}, "other": {deep}}}'.encode()


@pytest.mark.parametrize("path", ["/v1/models/m:predict", "/v2/models/m/infer"])
def test_json_depth(server: ServerProcess, path: str) -> None:
    for depth, nested_too_deeply in ((6, False), (7, True), (900, True)):
        answer = requests.post(server.url + path, data=nested(depth), timeout=60)
        assert ("nested too deeply" in answer.text) is nested_too_deeply, answer.text
        assert answer.status_code == (200 if path.endswith("predict") and not nested_too_deeply else 400)


def test_head(server: ServerProcess) -> None:
    for sent in (request(a="b" * 2048), request(**{f"h{i}": "v" for i in range(12)})):
        with RawHttp(server.rest_port) as connection:
            assert connection.send(sent).reply().status == 431


def test_time(server: ServerProcess) -> None:
    with RawHttp(server.rest_port) as connection, RawHttp(server.rest_port) as silent:
        assert connection.send(b"GET /v2/health").reply().status == 408
        assert silent.has_ended()


def test_connections(server: ServerProcess, eventually: Callable[[Callable[[], bool]], None]) -> None:
    with contextlib.ExitStack() as inside:

        def five_are_inside() -> bool:
            inside.close()  # the server may not have seen yet that those of other tests are gone
            connections = [inside.enter_context(RawHttp(server.rest_port)) for _ in range(5)]
            return [connection.send(request()).reply().status for connection in connections] == [200] * 5

        eventually(five_are_inside)
        with RawHttp(server.rest_port) as late:
            assert late.reply().status == 503


def test_messages(server: ServerProcess, protos: Protos) -> None:
    inputs = {"b": np.ones((1, 10), np.float32)}
    with GrpcClient(server.address, protos) as client:
        assert client.predict("m", inputs)["a"][0, 0] == 2.0
        wide = client.predict_request("m", {"b": np.ones((1, LARGEST), np.float32)})
        assert client.predict_refusal(wide)[0] == "RESOURCE_EXHAUSTED"
        assert client.predict("m", inputs)["a"][0, 0] == 2.0


def test_metadata(server: ServerProcess) -> None:
    with grpc.insecure_channel(server.address) as channel:
        live = channel.unary_unary("/inference.GRPCInferenceService/ServerLive")
        assert live(b"", timeout=60) == b"\x08\x01"
        with pytest.raises(grpc.RpcError) as caught:
            live(b"", timeout=60, metadata=(("a", "b" * 2048),))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert live(b"", timeout=60) == b"\x08\x01"


# Compressed bodies


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_compressed_bodies(server: ServerProcess, encoding: str, compress: Any) -> None:
    headers = {"Content-Encoding": encoding}
    body = json.dumps({"inputs": ONES}).encode()
    assert predict(server, compress(body), **headers).json() == {"outputs": [[2.0] * 10]}
    assert predict(server, compress(bytes(100 * LARGEST)), **headers).status_code == 413
    assert predict(server, body, **headers).status_code == 400
    assert predict(server, compress(b"{"), **headers).status_code == 412
    refused = predict(server, body, **{"Content-Encoding": "br"})
    assert (refused.status_code, refused.headers["accept-encoding"]) == (415, "gzip, deflate")


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_compressed_tensors_of_triton_clients(server: ServerProcess, algorithm: str) -> None:
    with triton.InferenceServerClient(server.url.removeprefix("http://")) as client:
        tensor = triton.InferInput("b", [1, 10], "FP32")
        tensor.set_data_from_numpy(np.ones((1, 10), np.float32))
        result = client.infer("m", [tensor], request_compression_algorithm=algorithm)
        assert np.array_equal(result.as_numpy("a"), np.full((1, 10), 2, np.float32))


# Web pages


def test_a_page_that_is_allowed(server: ServerProcess) -> None:
    url = f"{server.url}/v2/models/m/infer"
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    preflight = requests.options(url, headers={"Origin": PAGE, **asked}, timeout=60)
    assert (preflight.status_code, preflight.content) == (200, b"")
    assert preflight.headers["access-control-allow-origin"] == PAGE
    assert preflight.headers["access-control-allow-methods"] == "POST"
    assert preflight.headers["access-control-allow-headers"] == "content-type"
    for answer in (predict(server, {"inputs": ONES}, Origin=PAGE), predict(server, b"{", Origin=PAGE)):
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["vary"] == "origin"


@pytest.mark.parametrize("origin", ["https://other.example", "http://page.example", "null"])
def test_a_page_that_is_not(server: ServerProcess, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight = requests.options(f"{server.url}/v2/models/m/infer", headers=asked, timeout=60)
    answer = predict(server, {"inputs": ONES}, Origin=origin)
    assert answer.status_code == 200
    for told in (preflight, answer):
        assert "access-control-allow-origin" not in told.headers


# By default


def test_without_flags_any_page_may_ask(tmp_path: Path, front: FrontendChoice) -> None:
    base_path = models.write(models.add_constant(1.0), tmp_path / "m")
    flags = ["--model_name", "m", "--model_path", str(base_path), "--grpc_frontend", front]
    with ServerProcess(*flags) as server:
        server.wait_until_ready()
        answer = predict(server, {"inputs": ONES}, Origin=PAGE)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
        assert "access-control-allow-credentials" not in answer.headers
        assert predict(server, nested(32)).status_code == 200
        assert predict(server, nested(33)).status_code == 400


def test_flags_that_mean_nothing() -> None:
    ended = run_to_end(["--config_path", "c", "--allowed_origins", "page.example"])
    assert (ended.returncode, "is no origin" in ended.stderr) == (64, True)
