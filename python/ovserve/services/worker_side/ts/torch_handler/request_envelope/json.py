"""Request envelopes: JSONEnvelope."""

from ovserve_worker.envelopes import JSONEnvelope

__all__ = ["JSONEnvelope"]
