"""An HTTP connection to an address that was checked before, under the name that was asked for."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Sequence

from ovserve.management.allowed_urls import ArchiveUrl, IpAddress

_LONGEST_PAUSE_S = 30.0


class PinnedConnection(http.client.HTTPConnection):
    """Connects to one of the given addresses; TLS and ``Host`` use the URL's name.

    Args:
        url: whom to talk to.
        addresses: tried in this order.
        deadline: as of ``time.monotonic()``; everything that is going on then is broken off.
        tls: for https.
    """

    def __init__(
        self, url: ArchiveUrl, addresses: Sequence[IpAddress], deadline: float, tls: ssl.SSLContext
    ) -> None:
        super().__init__(url.host, url.port)
        self._url = url
        self._addresses = addresses
        self._deadline = deadline
        self._tls = tls if url.scheme == "https" else None
        self._handle: socket.socket | None = None
        self._watch: threading.Timer | None = None
        self.timed_out = False

    def connect(self) -> None:
        """Connect and, for https, verify the certificate. Raises OSError."""
        self.sock = self._connected()
        # A second handle on the connection: closing the first from another thread would be a race.
        self._handle = self.sock.dup()
        self._watch = threading.Timer(max(0.0, self._deadline - time.monotonic()), self._break_off)
        self._watch.daemon = True
        self._watch.start()
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(
                self.sock, server_hostname=self._url.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()

    def get(self) -> http.client.HTTPResponse:
        """Ask for the URL. Raises OSError and http.client.HTTPException."""
        query = f"?{self._url.query}" if self._url.query else ""
        self.putrequest("GET", f"{self._url.path}{query}", skip_host=True, skip_accept_encoding=True)
        self.putheader("Host", self._url.text.split("/")[2].partition("?")[0])
        self.putheader("Accept-Encoding", "identity")
        self.putheader("User-Agent", "ovserve")
        self.putheader("Connection", "close")
        self.endheaders()
        return self.getresponse()

    def release(self) -> None:
        """Close everything. Not in ``close``, which is called once the head says that no other follows."""
        self.close()
        if self._watch is not None:
            self._watch.cancel()
        if self._handle is not None:
            self._handle.close()

    def _connected(self) -> socket.socket:
        problem: OSError = TimeoutError("timed out")
        for address in self._addresses:
            left = min(_LONGEST_PAUSE_S, self._deadline - time.monotonic())
            if left <= 0:
                break
            try:
                connected = socket.create_connection((str(address), self._url.port), timeout=left)
            except OSError as error:
                problem = error
                continue
            connected.settimeout(_LONGEST_PAUSE_S)
            return connected
        raise problem

    def _break_off(self) -> None:
        self.timed_out = True
        if self._handle is not None:
            with contextlib.suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)
