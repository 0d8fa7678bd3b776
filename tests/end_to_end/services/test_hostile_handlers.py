"""Handlers that fail in every way, and clients that each get exactly one answer all the same."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.service_server import Answer, ServiceServer, write_service

# The body names the way to fail.
HOSTILE = """
    import os, signal, sys, time

    def handle(data, context):
        if data is None:
            return None
        way = bytes(data[0]["body"]).decode()
        if way == "raise":
            raise ValueError("secret")
        if way == "none":
            return None
        if way == "text":
            return "text"
        if way == "too many":
            return ["x"] * (len(data) + 1)
        if way == "object":
            return [object()] * len(data)
        if way == "memory":
            raise MemoryError
        if way == "exit":
            os._exit(3)
        if way == "sys.exit":
            sys.exit(1)
        if way == "abort":
            os.abort()
        if way == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if way == "hang":
            time.sleep(600)
        if way == "close":
            os.closerange(0, 256)
            time.sleep(600)
        if way == "huge":
            return [b"x" * 7_000_000]
        if way == "header":
            context.set_response_header(0, "X-A", "a\\r\\nX-Injected: b")
        return ["fine"] * len(data)
"""


@pytest.mark.parametrize(
    ("way", "status", "message"),
    [
        ("raise", 503, "Prediction failed"),
        ("none", 503, "Invalid model predict output"),
        ("text", 503, "Invalid model predict output"),
        ("too many", 503, "number of batch response mismatched"),
        ("object", 503, "Unsupported model output data type."),
        ("memory", 507, "Out of resources"),
        ("exit", 500, "Worker died."),
        ("sys.exit", 500, "Worker died."),
        ("abort", 500, "Worker died."),
        ("kill", None, None),
        ("hang", 500, "Worker died."),
        ("close", 500, "Worker died."),
        ("huge", 500, "The answer of 7000000 bytes is larger than max_response_size, 6553500"),
    ],
)
def test_every_way_to_fail(
    server: ServiceServer, store: Path, way: str, status: int | None, message: str | None
) -> None:
    if not (store / "hostile").exists():
        write_service(store, "hostile", HOSTILE)
    answer = server.manage("/models?url=hostile&initial_workers=1&response_timeout=2", "POST")
    assert answer.status in (200, 409), answer.body
    failed = server.predict("hostile", way.encode(), content_type="image/x")
    if status is None:  # the kernel's killer of processes looks the same from outside
        assert failed.status in (500, 507)
    else:
        assert (failed.status, failed.message) == (status, message)
    assert server.predict("hostile", b"good", content_type="image/x").body == b"fine"


def test_headers_cannot_be_injected(server: ServiceServer, store: Path) -> None:
    if not (store / "hostile").exists():
        write_service(store, "hostile", HOSTILE)
    server.manage("/models?url=hostile&initial_workers=1&response_timeout=2", "POST")
    answer = server.predict("hostile", b"header", content_type="image/x")
    assert "x-injected" not in {name.lower() for name in answer.headers}


def test_each_request_gets_one_answer_while_workers_are_killed(server: ServiceServer, store: Path) -> None:
    code = """
        import time

        def handle(data, context):
            if data is None:
                return None
            time.sleep(0.01)
            return [bytes(row["body"]) for row in data]
    """
    write_service(store, "mortal", code)
    assert server.manage("/models?url=mortal&initial_workers=2", "POST").status == 200
    done = threading.Event()
    killed = 0

    def kill() -> None:
        nonlocal killed
        while not done.wait(0.05):
            for worker in server.describe("mortal")[0]["workers"][:1]:
                try:
                    os.kill(worker["pid"], signal.SIGKILL)
                    killed += 1
                except ProcessLookupError:
                    continue

    def ask_one(i: int) -> Answer:
        return server.predict("mortal", b"%d" % i, content_type="image/x")

    with ThreadPoolExecutor(50) as pool, ThreadPoolExecutor(1) as killer:
        killing = killer.submit(kill)
        answers = list(pool.map(ask_one, range(200)))
        done.set()
        killing.result()
    assert killed
    assert len(answers) == 200
    for i, answer in enumerate(answers):
        if answer.status == 200:
            assert answer.body == b"%d" % i
        else:
            assert answer.status in (500, 503, 507), answer.body
    assert any(answer.status == 200 for answer in answers)
    assert server.manage("/models/mortal", "DELETE").status == 200
