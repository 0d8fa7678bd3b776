"""The names that TorchServe's handlers import, over :mod:`ovserve_worker`; needs no torch."""

__version__ = "0.12.0"
