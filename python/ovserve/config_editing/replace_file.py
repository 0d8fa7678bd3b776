"""Changing a file so that nobody who reads it meanwhile sees half of it."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def locked_folder(folder: str) -> Iterator[None]:
    """Keep other commands from changing files of a folder; they wait for their turn.

    Raises:
        OSError: the folder cannot be opened.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def replace_file(path: str, content: bytes) -> None:
    """Write the content beside the file, then put it in the file's place; mode and owner stay.

    A link stays a link: what it points to is replaced.

    Raises:
        OSError: the file is not writable, or nothing can be written beside it. It is as it was then.
    """
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    before = os.stat(target) if os.path.exists(target) else None
    if before is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied", target)
    aside = os.path.join(folder, f".{name}.{os.getpid()}.new")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with open(handle, "wb") as file:
            if before is not None:
                os.fchmod(handle, before.st_mode & 0o7777)
                with contextlib.suppress(OSError):  # only root may give files away
                    os.fchown(handle, before.st_uid, before.st_gid)
            file.write(content)
            file.flush()
            os.fsync(handle)
        os.replace(aside, target)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
