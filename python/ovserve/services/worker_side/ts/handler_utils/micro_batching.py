"""A batch in small parts."""

from ovserve_worker.micro_batching import MicroBatching

__all__ = ["MicroBatching"]
