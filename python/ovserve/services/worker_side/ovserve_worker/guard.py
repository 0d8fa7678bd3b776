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
import time

WORKER_TAG = "OVSERVE_WORKER_TAG"

_MOST_LOOKS = 50
_BETWEEN_LOOKS_S = 0.02
_NEW_S = 5.0


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
    for _ in range(_MOST_LOOKS):  # a process may start another while they are looked at
        seen = {pid: _environment(pid) for pid in _processes()}
        found = [pid for pid, variables in seen.items() if wanted & variables]
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            # Amid its start a program has no environment yet, though who started it may go on already.
            if not any(not variables and _is_new(pid) for pid, variables in seen.items()):
                return
            time.sleep(_BETWEEN_LOOKS_S)


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]


def _environment(pid: int) -> set[bytes]:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return set(filter(None, file.read().split(b"\0")))
    except OSError:  # it has ended, or is another user's
        return {b"?"}


def _is_new(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        with open("/proc/uptime", "rb") as file:
            uptime = float(file.read().split()[0])
    except OSError:
        return False
    state, started = fields[0], int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return state != b"Z" and uptime - started < _NEW_S


if __name__ == "__main__":
    main()
