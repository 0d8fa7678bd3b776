"""gRPC over real sockets: malformed, slow, too large, too many; and always a client that is served."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import grpc
import pytest

from harness.fake_core import FakeCore
from harness.raw_http2 import RawHttp2, message
from ovserve.config.schema import Limits, ServerOptions
from ovserve.grpc_api.server import GrpcServer

PREDICT = "/tensorflow.serving.PredictionService/Predict"
LARGEST = 100_000
SHORT_S = 0.3

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def core() -> Any:
    core = FakeCore()
    core.answers["tfs_predict"] = lambda request: request[::-1]
    return core


@contextmanager
def serving(core: Any, threads: int = 4, **limits: Any) -> Iterator[int]:
    chosen = {"message_bytes": LARGEST, "header_bytes": 8192, **limits}
    options = ServerOptions(
        port=0, grpc_bind_address="127.0.0.1", grpc_max_threads=threads, limits=Limits(**chosen)
    )
    server = GrpcServer(core, options)
    try:
        yield server.start()
    finally:
        assert server.begin_stop(0.0).wait(60)
        server.close_threads()


@pytest.fixture
def port(core: Any) -> Iterator[int]:
    with serving(core) as port:
        yield port


def call(port: int, content: bytes = b"abc", path: str = PREDICT, **options: Any) -> bytes:
    unlimited = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=unlimited) as channel:
        return bytes(channel.unary_unary(path)(content, timeout=60, **options))


def refusal(port: int, *arguments: Any, **options: Any) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call(port, *arguments, **options)
    assert call(port) == b"cba"
    return caught.value.code().name, caught.value.details()


# Limits


def test_messages_up_to_the_limit(port: int) -> None:
    assert len(call(port, bytes(LARGEST))) == LARGEST
    code, text = refusal(port, bytes(LARGEST + 1))
    assert code == "RESOURCE_EXHAUSTED"
    assert f"{LARGEST + 1} vs. {LARGEST}" in text


def test_replies_up_to_the_limit(port: int, core: Any) -> None:
    core.answers["tfs_predict"] = lambda request: bytes(LARGEST + 1) if request == b"much" else b"cba"
    assert refusal(port, b"much")[0] == "RESOURCE_EXHAUSTED"


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_compressed_messages(port: int, compression: grpc.Compression) -> None:
    content = bytes(range(100)) * (LARGEST // 100)
    assert call(port, content, compression=compression) == content[::-1]
    assert refusal(port, content + b"x", compression=compression)[0] == "RESOURCE_EXHAUSTED"


def test_a_message_that_grows_when_decompressed(port: int, core: Any) -> None:
    assert refusal(port, bytes(50 << 20), compression=grpc.Compression.Gzip)[0] == "RESOURCE_EXHAUSTED"
    assert [len(arguments[0]) for _, *arguments in core.calls] == [3]


def test_metadata_up_to_the_limit(port: int) -> None:
    assert call(port, metadata=(("a", "b" * 7000),)) == b"cba"
    for size in (9000, 90_000):
        assert refusal(port, metadata=(("a", "b" * size),))[0] == "RESOURCE_EXHAUSTED"


def test_connections_beyond_the_limit(core: Any, eventually: Eventually) -> None:
    with serving(core, connections=3) as port, ExitStack() as connections:
        inside = [connections.enter_context(RawHttp2(port)) for _ in range(3)]
        for connection in inside:
            assert connection.outcome(ask(connection, b"abc")).data == message(b"cba")
        with pytest.raises(grpc.RpcError) as caught:
            call(port)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        for connection in inside:
            assert connection.outcome(ask(connection, b"abc")).data == message(b"cba")
        inside.pop().socket.close()

        def is_admitted() -> bool:
            try:
                return call(port) == b"cba"
            except grpc.RpcError:
                return False

        eventually(is_admitted)


# Wrong calls


def ask(connection: RawHttp2, content: bytes) -> int:
    stream = connection.begin(PREDICT)
    connection.send(stream, message(content), end=True)
    return stream


@pytest.mark.parametrize("path", ["/nothing/Predict", "/tensorflow.serving.PredictionService/Nothing"])
def test_unknown_methods(port: int, path: str) -> None:
    assert refusal(port, path=path)[0] == "UNIMPLEMENTED"


@pytest.mark.parametrize("path", ["", "/", "nothing", "//", "/" + "a" * 7000])
def test_paths_that_are_none(port: int, path: str) -> None:
    with RawHttp2(port) as connection:
        stream = connection.begin(path)
        connection.send(stream, message(b"abc"), end=True)
        outcome = connection.outcome(stream)
        assert outcome.reset or outcome.closed or outcome.status != 0
    assert call(port) == b"cba"


@pytest.mark.parametrize(
    ("sent", "headers", "status"),
    [
        pytest.param(b"", {}, 12, id="none"),
        pytest.param(message(b"abcdef")[:7], {}, 12, id="half"),
        pytest.param(message(b"abc", compressed=1), {}, 13, id="compressed by nothing"),
        pytest.param(message(b"abc", compressed=1), {"grpc_encoding": "gzip"}, 13, id="no gzip"),
        pytest.param(
            message(gzip.compress(b"abc")[:-1], compressed=1), {"grpc_encoding": "gzip"}, 13, id="half gzip"
        ),
        pytest.param(message(b"abc", compressed=1), {"grpc_encoding": "br"}, 13, id="unknown compression"),
        pytest.param(message(b"abc"), {"grpc_timeout": "bananas"}, 13, id="no time"),
        pytest.param(message(b"abc"), {"grpc_timeout": "0n"}, 4, id="no time left"),
    ],
)
def test_messages_that_are_none(
    port: int, core: Any, sent: bytes, headers: dict[str, str], status: int
) -> None:
    with RawHttp2(port) as connection:
        stream = connection.begin(PREDICT, **headers)
        connection.send(stream, sent, end=True)
        outcome = connection.outcome(stream)
        assert outcome.reset or outcome.status == status
        assert connection.outcome(ask(connection, b"abc")).data == message(b"cba")
    assert [arguments for _, *arguments in core.calls] == [[b"abc"]]


@pytest.mark.parametrize("content_type", ["application/grpc+proto", "application/json", ""])
def test_content_types(port: int, content_type: str) -> None:
    with RawHttp2(port) as connection:
        stream = connection.begin(PREDICT, content_type=content_type)
        connection.send(stream, message(b"abc"), end=True)
        outcome = connection.outcome(stream)
        assert outcome.reset or outcome.closed or outcome.headers["content-type"] == "application/grpc"
    assert call(port) == b"cba"


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 200,
        b"\x00" * 1000,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 1000,
    ],
    ids=["HTTP/1.1", "TLS", "zeros", "a frame beyond all sizes"],
)
def test_what_is_no_grpc(port: int, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent)
        assert drained(connection)
    assert call(port) == b"cba"


def drained(connection: socket.socket) -> bool:
    """Read until the server closes."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


# Time


@pytest.mark.parametrize("sent", [b"", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], ids=["nothing", "preface"])
def test_who_says_nothing_is_let_go(core: Any, sent: bytes) -> None:
    with serving(core, transfer_timeout_s=SHORT_S) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(sent)
            assert drained(connection)
        assert call(port) == b"cba"


def test_who_asks_nothing_is_let_go(core: Any) -> None:
    with serving(core, idle_timeout_s=SHORT_S) as port, RawHttp2(port) as connection:
        assert connection.outcome(ask(connection, b"abc")).data == message(b"cba")
        assert connection.has_ended()
        assert call(port) == b"cba"


def test_a_call_under_way_is_no_idle_connection(core: Any) -> None:
    release = threading.Event()
    core.answers["tfs_predict"] = lambda request: release.wait(60) and request
    with serving(core, idle_timeout_s=SHORT_S) as port, RawHttp2(port) as connection:
        stream = ask(connection, b"abc")
        with RawHttp2(port) as idle:
            assert idle.has_ended()
        release.set()
        assert connection.outcome(stream).data == message(b"abc")


@pytest.mark.parametrize("sent", [b"", message(b"abcdef")[:7]], ids=["head", "half a message"])
def test_calls_that_stop_in_the_middle_hold_up_nobody(core: Any, sent: bytes) -> None:
    with serving(core, threads=4) as port, RawHttp2(port) as stuck:
        for _ in range(50):
            stream = stuck.begin(PREDICT)
            if sent:
                stuck.send(stream, sent)
        for path, function in ((PREDICT, "tfs_predict"), ("/grpc.health.v1.Health/Check", "health_check")):
            core.answers[function] = lambda request: request[::-1]
            assert call(port, path=path) == b"cba"


# Leaving


def test_a_cancelled_call_that_waits_for_a_thread_is_not_run(core: Any, eventually: Eventually) -> None:
    release = threading.Event()
    core.answers["tfs_predict"] = lambda request: release.wait(60) and request
    with serving(core, threads=2) as port, RawHttp2(port) as connection:
        busy = [ask(connection, b"busy") for _ in range(2)]
        eventually(lambda: len(core.calls) == 2)
        left = ask(connection, b"left")
        connection.reset(left)
        connection.wait_until_read()
        last = ask(connection, b"last")
        release.set()
        assert connection.outcome(last).data == message(b"last")
        assert busy
    assert [arguments for _, *arguments in core.calls] == [[b"busy"], [b"busy"], [b"last"]]


def test_a_deadline_that_passes_before_a_thread_is_free(core: Any, eventually: Eventually) -> None:
    release = threading.Event()
    core.answers["tfs_predict"] = lambda request: release.wait(60) and request
    with serving(core, threads=1) as port, RawHttp2(port) as connection:
        busy = ask(connection, b"busy")
        eventually(lambda: len(core.calls) == 1)
        late = connection.begin(PREDICT, grpc_timeout="100m")
        connection.send(late, message(b"late"), end=True)
        assert connection.outcome(late).status == 4
        release.set()
        assert call(port) == b"abc"
        assert busy
    assert [arguments for _, *arguments in core.calls] == [[b"busy"], [b"abc"]]


def test_threads_come_back_from_calls_that_were_cancelled_or_timed_out(core: Any) -> None:
    release = threading.Event()
    core.answers["tfs_predict"] = lambda request: release.wait(60) and request
    with serving(core, threads=2) as port:
        with RawHttp2(port) as connection:
            connection.reset(ask(connection, b"cancelled"))
            stream = connection.begin(PREDICT, grpc_timeout="50m")
            connection.send(stream, message(b"timed out"), end=True)
            assert connection.outcome(stream).status == 4
            for _ in range(10):
                ask(connection, b"left")
        release.set()
        assert [call(port) for _ in range(5)] == [b"abc"] * 5


def test_clients_that_vanish_disturb_nobody(core: Any, caplog: pytest.LogCaptureFixture) -> None:
    with serving(core) as port:
        for length in range(8):
            with RawHttp2(port) as connection:
                stream = connection.begin(PREDICT)
                if length:
                    connection.send(stream, message(b"abc")[:length])
        assert call(port) == b"cba"
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
