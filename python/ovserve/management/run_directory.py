"""Which server runs in a directory, so that ``--stop`` finds it there.

A file in the directory is locked for as long as the server lives, however it ends; servers in different
directories know nothing of each other.
"""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator

from ovserve.errors import DeadlineExceededError, NotFoundError

LOCK_FILE = ".ovserve.lock"
_INTERVAL_S = 0.05


@contextlib.contextmanager
def claimed(directory: str) -> Iterator[bool]:
    """Let ``--stop`` find this process while the block runs.

    Yields:
        False if another server was there first: that one is found instead.

    Raises:
        OSError: the directory cannot be written.
    """
    path = os.path.join(directory, LOCK_FILE)
    handle = _locked(path)
    if handle is None:
        yield False
        return
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield True
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)
        os.close(handle)


def stop_server(directory: str, timeout_s: float) -> int:
    """End the server that runs in a directory, in order, and wait until it is gone.

    Returns:
        its process id.

    Raises:
        NotFoundError: none does.
        DeadlineExceededError: it has not ended in time; it may still do so.
        PermissionError: it is another user's.
    """
    path = os.path.join(directory, LOCK_FILE)
    try:
        handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotFoundError(f"no server with services runs in {directory}") from None
    try:
        if _lock(handle):
            raise NotFoundError(f"no server with services runs in {directory}")
        process = _process(handle, directory)
        os.kill(process, signal.SIGTERM)
        deadline = time.monotonic() + timeout_s
        while not _lock(handle):
            if time.monotonic() > deadline:
                raise DeadlineExceededError(f"process {process} has not ended within {timeout_s:g} s")
            time.sleep(_INTERVAL_S)
        return process
    finally:
        os.close(handle)


def _locked(path: str) -> int | None:
    """Open and lock the file; None if another process has locked it."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        if not _lock(handle):
            os.close(handle)
            return None
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), os.stat(path)):
                return handle
        os.close(handle)  # removed by the server that had it, between our two steps


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _process(handle: int, directory: str) -> int:
    text = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
    if not text.isdigit() or int(text) <= 1:  # a server that has only just locked it
        raise NotFoundError(f"the server in {directory} is only starting; try again")
    return int(text)
