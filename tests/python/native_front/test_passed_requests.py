"""Requests that the front passes on, over a front that only hands out what a test gave it."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.fake_core import FakeCore
from ovserve import errors
from ovserve.config.schema import CorsRules
from ovserve.native_front.passed_answer import PassedAnswer
from ovserve.native_front.passed_calls import PassedCalls
from ovserve.native_front.passed_requests import PassedRequests
from ovserve.rest_api.app import RestApp
from ovserve.rest_api.routes import Answer, Found, Later, PendingAnswer, Request, Response

TIMEOUT_S = 60


@dataclass
class FakeRequest:
    """One passed request, and the place where its answer is kept."""

    method: str = "GET"
    path: bytes = b"/v1/config"
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    is_grpc: bool = False
    cancelled: bool = False
    replies: "queue.SimpleQueue[tuple[int, dict[str, str], bytes]]" = field(default_factory=queue.SimpleQueue)

    def reply(self, status: int, headers: list[tuple[str, str]], body: bytes, reason: str) -> None:
        self.replies.put((status, dict(headers), body))

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        return self.replies.get(timeout=TIMEOUT_S)


class FakeFront:
    """Hands out requests until it is closed."""

    def __init__(self) -> None:
        self.waiting: queue.SimpleQueue[FakeRequest | None] = queue.SimpleQueue()
        self.closed = False

    def next_request(self, timeout_s: float) -> FakeRequest | None:
        try:
            return self.waiting.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def close(self) -> None:
        self.closed = True
        self.waiting.put(None)


class Reader:
    """A route whose answer comes later; beginning a request waits for a word from the test."""

    def __init__(self) -> None:
        self.begun: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.go_on = threading.Event()
        self.given_up = threading.Event()

    def find(self, request: Request) -> Found | None:
        if request.path != "/read":
            return None
        return Later(self.begin, lambda limit: Response(413), reads_body=True)

    def unknown(self, request: Request, status: object) -> Response | None:
        return None

    def begin(self, body: bytes, answer: Answer) -> PendingAnswer | None:
        self.begun.put(body)
        assert self.go_on.wait(TIMEOUT_S)
        if body.startswith(b"defect"):
            raise RuntimeError("a defect")
        if body.startswith(b"leave"):
            return self
        answer.reply(Response(200, str(len(body)).encode()))
        return None

    def cancel(self) -> None:
        self.given_up.set()

    def set_full(self, full: bool) -> None:
        pytest.fail("nothing was sent")


Ask = Callable[..., FakeRequest]


@pytest.fixture
def core() -> FakeCore:
    return FakeCore()


@pytest.fixture
def reloads() -> "queue.SimpleQueue[threading.Event]":
    """Of each reload that has begun, the event that ends it."""
    return queue.SimpleQueue()


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def ask(core: Any, reader: Reader, reloads: "queue.SimpleQueue[threading.Event]") -> Iterator[Ask]:
    def reload() -> Any:
        end = threading.Event()
        reloads.put(end)
        assert end.wait(TIMEOUT_S)
        raise errors.UnavailableError("stopping")

    front: Any = FakeFront()
    cors = CorsRules(origins=frozenset({"https://page.example"}))
    calls = PassedCalls(lambda: pytest.fail("no call over gRPC"))
    passed = PassedRequests(front, RestApp(core, reload, cors=cors, beside=reader), calls, 2)
    before = set(threading.enumerate())
    passed.start()
    (taker,) = set(threading.enumerate()) - before

    def give(**parts: Any) -> FakeRequest:
        request = FakeRequest(**parts)
        front.waiting.put(request)
        return request

    yield give
    front.close()
    taker.join(TIMEOUT_S)
    assert not taker.is_alive()
    passed.close_threads()


def test_an_answer_of_the_app(ask: Ask, core: FakeCore) -> None:
    core.answers["rest_config_status"] = b'{"m": {}}'
    status, headers, _ = ask().answer()
    assert (status, headers["content-type"]) == (200, "application/json")


def test_the_query_is_left_out_and_the_path_stays_as_it_was_sent(ask: Ask, core: FakeCore) -> None:
    ask(path=b"/v1/models/a%2Fb?x=/v1/config").answer()
    assert [call for call in core.calls if "a/b" in call]


def test_a_body_and_its_encoding(ask: Ask, core: FakeCore) -> None:
    status, _, body = ask(
        method="POST",
        path=b"/v1/models/m:predict",
        headers=[(b"content-encoding", b"br")],
        body=b"packed",
    ).answer()
    assert status == 415
    assert body
    assert not [call for call in core.calls if "predict" in call[0]]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", b"/nowhere", 400), ("PUT", b"/v1/config", 406), ("GET", b"/\xff", 400)],
)
def test_refusals(ask: Ask, method: str, path: bytes, status: int) -> None:
    assert ask(method=method, path=path).answer()[0] == status


def test_pages_of_other_origins_are_told(ask: Ask) -> None:
    _, headers, _ = ask(path=b"/nowhere", headers=[(b"origin", b"https://page.example")]).answer()
    assert headers["access-control-allow-origin"] == "https://page.example"


def test_no_header_of_the_connection_is_passed_back(ask: Ask) -> None:
    for path in (b"/v1/config", b"/nowhere"):
        assert "connection" not in ask(path=path).answer()[1]


def test_a_reload_holds_up_nobody(ask: Ask, reloads: "queue.SimpleQueue[threading.Event]") -> None:
    slow = [ask(method="POST", path=b"/v1/config/reload") for _ in range(3)]
    ends = [reloads.get(timeout=TIMEOUT_S) for _ in slow]
    assert ask().answer()[0] == 200
    assert all(request.replies.empty() for request in slow)
    for end in ends:
        end.set()
    assert [request.answer()[0] for request in slow] == [503] * 3


def test_a_defect_costs_one_request(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("a defect")

    with monkeypatch.context() as patch:
        patch.setattr(RestApp, "find", broken)
        assert ask().answer()[0] == 500
    assert ask().answer()[0] == 200


def test_a_large_body_is_read_beside_the_others(ask: Ask, reader: Reader) -> None:
    large = b"x" * 100_000
    slow = ask(method="POST", path=b"/read", body=large)
    assert reader.begun.get(timeout=TIMEOUT_S) == large
    assert ask().answer()[0] == 200
    reader.go_on.set()
    assert slow.answer()[0::2] == (200, b"100000")


def test_a_small_body_is_read_at_once(ask: Ask, reader: Reader) -> None:
    reader.go_on.set()
    assert ask(method="POST", path=b"/read", body=b"x").answer()[0::2] == (200, b"1")


def test_whoever_leaves_before_its_body_is_read_is_given_up(ask: Ask, reader: Reader) -> None:
    request = ask(method="POST", path=b"/read", body=b"leave" * 100_000)
    reader.begun.get(timeout=TIMEOUT_S)
    request.cancelled = True
    reader.go_on.set()
    assert reader.given_up.wait(TIMEOUT_S)


def test_a_defect_with_a_large_body_costs_one_request(
    ask: Ask, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.go_on.set()
    looks: queue.SimpleQueue[bool] = queue.SimpleQueue()
    look = PassedAnswer.look

    def noted(answer: PassedAnswer) -> bool:
        more = look(answer)
        looks.put(more)
        return more

    monkeypatch.setattr(PassedAnswer, "look", noted)
    assert ask(method="POST", path=b"/read", body=b"defect" * 100_000).answer()[0] == 500
    assert ask().answer()[0] == 200
    end = time.monotonic() + TIMEOUT_S
    while looks.get(timeout=TIMEOUT_S):  # until nobody looks at it any more
        assert time.monotonic() < end
