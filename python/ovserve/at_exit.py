"""Stops what still runs when the interpreter ends: its threads could not end by themselves then."""

import atexit
import threading
from collections.abc import Callable
from typing import Any

_stops: dict[Callable[[], Any], None] = {}  # in the order of their starts
_lock = threading.Lock()
_registered = False  # guarded by _lock


def stop_at_exit(stop: Callable[[], Any]) -> None:
    """Have a stop called when the interpreter ends, while thread pools still take work."""
    global _registered
    with _lock:
        _stops[stop] = None
        if not _registered:
            # What atexit calls comes too late: thread pools are closed by then, and threads waited for. The
            # pools of the standard library use the same hook.
            register = getattr(threading, "_register_atexit", atexit.register)
            register(_stop_all)
            _registered = True


def stopped(stop: Callable[[], Any]) -> None:
    """Forget a stop, which has been called."""
    with _lock:
        _stops.pop(stop, None)


def _stop_all() -> None:
    while True:
        with _lock:
            if not _stops:
                return
            stop, _ = _stops.popitem()
        stop()
