"""What workers print, line by line."""

import contextlib
import os
from collections import deque
from collections.abc import Callable

_READ_BYTES = 64 * 1024
_LONGEST_LINE = 16 * 1024
_LINES_PER_SECOND = 1000
_KEPT_LINES = 100


class WorkerOutput:
    """Cuts the bytes of a pipe into lines and keeps the last of them.

    Args:
        descriptor: the pipe's end, which is closed with this object.
        on_line: gets each line; a worker that prints too much is cut short, and told so.
        clock: seconds.
    """

    def __init__(self, descriptor: int, on_line: Callable[[str], None], clock: Callable[[], float]) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self._on_line = on_line
        self._clock = clock
        self._rest = b""
        self._kept: deque[str] = deque(maxlen=_KEPT_LINES)
        self._second = 0
        self._lines = 0

    def read(self) -> bool:
        """Read what is there; false at the end of the pipe."""
        try:
            data = os.read(self.descriptor, _READ_BYTES)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        if not data:
            return False
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line)
        if len(self._rest) > _LONGEST_LINE:
            self._take(self._rest)
            self._rest = b""
        return True

    def close(self) -> None:
        """Take what is left in the pipe, at most as much as a pipe holds, and close it."""
        for _ in range(2):
            if not self.read():
                break
        if self._rest:
            self._take(self._rest)
            self._rest = b""
        with contextlib.suppress(OSError):
            os.close(self.descriptor)

    @property
    def last_lines(self) -> str:
        """The end of what was printed."""
        return "\n".join(self._kept)

    def _take(self, line: bytes) -> None:
        text = line[:_LONGEST_LINE].decode("utf-8", "backslashreplace").rstrip("\r")
        self._kept.append(text)
        second = int(self._clock())
        if second != self._second:
            dropped = self._lines - _LINES_PER_SECOND
            self._second, self._lines = second, 0
            if dropped > 0:
                self._on_line(f"({dropped} lines were left out)")
        self._lines += 1
        if self._lines <= _LINES_PER_SECOND:
            self._on_line(text)
