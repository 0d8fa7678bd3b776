"""Request envelopes: KServev2Envelope."""

from ovserve_worker.envelopes import KServev2Envelope

__all__ = ["KServev2Envelope"]
