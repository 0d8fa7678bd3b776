"""Time stamps, travel paths and results."""

from ovserve_worker.loader_helpers import convert_output_fs_to_apiV1, get_datetime_utc, get_mtp

__all__ = ["convert_output_fs_to_apiV1", "get_datetime_utc", "get_mtp"]
