"""The access log: a line for each request that Python answers."""

import logging
import logging.handlers
import re
import sys
import time
from datetime import UTC, datetime

LOGGER = "ovserve.access"

_log = logging.getLogger(LOGGER)
_log.setLevel(logging.WARNING)  # until set_up()
_UNPRINTABLE = re.compile(r'[^!-~]|["\\]')


def set_up(path: str | None) -> None:
    """Write lines to the end of a file, or to standard output for ``-``; None: write none.

    A file that is moved away is opened anew, so it can be rotated.

    Raises:
        OSError: the file cannot be opened.
    """
    for old in list(_log.handlers):
        _log.removeHandler(old)
        old.close()
    _log.propagate = False
    _log.setLevel(logging.WARNING if path is None else logging.INFO)
    if path is not None:
        handler: logging.Handler = (
            logging.StreamHandler(sys.stdout)
            if path == "-"
            else logging.handlers.WatchedFileHandler(path, encoding="ascii")
        )
        handler.setFormatter(logging.Formatter("%(message)s"))
        _log.addHandler(handler)


def is_on() -> bool:
    """Tell whether lines are written. For every request."""
    return _log.isEnabledFor(logging.INFO)


class Entry:
    """One request, from its begin on."""

    __slots__ = ("_began", "_client", "_method", "_target")

    def __init__(self, client: str, method: str, target: str) -> None:
        """Begin now. ``target``: path and query as sent."""
        self._began = time.perf_counter()
        self._client = client
        self._method = method
        self._target = target

    def end(self, status: str, size: int) -> None:
        """Write the line. ``status``: of HTTP, or ``grpc:`` and a number; ``size``: bytes of the body."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        target = _UNPRINTABLE.sub(lambda found: f"%{ord(found.group()) & 0xFF:02X}", self._target)
        milliseconds = (time.perf_counter() - self._began) * 1000
        _log.info(
            '%s %s "%s %s" %s %d %.3f',
            now,
            self._client or "-",
            self._method,
            target,
            status,
            size,
            milliseconds,
        )
