"""Custom services: user code in worker processes, called with batches of requests.

:class:`ServiceRegistry` holds services, each described by a :class:`ServiceSpec`; a :class:`Service` takes a
:class:`Request` and gives a :class:`Reply`, or fails with a :class:`ServiceFailure`. Who speaks to clients
turns their requests into these and knows nothing of workers.
"""

from ovserve.services.description import ServiceDescription, ServiceState, WorkerDescription
from ovserve.services.events import ServiceEvent, log_event
from ovserve.services.exchange import (
    Part,
    PieceStream,
    Reply,
    ReplySink,
    Request,
    ServiceFailure,
    Tensor,
)
from ovserve.services.metrics import MetricsSnapshot
from ovserve.services.pool_worker import LoadFailure
from ovserve.services.registry import ServiceRegistry
from ovserve.services.scaling import ScaleResult
from ovserve.services.service import Service
from ovserve.services.spec import ServiceSpec
from ovserve.services.thread import ServiceThread

__all__ = [
    "LoadFailure",
    "MetricsSnapshot",
    "Part",
    "PieceStream",
    "Reply",
    "ReplySink",
    "Request",
    "ScaleResult",
    "Service",
    "ServiceDescription",
    "ServiceEvent",
    "ServiceFailure",
    "ServiceRegistry",
    "ServiceSpec",
    "ServiceState",
    "ServiceThread",
    "Tensor",
    "WorkerDescription",
    "log_event",
]
