"""The JSON that management describes and lists services with; what is not known is left out."""

import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from ovserve.service_host.host import Registration, ServiceHost
from ovserve.services.description import ServiceDescription, WorkerDescription
from ovserve.services.exchange import ServiceFailure
from ovserve.services.pool_worker import LoadFailure

MOST_LISTED = 100


def described(registration: Registration, description: ServiceDescription) -> dict[str, Any]:
    """Return the description of one version, with TorchServe's keys and some of our own."""
    spec = description.spec
    document: dict[str, Any] = {
        "modelName": spec.name,
        "modelVersion": spec.version,
        "modelUrl": registration.url,
        "runtime": registration.files.directory.manifest.runtime,
        "minWorkers": description.min_workers,
        "maxWorkers": description.max_workers,
        "batchSize": spec.batch_size,
        "maxBatchDelay": round(spec.max_batch_delay_s * 1000),
        "responseTimeout": round(spec.response_timeout_s),
        "startupTimeout": round(spec.startup_timeout_s),
        "maxRetryTimeoutInSec": round(spec.max_retry_s),
        "loadedAtStartup": registration.at_start,
        "state": description.state.value,
        "workerRestarts": description.worker_restarts,
        "handler": spec.handler,
        "workers": [_worker(worker) for worker in description.workers],
        "jobQueueStatus": {
            "remainingCapacity": description.queue_capacity_left,
            "pendingRequests": description.waiting_requests,
        },
    }
    if spec.client_timeout_s is not None:
        document["clientTimeoutInMills"] = round(spec.client_timeout_s * 1000)
    if spec.device_type:
        document["deviceType"] = spec.device_type
    if spec.device_ids:
        document["deviceIds"] = list(spec.device_ids)
    if registration.files.directory.digest is not None:
        document["sha256"] = registration.files.directory.digest
    for key, failure in (
        ("firstFailure", description.first_failure),
        ("lastFailure", description.last_failure),
    ):
        if failure is not None:
            document[key] = _failure(failure)
    if description.next_retry_in_s is not None:
        document["nextRetryInSec"] = round(description.next_retry_in_s, 1)
    if description.customized is not None:
        document["customizedMetadata"] = _customized(description.customized)
    return document


def listed(host: ServiceHost, limit: int | None, token: int | None) -> dict[str, Any]:
    """Return one page of the names, each with the archive of its default version."""
    names = host.registry.names()
    begin = token or 0
    size = limit if limit is not None and 0 < limit <= MOST_LISTED else MOST_LISTED
    models = []
    for name in names[begin : begin + size]:
        try:
            models.append({"modelName": name, "modelUrl": host.registration(name).url})
        except ServiceFailure:  # removed in this moment
            continue
    document: dict[str, Any] = {"models": models}
    if begin + size < len(names):
        document = {"nextPageToken": str(begin + size), **document}
    return document


def _worker(worker: WorkerDescription) -> dict[str, Any]:
    started = datetime.fromtimestamp(worker.start_time, UTC).isoformat(timespec="milliseconds")
    gpu = worker.gpu_id is not None
    return {
        "id": str(worker.id),
        "startTime": started.replace("+00:00", "Z"),
        "status": worker.status,
        "memoryUsage": worker.memory_bytes,
        "pid": worker.pid,
        "gpu": gpu,
        "gpuUsage": f"gpuId::{worker.gpu_id}" if gpu else "N/A",
    }


def _failure(failure: LoadFailure) -> dict[str, Any]:
    return {"code": failure.status, "message": failure.message, "traceback": failure.traceback}


def _customized(answer: bytes) -> Any:
    try:
        document = json.loads(answer)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ServiceFailure(
            HTTPStatus.SERVICE_UNAVAILABLE, "The handler's description of itself is no JSON object"
        )
    return document
