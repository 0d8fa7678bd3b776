"""Custom metrics: Dimension."""

from ovserve_worker.metrics import Dimension

__all__ = ["Dimension"]
