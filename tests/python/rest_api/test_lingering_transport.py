"""Closing, over real sockets on asyncio's own transports."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from ovserve.rest_api.lingering_transport import LingeringTransport


class Closing(asyncio.Protocol):
    """Says a word and closes as soon as something comes."""

    def __init__(self, client_still_sends: bool, longest_s: float) -> None:
        self._client_still_sends = client_still_sends
        self._longest_s = longest_s
        self.ended = asyncio.get_running_loop().create_future()
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        loop = asyncio.get_running_loop()
        self.transport = LingeringTransport(
            transport, loop, lambda: self._client_still_sends, self._longest_s
        )

    def data_received(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(b"word")
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.transport.connection_lost()
        self.ended.set_result(error)


def exchange(
    act: Callable[[socket.socket], bytes], client_still_sends: bool = True, longest_s: float = 600.0
) -> tuple[bytes, bool]:
    """Let a client act; returns what it got, and whether the server lingered."""

    async def run() -> tuple[bytes, bool]:
        loop = asyncio.get_running_loop()
        protocols: list[Closing] = []

        def make() -> Closing:
            protocols.append(Closing(client_still_sends, longest_s))
            return protocols[-1]

        server = await loop.create_server(make, "127.0.0.1", 0)
        async with server:
            with socket.create_connection(server.sockets[0].getsockname(), timeout=60) as client:
                got = await asyncio.to_thread(act, client)
                (protocol,) = protocols
                lingered = protocol.transport.lingers
            await asyncio.wait_for(protocol.ended, 60)
        return got, lingered

    return asyncio.run(run())


def read_all(client: socket.socket) -> bytes:
    got = b""
    while piece := client.recv(65536):
        got += piece
    return got


def send_much(client: socket.socket) -> bytes:
    client.sendall(bytes(8 << 20))  # far more than fits between the two
    return read_all(client)


def test_a_client_that_still_sends_gets_the_last_word() -> None:
    assert exchange(send_much) == (b"word", True)


def test_a_client_that_has_finished_is_left_at_once() -> None:
    def send_little(client: socket.socket) -> bytes:
        client.sendall(b"x")
        return read_all(client)

    assert exchange(send_little, client_still_sends=False) == (b"word", False)


def test_a_client_that_never_finishes_is_left_in_the_end() -> None:
    def send_for_ever(client: socket.socket) -> bytes:
        try:
            while True:
                client.sendall(bytes(1000))
        except OSError:
            return b"reset"

    assert exchange(send_for_ever, longest_s=0.1) == (b"reset", True)
