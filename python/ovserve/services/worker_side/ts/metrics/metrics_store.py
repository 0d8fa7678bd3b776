"""Custom metrics: MetricsStore."""

from ovserve_worker.metrics import MetricsStore

__all__ = ["MetricsStore"]
