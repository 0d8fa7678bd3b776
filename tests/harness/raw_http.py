"""HTTP as bytes on a socket, for what no well-behaved client sends."""

import json
import select
import socket
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any

_LONGEST_WAIT_S = 60.0


@dataclass
class Reply:
    """One answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def closes(self) -> bool:
        return self.headers.get("connection") == "close"


class RawHttp:
    """One connection. Use as a context manager."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection((address, port), timeout=_LONGEST_WAIT_S)
        self._received = b""

    def __enter__(self) -> "RawHttp":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, *pieces: bytes) -> "RawHttp":
        """Send bytes; several pieces one by one, so that the server sees them apart."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i, piece in enumerate(pieces):
            if i:
                time.sleep(0.02)
            self.socket.sendall(piece)
        return self

    def send_until_answered(self, piece: bytes, pause_s: float = 0.0) -> Reply:
        """Send the same again and again until there is an answer."""
        for _ in range(100_000):
            self.socket.sendall(piece)
            if select.select([self.socket], [], [], pause_s)[0]:
                return self.reply()
        raise AssertionError("the server takes it all without an answer")

    def reply(self, *, to_head: bool = False) -> Reply:
        """Read one answer; ``to_head``: to a HEAD request, which has no body whatever its length says."""
        while b"\r\n\r\n" not in self._received:
            self._receive("an answer")
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in fields}
        length = 0 if to_head else int(headers.get("content-length", "0"))
        while len(self._received) < length:
            self._receive("the rest of a body")
        body, self._received = self._received[:length], self._received[length:]
        return Reply(int(first.split()[1]), headers, body)

    def has_news(self) -> bool:
        """Tell whether something has come, or the end, without waiting for it."""
        return bool(self._received) or bool(select.select([self.socket], [], [], 0)[0])

    def has_ended(self) -> bool:
        """Wait until the server ends the connection; False if it sends something instead."""
        try:
            return not self._received and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def _receive(self, what: str) -> None:
        piece = self.socket.recv(65536)
        assert piece, f"the server has closed before {what}; got {self._received!r}"
        self._received += piece


def request(
    method: str = "GET", path: str = "/v2/health/live", body: bytes | None = None, **headers: str
) -> bytes:
    """Return the bytes of a request; underscores in header names stand for dashes."""
    fields = {"host": "x", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if body is not None:
        fields.setdefault("content-length", str(len(body)))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def chunk(content: bytes) -> bytes:
    """Return one chunk of a body in chunks."""
    return b"%x\r\n%s\r\n" % (len(content), content)
