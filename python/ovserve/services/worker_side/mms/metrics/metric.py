"""Custom metrics: Metric."""

from ovserve_worker.metrics import Metric

__all__ = ["Metric"]
