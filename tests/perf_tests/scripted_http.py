"""An HTTP/1.1 server that answers every request with the same bytes, whatever they are."""

import re
import socket
import threading
from types import TracebackType

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class ScriptedHttp:
    """Notes requests and connections. Use as a context manager. An empty reply closes the connection."""

    def __init__(self, reply: bytes, port: int = 0) -> None:
        self._reply = reply
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self.requests_by_connection: list[int] = []

    def __enter__(self) -> "ScriptedHttp":
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    @property
    def connections(self) -> int:
        return len(self.requests_by_connection)

    @property
    def open_connections(self) -> int:
        return len(self._open)

    def _accept(self) -> None:
        threads = []
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                break
            with self._lock:
                self._open.add(connection)
                self.requests_by_connection.append(0)
            index = len(self.requests_by_connection) - 1
            threads.append(threading.Thread(target=self._answer, args=(connection, index)))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def _answer(self, connection: socket.socket, index: int) -> None:
        with connection:
            try:
                while request := _read_request(connection):
                    self.requests.append(request)
                    self.requests_by_connection[index] += 1
                    connection.sendall(self._reply)
                    if not self._reply or b"Connection: close" in self._reply:
                        break
            except ConnectionError:
                pass
        with self._lock:
            self._open.discard(connection)


def _read_request(connection: socket.socket) -> bytes:
    request = b""
    while True:
        head, separator, body = request.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if separator and length and len(body) >= int(length[1]):
            return request
        piece = connection.recv(1 << 16)
        if not piece:
            return b""
        request += piece
