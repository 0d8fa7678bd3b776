"""The values of ``--grpc_bind_address`` and ``--rest_bind_address``: where a port is opened."""

import ipaddress
import re
import socket

from ovserve.errors import ConfigurationError

LONGEST_ADDRESS = 255
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"({_LABEL}\.)*{_LABEL}\.?")


def parse_bind_addresses(text: str, place: str) -> tuple[str, ...]:
    """Read host names, IPv4 and IPv6 addresses, one or several with commas; each is given once.

    Brackets around an IPv6 address are left out.

    Raises:
        ConfigurationError: something that is neither.
    """
    addresses = [_address(part.strip(), place) for part in text.split(",")]
    return tuple(dict.fromkeys(addresses))


def resolved(addresses: tuple[str, ...]) -> tuple[tuple[socket.AddressFamily, str], ...]:
    """Return the numeric addresses that names and addresses stand for, each once.

    Raises:
        OSError: a name means nothing here.
    """
    found: dict[tuple[socket.AddressFamily, str], None] = {}
    for address in addresses:
        for family, _, _, _, target in socket.getaddrinfo(
            address, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            number = socket.getnameinfo(target, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0]
            found[family, number] = None
    return tuple(found)


def is_wildcard(address: str) -> bool:
    """Tell whether a numeric address stands for all addresses of this machine."""
    return ipaddress.ip_address(address).is_unspecified


def with_port(address: str, port: int) -> str:
    """Return ``address:port``, with brackets where IPv6 needs them."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _address(part: str, place: str) -> str:
    bare = part[1:-1] if part.startswith("[") and part.endswith("]") else part
    if _is_number(bare):
        return bare
    # Digits and dots alone, like 256.1.1.1, would be an address.
    looks_like_a_number = re.fullmatch(r"[0-9.]+", part) is not None
    if len(part) <= LONGEST_ADDRESS and _HOST_NAME.fullmatch(part) and not looks_like_a_number:
        return part
    raise ConfigurationError(
        f'{place}: expected a host name, an IPv4 or an IPv6 address, or several with commas, got "{part}"'
    )


def _is_number(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
