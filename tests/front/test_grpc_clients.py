"""grpcio as a client of the native front."""

import asyncio
import os
import threading
import time
from collections.abc import Iterator

import grpc
import grpc.aio
import pytest

from harness.echo_server import EchoServer

UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
TIMEOUT_S = 60


@pytest.fixture(scope="module")
def channel(echo: EchoServer) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"127.0.0.1:{echo.grpc_port}", options=UNLIMITED) as channel:
        yield channel


def method(channel: grpc.Channel, name: str) -> grpc.UnaryUnaryMultiCallable:
    return channel.unary_unary(f"/echo.Echo/{name}")


@pytest.mark.parametrize("size", [0, 1, 100, 16_384, 70_000, 5_000_000])
def test_messages_come_back(channel: grpc.Channel, size: int) -> None:
    message = os.urandom(size)
    assert method(channel, "Unary")(message, timeout=TIMEOUT_S) == message


def test_many_calls_at_once_from_many_threads(channel: grpc.Channel) -> None:
    failures: list[Exception] = []

    def call(seed: int) -> None:
        try:
            for i in range(50):
                message = f"{seed}/{i}".encode() * (1 + seed * i % 500)
                name = "Late" if i % 7 == 0 else "Unary"
                assert method(channel, name)(message, timeout=TIMEOUT_S) == message
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=call, args=(seed,)) for seed in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_statuses_arrive_with_their_text(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        method(channel, "Fail")(
            b"", metadata=[("x-code", "5"), ("x-message", "100% gone")], timeout=TIMEOUT_S
        )
    assert failed.value.code() == grpc.StatusCode.NOT_FOUND
    assert failed.value.details() == "100% gone"
    with pytest.raises(grpc.RpcError) as failed:
        method(channel, "Nowhere")(b"", timeout=TIMEOUT_S)
    assert failed.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_deadlines_and_cancellations(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        method(channel, "Never")(b"", timeout=0.2)
    assert failed.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    call = method(channel, "Never").future(b"")
    call.cancel()
    assert call.code() == grpc.StatusCode.CANCELLED
    assert method(channel, "Unary")(b"next", timeout=TIMEOUT_S) == b"next"


def test_compressed_messages() -> None:
    with EchoServer("--compress") as echo:
        target = f"127.0.0.1:{echo.grpc_port}"
        for compression in (grpc.Compression.Gzip, grpc.Compression.Deflate, grpc.Compression.NoCompression):
            with grpc.insecure_channel(target, compression=compression) as channel:
                for message in (b"short", b"long " * 100_000):
                    assert method(channel, "Unary")(message, timeout=TIMEOUT_S) == message
                replies = channel.stream_stream("/echo.Echo/Stream")(
                    iter([b"a" * 50_000, b"b"]), timeout=TIMEOUT_S
                )
                assert list(replies) == [b"a" * 50_000, b"b"]


def test_streams_in_both_directions(channel: grpc.Channel) -> None:
    answered = threading.Semaphore(0)
    messages = [os.urandom(size) for size in (1, 0, 3_000_000, 7)]

    def one_after_the_other() -> Iterator[bytes]:
        for message in messages:
            yield message
            assert answered.acquire(timeout=TIMEOUT_S)

    received = []
    for reply in channel.stream_stream("/echo.Echo/Stream")(one_after_the_other(), timeout=TIMEOUT_S):
        received.append(reply)
        answered.release()
    assert received == messages


def test_streams_that_send_ahead(channel: grpc.Channel) -> None:
    messages = [str(i).encode() * 50 for i in range(10_000)]
    assert list(channel.stream_stream("/echo.Echo/Stream")(iter(messages), timeout=TIMEOUT_S)) == messages


def test_a_stream_can_be_cancelled(channel: grpc.Channel) -> None:
    hold = threading.Event()

    def endless() -> Iterator[bytes]:
        yield b"one"
        hold.wait(TIMEOUT_S)

    call = channel.stream_stream("/echo.Echo/Stream")(endless(), timeout=TIMEOUT_S)
    assert next(call) == b"one"
    call.cancel()
    hold.set()
    with pytest.raises(grpc.RpcError):
        next(call)


def test_asyncio_client(echo: EchoServer) -> None:
    async def calls() -> list[bytes]:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{echo.grpc_port}", options=UNLIMITED) as channel:
            unary = channel.unary_unary("/echo.Echo/Late")
            tasks = [unary(str(i).encode(), timeout=TIMEOUT_S) for i in range(200)]
            return list(await asyncio.gather(*tasks))

    assert asyncio.run(calls()) == [str(i).encode() for i in range(200)]


def test_eager_keepalive_pings_are_answered(echo: EchoServer) -> None:
    options = [
        ("grpc.keepalive_time_ms", 100),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
    ]
    with grpc.insecure_channel(f"127.0.0.1:{echo.grpc_port}", options=options) as channel:
        call = method(channel, "Late")(b"pinged", metadata=[("x-delay-ms", "1500")], timeout=TIMEOUT_S)
        assert call == b"pinged"


def test_a_client_goes_on_with_a_server_started_again() -> None:
    with EchoServer() as echo:
        port = echo.grpc_port
        options = [("grpc.initial_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 50)]
        channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=options)
        assert method(channel, "Unary")(b"one", timeout=TIMEOUT_S) == b"one"
    with channel, EchoServer("--grpc-port", str(port)):
        two = method(channel, "Unary")(b"two", timeout=TIMEOUT_S, wait_for_ready=True)
        assert two == b"two"


def test_no_call_is_lost_when_the_server_stops() -> None:
    """What has begun is finished; what comes too late is told so, in a way that lets it be tried again."""
    with EchoServer() as echo:
        channel = grpc.insecure_channel(f"127.0.0.1:{echo.grpc_port}")
        late = method(channel, "Late")
        calls = [
            late.future(str(i).encode(), metadata=[("x-delay-ms", "500")], timeout=TIMEOUT_S)
            for i in range(20)
        ]
        # Once the server has answered something, it has those as well: they were sent before.
        assert method(channel, "Unary")(b"", timeout=TIMEOUT_S) == b""
        time.sleep(0.05)
    with channel:
        assert [call.result() for call in calls] == [str(i).encode() for i in range(20)]
