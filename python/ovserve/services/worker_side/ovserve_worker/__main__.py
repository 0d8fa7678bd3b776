"""A worker process: ``python -m ovserve_worker DESCRIPTOR PARENT MODEL_DIR``.

It starts in an empty folder, so that nothing in the archive can stand in for what is imported here.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import signal
import socket
import sys

import mms  # noqa: F401 - before the archive can bring modules of these names
import ts  # noqa: F401

from ovserve_worker.channel import Channel
from ovserve_worker.output import Output
from ovserve_worker.worker import Worker

_PR_SET_PDEATHSIG = 1
_PREFERRED_BY_THE_OOM_KILLER = "500"


def main(arguments: list[str]) -> int:
    """Run the worker; return its exit status."""
    descriptor, parent, model_dir = int(arguments[0]), int(arguments[1]), arguments[2]
    _die_with(parent)
    faulthandler.enable(2)
    connection = socket.socket(fileno=descriptor)
    connection.set_inheritable(False)
    connection.setblocking(True)
    output = Output()
    if sys.path[0] == os.getcwd():  # -m puts it there unless Python was told not to
        del sys.path[0]
    sys.path.insert(0, model_dir)
    os.chdir(model_dir)
    signal.signal(signal.SIGTERM, _end)
    return Worker(Channel(connection), output).run()


def _die_with(parent: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before that took effect
        sys.exit(1)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write(_PREFERRED_BY_THE_OOM_KILLER)


def _end(number: int, frame: object) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
