"""Addresses of listeners, as ``config.properties`` writes them."""

import ipaddress
import re

from ovserve.config.bind_addresses import parse_bind_addresses
from ovserve.errors import ConfigurationError
from ovserve.ts_config.options import Listener
from ovserve.ts_config.values import wrong

_FORM = "http://host:port or https://host:port"
_ADDRESS = re.compile(r"(https?)://(\[[^\[\]/]+\]|[^\[\]/:,]+)(?::([0-9]{1,5}))?/?", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def parse_address(text: str, key: str) -> Listener:
    """Read ``http://127.0.0.1:8080``; without a port it is the scheme's own.

    Raises:
        ConfigurationError: anything else; sockets of the file system among it.
    """
    if text.lower().startswith("unix:"):
        raise ConfigurationError(
            f'{key}: sockets in the file system ("{text}") are not offered; write http://127.0.0.1:port'
        )
    match = _ADDRESS.fullmatch(text)
    port = int(match[3] or _DEFAULT_PORTS[match[1].lower()]) if match else 0
    if match is None or not 1 <= port <= 65535:
        raise wrong(key, _FORM, text)
    (host,) = parse_bind_addresses(match[2], key)
    return Listener(host, port, tls=match[1].lower() == "https")


def parse_host(text: str, key: str) -> str:
    """Read a host name or an address by itself."""
    addresses = parse_bind_addresses(text, key)
    return ",".join(addresses)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach all of these addresses; names count as public.

    ``localhost`` is this machine by RFC 6761.
    """
    return all(_is_loopback(part) for part in host.split(","))


def _is_loopback(host: str) -> bool:
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
