"""Ports for servers that run for minutes beside thousands of connections."""

from __future__ import annotations

import contextlib
import random
import socket

# Below the ports that the kernel gives to connections, which could take one between two starts of a server;
# Multi Model Server refuses those above, too.
_FIRST, _LAST = 10_000, 32_000
_ATTEMPTS = 100


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens.

    Raises:
        OSError: a hundred that were tried are taken.
    """
    for _ in range(_ATTEMPTS):
        port = random.randint(_FIRST, _LAST)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(f"{_ATTEMPTS} ports between {_FIRST} and {_LAST} are taken")
