"""A worker of a pool: what it is doing, and until when it must have done it."""

import asyncio
import enum
import json
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ovserve.services.call_queue import Call
from ovserve.services.guard import Guard
from ovserve.services.spec import ServiceSpec
from ovserve.services.wire import MetricUpdate as MetricUpdate
from ovserve.services.wire import ModelCall, decode_metrics, decode_model_call, frames, messages
from ovserve.services.worker_process import WorkerProcess

LOAD_FAILED = 500
OUT_OF_MEMORY = 507


MOST_AHEAD = 4
"""Batches that a worker may have waiting for it beside the one that its handler has."""

FAST_US = 1000
"""Handlers below this get batches ahead: what they lose between two batches is much beside what they take."""


class WorkerState(enum.Enum):
    """STARTING -> IDLE <-> BUSY; from each of them -> STOPPING -> ENDED, or -> ENDED."""

    STARTING = enum.auto()
    IDLE = enum.auto()
    BUSY = enum.auto()
    STOPPING = enum.auto()
    ENDED = enum.auto()


@dataclass(slots=True, frozen=True)
class LoadFailure:
    """Why a worker could not be used, or broke down.

    Attributes:
        status: 500, or 507 for lack of memory.
        message: in one line.
        traceback: the handler's, or the end of what the worker printed.
        permanent: whether another attempt would be no use.
    """

    status: int
    message: str
    traceback: str
    permanent: bool = False

    @property
    def text(self) -> str:
        """The message, and in the lines below it the traceback, if there is one."""
        return f"{self.message}\n{self.traceback}".rstrip()


class PoolWorkerOwner(Protocol):
    """Who is told what becomes of a worker. Called on the loop."""

    def worker_loaded(self, worker: "PoolWorker") -> None:
        """It is IDLE for the first time."""

    def load_failed(self, worker: "PoolWorker", failure: LoadFailure) -> None:
        """Its handler did not load; it will end."""

    def answer_came(self, worker: "PoolWorker", frame: "frames.Frame") -> None:
        """An ANSWER to its batch; raises ProtocolError if it is none."""

    def metrics_came(self, updates: Sequence[MetricUpdate]) -> None:
        """Its handler counted something."""

    def model_called(self, worker: "PoolWorker", call: ModelCall) -> None:
        """Its handler calls a model of the server."""

    def worker_ended(self, worker: "PoolWorker") -> None:
        """Its process has gone."""

    def tell(self, kind: str, text: str, worker: "PoolWorker | None" = None, level: int = ...) -> None:
        """Say what happened."""


class PoolWorker:
    """One worker process with the batch that it has.

    Args:
        slot: which of the pool's workers it stands for.
        spec: the service.
        owner: is told what happens.
        load: what the handler is loaded with, as ``ovserve_worker.worker`` reads it.
        run_root: a private folder.
        guard: ends what the worker leaves behind.
        loop: the running loop.

    Raises:
        OSError: its process cannot be started.
    """

    def __init__(
        self,
        slot: int,
        spec: ServiceSpec,
        owner: PoolWorkerOwner,
        load: dict[str, Any],
        run_root: str,
        guard: Guard,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.slot = slot
        self.gpu_id: int | None = load["gpu_id"]
        self.state = WorkerState.STARTING
        self.calls: list[Call] = []
        self.batch_id = 0
        self.ahead: deque[tuple[int, list[Call]]] = deque()
        self.is_fast = False
        self.has_answered = False
        self.was_loaded = False
        self.load_seconds = 0.0
        self.retired = False
        """Whether it goes as soon as it has nothing to do."""
        self._spec = spec
        self._owner = owner
        self._loop = loop
        self._full_calls: set[Call] = set()
        self._calls_model = False
        self._answer_by = 0.0
        self._answer_timer: asyncio.TimerHandle | None = None
        self.process = WorkerProcess(spec, run_root, self, guard, loop)
        self.process.send(frames.plain_frame(messages.LOAD, json.dumps(load).encode()))
        self._timer: asyncio.TimerHandle | None = loop.call_later(
            spec.startup_timeout_s, self._starts_too_long
        )

    @property
    def takes_more(self) -> bool:
        """Whether it may be given a further batch while it is BUSY."""
        return (
            self.state is WorkerState.BUSY
            and self.is_fast
            and len(self.ahead) < MOST_AHEAD
            and not self.retired
            and not self._full_calls
        )

    def give(self, batch_id: int, calls: list[Call], frame: "frames.Outgoing") -> None:
        """Give it a batch, to be begun now if it is IDLE, else after those that it has."""
        self.process.send(frame)
        if self.state is WorkerState.IDLE:
            self.state = WorkerState.BUSY
            self._begin(batch_id, calls)
        else:
            self.ahead.append((batch_id, calls))

    def expect_answer(self) -> None:
        """Let the time for the next answer, or piece of one, begin."""
        self._answer_by = self._loop.time() + self._spec.response_timeout_s
        if self._answer_timer is None:  # one timer for many answers, looked at when it fires
            self._answer_timer = self._loop.call_at(self._answer_by, self._check_answer)

    def answered(self) -> None:
        """Note that it has answered its batch: it begins the next one, or is IDLE."""
        self._full_calls.clear()
        self.process.pause(False)
        if self.ahead:
            self._begin(*self.ahead.popleft())
        else:
            self.calls = []
            self.state = WorkerState.IDLE

    def take_back(self) -> tuple[list[Call], list[Call]]:
        """Return the calls that its handler has not answered, and those that it has not seen."""
        calls, self.calls = self.calls, []
        unseen = [call for _, batch in self.ahead for call in batch]
        self.ahead.clear()
        self._full_calls.clear()
        return calls, unseen

    def cancel(self, call: Call) -> None:
        """Tell it that nobody waits for one of its calls."""
        self.set_full(call, False)
        for batch_id, calls in ((self.batch_id, self.calls), *self.ahead):
            if call in calls:
                cancelled = messages.CANCELLED.pack(batch_id, calls.index(call))
                self.process.send(frames.plain_frame(messages.CANCEL, cancelled))

    def set_full(self, call: Call, full: bool) -> None:
        """Read from it no further while one of its clients takes no more pieces."""
        (self._full_calls.add if full else self._full_calls.discard)(call)
        self.process.pause(bool(self._full_calls))

    def answer_model_call(self, frame: "frames.Outgoing") -> None:
        """Send the outputs of the model that its handler has called."""
        self._calls_model = False
        self.process.send(frame)

    def stop(self) -> None:
        """Let it close its handler and end; SIGTERM, then SIGKILL follow if it does not."""
        if self.state in (WorkerState.STOPPING, WorkerState.ENDED):
            return
        starting = self.state is WorkerState.STARTING
        self.state = WorkerState.STOPPING
        self.process.send(frames.plain_frame(messages.STOP))
        self._set_timer(0.0 if starting else self._spec.stop_timeout_s, self._terminate)

    def frame_came(self, worker: WorkerProcess, frame: "frames.Frame") -> None:
        """See :class:`WorkerListener`."""
        if frame.kind == messages.ANSWER and self.state is WorkerState.BUSY:
            self._owner.answer_came(self, frame)
        elif frame.kind == messages.METRICS:
            self._owner.metrics_came(decode_metrics(frame))
        elif frame.kind == messages.INFER:
            if self._calls_model:
                raise frames.ProtocolError("it called a model while another call of it was under way")
            self._calls_model = True
            self._owner.model_called(self, decode_model_call(frame))
        elif frame.kind == messages.LOADED and self.state is WorkerState.STARTING:
            self._loaded(frame)
        elif self.state is not WorkerState.STOPPING:
            raise frames.ProtocolError(f"a frame of kind {frame.kind} came while it was {self.state.name}")

    def line_came(self, worker: WorkerProcess, line: str) -> None:
        """See :class:`WorkerListener`."""
        self._owner.tell("output", line, self)

    def worker_ended(self, worker: WorkerProcess) -> None:
        """See :class:`WorkerListener`."""
        started = self.state is not WorkerState.STARTING
        stopping = self.state is WorkerState.STOPPING
        self.state = WorkerState.ENDED
        for timer in (self._timer, self._answer_timer):
            if timer is not None:
                timer.cancel()
        ending = self.process.ending
        assert ending is not None
        if not started:
            self._owner.load_failed(
                self, LoadFailure(LOAD_FAILED, ending.reason, self.process.output.last_lines)
            )
        self._owner.tell(
            "worker",
            f"ended: {ending.reason}",
            self,
            logging.INFO if stopping else logging.WARNING,
        )
        self._owner.worker_ended(self)

    def _begin(self, batch_id: int, calls: list[Call]) -> None:
        self.batch_id, self.calls = batch_id, calls
        for call in calls:
            call.request = None  # it may be large; from now on it cannot be given to another worker
        self.expect_answer()

    def _loaded(self, frame: "frames.Frame") -> None:
        try:
            report = json.loads(frame.payload)
            ok = report["ok"]
            failure = (
                None
                if ok
                else LoadFailure(
                    int(report["code"]),
                    str(report["message"]),
                    str(report["traceback"]),
                    bool(report["permanent"]),
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise frames.ProtocolError(f"its report of loading cannot be read: {error}") from error
        self.load_seconds = self._loop.time() - self.process.started_at
        if failure is not None:
            self.state = WorkerState.STOPPING
            self._set_timer(self._spec.stop_timeout_s, self._terminate)
            self._owner.load_failed(self, failure)
            return
        self._cancel_timer()
        self.state = WorkerState.IDLE
        self.was_loaded = True
        self._owner.worker_loaded(self)

    def _starts_too_long(self) -> None:
        self.process.kill(f"it was not loaded within {self._spec.startup_timeout_s:g} s (startup timeout)")

    def _check_answer(self) -> None:
        self._answer_timer = None
        if self.state is not WorkerState.BUSY:
            return
        if self._full_calls:  # it is the client that is slow
            self.expect_answer()
        elif self._loop.time() < self._answer_by - 0.001:
            self._answer_timer = self._loop.call_at(self._answer_by, self._check_answer)
        else:
            self.process.kill(
                f"it gave no answer within {self._spec.response_timeout_s:g} s (response timeout)"
            )

    def _terminate(self) -> None:
        self.process.terminate()
        self._set_timer(
            self._spec.stop_timeout_s, lambda: self.process.kill("it did not end when it was asked to")
        )

    def _set_timer(self, delay: float, what: Any) -> None:
        self._cancel_timer()
        self._timer = self._loop.call_later(delay, what)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
