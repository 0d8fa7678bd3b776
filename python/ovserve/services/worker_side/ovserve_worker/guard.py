"""The server's guard: ends what workers started when a worker, or the server itself, has ended.

``python guard.py DIRECTORY``, on standard input one line per event: ``+PID TAG`` a worker started, the leader
of its process group; ``-PID TAG`` it has ended. When the input ends the server is gone: everything goes, the
directory too. What left a group is found by the tag in its environment.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys

WORKER_TAG = "OVSERVE_WORKER_TAG"


def main() -> None:
    """Follow the events until the input ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    living: dict[str, int] = {}
    for line in sys.stdin:
        pid, _, tag = line[1:].strip().partition(" ")
        if line[0] == "+":
            living[tag] = int(pid)
        elif living.pop(tag, None) is not None:
            _kill_tagged({tag})
    for pid in living.values():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    if living:
        _kill_tagged(set(living))
    if sys.argv[1]:
        shutil.rmtree(sys.argv[1], ignore_errors=True)


def _kill_tagged(tags: set[str]) -> None:
    """Kill every process whose environment has one of the tags, until there is none."""
    wanted = {f"{WORKER_TAG}={tag}".encode() for tag in tags}
    for _ in range(10):  # a process may start another while they are looked at
        found = [pid for pid in _processes() if wanted & _environment(pid)]
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]


def _environment(pid: int) -> set[bytes]:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return set(file.read().split(b"\0"))
    except OSError:  # it has ended, or is another user's
        return set()


if __name__ == "__main__":
    main()
