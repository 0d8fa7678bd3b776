"""What a worker loads its handler with; read by ``ovserve_worker.worker``."""

from typing import Any

from ovserve._core import __version__
from ovserve.services.spec import ServiceSpec


def load_request(spec: ServiceSpec, gpu_id: int | None) -> dict[str, Any]:
    """Return it for a worker that was given a device (``None``: CPU)."""
    return {
        "model_name": spec.name,
        "model_dir": str(spec.model_dir),
        "handler": spec.handler,
        "loader": None if spec.loader is None else dict(spec.loader),
        "batch_size": spec.batch_size,
        "gpu_id": gpu_id,
        "device": "CPU" if gpu_id is None else f"GPU.{gpu_id}",
        "threads": spec.threads,
        "server_version": __version__,
        "limit_max_image_pixels": spec.limit_max_image_pixels,
        "decode": spec.decode_requests,
        "envelope": spec.envelope,
        "retry_singly": spec.retry_singly,
        "manifest": dict(spec.manifest),
        "model_yaml": dict(spec.model_yaml),
    }
