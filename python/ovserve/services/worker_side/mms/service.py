"""What handlers import from the service module."""

from ovserve_worker.exceptions import PredictionException
from ovserve_worker.service import Service, emit_metrics

__all__ = ["PredictionException", "Service", "emit_metrics"]
