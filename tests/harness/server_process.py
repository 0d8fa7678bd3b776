"""A server as its users run it: a process of its own, reached through its ports, ended by its id."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

_LONGEST_WAIT_S = 60.0
_PORT_IS_TAKEN = "cannot listen on"


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ServerProcess:
    """``python -m ovserve`` with both ports on 127.0.0.1. Use as a context manager.

    Entering returns when the ports are open; ``wait_for_line("Ready")`` waits for the models.
    """

    def __init__(
        self,
        *arguments: str,
        environment: dict[str, str] | None = None,
        rest: bool = True,
        grpc: bool = True,
        folder: Path | None = None,
        ports: tuple[int, int] | None = None,
    ) -> None:
        self._arguments = arguments
        self._environment = {**os.environ, **(environment or {})}
        self._rest = rest
        self._grpc = grpc
        self._folder = folder  # where it works; none: here
        self._ports = ports  # those of gRPC and REST; none: any free ones
        self._process: subprocess.Popen[str] | None = None
        self._lines: list[str] = []
        self._news: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.port = 0
        self.rest_port = 0

    def __enter__(self) -> "ServerProcess":
        for _ in range(1 if self._ports else 5):  # somebody else may take the free port first
            self._spawn()
            if self._wait_for("Listening on") or not self._port_was_taken():
                return self
        raise AssertionError(f"the server found no port:\n{self.output}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.rest_port}"

    @property
    def output(self) -> str:
        """Everything that the server wrote, on standard output and error."""
        return "".join(self._lines)

    def wait_for_line(self, text: str) -> None:
        """Wait until the server has written a line with this text."""
        assert self._wait_for(text), f"no line with {text!r}; the server wrote:\n{self.output}"

    def wait_until_ready(self) -> "ServerProcess":
        self.wait_for_line("Ready:")
        return self

    def send_signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def exit_code(self) -> int:
        """Wait for the end of the process."""
        code = self.process.wait(_LONGEST_WAIT_S)
        self._reader.join()
        return code

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tell the server to stop; returns its exit code."""
        self.send_signal(number)
        return self.exit_code()

    def _spawn(self) -> None:
        self.port, rest_port = self._ports or (free_port(), free_port())
        flags = ["--port", str(self.port), "--grpc_bind_address", "127.0.0.1"] if self._grpc else []
        if self._rest:
            self.rest_port = rest_port
            flags += ["--rest_port", str(self.rest_port), "--rest_bind_address", "127.0.0.1"]
        self._lines.clear()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ovserve", *flags, *self._arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._environment,
            cwd=self._folder,
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.append(line)
            self._news.put(None)
        self._news.put(None)

    def _wait_for(self, text: str) -> bool:
        deadline = time.monotonic() + _LONGEST_WAIT_S
        while not any(text in line for line in list(self._lines)):
            if not self._reader.is_alive():
                return any(text in line for line in list(self._lines))
            try:
                self._news.get(timeout=max(0.01, min(1.0, deadline - time.monotonic())))
            except queue.Empty:
                if time.monotonic() >= deadline:
                    return False
        return True

    def _port_was_taken(self) -> bool:
        return self.process.poll() is not None and _PORT_IS_TAKEN in self.output


def run_to_end(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run ``python -m ovserve`` that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "ovserve", *arguments], capture_output=True, text=True, timeout=_LONGEST_WAIT_S
    )
