"""The names that handlers of Multi Model Server import, over :mod:`ovserve_worker`."""

__version__ = "1.1.11"
