"""What only the native front does: which part of it answers a request, and what that part gets to see."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator

import grpc
import pytest
import requests

from harness import models
from harness.raw_http import RawHttp, request
from harness.server_process import ServerProcess

ONES = json.dumps({"inputs": [[1.0] * 10]}).encode()
TWOS = {"outputs": [[2.0] * 10]}
PAGE = {"Origin": "https://page.example"}
LARGEST = 3000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    base_path = models.write(models.add_constant(1.0), tmp_path_factory.mktemp("models") / "m")
    flags = ["--grpc_frontend", "native", "--max_body_bytes", str(LARGEST)]
    with ServerProcess("--model_name", "m", "--model_path", str(base_path), *flags) as server:
        server.wait_until_ready()
        yield server
        assert server.stop() == 0
        assert "Traceback" not in server.output


def post(server: ServerProcess, path: str, body: bytes, **headers: str) -> requests.Response:
    return requests.post(server.url + path, data=body, headers=headers, timeout=60)


# Compressed bodies. Both sides can undo a compression; it must be undone once.

NATIVE = "/v1/models/m:predict"
PYTHON = "/v1/models/%6D:predict"  # an escaped name is left to Python's routes


@pytest.mark.parametrize("path", [NATIVE, PYTHON])
@pytest.mark.parametrize("page", [{}, PAGE], ids=["no page", "page"])
@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("X-GZIP", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)],
)
def test_a_compressed_body_is_inflated_once(
    server: ServerProcess, path: str, page: dict[str, str], encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    answer = post(server, path, compress(ONES), **{"Content-Encoding": encoding}, **page)
    assert (answer.status_code, answer.json()) == (200, TWOS)


@pytest.mark.parametrize("path", [NATIVE, PYTHON])
def test_a_body_compressed_twice_is_inflated_once(server: ServerProcess, path: str) -> None:
    twice = gzip.compress(gzip.compress(ONES))
    assert post(server, path, twice, **{"Content-Encoding": "gzip"}).status_code == 412
    assert post(server, path, twice, **{"Content-Encoding": "gzip, gzip"}).status_code == 415
    with RawHttp(server.rest_port) as connection:
        head = request("POST", path, content_encoding="gzip", content_length=str(len(twice)))
        two_fields = head.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n")
        assert connection.send(two_fields + twice).reply().status == 415


@pytest.mark.parametrize("path", [NATIVE, PYTHON])
def test_parts_of_gzip_one_after_the_other(server: ServerProcess, path: str) -> None:
    parts = gzip.compress(ONES[:10]) + gzip.compress(ONES[10:])
    assert post(server, path, parts, **{"Content-Encoding": "gzip"}).json() == TWOS


@pytest.mark.parametrize("path", [NATIVE, PYTHON, "/v1/config/reload", "/nothing"])
def test_bodies_that_are_not_what_they_say(server: ServerProcess, path: str) -> None:
    assert post(server, path, ONES, **{"Content-Encoding": "gzip"}).status_code == 400
    cut_off = gzip.compress(ONES)[:-1]
    assert post(server, path, cut_off, **{"Content-Encoding": "gzip"}).status_code == 400
    bomb = gzip.compress(bytes(1 << 20))
    answer = post(server, path, bomb, **{"Content-Encoding": "gzip"})
    text = f"the body is larger than {LARGEST} bytes, the limit that --max_body_bytes sets"
    assert (answer.status_code, answer.json()) == (413, {"error": text})


def test_compressed_bodies_that_nobody_looks_at(server: ServerProcess) -> None:
    body = gzip.compress(b"{}")
    answer = post(server, "/v1/config/reload", body, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, list(answer.json())) == (200, ["m"])
    assert post(server, "/nothing", body, **{"Content-Encoding": "gzip"}).status_code == 400


# Refusals of the front itself look like all others.


@pytest.mark.parametrize(
    ("sent", "status", "text"),
    [
        (
            request("POST", NATIVE, content_length=str(LARGEST + 1)),
            413,
            f"the body is larger than {LARGEST} bytes, the limit that --max_body_bytes sets",
        ),
        (
            request(long="a" * 70_000),
            431,
            "the head of the request is larger than 65536 bytes, the limit that --max_header_bytes sets",
        ),
        (
            request(**{f"h{i}": "" for i in range(100)}),
            431,
            "the request has more than 100 header fields, the limit that --max_header_count sets",
        ),
        (
            request("POST", NATIVE, b"x", content_encoding="br"),
            415,
            "Content-Encoding br is not supported; send one of gzip, deflate, or none",
        ),
    ],
    ids=["body", "head", "fields", "encoding"],
)
def test_refusals_are_json(server: ServerProcess, sent: bytes, status: int, text: str) -> None:
    with RawHttp(server.rest_port) as connection:
        reply = connection.send(sent).reply()
        assert (reply.status, reply.json()) == (status, {"error": text})
        assert reply.headers["content-type"] == "application/json"


def test_a_message_may_be_larger_than_a_body(server: ServerProcess) -> None:
    """Each protocol has a limit of its own."""
    unknown_fields = b"\x7a\x00" * LARGEST
    with grpc.insecure_channel(server.address) as channel:
        live = channel.unary_unary("/inference.GRPCInferenceService/ServerLive")
        assert live(unknown_fields, timeout=60) == b"\x08\x01"
