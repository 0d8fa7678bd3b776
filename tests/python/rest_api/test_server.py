import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from harness.fake_core import FakeCore
from ovserve.config.schema import ServerOptions
from ovserve.errors import ConfigurationError
from ovserve.rest_api.app import RestApp
from ovserve.rest_api.server import RestServer


def rest_server(port: int = 0, address: str = "127.0.0.1") -> RestServer:
    core: Any = FakeCore()
    return RestServer(RestApp(core, lambda: None), ServerOptions(rest_port=port, rest_bind_address=address))  # type: ignore[arg-type, return-value]


@pytest.fixture
def held_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_serves_from_start_to_stop() -> None:
    server = rest_server()
    port = server.start()
    assert requests.get(f"http://127.0.0.1:{port}/v2/health/live", timeout=60).status_code == 200
    server.begin_stop(30.0)
    assert server.join(60.0)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/v2/health/live", timeout=60)


def test_a_port_can_be_used_again_at_once() -> None:
    port = 0
    for _ in range(3):
        server = rest_server(port)
        port = server.start()
        requests.get(f"http://127.0.0.1:{port}/v2/health/live", timeout=60)
        server.begin_stop(30.0)
        assert server.join(60.0)


def test_a_port_that_is_held(held_port: int) -> None:
    with pytest.raises(
        ConfigurationError, match=f"REST cannot listen on 127.0.0.1:{held_port}: Address already"
    ):
        rest_server(held_port).start()


@pytest.mark.parametrize("address", ["nosuch.invalid", "192.0.2.1"])
def test_an_address_that_is_not_ours(address: str) -> None:
    with pytest.raises(ConfigurationError, match=f"REST cannot listen on {address}:0"):
        rest_server(address=address).start()


def test_an_address_that_is_none() -> None:
    with pytest.raises(ConfigurationError, match="rest_bind_address: expected a host name"):
        rest_server(address="no such host").start()


@pytest.mark.parametrize(
    ("addresses", "hosts"),
    [
        ("127.0.0.1,::1", ["127.0.0.1", "[::1]"]),
        ("0.0.0.0,::", ["127.0.0.1", "[::1]"]),
        ("::", ["127.0.0.1", "[::1]"]),
        ("localhost,127.0.0.1", ["localhost", "127.0.0.1"]),
    ],
)
def test_several_addresses_have_one_port(addresses: str, hosts: list[str]) -> None:
    server = rest_server(address=addresses)
    port = server.start()
    try:
        for host in hosts:
            answer = requests.get(f"http://{host}:{port}/v2/health/live", timeout=60)
            assert answer.status_code == 200
    finally:
        server.begin_stop(30.0)
        assert server.join(60.0)


def test_one_address_of_several_that_is_held_frees_the_others(held_port: int) -> None:
    with pytest.raises(
        ConfigurationError, match=f"REST cannot listen on 127.0.0.1:{held_port}: Address already"
    ):
        rest_server(held_port, "::1,127.0.0.1").start()
    server = rest_server(held_port, "::1")
    server.start()
    server.begin_stop(30.0)
    assert server.join(60.0)


def test_idle_connections_do_not_delay_the_stop() -> None:
    server = rest_server()
    port = server.start()
    with socket.create_connection(("127.0.0.1", port)), requests.Session() as session:
        session.get(f"http://127.0.0.1:{port}/v2/health/live", timeout=60)
        began = time.monotonic()
        server.begin_stop(600.0)
        assert server.join(60.0)
        assert time.monotonic() - began < 30


def test_one_that_never_started_is_stopped() -> None:
    assert rest_server().join(0.0)
