"""The workers of one service: as many as are wanted, replaced when they end."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ovserve.services.call_queue import CallState
from ovserve.services.guard import Guard
from ovserve.services.memory import oom_kills
from ovserve.services.pool_worker import (
    LOAD_FAILED,
    LoadFailure,
    PoolWorker,
    WorkerState,
)
from ovserve.services.spec import ServiceSpec
from ovserve.services.wire import MetricUpdate, ModelCall, frames

RESTART_DELAYS_S = (0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 60)
"""Between the end of a worker and the next attempt in its place; the first after a load failure is 1."""

MEMORY_SAMPLING_S = 0.25

_KILLED_LOADS = 5
_OVER_MEMORY = "out of memory"

DeviceChooser = Callable[[ServiceSpec, int], int | None]
"""From service and slot to the number of a device, ``None`` for CPU."""


class PoolOwner(Protocol):
    """Who uses the workers. Called on the loop."""

    def worker_free(self, worker: PoolWorker) -> None:
        """It is idle for the first time."""

    def answer_came(self, worker: PoolWorker, frame: "frames.Frame") -> None:
        """An ANSWER to its batch."""

    def worker_lost(self, worker: PoolWorker, out_of_memory: bool) -> None:
        """It ended with these calls unanswered, perhaps none."""

    def load_failed(self, failure: LoadFailure) -> None:
        """A worker could not be loaded."""

    def metrics_came(self, updates: Sequence[MetricUpdate]) -> None:
        """A handler counted something."""

    def model_called(self, worker: PoolWorker, call: ModelCall) -> None:
        """A handler calls a model of the server."""

    def tell(self, kind: str, text: str, worker: PoolWorker | None = None, level: int = logging.INFO) -> None:
        """Say what happened."""

    def pool_changed(self) -> None:
        """A worker is ready, has failed, or has gone."""


@dataclass(slots=True)
class Slot:
    """The place of one worker.

    ``failures`` counts attempts since the last that answered something; ``retry_at`` is when the next one
    begins, ``None`` if none is planned.
    """

    worker: PoolWorker | None = None
    failures: int = 0
    first_failure_at: float = 0.0
    retry_at: float | None = None
    timer: asyncio.TimerHandle | None = None


class WorkerPool:
    """See the module. To be used on the loop alone."""

    def __init__(
        self,
        spec: ServiceSpec,
        owner: PoolOwner,
        load: Callable[[int | None], dict[str, Any]],
        choose_device: DeviceChooser,
        run_root: str,
        guard: Guard,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.idle: list[PoolWorker] = []
        self.first_failure: LoadFailure | None = None
        self.last_failure: LoadFailure | None = None
        self.restarts = 0
        self._spec = spec
        self._owner = owner
        self._load = load
        self._choose_device = choose_device
        self._run_root = run_root
        self._guard = guard
        self._loop = loop
        self._slots: dict[int, Slot] = {}
        self._leaving: set[PoolWorker] = set()
        self._last_load_failed = False
        self._has_loaded = False
        self._memory_timer: asyncio.TimerHandle | None = None
        self._oom_kills = oom_kills()

    @property
    def target(self) -> int:
        """How many workers are wanted."""
        return len(self._slots)

    @property
    def ready(self) -> int:
        """How many workers can answer, busy ones included."""
        return sum(1 for worker in self.workers() if worker.state in (WorkerState.IDLE, WorkerState.BUSY))

    @property
    def only_worker(self) -> PoolWorker | None:
        """The worker, if no more than one is wanted: nobody else could take what it is given ahead."""
        return next(self.workers(), None) if len(self._slots) == 1 else None

    @property
    def given_ahead(self) -> int:
        """How many requests the only worker has whose handler has not seen them yet."""
        worker = self.only_worker
        if worker is None or not worker.ahead:
            return 0
        return sum(call.state is CallState.RUNNING for _, calls in worker.ahead for call in calls)

    @property
    def hopeless(self) -> bool:
        """Whether requests would wait for nothing: no worker is ready and the last load failed."""
        return self._last_load_failed and not self.ready and not self._first_attempt_under_way()

    @property
    def empty(self) -> bool:
        """Whether no process is left."""
        return not self._leaving and not any(slot.worker for slot in self._slots.values())

    @property
    def leaving(self) -> bool:
        """Whether workers are on their way out."""
        return bool(self._leaving)

    @property
    def next_retry_at(self) -> float | None:
        """When a failed worker is tried again, in the loop's time; ``None`` if none will be."""
        return min(
            (slot.retry_at for slot in self._slots.values() if slot.retry_at is not None), default=None
        )

    def workers(self) -> Iterator[PoolWorker]:
        """The workers that are wanted, whatever their state."""
        return (slot.worker for slot in self._slots.values() if slot.worker is not None)

    def resize(self, count: int) -> None:
        """Start or retire workers until there are that many; the idle ones go first."""
        while len(self._slots) < count:
            number = next(each for each in range(count) if each not in self._slots)
            self._slots[number] = Slot()
            self._start(number)
        for number in self._least_needed()[: max(0, len(self._slots) - count)]:
            slot = self._slots.pop(number)
            if slot.timer is not None:
                slot.timer.cancel()
            if slot.worker is not None:
                self._retire(slot.worker)

    def retry_failed(self) -> None:
        """Start every worker that failed at once, as if it had not."""
        self._last_load_failed = False
        for number, slot in self._slots.items():
            if slot.worker is None:
                slot.failures = 0
                self._cancel_retry(slot)
                self._start(number)

    def give_back(self, worker: PoolWorker) -> None:
        """Take a worker that has answered: it is idle, or goes if it is to be retired."""
        worker.has_answered = True
        if worker.state is WorkerState.BUSY:  # with a batch that it was given ahead
            return
        if worker.retired:
            worker.stop()
        else:
            self.idle.append(worker)

    def stop_now(self) -> None:
        """Stop all workers, whatever they are doing."""
        self.resize(0)
        for worker in list(self._leaving):
            worker.stop()
        if self._memory_timer is not None:
            self._memory_timer.cancel()
            self._memory_timer = None

    def kill_all(self) -> None:
        """Kill what has not ended."""
        for worker in list(self._leaving):
            worker.process.kill("the server stops")

    def worker_loaded(self, worker: PoolWorker) -> None:
        """See :class:`PoolWorkerOwner`."""
        self._last_load_failed = False
        self._has_loaded = True
        self._owner.tell("load", f"loaded in {worker.load_seconds:.2f} s", worker)
        if worker.retired:
            worker.stop()
            return
        self.idle.append(worker)
        self._owner.worker_free(worker)
        self._owner.pool_changed()

    def load_failed(self, worker: PoolWorker, failure: LoadFailure) -> None:
        """See :class:`PoolWorkerOwner`."""
        if worker.retired:
            return
        self._note_failure(failure)
        text = f"{failure.message}\n{failure.traceback}".strip()
        self._owner.tell("load", f"failed to load: {text}", worker, logging.ERROR)
        slot = self._slots[worker.slot]
        slot.worker = None
        self._leaving.add(worker)
        if self._has_loaded and _was_killed_by_others(worker) and slot.failures < _KILLED_LOADS:
            slot.failures += 1  # that says nothing of the handler
            self.restarts += 1
            self._start_later(worker.slot, slot, _delay(slot.failures - 1))
        else:
            self._load_attempt_failed(worker.slot, slot, failure)

    def worker_ended(self, worker: PoolWorker) -> None:
        """See :class:`PoolWorkerOwner`."""
        self._leaving.discard(worker)
        if worker in self.idle:
            self.idle.remove(worker)
        slot = self._slots.get(worker.slot)
        replaced = slot is not None and slot.worker is worker
        out_of_memory = self._ended_for_memory(worker)
        if slot is not None and replaced:
            assert worker.process.ending is not None
            self._note_failure(
                LoadFailure(
                    507 if out_of_memory else LOAD_FAILED,
                    f"the worker died: {worker.process.ending.reason}",
                    worker.process.output.last_lines,
                )
            )
            slot.worker = None
            slot.failures = 1 if worker.has_answered else slot.failures + 1
            self.restarts += 1
            self._start_later(worker.slot, slot, _delay(slot.failures - 1))
        self._owner.worker_lost(worker, out_of_memory)
        self._owner.pool_changed()

    def answer_came(self, worker: PoolWorker, frame: "frames.Frame") -> None:
        """See :class:`PoolWorkerOwner`."""
        self._owner.answer_came(worker, frame)

    def metrics_came(self, updates: Sequence[MetricUpdate]) -> None:
        """See :class:`PoolWorkerOwner`."""
        self._owner.metrics_came(updates)

    def model_called(self, worker: PoolWorker, call: ModelCall) -> None:
        """See :class:`PoolWorkerOwner`."""
        self._owner.model_called(worker, call)

    def tell(self, kind: str, text: str, worker: PoolWorker | None = None, level: int = logging.INFO) -> None:
        """See :class:`PoolWorkerOwner`."""
        self._owner.tell(kind, text, worker, level)

    def _least_needed(self) -> list[int]:
        """Slot numbers in the order in which they are given up."""
        order = {WorkerState.IDLE: 1, WorkerState.STARTING: 1, WorkerState.BUSY: 2}

        def need(number: int) -> tuple[int, int]:
            worker = self._slots[number].worker
            return (0 if worker is None else order.get(worker.state, 0), -number)

        return sorted(self._slots, key=need)

    def _retire(self, worker: PoolWorker) -> None:
        worker.retired = True
        self._leaving.add(worker)
        if worker in self.idle:
            self.idle.remove(worker)
        if worker.state is not WorkerState.BUSY:
            worker.stop()
        else:
            self._loop.call_later(self._spec.drain_timeout_s, worker.stop)

    def _start(self, number: int) -> None:
        slot = self._slots[number]
        slot.retry_at = slot.timer = None
        gpu_id = self._choose_device(self._spec, number)
        try:
            slot.worker = PoolWorker(
                number, self._spec, self, self._load(gpu_id), self._run_root, self._guard, self._loop
            )
        except OSError as error:
            failure = LoadFailure(LOAD_FAILED, f"the worker cannot be started: {error}", "")
            self._note_failure(failure)
            self._owner.tell("load", failure.message, None, logging.ERROR)
            self._load_attempt_failed(number, slot, failure)
            return
        if self._spec.memory_limit_bytes is not None and self._memory_timer is None:
            self._memory_timer = self._loop.call_later(MEMORY_SAMPLING_S, self._sample_memory)

    def _load_attempt_failed(self, number: int, slot: Slot, failure: LoadFailure) -> None:
        now = self._loop.time()
        if slot.failures == 0:
            slot.first_failure_at = now
        slot.failures += 1
        self._last_load_failed = True
        delay = _delay(slot.failures)
        if not failure.permanent and now + delay - slot.first_failure_at <= self._spec.max_retry_s:
            self._start_later(number, slot, delay)
        self._owner.load_failed(failure)
        self._owner.pool_changed()

    def _start_later(self, number: int, slot: Slot, delay: float) -> None:
        if delay == 0:
            self._loop.call_soon(self._start_again, number, slot)
            return
        slot.retry_at = self._loop.time() + delay
        slot.timer = self._loop.call_later(delay, self._start_again, number, slot)

    def _start_again(self, number: int, slot: Slot) -> None:
        if self._slots.get(number) is slot and slot.worker is None:
            self._start(number)

    def _cancel_retry(self, slot: Slot) -> None:
        if slot.timer is not None:
            slot.timer.cancel()
        slot.retry_at = slot.timer = None

    def _note_failure(self, failure: LoadFailure) -> None:
        self.last_failure = failure
        if self.first_failure is None:
            self.first_failure = failure

    def _first_attempt_under_way(self) -> bool:
        return any(
            slot.worker is not None and slot.worker.state is WorkerState.STARTING and not slot.failures
            for slot in self._slots.values()
        )

    def _sample_memory(self) -> None:
        limit = self._spec.memory_limit_bytes or 0
        for worker in [*self.workers(), *self._leaving]:
            resident = worker.process.resident_bytes()
            if resident > limit:
                worker.process.kill(
                    f"{_OVER_MEMORY}: it uses {resident} bytes of memory, {limit} are allowed (memory limit)"
                )
        self._memory_timer = (
            None if self.empty else self._loop.call_later(MEMORY_SAMPLING_S, self._sample_memory)
        )

    def _ended_for_memory(self, worker: PoolWorker) -> bool:
        if worker.process.kill_reason:
            return worker.process.kill_reason.startswith(_OVER_MEMORY)
        kills, self._oom_kills = self._oom_kills, oom_kills()
        return self._oom_kills > kills


def _was_killed_by_others(worker: PoolWorker) -> bool:
    ending = worker.process.ending
    return ending is not None and ending.signal == signal.SIGKILL and not worker.process.kill_reason


def _delay(failures: int) -> float:
    return RESTART_DELAYS_S[min(failures, len(RESTART_DELAYS_S) - 1)]
