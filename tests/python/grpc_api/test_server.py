"""The gRPC server over a core that only remembers."""

import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest

from harness.fake_core import FakeCore
from ovserve import errors
from ovserve.config.schema import ServerOptions
from ovserve.grpc_api.listener import default_threads
from ovserve.grpc_api.server import GrpcServer
from ovserve.grpc_api.stream_infer import MAX_STREAMS

PREDICT = "/tensorflow.serving.PredictionService/Predict"


@pytest.fixture
def core() -> Any:
    return FakeCore()


def grpc_server(core: Any, port: int = 0, **options: Any) -> GrpcServer:
    options = {"grpc_bind_address": "127.0.0.1", **options}
    return GrpcServer(core, ServerOptions(port=port, **options))


@contextmanager
def serving(core: Any, **options: Any) -> Iterator[tuple[GrpcServer, grpc.Channel]]:
    server = grpc_server(core, **options)
    port = server.start()
    unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=unlimited) as channel:
        yield server, channel
    assert server.begin_stop(0.0).wait(60)
    server.close_threads()


def call(channel: grpc.Channel, path: str, message: bytes = b"message") -> Any:
    return channel.unary_unary(path)(message, timeout=60)


@pytest.mark.parametrize(
    ("path", "function"),
    [
        (PREDICT, "tfs_predict"),
        ("/tensorflow.serving.PredictionService/GetModelMetadata", "tfs_get_model_metadata"),
        ("/tensorflow.serving.ModelService/GetModelStatus", "tfs_get_model_status"),
        ("/inference.GRPCInferenceService/ServerLive", "kserve_server_live"),
        ("/inference.GRPCInferenceService/ServerReady", "kserve_server_ready"),
        ("/inference.GRPCInferenceService/ModelReady", "kserve_model_ready"),
        ("/inference.GRPCInferenceService/ServerMetadata", "kserve_server_metadata"),
        ("/inference.GRPCInferenceService/ModelMetadata", "kserve_model_metadata"),
        ("/inference.GRPCInferenceService/ModelInfer", "kserve_model_infer"),
        ("/grpc.health.v1.Health/Check", "health_check"),
    ],
)
def test_methods_hand_the_bytes_through(core: Any, path: str, function: str) -> None:
    core.answers[function] = lambda request: request[::-1]
    with serving(core) as (_, channel):
        assert call(channel, path, b"\x00message\xff") == b"\xffegassem\x00"


def test_errors_of_the_core(core: Any) -> None:
    core.answers["tfs_predict"] = errors.NotFoundError("no such \u00e4 thing")
    with serving(core) as (_, channel), pytest.raises(grpc.RpcError) as caught:
        call(channel, PREDICT)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert caught.value.details() == "no such \u00e4 thing"


def test_a_text_of_any_length_reaches_the_client(core: Any) -> None:
    core.answers["tfs_predict"] = errors.InternalError("\u00e4" * 100_000)
    with serving(core) as (_, channel), pytest.raises(grpc.RpcError) as caught:
        call(channel, PREDICT)
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "\u00e4" * 100 in caught.value.details()


def test_surprises_are_logged_and_not_told(core: Any, caplog: pytest.LogCaptureFixture) -> None:
    core.answers["tfs_predict"] = RuntimeError("secret")
    with serving(core) as (_, channel), pytest.raises(grpc.RpcError) as caught:
        call(channel, PREDICT)
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in caught.value.details()
    assert "secret" in caplog.text


def test_messages_beyond_the_usual_limit(core: Any) -> None:
    core.answers["tfs_predict"] = lambda request: request
    with serving(core) as (_, channel):
        assert len(call(channel, PREDICT, bytes(64 << 20))) == 64 << 20


def test_channel_arguments_count_except_the_one_that_shares_ports(core: Any) -> None:
    chosen = (("grpc.max_receive_message_length", 10), ("grpc.so_reuseport", 1))
    with serving(core, grpc_channel_arguments=chosen) as (_, channel):
        with pytest.raises(grpc.RpcError) as caught:
            call(channel, PREDICT, b"more than ten bytes")
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_port_that_is_held(core: Any) -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(errors.ConfigurationError, match=f"127.0.0.1:{port}"):
            grpc_server(core, port).start()


@pytest.mark.parametrize(
    ("addresses", "hosts"),
    [
        ("127.0.0.1,::1", ["127.0.0.1", "[::1]"]),
        ("0.0.0.0,::,127.0.0.1", ["127.0.0.1", "[::1]"]),
        ("localhost,127.0.0.1", ["localhost", "127.0.0.1"]),
    ],
)
def test_several_addresses_have_one_port(core: Any, addresses: str, hosts: list[str]) -> None:
    server = grpc_server(core, grpc_bind_address=addresses)
    port = server.start()
    try:
        for host in hosts:
            with grpc.insecure_channel(f"{host}:{port}") as channel:
                assert call(channel, PREDICT, b"x")
    finally:
        server.begin_stop(0.0).wait()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("192.0.2.1", "gRPC cannot listen on 192.0.2.1:0"),
        ("nosuch.invalid", "gRPC cannot listen on nosuch.invalid"),
    ],
)
def test_an_address_that_is_not_ours(core: Any, address: str, words: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=words):
        grpc_server(core, grpc_bind_address=address).start()


def test_a_burst_on_a_new_connection_loses_nothing(core: Any) -> None:
    gate = threading.Event()
    core.answers["tfs_predict"] = lambda request: gate.wait(60) and request
    with serving(core, grpc_max_threads=4) as (_, channel):
        futures = [channel.unary_unary(PREDICT).future(b"x", timeout=60) for _ in range(500)]
        gate.set()
        assert {future.result() for future in futures} == {b"x"}


def test_running_calls_get_their_grace(core: Any) -> None:
    entered, release = threading.Event(), threading.Event()

    def slow(request: bytes) -> bytes:
        entered.set()
        release.wait(60)
        return request

    core.answers["tfs_predict"] = slow
    with serving(core) as (server, channel):
        running = channel.unary_unary(PREDICT).future(b"x", timeout=60)
        assert entered.wait(60)
        ended = server.begin_stop(60.0)
        assert not ended.is_set()
        release.set()
        assert ended.wait(60)
        assert running.result() == b"x"


def test_there_are_threads_for_requests_that_wait() -> None:
    waiting_per_model = 8  # max_waiting_requests of the core
    assert default_threads() > 4 * waiting_per_model


def test_watch_ends_with_the_server(core: Any, eventually: Callable[[Callable[[], bool]], None]) -> None:
    core.answers["health_check"] = b"\x08\x01"
    with serving(core) as (server, channel):
        states = channel.unary_stream("/grpc.health.v1.Health/Watch")(b"", timeout=60)
        assert next(states) == b"\x08\x01"
        core.answers["health_check"] = b"\x08\x02"
        server.announce_state()
        assert next(states) == b"\x08\x02"
        server.begin_stop(60.0)
        assert list(states) == []


STREAM = "/inference.GRPCInferenceService/ModelStreamInfer"


class Messages:
    """The client's side of a stream: what is put in is sent."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._outgoing: queue.Queue[bytes | None] = queue.Queue()
        self.replies = channel.stream_stream(STREAM)(iter(self._outgoing.get, None), timeout=60)

    def ask(self, message: bytes) -> bytes:
        self._outgoing.put(message)
        return bytes(next(self.replies))

    def end(self) -> None:
        self._outgoing.put(None)


def test_each_message_of_a_stream_is_answered_in_its_turn(core: Any) -> None:
    core.answers["kserve_model_stream_infer"] = lambda request: request[::-1]
    with serving(core) as (_, channel):
        messages = Messages(channel)
        assert messages.ask(b"one") == b"eno"
        assert messages.ask(b"two") == b"owt"
        messages.end()
        assert list(messages.replies) == []


def test_a_stream_ends_with_the_server(core: Any, caplog: pytest.LogCaptureFixture) -> None:
    with serving(core) as (server, channel):
        messages = Messages(channel)
        messages.ask(b"one")
        assert server.begin_stop(60.0).wait(10)
        with pytest.raises(grpc.RpcError):
            next(messages.replies)
        messages.end()
    assert caplog.text == ""


def test_a_stream_learns_that_the_core_has_stopped(core: Any) -> None:
    core.answers["kserve_model_stream_infer"] = errors.UnavailableError("the server is stopping")
    with serving(core) as (_, channel):
        messages = Messages(channel)
        with pytest.raises(grpc.RpcError) as caught:
            messages.ask(b"one")
        messages.end()
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def test_streams_are_counted(core: Any, eventually: Callable[[Callable[[], bool]], None]) -> None:
    with serving(core, grpc_max_threads=MAX_STREAMS + 4) as (_, channel):
        streams = [Messages(channel) for _ in range(MAX_STREAMS)]
        for messages in streams:
            messages.ask(b"one")
        with pytest.raises(grpc.RpcError) as caught:
            Messages(channel).ask(b"one")
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert call(channel, PREDICT)
        streams.pop().end()

        def another_is_admitted() -> bool:
            streams.append(Messages(channel))
            try:
                return streams[-1].ask(b"one") != b""
            except grpc.RpcError:
                return False

        eventually(another_is_admitted)
        for messages in streams:
            messages.end()
