"""The load generator against servers that answer as they are told."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from harness.server_process import free_port
from perf.measuring.processes import family
from perf.measuring.programs import ProgramError, program, run_for_json
from perf_tests.scripted_http import ScriptedHttp

Eventually = Callable[[Callable[[], bool]], None]

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nA: b\r\n\r\n"
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN
CLOSING = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "request").write_bytes(b"question")
    (tmp_path / "reply").write_bytes(b"hello")
    return tmp_path


def load(files: Path, port: int, protocol: str = "http1", **flags: object) -> dict[str, Any]:
    given: list[object] = ["--protocol", protocol, "--port", port, "--request", files / "request"]
    given += ["--path", flags.pop("path", "/p")]
    for name, value in flags.items():
        given += [f"--{name.replace('_', '-')}", value]
    return run_for_json("load_generator", *given)


@pytest.mark.parametrize(
    "reply", [PLAIN, CHUNKED, CONTINUED, CLOSING], ids=["plain", "chunked", "100", "closing"]
)
def test_http_answers_are_read_to_their_end(reply: bytes, files: Path) -> None:
    with ScriptedHttp(reply) as server:
        report = load(files, server.port, expect=files / "reply", count=5, header="X-Thing: 7")
    assert (report["requests"], report["failures"], report["reply_bytes"]) == (5, 0, 5)
    assert report["latency_us"]["p50"] > 0
    assert report["latency_us"]["p99"] is None  # five requests say nothing about one in a hundred
    head, body = server.requests[0].split(b"\r\n\r\n", 1)
    assert body == b"question"
    assert head.startswith(b"POST /p HTTP/1.1\r\n")
    assert {b"Content-Length: 8", b"X-Thing: 7"} <= set(head.split(b"\r\n"))


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellO", "the body differs from the expected one"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!", "the body differs from the expected one"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\ngone", "HTTP 404: gone"),
        (b"SSH-2.0-server\r\n\r\n", "the server's answer is no HTTP/1.1"),
        (b"", "the server closed the connection"),
    ],
    ids=["other", "longer", "404", "foreign", "nothing"],
)
def test_wrong_http_answers_are_failures(reply: bytes, failure: str, files: Path) -> None:
    with ScriptedHttp(reply) as server:
        report = load(files, server.port, expect=files / "reply", count=3)
    assert (report["requests"], report["failures"], report["first_failure"]) == (0, 3, failure)


def test_failures_only_end_the_run(files: Path) -> None:
    with (
        ScriptedHttp(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n") as server,
        pytest.raises(ProgramError, match="every request fails: HTTP 500"),
    ):
        load(files, server.port, duration_s=600)


def test_connections_take_turns(files: Path) -> None:
    with ScriptedHttp(PLAIN) as server:
        load(files, server.port, count=60, connections=20, in_flight=2)
    assert server.connections == 20
    assert min(server.requests_by_connection) >= 1  # two in flight need no more than two of them


def test_the_first_request_is_repeated_until_somebody_answers(files: Path) -> None:
    port = free_port()
    with ThreadPoolExecutor(1) as pool:
        report = pool.submit(load, files, port, count=1, retry_s=60)
        time.sleep(0.2)  # let it find nobody
        before = time.monotonic()
        with ScriptedHttp(PLAIN, port=port):
            assert report.result()["first_answer_at_s"] > before


def test_held_connections_stay_until_the_end_of_input(files: Path, eventually: Eventually) -> None:
    with ScriptedHttp(PLAIN) as server:
        flags = ["--protocol", "http1", "--port", server.port, "--path", "/", "--request", files / "request"]
        command = [
            str(program("load_generator")),
            *map(str, flags),
            "--count",
            "1",
            "--connections",
            "7",
            "--hold",
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            assert json.loads(holder.stdout.readline())["requests"] == 1
            eventually(lambda: server.open_connections == 7)
            holder.communicate()
        eventually(lambda: server.open_connections == 0)
        assert holder.returncode == 0


@pytest.fixture(scope="module")
def grpc_server() -> Iterator[int]:
    """Methods /s/echo, which gives the request back, and /s/refuse."""

    def refuse(request: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "no more")
        raise AssertionError

    handlers = {
        "echo": grpc.unary_unary_rpc_method_handler(lambda request, context: request),
        "refuse": grpc.unary_unary_rpc_method_handler(refuse),
    }
    server = grpc.server(ThreadPoolExecutor(2), options=[("grpc.max_receive_message_length", -1)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("s", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port
    server.stop(None).wait()


@pytest.mark.parametrize("size", [0, 40, 5_000_000])
def test_grpc_messages_arrive_whole(size: int, grpc_server: int, files: Path) -> None:
    (files / "request").write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))
    flags = {"path": "/s/echo", "expect": files / "request", "count": 12, "in_flight": 6, "connections": 2}
    report = load(files, grpc_server, "grpc", **flags)
    assert (report["failures"], report["first_failure"], report["requests"]) == (0, "", 12)
    assert report["reply_bytes"] == size + 5


@pytest.mark.parametrize(
    ("path", "failure"),
    [
        ("/s/refuse", "grpc-status 8: no more"),
        ("/s/other", "grpc-status 12: Method not found!"),
        ("/s/echo", "the message differs from the expected one"),
    ],
)
def test_grpc_failures_are_told(path: str, failure: str, grpc_server: int, files: Path) -> None:
    report = load(files, grpc_server, "grpc", path=path, expect=files / "reply", count=2)
    assert (report["failures"], report["first_failure"]) == (2, failure)


def test_the_cost_of_a_watched_process_is_shared_among_its_requests(grpc_server: int, files: Path) -> None:
    (here,) = family(threading.get_native_id())[:1]
    report = load(
        files, grpc_server, "grpc", path="/s/echo", duration_s=0.3, warmup_s=0.05, watch=here, in_flight=4
    )
    total_s = report["watched_cpu_us_per_request"] * report["requests"] / 1e6
    assert 0 < total_s < 4 * report["seconds"]
    assert report["seconds"] >= 0.3
    assert report["client"]["cpu_us_per_request"] > 0


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--port", "0"], "--port: 0 is not a number it can be"),
        (["--port", "1", "--path", "/"], "--request is missing"),
        (["--nosuch"], "--nosuch: unknown flag"),
        (["--port", "1", "--path", "/", "--request", "f"], "give --duration-s or --count"),
        (["--header", "x"], "--header: expected"),
        (
            [
                "--protocol",
                "http1",
                "--port",
                "1",
                "--path",
                "/",
                "--request",
                "f",
                "--count",
                "1",
                "--in-flight",
                "2",
            ],
            "--in-flight 2 needs as many --connections",
        ),
    ],
)
def test_mistakes_on_the_command_line_are_named(flags: list[str], message: str) -> None:
    done = subprocess.run([str(program("load_generator")), *flags], capture_output=True, text=True)
    assert done.returncode == 64
    assert message in done.stderr
