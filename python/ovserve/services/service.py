"""One version of a service: requests in, answers out, over a pool of workers."""

import asyncio
import logging
import struct
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace

from ovserve.services import refusals
from ovserve.services.call_queue import Call, CallQueue, CallState
from ovserve.services.description import ServiceDescription, ServiceState, describe_pool
from ovserve.services.events import EventHook, ServiceEvent
from ovserve.services.exchange import Infer, Reply, ReplyFuture, ReplySink, Request, ServiceFailure
from ovserve.services.guard import Guard
from ovserve.services.load_request import load_request
from ovserve.services.load_scaling import LoadScaler
from ovserve.services.metrics import MetricsSnapshot, ServiceMetrics
from ovserve.services.model_calls import ModelCaller
from ovserve.services.pool import DeviceChooser, WorkerPool
from ovserve.services.pool_worker import FAST_US, LoadFailure, PoolWorker, WorkerState
from ovserve.services.request_ids import new_request_id
from ovserve.services.scaling import ScaleResult, ScaleWaiters
from ovserve.services.spec import ServiceSpec, check_workers
from ovserve.services.wire import MetricUpdate, ModelCall, decode_answer, encode_batch, frames, messages

CANCELLED = 499  # counted for requests that were given up by those who had sent them

_WAITING, _RUNNING, _DONE = CallState  # looking them up takes time

_DESCRIBE_YOURSELF = Request(parts=())


class Service:
    """Answers requests as long as it has workers. Everything here is called on the registry's loop.

    Args:
        spec: what it is.
        run_root: a private folder for its workers.
        guard: ends what workers leave behind.
        choose_device: names the device of each worker.
        infer: runs a model of the server for a handler; ``None`` if there are none.
        executor: where ``infer`` runs.
        tell: learns what happens.
        loop: the running loop.
    """

    def __init__(
        self,
        spec: ServiceSpec,
        run_root: str,
        guard: Guard,
        choose_device: DeviceChooser,
        infer: Infer | None,
        executor: Executor,
        tell: EventHook,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.spec = spec
        self.min_workers = spec.min_workers
        self.max_workers = spec.max_workers if spec.max_workers is not None else spec.min_workers
        self._loop = loop
        self._tell = tell
        self._queue = CallQueue()
        self._metrics = ServiceMetrics()
        self._models = ModelCaller(infer, executor, loop)
        self._pool = WorkerPool(
            spec, self, lambda gpu_id: load_request(spec, gpu_id), choose_device, run_root, guard, loop
        )
        self._waiters = ScaleWaiters(self._pool, loop)
        self._batch_id = 0
        self._batch_timer: asyncio.TimerHandle | None = None
        self._scaler = LoadScaler(spec.scale_up_after_s, spec.scale_down_after_s)
        self._scale_timer: asyncio.TimerHandle | None = None
        self._stopping = False

    @property
    def state(self) -> ServiceState:
        """What requests can expect now."""
        if self._stopping:
            return ServiceState.STOPPING
        if self._pool.ready:
            return ServiceState.READY
        if not self.max_workers:
            return ServiceState.NO_WORKERS
        return ServiceState.FAILED if self._pool.hopeless else ServiceState.LOADING

    @property
    def _waiting(self) -> int:
        """Requests that no handler has, those given ahead included."""
        return len(self._queue) + self._pool.given_ahead

    @property
    def first_failure(self) -> LoadFailure | None:
        """The first that went wrong with a worker, with its traceback."""
        return self._pool.first_failure

    async def start(self) -> ScaleResult:
        """Start the workers; return when all are ready or one has failed."""
        return await self.scale(self.min_workers, self.max_workers)

    def begin_scale(self, min_workers: int, max_workers: int | None = None) -> None:
        """Set the bounds of the number of workers and begin to start or retire some; failed ones are retried.

        Raises:
            ConfigurationError: they are no bounds.
        """
        check_workers(min_workers, max_workers)
        self.min_workers = min_workers
        self.max_workers = max_workers if max_workers is not None else min_workers
        if not self._stopping:
            self._pool.retry_failed()
            self._pool.resize(min(max(self._pool.target, self.min_workers), self.max_workers))
            self._watch_load()
            if not self.max_workers:
                self._fail_waiting()

    async def scale(self, min_workers: int, max_workers: int | None = None) -> ScaleResult:
        """Like :meth:`begin_scale`; return when workers are ready and others have gone, or one failed."""
        self.begin_scale(min_workers, max_workers)
        return await self._waiters.settled()

    def submit(self, request: Request, sink: ReplySink) -> Call | None:
        """Ask for an answer; the sink gets it, perhaps before this returns.

        Returns:
            What the request can be cancelled by; ``None`` if it has failed already.
        """
        return self._submit(request, sink, messages.EXPLAIN if request.explain else 0)

    def cancel(self, call: Call) -> None:
        """See :meth:`Call.cancel`."""
        if call.state is _DONE:
            return
        if call.worker is not None:
            call.worker.cancel(call)
        self._end(call, CANCELLED)

    async def predict(self, request: Request) -> Reply:
        """Return the answer to a request; cancelling this cancels the request.

        Raises:
            ServiceFailure: there is none; its status and type say why.
        """
        return await self._answer_to(request, messages.EXPLAIN if request.explain else 0)

    async def describe(self, customized: bool = False) -> ServiceDescription:
        """Return what the service is and how its workers are.

        Args:
            customized: whether the handler shall describe itself too.

        Raises:
            ServiceFailure: the handler could not describe itself.
        """
        bounds = (self.min_workers, self.max_workers)
        now = self._loop.time()
        description = describe_pool(self.spec, self.state, self._pool, bounds, self._waiting, now)
        if customized:
            reply = await self._answer_to(_DESCRIBE_YOURSELF, messages.DESCRIBE)
            description = replace(description, customized=bytes(reply.body))
        return description

    def metrics(self) -> MetricsSnapshot:
        """Return what has been counted so far."""
        return self._metrics.snapshot(self._waiting, self._pool.ready, self._pool.restarts)

    async def stop(self, drain: bool = True) -> None:
        """Refuse new requests, answer those that wait, then end the workers.

        Args:
            drain: whether the requests that are here get their drain timeout, or fail at once.
        """
        self._stopping = True
        if self._scale_timer is not None:
            self._scale_timer.cancel()
        if drain and not self._pool.hopeless:
            await self._waiters.until(self._drained, self.spec.drain_timeout_s)
        self._fail_waiting()
        self._pool.stop_now()
        await self._waiters.until(lambda: self._pool.empty, 3 * self.spec.stop_timeout_s + 1)
        self._pool.kill_all()
        await self._waiters.until(lambda: self._pool.empty, None)
        self._waiters.close()

    def worker_free(self, worker: PoolWorker) -> None:
        """See :class:`PoolOwner`."""
        self._metrics.loaded(worker.load_seconds)
        self._dispatch()

    def answer_came(self, worker: PoolWorker, frame: "frames.Frame") -> None:
        """See :class:`PoolOwner`."""
        calls = worker.calls
        ids = [call.request_id for call in calls]
        batch_id, microseconds, results = decode_answer(frame, ids, self.spec.max_response_bytes)
        if batch_id != worker.batch_id:
            raise frames.ProtocolError(f"an answer to batch {batch_id} came for batch {worker.batch_id}")
        if frame.flags & messages.PRINTED:
            worker.process.output.read()  # it belongs to these requests
        last = not frame.flags & messages.MORE
        if last:
            worker.is_fast = microseconds < FAST_US
            worker.answered()
            self._metrics.batch_answered(microseconds, len(calls))
            self._pool.give_back(worker)
            self._dispatch()  # the worker goes on while its answers are handed over
        else:
            worker.expect_answer()
        for call, result in zip(calls, results, strict=True):
            if call.state is _RUNNING:
                self._hand_over(call, result, last)
        if last and self._waiters:  # for the worker, whose calls may all have been given up before
            self._waiters.look()

    def worker_lost(self, worker: PoolWorker, out_of_memory: bool) -> None:
        """See :class:`PoolOwner`."""
        status, message = (507, "Out of resources") if out_of_memory else (500, "Worker died.")
        calls, unseen = worker.take_back()
        self._queue.put_back([call for call in unseen if call.state is _RUNNING])
        for call in calls:
            self._fail(call, status, message)
        if self._queue and not self._pool.target and self.max_workers and not self._stopping:
            self._pool.resize(1)
        if self._pool.hopeless or not self._pool.target:
            self._fail_waiting()

    def load_failed(self, failure: LoadFailure) -> None:
        """See :class:`PoolOwner`."""
        self._waiters.failed(failure)
        if self._pool.hopeless:
            self._fail_waiting()

    def metrics_came(self, updates: Sequence[MetricUpdate]) -> None:
        """See :class:`PoolOwner`."""
        self._metrics.custom(updates)

    def model_called(self, worker: PoolWorker, call: ModelCall) -> None:
        """See :class:`PoolOwner`."""
        self._models.answer(call, worker.answer_model_call)

    def pool_changed(self) -> None:
        """See :class:`PoolOwner`."""
        self._waiters.look()

    def tell(self, kind: str, text: str, worker: PoolWorker | None = None, level: int = logging.INFO) -> None:
        """See :class:`PoolOwner`."""
        pid = worker.process.pid if worker is not None else None
        ids = tuple(call.request_id for call in worker.calls) if worker is not None else ()
        self._tell(ServiceEvent(kind, level, self.spec.name, self.spec.version, pid, ids, text))

    def _submit(self, request: Request, sink: ReplySink, flags: int) -> Call | None:
        refusal = self._refusal()
        request_id = request.request_id or new_request_id()
        if refusal is not None:
            refusal.request_id = request_id
            self._metrics.count(refusal.status)
            sink.failed(refusal)
            return None
        call = Call(self, request, request_id, flags, sink, self._loop.time())
        timeout = request.timeout_s if request.timeout_s is not None else self.spec.client_timeout_s
        if timeout is not None:
            call.timer = self._loop.call_later(timeout, self._deadline_passed, call, timeout)
        self._queue.add(call)
        if not self._pool.target:  # all have gone for lack of work
            self._pool.resize(1)
        self._dispatch()
        return call

    async def _answer_to(self, request: Request, flags: int) -> Reply:
        sink = ReplyFuture(self._loop)
        call = self._submit(request, sink, flags)
        if call is None:
            return await sink.future
        if call.state is not _DONE:
            sink.call = call
        try:
            return await sink.future
        except asyncio.CancelledError:
            call.cancel()
            sink.call = None
            raise
        finally:
            del sink  # a failure has this frame in its traceback, and the sink has the failure

    def _refusal(self) -> ServiceFailure | None:
        """Why no request can be taken now."""
        if self._stopping or not self.max_workers or self._pool.hopeless:
            return self._no_worker()
        if self._waiting < self.spec.queue_size:
            return None
        return refusals.queue_is_full(self.spec.name, self.spec.queue_size)

    def _no_worker(self) -> ServiceFailure:
        if self._stopping:
            return refusals.is_stopping(self.spec.name)
        if self.max_workers:
            return refusals.workers_failed(self.spec.name)
        return refusals.has_no_workers(self.spec.name)

    def _dispatch(self) -> None:
        queue, idle = self._queue, self._pool.idle
        while queue and idle:
            size = self.spec.batch_size
            if len(queue) < size and not self._stopping:
                first = queue.first
                ready_at = first.queued_at + self.spec.max_batch_delay_s
                if self._loop.time() < ready_at and not first.flags & messages.DESCRIBE:
                    if self._batch_timer is None:
                        self._batch_timer = self._loop.call_at(ready_at, self._batch_is_due)
                    return
            self._give(idle.pop(), queue.take(size))
        if queue:
            self._give_ahead()

    def _give_ahead(self) -> None:
        """Give the only worker, if it is fast, batches before it has answered: both wake up less often."""
        worker = self._pool.only_worker
        while worker is not None and worker.takes_more and len(self._queue) >= self.spec.batch_size:
            first = self._queue.first
            if first.flags & messages.DESCRIBE or not first.is_small:
                return
            self._give(worker, self._queue.take(self.spec.batch_size))

    def _batch_is_due(self) -> None:
        self._batch_timer = None
        self._dispatch()

    def _give(self, worker: PoolWorker, calls: list[Call]) -> None:
        self._batch_id = batch_id = (self._batch_id + 1) & 0xFFFFFFFF
        requests = []
        now = self._loop.time()
        for call in calls:
            assert call.request is not None
            requests.append((call.request_id, call.request))
            call.state, call.worker = _RUNNING, worker
            self._metrics.waited(now - call.queued_at)
        try:
            frame = encode_batch(batch_id, requests, calls[0].flags)
        except (frames.ProtocolError, OSError, ValueError, struct.error) as error:
            if worker.state is WorkerState.IDLE:
                self._pool.idle.append(worker)
            self.tell("worker", f"a batch cannot be sent: {error}", worker, logging.ERROR)
            for call in calls:
                self._fail(call, 500, "The request cannot be handed to a worker.")
            return
        worker.give(batch_id, calls, frame)

    def _hand_over(self, call: Call, result: Reply | ServiceFailure, last: bool) -> None:
        if isinstance(result, ServiceFailure):
            if not last and call.worker is not None:  # nobody takes what follows
                call.worker.cancel(call)
            self._end(call, result.status).failed(result)
        elif last:
            self._end(call, result.status).answered(result, last)
        else:
            if call.timer is not None:  # the client's time was for the first piece
                call.timer.cancel()
            call.sink.answered(result, last)

    def _fail(self, call: Call, status: int, message: str, type: str = "InternalServerException") -> None:
        if call.state is not _DONE:
            self._end(call, status).failed(ServiceFailure(status, message, type, call.request_id))

    def _end(self, call: Call, status: int) -> ReplySink:
        """End a call; return its sink, which is to be told now or never."""
        if call.state is _WAITING:
            call.state = _DONE
            self._queue.ended(call)
        call.state = _DONE
        if call.timer is not None:
            call.timer.cancel()
        call.worker = call.request = None
        self._metrics.count(status)
        if self._waiters:
            self._waiters.look()
        return call.give_up_sink()

    def _fail_waiting(self) -> None:
        refusal = self._no_worker()
        for call in self._queue.take_all():
            call.state = _RUNNING  # it is in the queue no more
            self._fail(call, refusal.status, refusal.message, refusal.type)

    def _deadline_passed(self, call: Call, timeout: float) -> None:
        if call.state is _DONE:
            return
        if call.worker is not None:
            call.worker.cancel(call)
        message = f'Model "{self.spec.name}" gave no answer within {timeout:g} s.'
        self._fail(call, 504, message, "RequestTimeoutException")

    def _drained(self) -> bool:
        busy = any(worker.state is WorkerState.BUSY for worker in self._pool.workers())
        return (not self._queue and not busy) or self._pool.hopeless

    def _watch_load(self) -> None:
        if self._scale_timer is None and self.min_workers < self.max_workers:
            self._scale_timer = self._loop.call_later(self.spec.scale_up_after_s / 4, self._look_at_load)

    def _look_at_load(self) -> None:
        self._scale_timer = None
        change = self._scaler.change(self._loop.time(), len(self._queue), len(self._pool.idle))
        target = min(max(self._pool.target + change, self.min_workers), self.max_workers)
        if target != self._pool.target:
            self.tell("scaling", f"{target} workers, there were {self._pool.target}")
            self._pool.resize(target)
        self._watch_load()
