"""Waiting until a pool of workers is as it should be."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ovserve.services.pool import WorkerPool
from ovserve.services.pool_worker import LoadFailure


@dataclass(slots=True, frozen=True)
class ScaleResult:
    """How many workers are ready, how many are wanted, and why one failed meanwhile, if one did."""

    ready: int
    wanted: int
    failure: LoadFailure | None


class ScaleWaiters:
    """Those who wait for a pool; :meth:`look` is called whenever it has changed."""

    def __init__(self, pool: WorkerPool, loop: asyncio.AbstractEventLoop) -> None:
        self._pool = pool
        self._loop = loop
        self._waiting: list[tuple[asyncio.Future[LoadFailure | None], Callable[[], bool], bool]] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    async def settled(self) -> ScaleResult:
        """Wait until all workers are ready and no other is left, or one has failed to load."""
        failure = self._pool.last_failure if self._pool.hopeless else None
        if failure is None and not self._is_settled():
            failure = await self._wait(self._is_settled, None, until_failure=True)
        return ScaleResult(self._pool.ready, self._pool.target, failure)

    async def until(self, holds: Callable[[], bool], timeout_s: float | None) -> None:
        """Wait until that holds, or for that time."""
        if not holds():
            await self._wait(holds, timeout_s, until_failure=False)

    def look(self) -> None:
        """Wake those whose wait is over."""
        for future, holds, _ in list(self._waiting):
            if not future.done() and holds():
                future.set_result(None)

    def failed(self, failure: LoadFailure) -> None:
        """Wake those who wait for workers that load."""
        for future, _, until_failure in list(self._waiting):
            if until_failure and not future.done():
                future.set_result(failure)

    def close(self) -> None:
        """Wake everybody."""
        for future, _, _ in list(self._waiting):
            if not future.done():
                future.set_result(None)

    def _is_settled(self) -> bool:
        return self._pool.ready >= self._pool.target and not self._pool.leaving

    async def _wait(
        self, holds: Callable[[], bool], timeout_s: float | None, until_failure: bool
    ) -> LoadFailure | None:
        future: asyncio.Future[LoadFailure | None] = self._loop.create_future()
        entry = (future, holds, until_failure)
        self._waiting.append(entry)
        try:
            return await asyncio.wait_for(future, timeout_s)
        except TimeoutError:
            return None
        finally:
            self._waiting.remove(entry)
