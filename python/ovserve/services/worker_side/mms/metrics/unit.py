"""Custom metrics: Units."""

from ovserve_worker.metrics import Units

__all__ = ["Units"]
