import socket

import pytest

from ovserve.config.bind_addresses import is_wildcard, parse_bind_addresses, resolved, with_port
from ovserve.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("0.0.0.0", ("0.0.0.0",)),
        ("::", ("::",)),
        ("[::1]", ("::1",)),
        ("fe80::1%lo", ("fe80::1%lo",)),
        ("localhost", ("localhost",)),
        ("server-1.example.org", ("server-1.example.org",)),
        ("127.0.0.1, ::1,localhost", ("127.0.0.1", "::1", "localhost")),
        ("127.0.0.1,127.0.0.1", ("127.0.0.1",)),
    ],
)
def test_accepts(text: str, addresses: tuple[str, ...]) -> None:
    assert parse_bind_addresses(text, "--p") == addresses


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", ""),
        ("127.0.0.1,", ""),
        ("256.1.1.1", "256.1.1.1"),
        ("1.2.3", "1.2.3"),
        (":::1", ":::1"),
        ("a_b", "a_b"),
        ("no such host", "no such host"),
        ("-a", "-a"),
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("x." * 200, "x." * 200),
    ],
)
def test_refuses(text: str, part: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_bind_addresses(text, "--p")
    assert str(caught.value).startswith("--p: expected a host name, an IPv4 or an IPv6 address")
    assert str(caught.value).endswith(f'got "{part}"')


def test_names_are_resolved_and_each_address_is_given_once() -> None:
    assert resolved(("127.0.0.1", "::1", "127.0.0.1")) == (
        (socket.AF_INET, "127.0.0.1"),
        (socket.AF_INET6, "::1"),
    )
    assert (socket.AF_INET, "127.0.0.1") in resolved(("localhost",))
    with pytest.raises(socket.gaierror):
        resolved(("nosuch.invalid",))


def test_wildcards_and_ports() -> None:
    assert [is_wildcard(address) for address in ("0.0.0.0", "::", "127.0.0.1", "::1")] == [
        True,
        True,
        False,
        False,
    ]
    assert with_port("127.0.0.1", 1) == "127.0.0.1:1"
    assert with_port("::1", 1) == "[::1]:1"
