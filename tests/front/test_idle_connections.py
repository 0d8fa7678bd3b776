"""What connections cost that are open and silent."""

import socket
import time
from collections.abc import Callable

import pytest

from harness.echo_server import EchoServer
from harness.raw_http2 import frame

CONNECTIONS = 200
MOST_KIB = 2048

# The preface, empty settings, a call of echo.Echo/Unary with uncompressed fields, its message.
_FIELDS = [
    (b":method", b"POST"),
    (b":scheme", b"http"),
    (b":authority", b"test"),
    (b":path", b"/echo.Echo/Unary"),
    (b"content-type", b"application/grpc"),
    (b"te", b"trailers"),
]


def _http2(client: socket.socket) -> None:
    block = b"".join(b"\0" + bytes([len(n)]) + n + bytes([len(v)]) + v for n, v in _FIELDS)
    message = b"\0\0\0\0\5hello"
    client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + frame(4, 1, 0, b""))
    client.sendall(frame(1, 4, 1, block) + frame(0, 1, 1, message))
    received = b""
    while b"grpc-status" not in received and frame(0, 0, 1, message) not in received:
        received += client.recv(65536)


def _http1(client: socket.socket) -> None:
    client.sendall(b"POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello")
    received = b""
    while not received.endswith(b"hello"):
        received += client.recv(65536)


@pytest.mark.parametrize("use", [_http1, _http2], ids=["http1", "http2"])
def test_idle_connections_cost_little(use: Callable[[socket.socket], None]) -> None:
    with EchoServer("--shared") as echo:
        address = ("127.0.0.1", echo.grpc_port)
        for _ in range(20):  # what is set up once
            with socket.create_connection(address) as client:
                use(client)
        before = echo.memory_kib()
        clients = [socket.create_connection(address) for _ in range(CONNECTIONS)]
        try:
            for client in clients:
                use(client)
            # What an idle connection does not need is given back within seconds.
            end = time.monotonic() + 30
            while echo.memory_kib() - before >= MOST_KIB and time.monotonic() < end:
                time.sleep(0.1)
            assert echo.memory_kib() - before < MOST_KIB
        finally:
            for client in clients:
                client.close()
