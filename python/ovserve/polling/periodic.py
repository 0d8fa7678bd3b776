"""A thread that does one thing again and again until it is told to stop."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Periodic:
    """Calls ``action`` every ``interval_s`` seconds on a thread of its own.

    What the action raises is logged and the next turn comes all the same.
    """

    def __init__(self, name: str, interval_s: float, action: Callable[[], object]) -> None:
        self._interval_s = interval_s
        self._action = action
        self._stopping = threading.Event()
        # A daemon: an action that hangs, say on a network file system, must not keep the process alive.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; the first call comes after one interval."""
        self._thread.start()

    def begin_stop(self) -> None:
        """Let no further call begin; returns at once."""
        self._stopping.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for a call under way; False if it outlasts the timeout."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_s):
            try:
                self._action()
            except Exception:
                if self._stopping.is_set():
                    return  # the parts that the action needs are being taken apart
                log.exception("%s failed; it is tried again in %s s", self._thread.name, self._interval_s)
