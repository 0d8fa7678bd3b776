import pytest

from ovserve.errors import ConfigurationError
from ovserve.ts_config.addresses import is_loopback, parse_address, parse_host
from ovserve.ts_config.options import Listener


@pytest.mark.parametrize(
    ("text", "listener"),
    [
        ("http://127.0.0.1:8080", Listener("127.0.0.1", 8080)),
        ("https://0.0.0.0:8443/", Listener("0.0.0.0", 8443, tls=True)),
        ("HTTP://localhost:1", Listener("localhost", 1)),
        ("http://[::1]:8080", Listener("::1", 8080)),
        ("http://host.example", Listener("host.example", 80)),
        ("https://host.example", Listener("host.example", 443, tls=True)),
    ],
)
def test_addresses(text: str, listener: Listener) -> None:
    assert parse_address(text, "key") == listener


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unix:/tmp/s", r'key: sockets in the file system \("unix:/tmp/s"\) are not offered; write http'),
        ("127.0.0.1:8080", "key: expected http://host:port or https://host:port, got"),
        ("ftp://h:1", "key: expected http"),
        ("http://:8080", "key: expected http"),
        ("http://h:0", "key: expected http"),
        ("http://h:65536", "key: expected http"),
        ("http://h:8080/path", "key: expected http"),
        ("http://user@h:8080", "key: expected a host name"),
        ("http://a,b:8080", "key: "),
        ("http://::1:8080", "key: expected http"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_address(text, "key")


def test_hosts() -> None:
    assert parse_host("[::1]", "key") == "::1"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST.", "::1,127.0.0.1"]
)
def test_only_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1,10.0.0.1", "localhost.example", "h"]
)
def test_others_too(host: str) -> None:
    assert not is_loopback(host)
