"""Wrong, slow and flooding traffic against the native front: each is answered or closed, and the connections
of others go on as if nothing had happened."""

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import hpack
import pytest

from harness import models
from harness.raw_http import RawHttp, chunk, request
from harness.raw_http2 import RawHttp2, frame, message
from harness.server_process import ServerProcess

LIVE = "/inference.GRPCInferenceService/ServerLive"
INFER = "/inference.GRPCInferenceService/ModelInfer"
STREAM = "/inference.GRPCInferenceService/ModelStreamInfer"
PREDICT = "/v1/models/m:predict"
LARGEST = 10_000

DATA, HEADERS, PRIORITY, RESET, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
END_STREAM, END_HEADERS, PADDED = 0x1, 0x4, 0x8
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    base_path = models.write(models.add_constant(1.0), tmp_path_factory.mktemp("models") / "m")
    flags = ["--grpc_frontend", "native", "--transfer_timeout_seconds", "1", "--max_header_bytes", "8192"]
    flags += ["--max_message_bytes", str(LARGEST), "--max_body_bytes", str(LARGEST)]
    with ServerProcess("--model_name", "m", "--model_path", str(base_path), *flags) as server:
        server.wait_until_ready()
        yield server
        assert server.stop() == 0
        assert "Traceback" not in server.output
        assert "ERROR" not in server.output


class Bystander:
    """A client of both ports that does nothing wrong and is served at any time."""

    def __init__(self, server: ServerProcess) -> None:
        self.rest = RawHttp(server.rest_port)
        self.grpc = RawHttp2(server.port)

    def is_served(self) -> bool:
        stream = self.grpc.begin(LIVE)
        self.grpc.send(stream, message(b""), end=True)
        return self.rest.send(request()).reply().status == 200 and self.grpc.outcome(stream).data == message(
            b"\x08\x01"
        )

    def close(self) -> None:
        self.rest.socket.close()
        self.grpc.socket.close()


def served_bystander(server: ServerProcess) -> Bystander:
    """Return a client that has had its first answers."""
    for _ in range(10):  # on a busy machine it may not ask in time, and is let go
        bystander = Bystander(server)
        try:
            if bystander.is_served():
                return bystander
        except (AssertionError, OSError):
            pass
        bystander.close()
    raise AssertionError("nobody is served")


@pytest.fixture(autouse=True)
def bystander(server: ServerProcess) -> Iterator[Bystander]:
    """Connected before, and served before and after each of the tests."""
    with contextlib.closing(served_bystander(server)) as bystander:
        yield bystander
        assert bystander.is_served()


def block(**changes: str | None) -> bytes:
    """Return the head of a gRPC call with other fields, or without some of them."""
    fields: dict[str, str | None] = {
        ":method": "POST",
        ":scheme": "http",
        ":path": LIVE,
        ":authority": "x",
        "te": "trailers",
        "content-type": "application/grpc",
        **{name.replace("__", ":").replace("_", "-"): value for name, value in changes.items()},
    }
    given = [(name, value) for name, value in fields.items() if value is not None]
    return bytes(hpack.Encoder().encode(given, huffman=False))


def opened(stream: int = 1, flags: int = END_HEADERS) -> bytes:
    return frame(HEADERS, flags, stream, block())


def ended(connection: socket.socket) -> bool:
    """Read until the server closes."""
    with suppress(ConnectionResetError):
        while connection.recv(65536):
            pass
    return True


# HTTP/1.1

HEAD = b"POST " + PREDICT.encode() + b" HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"\x00" * 1000 + b"\r\n\r\n", 400, id="zeros"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, id="TLS"),
        pytest.param(b"GET /\r\n\r\n", 400, id="HTTP/0.9"),
        pytest.param(b"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505, id="another version"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, id="two hosts"),
        pytest.param(b"CONNECT a:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400, id="a tunnel"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", 400, id="blank before the colon"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400, id="folded line"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", 400, id="bare return"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n", 400, id="zero byte"),
        pytest.param(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400, id="two lengths"),
        pytest.param(HEAD + b"Content-Length: 1, 1\r\n\r\na", 400, id="a list of lengths"),
        pytest.param(HEAD + b"Content-Length: -1\r\n\r\n", 400, id="negative length"),
        pytest.param(HEAD + b"Content-Length: 0x1\r\n\r\na", 400, id="length in hex"),
        pytest.param(HEAD + b"Content-Length: %d\r\n\r\n" % 2**70, 400, id="length beyond all numbers"),
        pytest.param(
            HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            id="length and chunks",
        ),
        pytest.param(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, id="another coding"),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 501, id="chunked is not last"
        ),
        pytest.param(CHUNKED + b"zz\r\n", 400, id="chunk size without digits"),
        pytest.param(CHUNKED + b"f" * 17 + b"\r\n", 400, id="chunk size beyond all numbers"),
        pytest.param(CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n", 400, id="chunk longer than its size"),
        pytest.param(CHUNKED + chunk(bytes(60_000)) * 2, 413, id="chunks that are too much"),
        pytest.param(
            HEAD + b"Content-Length: %d\r\n\r\n" % (LARGEST + 1), 413, id="a body that is too large"
        ),
        pytest.param(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431, id="a long target"),
        pytest.param(request(a="b" * 9000), 431, id="a long field"),
        pytest.param(request(**{f"h{i}": "" for i in range(100)}), 431, id="many fields"),
        pytest.param(CHUNKED + b"0\r\n" + b"A: b\r\n" * 2000 + b"\r\n", 431, id="a long trailer"),
        pytest.param(HEAD + b"Expect: miracles\r\nContent-Length: 1\r\n\r\na", 417, id="expects miracles"),
        pytest.param(b"GET /v2/hea", 408, id="half a head"),
        pytest.param(HEAD + b"Content-Length: 5\r\n\r\nab", 408, id="half a body"),
        pytest.param(CHUNKED + b"5\r\nab", 408, id="half a chunk"),
    ],
)
def test_http1(server: ServerProcess, bystander: Bystander, sent: bytes, status: int) -> None:
    with RawHttp(server.rest_port) as connection:
        reply = connection.send(sent).reply()
        assert (reply.status, reply.closes) == (status, True)
        assert reply.json()["error"]
        assert bystander.is_served()
        assert connection.has_ended()


def test_a_smuggled_request_is_not_answered(server: ServerProcess) -> None:
    sent = HEAD + b"Content-Length: 30\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    with RawHttp(server.rest_port) as connection:
        assert connection.send(sent + request()).reply().status == 400
        assert connection.has_ended()


def test_http1_on_the_grpc_port(server: ServerProcess) -> None:
    with RawHttp(server.port) as connection:
        reply = connection.send(request()).reply()
        assert (reply.status, reply.closes) == (400, True)


def test_grpc_on_the_rest_port(server: ServerProcess) -> None:
    with RawHttp2(server.rest_port) as connection:
        stream = connection.begin(LIVE)
        connection.send(stream, message(b""), end=True)
        assert connection.outcome(stream).status == 12


@pytest.mark.parametrize("rest", [False, True], ids=["gRPC", "REST"])
def test_who_says_nothing_more_is_let_go(server: ServerProcess, rest: bool) -> None:
    port = server.rest_port if rest else server.port
    with contextlib.ExitStack() as connections:
        waiting = []
        for sent in (b"", b"P", PREFACE[:20], PREFACE):
            connection = socket.create_connection(("127.0.0.1", port), timeout=60)
            waiting.append(connections.enter_context(connection))
            connection.sendall(sent)
        assert all(ended(connection) for connection in waiting)


# HTTP/2

WRONG_FRAMES = [
    pytest.param(b"\xff" * 1000, id="a frame beyond all sizes"),
    pytest.param(frame(DATA, 0, 0, b"x"), id="data without a stream"),
    pytest.param(frame(DATA, 0, 5, b"x"), id="data on an idle stream"),
    pytest.param(opened(2), id="an even stream"),
    pytest.param(frame(HEADERS, END_HEADERS, 1, b"\xff" * 6), id="a head that cannot be unpacked"),
    pytest.param(frame(HEADERS, END_HEADERS, 1, b"\xc0"), id="a field that is in no table"),
    pytest.param(frame(CONTINUATION, END_HEADERS, 1), id="continuation of nothing"),
    pytest.param(frame(HEADERS, 0, 1, block()) + frame(PING, payload=bytes(8)), id="a frame amid a head"),
    pytest.param(frame(HEADERS, 0, 1, block()) + frame(CONTINUATION, 0, 3), id="continuation of another"),
    pytest.param(frame(PUSH, END_HEADERS, 1, b"\0\0\0\2"), id="push"),
    pytest.param(frame(PING, payload=b"1234"), id="short ping"),
    pytest.param(frame(PING, 0, 1, bytes(8)), id="ping on a stream"),
    pytest.param(frame(SETTINGS, payload=b"12345"), id="odd settings"),
    pytest.param(frame(SETTINGS, 1, 0, bytes(6)), id="an acknowledgement with settings"),
    pytest.param(frame(SETTINGS, payload=b"\0\4\xff\xff\xff\xff"), id="a window beyond all sizes"),
    pytest.param(frame(SETTINGS, payload=b"\0\5\0\0\0\1"), id="frames below all sizes"),
    pytest.param(frame(WINDOW, payload=bytes(4)), id="a window that does not grow"),
    pytest.param(frame(WINDOW, payload=b"\x7f\xff\xff\xff"), id="a window that overflows"),
    pytest.param(frame(WINDOW, payload=b"\0"), id="a short window"),
    pytest.param(frame(RESET, 0, 1, bytes(4)), id="a reset of nothing"),
    pytest.param(opened() + frame(RESET, 0, 1, b"12"), id="a short reset"),
    pytest.param(frame(GOAWAY, payload=b"12"), id="a short goaway"),
    pytest.param(frame(GOAWAY, 0, 1, bytes(8)), id="goaway on a stream"),
    pytest.param(opened() + frame(DATA, PADDED, 1, b"\x40pad"), id="more padding than there is"),
]


@pytest.mark.parametrize("sent", WRONG_FRAMES)
@pytest.mark.parametrize("rest", [False, True], ids=["gRPC", "REST"])
def test_http2(server: ServerProcess, bystander: Bystander, sent: bytes, rest: bool) -> None:
    port = server.rest_port if rest else server.port
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(PREFACE + frame(SETTINGS) + sent)
        assert bystander.is_served()
        assert ended(connection)


@pytest.mark.parametrize(
    "fields",
    [
        {"__method": None},
        {"__path": None},
        {"__scheme": None},
        {"__status": "200"},
        {"Upper": "1"},
        {"connection": "close"},
        {"transfer_encoding": "chunked"},
        {"te": "gzip"},
        {"a": "b\r\nc: d"},
        {"a": "b\0"},
        {"content_length": "1"},
        {"content_length": "x"},
    ],
    ids=str,
)
def test_wrong_heads_end_their_stream_alone(server: ServerProcess, fields: dict[str, str | None]) -> None:
    call = frame(HEADERS, END_HEADERS, 1, block(**fields)) + frame(DATA, END_STREAM, 1, message(b""))
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(PREFACE + frame(SETTINGS) + call)
        connection.sendall(frame(HEADERS, END_HEADERS, 3, block()) + frame(DATA, END_STREAM, 3, message(b"")))
        received = b""
        while frame(DATA, 0, 3, message(b"\x08\x01")) not in received:
            piece = connection.recv(65536)
            assert piece, received
            received += piece
        assert frame(RESET, 0, 1, b"\0\0\0\1") in received


# gRPC


@pytest.mark.parametrize(
    ("sent", "headers", "status"),
    [
        pytest.param(b"", {}, 12, id="no message"),
        pytest.param(message(b"") * 2, {}, 12, id="two messages"),
        pytest.param(message(b"abcdef")[:7], {}, 13, id="half a message"),
        pytest.param(b"\0\0\0", {}, 13, id="half a length"),
        pytest.param(message(b"", compressed=2), {}, 13, id="an unknown flag"),
        pytest.param(message(b"", compressed=1), {}, 13, id="compressed by nothing"),
        pytest.param(message(b"abc", compressed=1), {"grpc_encoding": "gzip"}, 13, id="no gzip"),
        pytest.param(message(b""), {"grpc_encoding": "snappy"}, 12, id="an unknown compression"),
        pytest.param(message(bytes(LARGEST + 1)), {}, 8, id="too large"),
        pytest.param(b"\0\xff\xff\xff\xff", {}, 8, id="claims to be too large"),
        pytest.param(message(b""), {"grpc_timeout": "bananas"}, 13, id="no time"),
        pytest.param(message(b""), {"grpc_timeout": "0n"}, 4, id="no time left"),
        pytest.param(message(b""), {"a": "b" * 9000}, 8, id="much metadata"),
        pytest.param(message(b""), {f"h{i}": "" for i in range(100)}, 8, id="many fields"),
        pytest.param(message(b"\xff"), {}, 3, id="no protobuf"),
    ],
)
def test_grpc(server: ServerProcess, sent: bytes, headers: dict[str, str], status: int) -> None:
    with RawHttp2(server.port) as connection:
        stream = connection.begin(INFER, **headers)
        connection.send(stream, sent, end=True)
        assert connection.outcome(stream).status == status
        following = connection.begin(LIVE)
        connection.send(following, message(b""), end=True)
        assert connection.outcome(following).data == message(b"\x08\x01")


@pytest.mark.parametrize(
    "path", ["/nothing/Predict", "/inference.GRPCInferenceService/", "/", "nothing", "*"]
)
def test_unknown_methods(server: ServerProcess, path: str) -> None:
    with RawHttp2(server.port) as connection:
        stream = connection.begin(path)
        connection.send(stream, message(b""), end=True)
        outcome = connection.outcome(stream)
        assert outcome.reset or outcome.status == 12


@pytest.mark.parametrize("path", [LIVE, STREAM])
@pytest.mark.parametrize("sent", [b"", b"\0\0", message(b"abcdef")[:8]], ids=["head", "length", "message"])
def test_calls_that_stop_in_the_middle(
    server: ServerProcess, bystander: Bystander, path: str, sent: bytes
) -> None:
    with RawHttp2(server.port) as connection:
        for _ in range(50):
            stream = connection.begin(path)
            if sent:
                connection.send(stream, sent)
        assert bystander.is_served()


def test_clients_that_vanish(server: ServerProcess) -> None:
    for length in range(12):
        with RawHttp2(server.port) as connection:
            stream = connection.begin(INFER)
            connection.send(stream, message(b"abcdef")[:length])
        with RawHttp(server.rest_port) as other:
            other.send(request("POST", PREDICT, b"{}")[: -1 - length])


# Floods

FLOODS = [
    pytest.param(b"", frame(PING, payload=bytes(8)), id="ping"),
    pytest.param(b"", frame(PING, 1, payload=bytes(8)), id="ping answers"),
    pytest.param(b"", frame(SETTINGS), id="settings"),
    pytest.param(opened(), frame(DATA, 0, 1), id="empty data"),
    pytest.param(opened(), frame(DATA, PADDED, 1, b"\0"), id="padding alone"),
    pytest.param(b"", frame(PRIORITY, 0, 3, bytes(5)), id="priority"),
    pytest.param(opened(), frame(WINDOW, 0, 1, b"\0\0\0\1"), id="window of a stream"),
    pytest.param(b"", frame(WINDOW, payload=b"\0\0\0\1"), id="window"),
    pytest.param(b"", frame(0xEE), id="unknown frames"),
    pytest.param(frame(HEADERS, 0, 1, block()), frame(CONTINUATION, 0, 1), id="continuation"),
]


@pytest.mark.parametrize(("opening", "repeated"), FLOODS)
def test_floods(server: ServerProcess, bystander: Bystander, opening: bytes, repeated: bytes) -> None:
    flooded(server, bystander, opening, itertools.repeat(repeated * 1000))


def test_rapid_resets(server: ServerProcess, bystander: Bystander) -> None:
    def calls() -> Iterator[bytes]:
        for stream in itertools.count(1, 2):
            call = frame(HEADERS, END_HEADERS, stream, block()) + frame(
                DATA, END_STREAM, stream, message(b"")
            )
            yield call + frame(RESET, 0, stream, b"\0\0\0\x08")

    flooded(server, bystander, b"", calls())


def test_a_flood_that_goes_on_behind_the_end_is_cut_off(server: ServerProcess, bystander: Bystander) -> None:
    refused = flooded(server, bystander, b"", itertools.repeat(frame(PING, payload=bytes(8)) * 1000), on=True)
    assert refused.is_set()


def flooded(
    server: ServerProcess, bystander: Bystander, opening: bytes, pieces: Iterator[bytes], on: bool = False
) -> threading.Event:
    """Send until the server says no more, which it must; others are served meanwhile.

    With ``on``, what it does not read any more is sent too. Returns whether it was refused.
    """
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(PREFACE + frame(SETTINGS) + opening)
        end = time.monotonic() + 60
        closed = threading.Event()
        refused = threading.Event()
        sending = threading.Event()

        def send() -> None:
            try:
                for piece in pieces:
                    connection.sendall(piece)
                    sending.set()
                    if (closed.is_set() and not on) or time.monotonic() > end:
                        break
            except OSError:
                refused.set()
            sending.set()

        def read() -> None:  # or the server would wait for its answers to be taken
            with suppress(OSError):
                ended(connection)
                closed.set()

        threads = [threading.Thread(target=send), threading.Thread(target=read)]
        for thread in threads:
            thread.start()
        assert sending.wait(60)
        for _ in range(5):
            assert bystander.is_served()
        for thread in threads:
            thread.join()
        assert closed.is_set()
    return refused
