"""One worker: its process, its connection, what it prints. Knows nothing of requests."""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from ovserve.services.environment import worker_environment
from ovserve.services.guard import Guard
from ovserve.services.output import WorkerOutput
from ovserve.services.spec import ServiceSpec
from ovserve.services.wire import frames

_READS_AT_ONCE = 16
_ENDING_S = 1.0  # from the end of its connection to that of the process


class WorkerListener(Protocol):
    """Who is told what a worker does. Called on the loop."""

    def frame_came(self, worker: "WorkerProcess", frame: "frames.Frame") -> None:
        """Take a frame; raises ProtocolError if it makes no sense."""

    def line_came(self, worker: "WorkerProcess", line: str) -> None:
        """Take a line that it printed."""

    def worker_ended(self, worker: "WorkerProcess") -> None:
        """It has ended; see :attr:`WorkerProcess.ending`. Nothing more is called for it."""


@dataclass(slots=True)
class Ending:
    """How a process ended: ``reason`` in words, ``signal`` that killed it (0: none)."""

    reason: str
    signal: int


class WorkerProcess:
    """A process that was started. To be used on the loop alone.

    Its parent in the eyes of the kernel is the thread that starts it: it is killed when that thread ends.

    Args:
        spec: the service.
        run_root: a private folder, in which the worker gets one of its own.
        listener: is told what happens.
        guard: learns of the process.
        loop: the running loop.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(
        self,
        spec: ServiceSpec,
        run_root: str,
        listener: WorkerListener,
        guard: Guard,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.ending: Ending | None = None
        self.started_at = loop.time()
        self._listener = listener
        self._guard = guard
        self._loop = loop
        self._kill_reason = ""
        self._unsent: deque[frames.Outgoing] = deque()
        self._paused = False
        self._broken = False
        self._tag = secrets.token_hex(16)
        self._run_directory = tempfile.mkdtemp(prefix="worker-", dir=run_root)
        ours, theirs = socket.socketpair()
        read_end, write_end = os.pipe2(os.O_CLOEXEC)
        try:
            self._process = subprocess.Popen(
                [
                    spec.interpreter,
                    "-m",
                    "ovserve_worker",
                    str(theirs.fileno()),
                    str(os.getpid()),
                    str(spec.model_dir),
                ],
                stdin=subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                cwd=self._run_directory,
                env=worker_environment(spec, self._tag, self._run_directory),
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
            self._pidfd = _pidfd_of(self._process)
        except BaseException:
            ours.close()
            os.close(read_end)
            shutil.rmtree(self._run_directory, ignore_errors=True)
            raise
        finally:
            theirs.close()
            os.close(write_end)
        self.pid = self._process.pid
        guard.started(self.pid, self._tag)
        ours.setblocking(False)
        self._socket = ours
        self._reader = frames.FrameReader(ours)
        self.output = WorkerOutput(read_end, lambda line: listener.line_came(self, line), loop.time)
        loop.add_reader(ours, self._readable)
        loop.add_reader(read_end, self._printed)
        loop.add_reader(self._pidfd, self._ended)

    def send(self, frame: "frames.Outgoing") -> None:
        """Send a frame as soon as the worker takes it."""
        if self.ending is not None:
            frame.close()
            return
        self._unsent.append(frame)
        if len(self._unsent) == 1:
            self._send_next()

    def pause(self, paused: bool) -> None:
        """Read from the worker no further, or go on."""
        if paused == self._paused or self.ending is not None:
            return
        self._paused = paused
        if paused:
            self._loop.remove_reader(self._socket)
        else:
            self._loop.add_reader(self._socket, self._readable)

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""
        self._signal_group(signal.SIGTERM)

    def kill(self, reason: str) -> None:
        """Kill it with its process group."""
        if self.ending is None and not self._kill_reason:
            self._kill_reason = reason
        self._signal_group(signal.SIGKILL)

    @property
    def kill_reason(self) -> str:
        """Why it was killed from here, "" if it was not."""
        return self._kill_reason

    def resident_bytes(self) -> int:
        """Return the memory that the process occupies, 0 when it has ended."""
        try:
            with open(f"/proc/{self.pid}/statm", "rb") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            return 0

    def _signal_group(self, number: int) -> None:
        if self.ending is None:  # until then the number cannot belong to another process
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def _send_next(self) -> None:
        while self._unsent:
            frame = self._unsent[0]
            try:
                sent = frames.send_some(self._socket, frame.data, frame.descriptor)
            except BlockingIOError:
                self._loop.add_writer(self._socket, self._writable)
                return
            except OSError:  # it has closed its end; that it goes is noticed elsewhere
                self._drop_unsent()
                return
            frame.close()
            if sent < len(frame.data):
                self._unsent[0] = frames.Outgoing(frame.data[sent:], -1)
            else:
                self._unsent.popleft()

    def _writable(self) -> None:
        self._loop.remove_writer(self._socket)
        self._send_next()

    def _drop_unsent(self) -> None:
        while self._unsent:
            self._unsent.popleft().close()

    def _readable(self) -> None:
        try:
            received = self._reader.receive(wait=False)
            if received is None:
                self._disconnected("it closed its connection")
                return
            for frame in received:
                self._listener.frame_came(self, frame)
        except BlockingIOError:
            return
        except OSError as error:
            self._disconnected(f"its connection broke: {error}")
        except frames.ProtocolError as error:
            self._broken = True
            self._loop.remove_reader(self._socket)
            self.kill(f"it broke the protocol: {error}")

    def _disconnected(self, reason: str) -> None:
        """Kill it, unless it is just ending: then how it ended says more."""
        self._loop.remove_reader(self._socket)
        self._loop.call_later(_ENDING_S, self.kill, reason)

    def _printed(self) -> None:
        if not self.output.read():
            self._loop.remove_reader(self.output.descriptor)

    def _ended(self) -> None:
        """Take what it sent and printed last, then tell that it has gone."""
        self._signal_group(signal.SIGKILL)  # what is left of its group
        for descriptor in (self._pidfd, self.output.descriptor, self._socket):
            self._loop.remove_reader(descriptor)
        self._loop.remove_writer(self._socket)
        if not self._broken:
            self._take_rest()
        status = self._process.wait()
        self.ending = Ending(self._kill_reason or _reason(status), max(0, -status))
        os.close(self._pidfd)
        self._drop_unsent()
        self._reader.close()
        self._socket.close()
        self.output.close()
        self._guard.ended(self._tag)
        self._loop.run_in_executor(None, shutil.rmtree, self._run_directory, True)
        self._listener.worker_ended(self)

    def _take_rest(self) -> None:
        with contextlib.suppress(OSError, frames.ProtocolError):
            for _ in range(_READS_AT_ONCE):
                received = self._reader.receive(wait=False)
                if received is None:
                    return
                for frame in received:
                    self._listener.frame_came(self, frame)


def _pidfd_of(process: "subprocess.Popen[bytes]") -> int:
    try:
        return os.pidfd_open(process.pid)
    except OSError:
        process.kill()
        process.wait()
        raise


def _reason(status: int) -> str:
    if status >= 0:
        return f"it ended with status {status}"
    try:
        return f"it was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"it was killed by signal {-status}"
