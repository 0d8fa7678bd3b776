"""Bodies, threads and the end of a server, spoken to as an ASGI server speaks."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from harness.fake_core import FakeCore
from ovserve.rest_api.app import RestApp
from ovserve.rest_api.asgi import AsgiApp
from ovserve.rest_api.connection import CLIENT_LEFT
from ovserve.rest_api.routes import Answer, Later, Request, Response


class Exchange:
    """One request: what the client sends, one message at a time, and what it gets."""

    def __init__(self, method: str = "POST", path: str = "/v1/models/m:predict", **headers: str) -> None:
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "raw_path": path.encode(),
            "headers": [(key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()],
        }
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []

    def body(self, *pieces: bytes, end: bool = True) -> "Exchange":
        for i, piece in enumerate(pieces):
            more = i + 1 < len(pieces) or not end
            self.incoming.put_nowait({"type": "http.request", "body": piece, "more_body": more})
        return self

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def run(self, app: AsgiApp) -> "Exchange":
        await app(self.scope, self.incoming.get, self.send)
        return self

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def reply(self) -> bytes:
        return bytes(self.sent[1]["body"])


@pytest.fixture
def core() -> Any:
    core = FakeCore()
    core.answers["rest_error"] = lambda message: json.dumps({"error": message}).encode()
    return core


@pytest.fixture
def asgi(core: Any) -> Iterator[AsgiApp]:
    app = AsgiApp(RestApp(core, lambda: None), 10, inference_threads=1)  # type: ignore[arg-type, return-value]
    yield app
    app.close_threads()


@pytest.mark.parametrize("pieces", [(b"0123456789",), (b"01234", b"", b"56789"), (b"0123456789", b"")])
def test_a_body_arrives_whole(asgi: AsgiApp, core: Any, pieces: tuple[bytes, ...]) -> None:
    exchange = asyncio.run(Exchange().body(*pieces).run(asgi))
    assert exchange.status == 200
    assert core.calls == [("rest_predict", "m", None, b"0123456789")]
    headers = dict(exchange.sent[0]["headers"])
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"content-length"] == str(len(exchange.reply)).encode()


@pytest.mark.parametrize(
    "exchange",
    [
        lambda: Exchange(content_length="11"),
        lambda: Exchange().body(b"01234", b"567890", end=False),
    ],
    ids=["announced", "in pieces"],
)
def test_a_body_that_is_too_large(asgi: AsgiApp, core: Any, exchange: Any) -> None:
    done = asyncio.run(exchange().run(asgi))
    assert done.status == 413
    assert (b"connection", b"close") in done.sent[0]["headers"]
    assert [call[0] for call in core.calls] == ["rest_error"]


def test_a_client_that_asks_whether_to_send_what_nobody_wants(asgi: AsgiApp) -> None:
    done = asyncio.run(Exchange(path="/nothing", expect="100-continue").run(asgi))
    assert done.status == 400
    assert (b"connection", b"close") in done.sent[0]["headers"]


def test_a_body_that_memory_does_not_hold(asgi: AsgiApp) -> None:
    async def receive() -> Any:
        raise MemoryError

    exchange = Exchange()
    asyncio.run(asgi(exchange.scope, receive, exchange.send))
    assert (exchange.status, json.loads(exchange.reply)) == (503, {"error": "out of memory"})


def test_a_client_that_left_before_its_turn(asgi: AsgiApp, core: Any) -> None:
    exchange = Exchange().body(b"0")
    exchange.scope["extensions"] = {CLIENT_LEFT: lambda: True}
    assert asyncio.run(exchange.run(asgi)).sent == []
    assert core.calls == []


@pytest.mark.parametrize("path", ["/v2/health/live", "/nothing", "/v1/models/m:predict"])
def test_every_answer_is_marked_for_browsers(asgi: AsgiApp, core: Any, path: str) -> None:
    exchange = asyncio.run(Exchange("GET", path, origin="https://page.example").body(b"").run(asgi))
    assert (b"access-control-allow-origin", b"*") in exchange.sent[0]["headers"]


def test_a_wrong_url_is_refused_before_its_body_is_read(asgi: AsgiApp) -> None:
    exchange = Exchange(path="/nothing")  # whose body never comes
    assert asyncio.run(exchange.run(asgi)).status == 400


def test_a_client_that_leaves_gets_nothing(asgi: AsgiApp, core: Any) -> None:
    exchange = Exchange().body(b"0", end=False)
    exchange.incoming.put_nowait({"type": "http.disconnect"})
    assert asyncio.run(exchange.run(asgi)).sent == []
    assert core.calls == []


def test_bodies_on_their_way_at_the_stop_are_answered(asgi: AsgiApp) -> None:
    async def scenario() -> list[int]:
        half = Exchange().body(b"0", end=False)
        task = asyncio.ensure_future(half.run(asgi))
        while not half.incoming.empty():
            await asyncio.sleep(0)
        asgi.stop_reading()
        await task
        late = await Exchange().body(b"0").run(asgi)
        return [half.status, late.status]

    assert asyncio.run(scenario()) == [503, 503]


def test_a_prediction_that_takes_long_holds_up_no_question(asgi: AsgiApp, core: Any) -> None:
    release = threading.Event()
    core.answers["rest_predict"] = lambda *_: release.wait(60) and b"late"
    core.answers["ready"] = True

    async def scenario() -> list[bytes]:
        slow = asyncio.ensure_future(Exchange().body(b"").run(asgi))
        for path in ("/v1/models/m", "/v2/health/ready"):
            assert (await Exchange("GET", path).body(b"").run(asgi)).status == 200
        release.set()
        return [(await slow).reply]

    assert asyncio.run(scenario()) == [b"late"]


def test_headers_go_both_ways(asgi: AsgiApp, core: Any) -> None:
    core.answers["kserve_rest_infer"] = (b"{}tail", 2)
    exchange = Exchange(path="/v2/models/m/infer", inference_header_content_length="2").body(b"{}x")
    asyncio.run(exchange.run(asgi))
    assert core.calls == [("kserve_rest_infer", "m", None, b"{}x", 2)]
    headers = dict(exchange.sent[0]["headers"])
    assert headers[b"content-type"] == b"application/octet-stream"
    assert headers[b"inference-header-content-length"] == b"2"
    assert headers[b"content-length"] == b"6"


@pytest.mark.parametrize(("size", "on_loop"), [(10, True), (100_000, False)])
def test_large_bodies_are_read_on_a_thread(core: Any, size: int, on_loop: bool) -> None:
    threads: list[int] = []

    class Beside:
        def find(self, request: Request) -> Later:
            return Later(self.begin, lambda limit: Response(413), reads_body=True)

        def unknown(self, request: Request, status: object) -> None:
            return None

        def begin(self, body: bytes, answer: Answer) -> None:
            threads.append(threading.get_ident())
            answer.reply(Response(200, str(len(body)).encode()))

    app = AsgiApp(RestApp(core, lambda: None, beside=Beside()), 1 << 20)  # type: ignore[arg-type, return-value]
    exchange = asyncio.run(Exchange().body(b"x" * size).run(app))
    assert (exchange.status, exchange.reply) == (200, str(size).encode())
    assert (threads == [threading.get_ident()]) == on_loop
    app.close_threads()
