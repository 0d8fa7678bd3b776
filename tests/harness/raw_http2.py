"""gRPC as HTTP/2 frames on a socket, for what no well-behaved client sends."""

import socket
from dataclasses import dataclass, field
from types import TracebackType

import h2.config
import h2.connection
import h2.events

_LONGEST_WAIT_S = 60.0


@dataclass
class Outcome:
    """What became of one call; ``reset`` or ``closed`` instead of a status where the server gave none."""

    headers: dict[str, str] = field(default_factory=dict)
    data: bytes = b""
    reset: bool = False
    closed: bool = False

    @property
    def status(self) -> int:
        return int(self.headers["grpc-status"])


class RawHttp2:
    """One connection. Use as a context manager."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection((address, port), timeout=_LONGEST_WAIT_S)
        config = h2.config.H2Configuration(client_side=True, validate_outbound_headers=False)
        self._connection = h2.connection.H2Connection(config)
        self._connection.initiate_connection()
        self._flush()

    def __enter__(self) -> "RawHttp2":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.socket.close()

    def begin(self, path: str, *, end: bool = False, **headers: str) -> int:
        """Send the head of a call; returns the stream."""
        stream = self._connection.get_next_available_stream_id()
        fields = {
            ":method": "POST",
            ":scheme": "http",
            ":path": path,
            ":authority": "x",
            "te": "trailers",
            "content-type": "application/grpc",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        self._connection.send_headers(stream, list(fields.items()), end_stream=end)
        self._flush()
        return stream

    def send(self, stream: int, data: bytes, *, end: bool = False) -> None:
        """Send a part of a call's messages."""
        self._connection.send_data(stream, data, end_stream=end)
        self._flush()

    def reset(self, stream: int) -> None:
        """Cancel a call."""
        self._connection.reset_stream(stream, error_code=8)
        self._flush()

    def wait_until_read(self) -> None:
        """Wait until the server has read everything that was sent; what it sent meanwhile is dropped."""
        self._connection.ping(b"anything")
        self._flush()
        while data := self._receive():
            events = self._connection.receive_data(data)
            self._flush()
            if any(isinstance(event, h2.events.PingAckReceived) for event in events):
                return
        raise AssertionError("the server closed the connection")

    def outcome(self, stream: int) -> Outcome:
        """Wait for the end of a call."""
        outcome = Outcome()
        while True:
            data = self._receive()
            if not data:
                outcome.closed = True
                return outcome
            for event in self._connection.receive_data(data):
                if getattr(event, "stream_id", 0) != stream:
                    continue
                if isinstance(event, h2.events.ResponseReceived | h2.events.TrailersReceived):
                    outcome.headers.update({name.decode(): value.decode() for name, value in event.headers})
                elif isinstance(event, h2.events.DataReceived):
                    outcome.data += event.data
                elif isinstance(event, h2.events.StreamReset):
                    outcome.reset = True
                    return outcome
                elif isinstance(event, h2.events.StreamEnded):
                    self._flush()
                    return outcome
            self._flush()

    def has_ended(self) -> bool:
        """Wait until the server closes the connection."""
        while data := self._receive():
            self._connection.receive_data(data)
        return True

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(65536)
        except ConnectionResetError:
            return b""

    def _flush(self) -> None:
        self.socket.sendall(self._connection.data_to_send())


def message(content: bytes, compressed: int = 0) -> bytes:
    """Return one message as gRPC frames it."""
    return bytes([compressed]) + len(content).to_bytes(4, "big") + content


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    """Return one frame of HTTP/2."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload
