"""Connections over real sockets: malformed, slow, too large, too many; and always a client that is served."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from harness.fake_core import FakeCore
from harness.raw_http import RawHttp, chunk, request
from ovserve.config.schema import Limits, ServerOptions
from ovserve.rest_api.app import RestApp
from ovserve.rest_api.server import RestServer

PREDICT = "/v1/models/m:predict"
LARGEST_BODY = 200_000
LARGEST_HEAD = 4096
SHORT_S = 0.3
HEAD = request("POST", PREDICT).removesuffix(b"\r\n")
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def core() -> Any:
    core = FakeCore()
    core.answers["rest_error"] = lambda message: json.dumps({"error": message}).encode()
    core.answers["rest_predict"] = lambda model, version, body: body[::-1]
    return core


@contextmanager
def serving(core: Any, **limits: Any) -> Iterator[int]:
    chosen = {"body_bytes": LARGEST_BODY, "header_bytes": LARGEST_HEAD, "header_count": 20, **limits}
    options = ServerOptions(
        port=None, rest_port=0, rest_bind_address="127.0.0.1", limits=Limits(**chosen), rest_workers=2
    )
    server = RestServer(RestApp(core, lambda: None, limits=options.limits), options)  # type: ignore[arg-type, return-value]
    port = server.start()
    try:
        yield port
    finally:
        server.begin_stop(30.0)
        assert server.join(60.0)


@pytest.fixture
def port(core: Any) -> Iterator[int]:
    with serving(core) as port:
        yield port


def assert_served(port: int) -> None:
    with RawHttp(port) as other:
        assert other.send(request("POST", PREDICT, b"abc")).reply().body == b"cba"


def is_admitted(port: int) -> bool:
    with RawHttp(port) as connection:
        return connection.send(request()).reply().status == 200


def refusal(port: int, *pieces: bytes) -> tuple[int, str]:
    """Send what is wrong; returns status and error text of the answer after which the server closes."""
    with RawHttp(port) as connection:
        reply = connection.send(*pieces).reply()
        assert reply.closes
        assert reply.headers["content-type"] == "application/json"
        assert connection.has_ended()
    assert_served(port)
    return reply.status, reply.json()["error"]


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\x00\x01 nonsense\r\n\r\n", id="no HTTP"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 200, id="TLS"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
        pytest.param(b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", id="unknown method"),
        pytest.param(b"GET / HTTP/1.2\r\nHost: x\r\n\r\n", id="unknown version"),
        pytest.param(b"GET http://x HTTP/1.1\r\nHost: x\r\n\r\n", id="no path"),
        pytest.param(b"GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n", id="no ASCII"),
        pytest.param(b"GET / HTTP/1.1\nHost: x\n\n", id="bare line feeds"),
        pytest.param(HEAD + b"X: a\r\n b\r\n\r\n", id="folded field"),
        pytest.param(HEAD + b"X: a\0b\r\n\r\n", id="NUL in a field"),
        pytest.param(HEAD + b"Content-Length : 5\r\n\r\nabcde", id="space before the colon"),
        pytest.param(HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", id="two lengths"),
        pytest.param(HEAD + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde", id="a length twice"),
        pytest.param(HEAD + b"Content-Length: 5, 5\r\n\r\nabcde", id="a list of lengths"),
        pytest.param(HEAD + b"Content-Length: -5\r\n\r\nabcde", id="negative length"),
        pytest.param(HEAD + b"Content-Length: +5\r\n\r\nabcde", id="signed length"),
        pytest.param(HEAD + b"Content-Length: 0x5\r\n\r\nabcde", id="hexadecimal length"),
        pytest.param(HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n", id="length beyond all numbers"),
        pytest.param(
            HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="length and chunks"
        ),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="chunks twice",
        ),
        pytest.param(CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n", id="chunk size without digits"),
        pytest.param(CHUNKED + b"-1\r\nabc\r\n0\r\n\r\n", id="negative chunk size"),
        pytest.param(CHUNKED + b"f" * 17 + b"\r\nabc\r\n", id="chunk size beyond all numbers"),
        pytest.param(CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n", id="chunk longer than its size"),
        pytest.param(
            b"POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="chunks in HTTP/1.0"
        ),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", id="two hosts"),
    ],
)
def test_what_is_no_request(port: int, core: Any, sent: bytes) -> None:
    status, text = refusal(port, sent)
    assert status == 400
    assert text
    assert [call for call in core.calls if call[0] == "rest_predict"] == [("rest_predict", "m", None, b"abc")]


@pytest.mark.parametrize(
    ("sent", "status", "text"),
    [
        (HEAD + b"Transfer-Encoding: gzip\r\n\r\n", 501, "only chunked is supported"),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, "only chunked is supported"),
        (HEAD + b"Expect: bananas\r\n\r\n", 417, "only 100-continue is supported"),
        (b"GET /v2/health/live HTTP/2.0\r\nHost: x\r\n\r\n", 505, "HTTP/2.0 is not supported"),
        (b"GET /v2/health/live\r\n\r\n", 505, "HTTP/0.9 is not supported"),
        (b"CONNECT a.example:443 HTTP/1.1\r\nHost: x\r\n\r\n", 406, "Unsupported method"),
        (request(path="/" + "a" * LARGEST_HEAD), 431, f"larger than {LARGEST_HEAD} bytes"),
        (request(long="a" * LARGEST_HEAD), 431, f"larger than {LARGEST_HEAD} bytes"),
        (request(**{f"h{i}": "" for i in range(20)}), 431, "more than 20 header fields"),
    ],
)
def test_requests_that_cannot_be_honoured(port: int, sent: bytes, status: int, text: str) -> None:
    refused, said = refusal(port, sent)
    assert refused == status
    assert text in said


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nA: ", b"a" * 1000, id="field"),
        pytest.param(b"GET /", b"a" * 1000, id="target"),
        pytest.param(b"", b"\r\n" * 500, id="empty lines"),
        pytest.param(CHUNKED + chunk(b"abc") + b"0\r\nX: ", b"a" * 1000, id="trailer"),
        pytest.param(CHUNKED + b"3;", b"a" * 1000, id="chunk extension"),
    ],
)
def test_what_never_ends_is_ended(port: int, begin: bytes, more: bytes) -> None:
    with RawHttp(port) as connection:
        reply = connection.send(begin).send_until_answered(more, pause_s=0.01)
        assert (reply.status, reply.closes) == (431, True)
        assert_served(port)


def test_a_head_as_large_as_allowed(port: int) -> None:
    fields = {f"h{i}": "v" for i in range(18)}
    size = len(request(**fields, pad=""))
    with RawHttp(port) as connection:
        assert connection.send(request(**fields, pad="a" * (LARGEST_HEAD - size))).reply().status == 200


# Bodies


HELLO = b"hello world"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param([request("POST", PREDICT, HELLO)], id="whole"),
        pytest.param([HEAD, b"Content-Length: 11\r\n\r\n", HELLO[:4], HELLO[4:9], HELLO[9:]], id="in pieces"),
        pytest.param([CHUNKED + chunk(HELLO[:6]) + chunk(HELLO[6:]) + b"0\r\n\r\n"], id="chunks"),
        pytest.param([CHUNKED, *(chunk(bytes([byte])) for byte in HELLO), b"0\r\n\r\n"], id="bytes"),
        pytest.param([CHUNKED + chunk(HELLO) + b"0\r\nContent-Encoding: gzip\r\n\r\n"], id="with a trailer"),
    ],
)
def test_bodies(port: int, sent: list[bytes]) -> None:
    with RawHttp(port) as connection:
        assert connection.send(*sent).reply().body == HELLO[::-1]
        assert connection.send(request("POST", PREDICT, b"abc")).reply().body == b"cba"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(request("POST", PREDICT, bytes(LARGEST_BODY + 1)), id="announced"),
        pytest.param(CHUNKED + chunk(bytes(50_000)) * 5, id="in chunks"),
        pytest.param(request("POST", PREDICT, content_length=str(2**62)), id="announced and never sent"),
    ],
)
def test_a_body_that_is_too_large(port: int, sent: bytes) -> None:
    assert refusal(port, sent) == (
        413,
        f"the body is larger than {LARGEST_BODY} bytes, the limit that --max_body_bytes sets",
    )


def test_a_client_that_sends_all_before_it_reads_gets_the_refusal_too(port: int) -> None:
    with RawHttp(port) as connection:
        connection.send(request("POST", PREDICT, bytes(20 << 20)))
        assert connection.reply().status == 413


def test_the_largest_body(port: int) -> None:
    body = bytes(range(200)) * 1000
    with RawHttp(port) as connection:
        assert connection.send(request("POST", PREDICT, body)).reply().body == body[::-1]


def test_a_body_that_nobody_wants_leaves_the_connection_in_order(port: int) -> None:
    with RawHttp(port) as connection:
        connection.send(request("POST", "/nothing", b"a" * 1000) + request("POST", PREDICT, b"abc"))
        assert connection.reply().status == 400
        assert connection.reply().body == b"cba"


def test_an_endless_body_that_nobody_wants_is_ended(port: int) -> None:
    with RawHttp(port) as connection:
        connection.send(request("POST", "/nothing", content_length=str(2**40)))
        assert connection.reply().status == 400
        assert connection.send(bytes(4 << 20)).has_ended()


def test_a_client_that_asks_whether_to_send(port: int, core: Any) -> None:
    with RawHttp(port) as connection:
        connection.send(request("POST", PREDICT, content_length="3", expect="100-continue"))
        assert connection.reply().status == 100
        assert connection.send(b"abc").reply().body == b"cba"
    for path, length, status in (("/nothing", "3", 400), (PREDICT, str(LARGEST_BODY + 1), 413)):
        sent = request("POST", path, content_length=length, expect="100-continue")
        assert refusal(port, sent)[0] == status


@pytest.mark.parametrize("pieces", [1, 3])
def test_an_offer_of_another_protocol_is_declined(port: int, pieces: int) -> None:
    sent = request("POST", PREDICT, b"abc", connection="Upgrade, HTTP2-Settings", upgrade="h2c")
    step = len(sent) // pieces + 1
    with RawHttp(port) as connection:
        connection.send(*(sent[i : i + step] for i in range(0, len(sent), step)))
        assert connection.reply().body == b"cba"
        assert connection.send(request("POST", PREDICT, b"abc")).reply().body == b"cba"


def test_an_offer_of_another_protocol_on_the_last_request(port: int) -> None:
    with RawHttp(port) as connection:
        connection.send(request(connection="close, Upgrade", upgrade="websocket"))
        assert connection.reply().closes
        assert connection.has_ended()


# Pipelines


def test_pipelined_requests_are_answered_in_order(port: int, core: Any) -> None:
    first = threading.Event()

    def predict(model: str, version: Any, body: bytes) -> bytes:
        if body == b"1":
            first.wait(60)
        elif body == b"3":
            first.set()
        return body

    core.answers["rest_predict"] = predict
    with RawHttp(port) as connection, RawHttp(port) as other:
        connection.send(request("POST", PREDICT, b"1"), request("POST", PREDICT, b"2") + request())
        assert other.send(request("POST", PREDICT, b"3")).reply().body == b"3"
        assert [connection.reply().body for _ in range(3)] == [b"1", b"2", b""]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b"nonsense\r\n\r\n", id="head"),
        pytest.param(CHUNKED + b"zz\r\n", id="body"),
        pytest.param(HEAD + b"Expect: bananas\r\n\r\n", id="wish"),
    ],
)
@pytest.mark.parametrize("apart", [True, False], ids=["apart", "at once"])
def test_what_was_asked_before_a_mistake_is_answered(port: int, broken: bytes, apart: bool) -> None:
    valid = request("POST", PREDICT, b"abc") + request("POST", PREDICT, b"def")
    with RawHttp(port) as connection:
        connection.send(*((valid, broken) if apart else (valid + broken,)))
        assert [connection.reply().body for _ in range(2)] == [b"cba", b"fed"]
        if not apart:
            assert connection.has_ended()


def test_nothing_is_answered_after_the_last_request(port: int, core: Any) -> None:
    with RawHttp(port) as connection:
        connection.send(request("POST", PREDICT, b"abc", connection="close") + request("POST", PREDICT, b"x"))
        assert connection.reply().body == b"cba"
        assert connection.has_ended()
    assert len(core.calls) == 1


# Time


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(HEAD[:20], id="head"),
        pytest.param(HEAD, id="head without its end"),
        pytest.param(b"\r\n", id="empty line"),
        pytest.param(HEAD + b"Content-Length: 10\r\n\r\n", id="no body"),
        pytest.param(HEAD + b"Content-Length: 10\r\n\r\nabc", id="half a body"),
        pytest.param(CHUNKED + b"5\r\nab", id="half a chunk"),
        pytest.param(CHUNKED + chunk(b"abc") + b"0\r\nX: y", id="half a trailer"),
    ],
)
def test_who_stops_in_the_middle_is_let_go(core: Any, sent: bytes) -> None:
    with serving(core, transfer_timeout_s=SHORT_S) as port:
        status, text = refusal(port, sent)
        assert (status, text) == (408, f"the request did not arrive within {SHORT_S} seconds")
        assert core.calls[0][0] == "rest_error"


def test_who_asks_nothing_is_let_go(core: Any) -> None:
    with serving(core, transfer_timeout_s=SHORT_S) as port, RawHttp(port) as connection:
        assert connection.has_ended()


def test_a_head_has_to_arrive_in_time_however_steadily_it_trickles(core: Any) -> None:
    with serving(core, transfer_timeout_s=SHORT_S) as port, RawHttp(port) as connection:
        reply = connection.send(HEAD, b"A: ").send_until_answered(b"a", pause_s=0.01)
        assert reply.status == 408
        assert_served(port)


def test_a_body_that_trickles_takes_its_time(core: Any) -> None:
    timeout_s, size = 2.0, 50
    with serving(core, transfer_timeout_s=timeout_s) as port, RawHttp(port) as connection:
        connection.send(request("POST", PREDICT, content_length=str(size)))
        for _ in range(size):
            connection.send(b"a")
            time.sleep(1.5 * timeout_s / size)
        assert connection.reply().body == b"a" * size


def test_a_connection_may_idle_longer_than_a_request_may_take_to_come(core: Any) -> None:
    with serving(core, transfer_timeout_s=SHORT_S) as port, RawHttp(port) as idle:
        assert idle.send(request()).reply().status == 200
        with RawHttp(port) as other:
            assert other.send(b"GET").reply().status == 408
        assert idle.send(request()).reply().status == 200


def test_an_idle_connection_is_ended_after_its_time(core: Any) -> None:
    with serving(core, idle_timeout_s=SHORT_S) as port, RawHttp(port) as connection:
        assert connection.send(request()).reply().status == 200
        assert connection.has_ended()
        assert_served(port)


def test_a_request_may_take_longer_than_its_client(core: Any) -> None:
    release = threading.Event()
    core.answers["rest_predict"] = lambda *_: release.wait(60) and b"late"
    with serving(core, transfer_timeout_s=SHORT_S, idle_timeout_s=SHORT_S) as port, RawHttp(port) as slow:
        slow.send(request("POST", PREDICT, b"abc"))
        slow.send(request("POST", PREDICT, b"abc"))  # which nobody reads before its turn
        with RawHttp(port) as other:
            other.send(b"GET")
            assert other.reply().status == 408
        release.set()
        assert [slow.reply().body for _ in range(2)] == [b"late", b"late"]


def test_who_does_not_take_the_reply_is_let_go(core: Any, eventually: Eventually) -> None:
    core.answers["rest_predict"] = lambda *_: bytes(30 << 20)
    with serving(core, transfer_timeout_s=SHORT_S, connections=1) as port, RawHttp(port) as connection:
        connection.send(request("POST", PREDICT, b"abc"))
        eventually(lambda: is_admitted(port))
        with pytest.raises((AssertionError, ConnectionResetError)):
            connection.reply()


def test_who_takes_the_reply_slowly_gets_it_all(core: Any) -> None:
    timeout_s, reads = 2.0, 100
    core.answers["rest_predict"] = lambda *_: bytes(reads << 17)
    with serving(core, transfer_timeout_s=timeout_s) as port, RawHttp(port) as connection:
        connection.send(request("POST", PREDICT, b"abc", connection="close"))
        size = 0
        while piece := connection.socket.recv(1 << 17):
            size += len(piece)
            time.sleep(1.5 * timeout_s / reads)
        assert size > reads << 17


# Crowds


def test_connections_beyond_the_limit(
    core: Any, caplog: pytest.LogCaptureFixture, eventually: Eventually
) -> None:
    with serving(core, connections=3) as port:
        inside = [RawHttp(port) for _ in range(3)]
        for connection in inside:
            assert connection.send(request()).reply().status == 200
        for _ in range(5):
            with RawHttp(port) as late:
                reply = late.send(request()).reply()
                assert (reply.status, reply.closes) == (503, True)
                assert "3 connections are open" in reply.json()["error"]
        for connection in inside:
            assert connection.send(request()).reply().status == 200
        inside.pop().socket.close()
        eventually(lambda: is_admitted(port))
        for connection in inside:
            connection.socket.close()
    assert caplog.text.count("which is the limit") <= 2


# Leaving


def test_clients_that_leave_at_any_moment_disturb_nobody(core: Any, caplog: pytest.LogCaptureFixture) -> None:
    whole = request("POST", PREDICT, b"abc")
    with serving(core) as port:
        for length in range(0, len(whole) + 1, 3):
            with RawHttp(port) as connection:
                connection.send(whole[:length])
        for length in range(1, 60, 7):
            with RawHttp(port) as connection:
                connection.send(CHUNKED + chunk(bytes(1000)) * length)
        core.answers["rest_predict"] = lambda *_: bytes(1 << 20)
        for _ in range(10):
            with RawHttp(port) as connection:
                connection.send(whole)
                connection.socket.recv(100)
        core.answers["rest_predict"] = lambda model, version, body: body[::-1]
        assert_served(port)
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


def test_a_request_whose_client_left_before_its_turn_is_not_run(core: Any, eventually: Eventually) -> None:
    release = threading.Event()
    core.answers["rest_predict"] = lambda model, version, body: release.wait(60) and body
    with serving(core) as port, RawHttp(port) as one, RawHttp(port) as two:  # as many as there are threads
        busy = [connection.send(request("POST", PREDICT, b"busy")) for connection in (one, two)]
        eventually(lambda: len(core.calls) == 2)
        with RawHttp(port) as leaving:
            leaving.send(request("POST", PREDICT, b"left"))
            with RawHttp(port) as other:  # the server reads in order: what was sent before has been taken
                assert other.send(request()).reply().status == 200
        with RawHttp(port) as other:
            assert other.send(request()).reply().status == 200
        with RawHttp(port) as waiting:
            waiting.send(request("POST", PREDICT, b"waits"))
            release.set()
            assert waiting.reply().body == b"waits"
        assert [connection.reply().body for connection in busy] == [b"busy", b"busy"]
    assert b"left" not in [call[-1] for call in core.calls]


def test_a_stop_does_not_wait_for_clients(core: Any) -> None:
    with serving(core, transfer_timeout_s=600, idle_timeout_s=600) as port:
        connections = [
            RawHttp(port),
            RawHttp(port).send(HEAD[:10]),
            RawHttp(port).send(HEAD + b"Content-Length: 10\r\n\r\nabc"),
            RawHttp(port).send(b"nonsense\r\n\r\n"),
            RawHttp(port).send(request("POST", PREDICT, content_length=str(2**40))),
        ]
        idle = RawHttp(port)
        assert idle.send(request()).reply().status == 200
    for connection in (*connections, idle):
        connection.socket.close()
