"""A batch in small parts, their steps side by side: while one is inferred, the next is preprocessed."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Callable

STEPS = ("preprocess", "inference", "postprocess")


class MicroBatching:
    """Stands in for a handler's ``handle``: ``handler.handle = MicroBatching(handler, 4)``.

    Args:
        parent_handler: has the three steps of a base handler.
        micro_batch_size: requests per part.
        parallelism: step to number of threads, 1 by default.
    """

    def __init__(
        self, parent_handler: Any, micro_batch_size: int = 1, parallelism: dict[str, int] | None = None
    ) -> None:
        self.handler = parent_handler
        self.micro_batch_size = micro_batch_size
        self._parallelism: dict[str, int] = {}
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self.parallelism = parallelism or {}

    @property
    def parallelism(self) -> dict[str, int]:
        """Step to number of threads."""
        return dict(self._parallelism)

    @parallelism.setter
    def parallelism(self, parallelism: dict[str, int]) -> None:
        unknown = set(parallelism) - set(STEPS)
        if unknown:
            raise ValueError(f"steps are {', '.join(STEPS)}, not {', '.join(sorted(unknown))}")
        self._parallelism.update(parallelism)
        self.shutdown()
        self._threads = {
            step: ThreadPoolExecutor(max(1, self._parallelism.get(step, 1)), f"micro-batching-{step}")
            for step in STEPS
        }

    def shutdown(self) -> None:
        """End the threads."""
        for threads in self._threads.values():
            threads.shutdown(wait=False)

    def handle(self, data: list[Any]) -> list[Any]:
        """Return the answers to a batch, in its order."""
        parts = [data[i : i + self.micro_batch_size] for i in range(0, len(data), self.micro_batch_size)]
        results = [self._start(part) for part in parts]
        return [item for result in results for item in result.result()]

    def __call__(self, data: list[Any], context: Any) -> list[Any]:
        """Answer a batch as the base handler's ``handle`` does."""
        start = time.perf_counter()
        self.handler.context = context
        if self.handler._is_describe():
            output = [self.handler.describe_handle()]
        elif self.handler._is_explain():
            output = self.handler.explain_handle(self.handler.preprocess(data), data)
        else:
            output = self.handle(data)
        context.metrics.add_time("HandlerTime", round((time.perf_counter() - start) * 1000, 2), None, "ms")
        return output

    def _start(self, part: list[Any]) -> Future[list[Any]]:
        result: Future[list[Any]] = Future()

        def take(index: int, value: Any) -> None:
            if index == len(STEPS):
                result.set_result(value)
                return
            step: Callable[[Any], Any] = getattr(self.handler, STEPS[index])

            def run() -> None:
                try:
                    output = step(value)
                except BaseException as error:
                    result.set_exception(error)
                else:
                    take(index + 1, output)

            self._threads[STEPS[index]].submit(run)

        take(0, part)
        return result
