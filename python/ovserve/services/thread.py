"""A registry on a loop and a thread of its own, for servers whose loop it should not share."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import uvloop

from ovserve.services.registry import ServiceRegistry

Result = TypeVar("Result")


class ServiceThread:
    """Runs a registry. Use as a context manager; leaving it stops all services.

    Args:
        registry: not entered yet.
    """

    def __init__(self, registry: ServiceRegistry) -> None:
        self.registry = registry
        self._started: Future[None] = Future()
        self._stopping: asyncio.Event
        self.loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=self._run, name="ovserve-services")

    def __enter__(self) -> "ServiceThread":
        """Start the thread; return when the registry can be used."""
        self._thread.start()
        self._started.result()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop all services and end the thread."""
        self.loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def run(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Run a coroutine on the registry's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        try:
            async with self.registry:
                self._started.set_result(None)
                await self._stopping.wait()
        except BaseException as error:
            if not self._started.done():
                self._started.set_exception(error)
            raise
