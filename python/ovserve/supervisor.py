"""A server as a process: signals and the exit code."""

import gc
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

log = logging.getLogger(__name__)

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_END = 0  # no signal has this number


@dataclass(frozen=True, slots=True)
class _End:
    """What came of something that ran on a thread of its own."""

    action: Callable[[], object]
    result: object = None
    error: BaseException | None = None


class Supervisor:
    """Starts a server and stops it on a signal. The main thread only waits, so that signals are seen at once.

    It waits on a pipe rather than on a lock: the interpreter writes a signal's number there whichever thread
    the signal came to, and none can slip in between looking for signals and falling asleep.
    """

    def __init__(self, start: Callable[[], object], stop: Callable[[], bool]) -> None:
        """Take what starts the server, and what stops it and tells whether everything ended in time."""
        self._start = start
        self._stop = stop
        self._ends: queue.SimpleQueue[_End] = queue.SimpleQueue()
        self._news, self._tell = os.pipe()  # a byte each: a signal's number, or _END
        os.set_blocking(self._tell, False)

    def run(self) -> int:
        """Start, wait for SIGTERM or SIGINT, stop; returns the exit code. Call on the main thread.

        Does not return where a thread hangs, or on a second signal: the process then ends here.
        """
        before = signal.set_wakeup_fd(self._tell, warn_on_full_buffer=False)
        # The handlers do nothing; having them is what makes the interpreter write to the pipe.
        handlers = {number: signal.signal(number, lambda *_: None) for number in _STOP_SIGNALS}
        try:
            clean = self._supervise()
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
        if not clean:
            # A thread that hangs in a loader would keep the interpreter from ending.
            _leave(0)
        return 0

    def _supervise(self) -> bool:
        self._do(self._start)
        stopping = False
        while True:
            news = os.read(self._news, 1)[0]
            if news in _STOP_SIGNALS:
                if stopping:
                    _leave(128 + news)
                stopping = True
                log.info("Stopping on signal %s", signal.Signals(news).name)
                self._do(self._stop)
            elif news == _END:
                end = self._ends.get()
                if end.action == self._stop:
                    return end.result is True
                if end.error is not None and not stopping:
                    raise end.error
                # What stays for good is not looked through again and again: each time would stop all of
                # Python for 20 ms.
                gc.collect()
                gc.freeze()

    def _do(self, action: Callable[[], object]) -> None:
        """Run something on a thread of its own."""

        def body() -> None:
            try:
                self._ends.put(_End(action, result=action()))
            except BaseException as error:
                self._ends.put(_End(action, error=error))
            os.write(self._tell, bytes([_END]))

        threading.Thread(target=body, name=action.__name__, daemon=True).start()


def _leave(code: int) -> NoReturn:
    """End the process now, with the log written."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
