"""The context object."""

from ovserve_worker.context import Context, RequestProcessor

__all__ = ["Context", "RequestProcessor"]
