"""The threads that answer REST requests: apart by kind, so that slow work holds up no quick one."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from ovserve.rest_api.routes import Work

_QUICK_THREADS = 4
_RELOAD_THREADS = 4

_Result = TypeVar("_Result")


class WorkThreads:
    """One pool of threads for each kind of work that may take a while."""

    def __init__(self, inference_threads: int | None = None) -> None:
        self._pools = {
            Work.QUICK: ThreadPoolExecutor(_QUICK_THREADS, "rest-quick"),
            Work.INFERENCE: ThreadPoolExecutor(inference_threads or default_threads(), "rest-inference"),
            Work.RELOAD: ThreadPoolExecutor(_RELOAD_THREADS, "rest-reload"),
        }

    def submit(self, work: Work, call: Callable[[], _Result]) -> "Future[_Result]":
        """Run a call on a thread of its kind of work."""
        return self._pools[work].submit(call)

    def close(self) -> None:
        """Let idle threads go. One that is stuck in a call is not waited for."""
        for pool in self._pools.values():
            pool.shutdown(wait=False)


def default_threads() -> int:
    """How many predictions can be under way at once: some per core, and room for those that await a load."""
    return 4 * (os.cpu_count() or 1) + 32
