"""Request envelopes: KServeEnvelope."""

from ovserve_worker.envelopes import KServeEnvelope

__all__ = ["KServeEnvelope"]
