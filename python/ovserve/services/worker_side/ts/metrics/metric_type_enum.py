"""Custom metrics: MetricTypes."""

from ovserve_worker.metrics import MetricTypes

__all__ = ["MetricTypes"]
