"""A small process beside the server that ends what workers leave behind, also when the server is killed."""

import contextlib
import os
import subprocess
import sys

from ovserve.services.environment import WORKER_SIDE

_PROGRAM = str(WORKER_SIDE / "ovserve_worker" / "guard.py")


class Guard:
    """Starts with the first worker; ends, with all that workers left behind, when this process does.

    Args:
        directory: is removed then; "" for none.
    """

    def __init__(self, directory: str = "") -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self._workers: dict[str, int] = {}

    def started(self, pid: int, tag: str) -> None:
        """Note a worker: leader of its process group, with that tag in its environment."""
        self._workers[tag] = pid
        if self._process is None:
            self._start()
        else:
            self._tell(f"+{pid} {tag}\n")

    def ended(self, tag: str) -> None:
        """Let everything be killed that has the tag."""
        pid = self._workers.pop(tag, None)
        if pid is not None:
            self._tell(f"-{pid} {tag}\n")

    def stop(self) -> None:
        """End the guard; it kills what the living workers started."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            self._process.wait()
            self._process = None

    def _start(self) -> None:
        # Not the workers' interpreter: it need not be one that the server trusts.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-E", _PROGRAM, self._directory],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
            bufsize=0,
        )
        for tag, pid in self._workers.items():
            self._tell(f"+{pid} {tag}\n", restart=False)

    def _tell(self, line: str, restart: bool = True) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        try:
            os.write(process.stdin.fileno(), line.encode())
        except OSError:  # somebody killed it
            with contextlib.suppress(OSError):
                process.stdin.close()
            process.wait()
            self._process = None
            if restart:
                self._start()
