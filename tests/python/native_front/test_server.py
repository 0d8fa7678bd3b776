"""The native front over a core without models."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import requests

from ovserve import _core
from ovserve.config.schema import ServerOptions, TlsFiles
from ovserve.errors import ConfigurationError
from ovserve.grpc_api.beside import CallsBeside
from ovserve.native_front.server import NativeFront
from ovserve.rest_api.app import RestApp

TIMEOUT_S = 60


@pytest.fixture(scope="module")
def core() -> Iterator[_core.Core]:
    core = _core.Core()
    yield core
    assert core.stop(TIMEOUT_S)


def nothing_to_reload() -> Any:
    return None


def nothing_beside() -> CallsBeside:
    raise AssertionError


MakeFront = Callable[..., NativeFront]


@pytest.fixture
def make_front(core: _core.Core) -> Iterator[MakeFront]:
    """Make fronts of these options, started or not; what is started is stopped in the end."""
    made: list[NativeFront] = []

    def make(**options: Any) -> NativeFront:
        local = {"grpc_bind_address": "127.0.0.1", "rest_bind_address": "127.0.0.1"}
        chosen = ServerOptions(**{"port": 0, "rest_port": 0, **local, **options})
        app = None if chosen.rest_port is None else RestApp(core, nothing_to_reload)
        made.append(NativeFront(core, app, chosen, nothing_beside))
        return made[-1]

    yield make
    for front in made:
        front.begin_stop(0.0)
        assert front.join(TIMEOUT_S)


@pytest.fixture
def held_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def get(port: int | None, path: str = "/v2/health/live", host: str = "127.0.0.1") -> int:
    return requests.get(f"http://{host}:{port}{path}", timeout=TIMEOUT_S).status_code


def is_live(port: int | None, host: str = "127.0.0.1") -> bool:
    with grpc.insecure_channel(f"{host}:{port}") as channel:
        live = channel.unary_unary("/inference.GRPCInferenceService/ServerLive")
        reply: bytes = live(b"", timeout=TIMEOUT_S)
        return reply == b"\x08\x01"


def test_serves_both_from_start_to_stop(make_front: MakeFront) -> None:
    front = make_front()
    assert (front.grpc_port, front.rest_port) == (None, None)
    front.start()
    assert front.grpc_port != front.rest_port
    assert is_live(front.grpc_port)
    assert get(front.rest_port) == 200
    front.begin_stop(30.0)
    assert front.join(TIMEOUT_S)
    with pytest.raises(requests.ConnectionError):
        get(front.rest_port)


def test_each_protocol_alone(make_front: MakeFront) -> None:
    only_grpc = make_front(rest_port=None)
    only_grpc.start()
    assert only_grpc.rest_port is None
    assert is_live(only_grpc.grpc_port)
    only_rest = make_front(port=None)
    only_rest.start()
    assert only_rest.grpc_port is None
    assert get(only_rest.rest_port) == 200


def test_what_the_core_does_not_answer_goes_to_the_app(make_front: MakeFront) -> None:
    front = make_front()
    front.start()
    assert get(front.rest_port, "/v1/config") == 200
    assert get(front.rest_port, "/no/such/path") == 400


def test_one_port_for_both(make_front: MakeFront) -> None:
    front = make_front(shared_port=True)
    front.start()
    assert front.grpc_port == front.rest_port
    assert is_live(front.grpc_port)
    assert get(front.rest_port) == 200
    assert get(front.rest_port, "/v1/config") == 200


def test_a_port_can_be_used_again_at_once(make_front: MakeFront) -> None:
    ports = {"port": 0, "rest_port": 0}
    for _ in range(3):
        front = make_front(**ports)
        front.start()
        assert front.grpc_port is not None
        assert front.rest_port is not None
        ports = {"port": front.grpc_port, "rest_port": front.rest_port}
        assert is_live(front.grpc_port)
        assert get(front.rest_port) == 200
        front.begin_stop(30.0)
        assert front.join(TIMEOUT_S)


@pytest.mark.parametrize("option", ["port", "rest_port"])
def test_a_port_that_is_held(make_front: MakeFront, held_port: int, option: str) -> None:
    with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1:{held_port}: .*--{option}"):
        make_front(**{option: held_port}).start()


@pytest.mark.parametrize("address", ["nosuch.invalid", "192.0.2.1"])
@pytest.mark.parametrize("option", ["grpc_bind_address", "rest_bind_address"])
def test_an_address_that_is_not_ours(make_front: MakeFront, option: str, address: str) -> None:
    with pytest.raises(ConfigurationError, match=f"cannot listen on {address}"):
        make_front(**{option: address}).start()


def test_an_address_that_is_none(make_front: MakeFront) -> None:
    with pytest.raises(ConfigurationError, match="rest_bind_address: expected a host name"):
        make_front(rest_bind_address="no such host").start()


@pytest.mark.parametrize(
    ("addresses", "hosts"),
    [
        ("127.0.0.1,::1", ["127.0.0.1", "[::1]"]),
        ("0.0.0.0,::", ["127.0.0.1", "[::1]"]),
        ("::", ["127.0.0.1", "[::1]"]),
        ("localhost,127.0.0.1", ["localhost", "127.0.0.1"]),
    ],
)
def test_several_addresses_have_one_port(make_front: MakeFront, addresses: str, hosts: list[str]) -> None:
    front = make_front(grpc_bind_address=addresses, rest_bind_address=addresses)
    front.start()
    for host in hosts:
        assert is_live(front.grpc_port, host)
        assert get(front.rest_port, host=host) == 200


def test_idle_connections_do_not_delay_the_stop(make_front: MakeFront) -> None:
    front = make_front()
    front.start()
    with (
        socket.create_connection(("127.0.0.1", front.grpc_port or 0)),
        socket.create_connection(("127.0.0.1", front.rest_port or 0)),
        requests.Session() as session,
    ):
        session.get(f"http://127.0.0.1:{front.rest_port}/v2/health/live", timeout=TIMEOUT_S)
        began = time.monotonic()
        front.begin_stop(600.0)
        assert front.join(TIMEOUT_S)
        assert time.monotonic() - began < 30


def test_limits_reach_the_front(make_front: MakeFront) -> None:
    from ovserve.config.schema import Limits

    front = make_front(limits=Limits(header_bytes=2048, connections=1))
    front.start()
    long = {"a": "b" * 4096}
    url = f"http://127.0.0.1:{front.rest_port}/v2/health/live"
    with requests.Session() as session:
        assert session.get(url, timeout=TIMEOUT_S).status_code == 200
        with pytest.raises(requests.RequestException):
            # Answered with 503 or closed, but not served.
            requests.get(url, timeout=TIMEOUT_S).raise_for_status()
        assert session.get(url, headers=long, timeout=TIMEOUT_S).status_code == 431


def test_files_of_tls_that_cannot_be_used(make_front: MakeFront, tmp_path: Path) -> None:
    files = TlsFiles(str(tmp_path / "server.pem"), str(tmp_path / "server.key"))
    with pytest.raises(ConfigurationError, match=r"--tls_certificate .*server\.pem"):
        make_front(tls=files).start()


def test_one_that_never_started_is_stopped(make_front: MakeFront) -> None:
    front = make_front()
    front.announce_state()
    front.begin_stop(600.0)
    assert front.join(0.0)


def test_the_state_is_told_to_watchers(make_front: MakeFront, core: _core.Core) -> None:
    front = make_front()
    front.start()
    with grpc.insecure_channel(f"127.0.0.1:{front.grpc_port}") as channel:
        watch = channel.unary_stream("/grpc.health.v1.Health/Watch")(b"", timeout=TIMEOUT_S)
        assert next(watch) == b"\x08\x02"
        core.set_ready(True)
        front.announce_state()
        assert next(watch) == b"\x08\x01"
        core.set_ready(False)
        front.announce_state()
        assert next(watch) == b"\x08\x02"
        watch.cancel()
