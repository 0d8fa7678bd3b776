"""A server that runs: started from its description, found by its processes, stopped by its id."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from harness.server_process import free_port
from perf.measuring.processes import family
from perf.servers.description import ServerDescription, fill
from perf.servers.model_folder import ModelFolder
from perf.workloads.protocols import PROTOCOLS

_LONGEST_START_S = 120.0
_LONGEST_STOP_S = 40.0
_BETWEEN_LOOKS_S = 0.02


def stop_with_servers() -> None:
    """Let SIGTERM end this process the way an exception does, so that no server that it started is left."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


class ServerFailed(RuntimeError):
    """A server did not start, or ended; the text has the end of what it wrote."""


class RunningServer:
    """A context manager: entering starts the server, leaving ends it and whatever it started.

    ``folder`` gets its output, ``NAME.log``.
    """

    def __init__(self, description: ServerDescription, folder: Path, models: ModelFolder) -> None:
        self.description = description
        self.grpc_port = free_port()
        self.rest_port = free_port()
        self.started_at = 0.0  # on time.monotonic()'s clock
        self._log = folder / f"{description.name.replace('/', '-')}.log"
        self._values = {
            "grpc_port": self.grpc_port,
            "rest_port": self.rest_port,
            "config": models.config,
            "models": models.models,
            "config_with_services": models.config_with_services,
            "services": models.services,
            "folder": folder,
            "here": description.here,
            "python": sys.executable,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> RunningServer:
        self.start()
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process; returns at once.

        Raises:
            ServerFailed: the command cannot be run.
        """
        environment = {**os.environ, **self.description.environment}
        with self._log.open("ab") as log:
            try:
                if self.description.prepare:
                    subprocess.run(
                        fill(self.description.prepare, self._values),
                        check=True,
                        stdout=log,
                        stderr=log,
                        env=environment,
                        timeout=_LONGEST_START_S,
                    )
                self.started_at = time.monotonic()
                self._process = subprocess.Popen(
                    fill(self.description.command, self._values), stdout=log, stderr=log, env=environment
                )
            except (OSError, subprocess.SubprocessError) as error:
                raise ServerFailed(f"{self.description.name}: {error}; {self._last_words()}") from error

    def wait_until_ready(self) -> None:
        """Wait until the ports are open and the readiness path, if there is one, is answered with 200.

        Raises:
            ServerFailed: the server ended, or it is not ready after two minutes.
        """
        deadline = time.monotonic() + _LONGEST_START_S
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ServerFailed(f"{self.description.name} is not ready: {self._last_words()}")
            time.sleep(_BETWEEN_LOOKS_S)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def processes(self) -> list[int]:
        """Return the ids of the server's processes."""
        if not self.description.process_command:
            return family(self.process.pid)
        command = fill(self.description.process_command, self._values)
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_LONGEST_START_S)
        return family(int(done.stdout.strip()))

    def port(self, transport: str) -> int:
        return self.grpc_port if transport == "grpc" else self.rest_port

    def stop(self) -> None:
        """Tell the server to stop; what does not end in time is killed."""
        if self._process is None or self._process.poll() is not None:
            return
        members = family(self._process.pid)
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_LONGEST_STOP_S)
        except subprocess.TimeoutExpired:
            for member in members:
                _kill(member)
            self._process.wait()

    def _is_ready(self) -> bool:
        transports = {PROTOCOLS[protocol].transport for protocol in self.description.protocols}
        if not all(_accepts(self.port(transport)) for transport in transports):
            return False
        return not self.description.ready_path or _is_ok(self.rest_port, self.description.ready_path)

    def _last_words(self) -> str:
        text = self._log.read_text(errors="replace").strip() if self._log.exists() else ""
        return f"it wrote, in {self._log}: ...{text[-500:]}" if text else "it wrote nothing"


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def _is_ok(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return
