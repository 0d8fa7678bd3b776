"""What handlers print: lines leave at once, and it is known whether there were any."""

from __future__ import annotations

import io
import logging
import sys
from typing import Any


class _Descriptor(io.FileIO):
    """A descriptor that notes that it was written to."""

    written = False

    def write(self, data: Any) -> int:
        self.written = True
        return super().write(data)


class Output:
    """Replaces ``sys.stdout`` and ``sys.stderr`` and sends the root logger there."""

    def __init__(self) -> None:
        self._descriptors = (_Descriptor(1, "w", closefd=False), _Descriptor(2, "w", closefd=False))
        sys.stdout, sys.stderr = (
            io.TextIOWrapper(
                io.BufferedWriter(descriptor), "utf-8", errors="backslashreplace", line_buffering=True
            )
            for descriptor in self._descriptors
        )
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        logging.getLogger().addHandler(handler)
        logging.getLogger().setLevel(logging.INFO)

    def take_written(self) -> bool:
        """Whether something was printed since the last call."""
        out, err = self._descriptors
        if not out.written and not err.written:
            return False
        out.written = err.written = False
        return True
