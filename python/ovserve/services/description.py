"""What a service tells of itself to those who manage it."""

import enum
import time
from dataclasses import dataclass

from ovserve.services.pool import WorkerPool
from ovserve.services.pool_worker import LoadFailure, PoolWorker, WorkerState
from ovserve.services.spec import ServiceSpec


class ServiceState(enum.Enum):
    """What requests can expect."""

    LOADING = "LOADING"
    """They wait for the first worker, or for one that is being replaced."""
    READY = "READY"
    """A worker takes them."""
    NO_WORKERS = "NO_WORKERS"
    """None are wanted: they fail."""
    FAILED = "FAILED"
    """The last load failed and no worker is ready: they fail."""
    STOPPING = "STOPPING"
    """They fail; those that came before are answered."""


@dataclass(slots=True, frozen=True)
class WorkerDescription:
    """One worker.

    Attributes:
        id: its place among the workers.
        pid: of its process.
        status: READY, LOADING or UNLOADING.
        start_time: seconds since the epoch.
        memory_bytes: resident memory.
        gpu_id: its device, ``None`` for CPU.
    """

    id: int
    pid: int
    status: str
    start_time: float
    memory_bytes: int
    gpu_id: int | None


@dataclass(slots=True, frozen=True)
class ServiceDescription:
    """One version of a service; settings that cannot change are in ``spec``.

    Attributes:
        first_failure: the first that went wrong with a worker: what most likely is the cause of the others.
        last_failure: the latest.
        next_retry_in_s: until a failed worker is tried again, ``None`` if none will be.
        customized: what the handler answered when it was asked to describe itself, ``None`` if it was not.
    """

    spec: ServiceSpec
    state: ServiceState
    min_workers: int
    max_workers: int
    workers: tuple[WorkerDescription, ...]
    waiting_requests: int
    queue_capacity_left: int
    first_failure: LoadFailure | None
    last_failure: LoadFailure | None
    next_retry_in_s: float | None
    worker_restarts: int
    customized: bytes | None = None


def describe_pool(
    spec: ServiceSpec,
    state: ServiceState,
    pool: WorkerPool,
    bounds: tuple[int, int],
    waiting: int,
    now: float,
) -> ServiceDescription:
    """Return the description of a service whose workers are in that pool.

    Args:
        spec: the service.
        state: what requests can expect.
        pool: its workers.
        bounds: least and greatest number of workers.
        waiting: requests that wait.
        now: the loop's time.
    """
    retry_at = pool.next_retry_at
    return ServiceDescription(
        spec=spec,
        state=state,
        min_workers=bounds[0],
        max_workers=bounds[1],
        workers=tuple(_describe_worker(worker, now) for worker in pool.workers()),
        waiting_requests=waiting,
        queue_capacity_left=max(0, spec.queue_size - waiting),
        first_failure=pool.first_failure,
        last_failure=pool.last_failure,
        next_retry_in_s=None if retry_at is None else max(0.0, retry_at - now),
        worker_restarts=pool.restarts,
    )


def _describe_worker(worker: PoolWorker, now: float) -> WorkerDescription:
    status = {
        WorkerState.STARTING: "LOADING",
        WorkerState.IDLE: "READY",
        WorkerState.BUSY: "READY",
    }.get(worker.state, "UNLOADING")
    started = time.time() - (now - worker.process.started_at)
    return WorkerDescription(
        worker.slot, worker.process.pid, status, started, worker.process.resident_bytes(), worker.gpu_id
    )
