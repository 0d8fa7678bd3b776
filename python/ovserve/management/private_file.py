"""Files that only their owner may read, never seen half written."""

import contextlib
import os
import secrets


def write_private_file(path: str, content: bytes) -> None:
    """Put a file of mode 600 in the place of what is there; a link is replaced, not followed.

    Raises:
        OSError: it cannot be written. What was there is as it was.
    """
    aside = f"{path}.{secrets.token_hex(8)}.new"
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(aside)
        raise
