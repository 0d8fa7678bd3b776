"""Measuring a handler's methods."""

from ovserve_worker.base_handler import timed

__all__ = ["timed"]
