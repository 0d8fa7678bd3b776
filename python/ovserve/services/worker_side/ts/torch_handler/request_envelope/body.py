"""Request envelopes: BodyEnvelope."""

from ovserve_worker.envelopes import BodyEnvelope

__all__ = ["BodyEnvelope"]
