"""Request envelopes: BaseEnvelope."""

from ovserve_worker.envelopes import BaseEnvelope

__all__ = ["BaseEnvelope"]
