"""Which metrics are shown: the names that may be listed, and where the choice comes from."""

from collections.abc import Sequence
from dataclasses import replace

from ovserve.config.json_document import JsonObject, JsonValue, child_path
from ovserve.config.json_text import quoted
from ovserve.config.keys import METRICS, MONITORING, check_object, expectation
from ovserve.config.nearest import nearest
from ovserve.config.schema import Configuration, ServerOptions
from ovserve.errors import ConfigurationError

DEFAULT_FAMILIES = (
    "ovms_requests_success",
    "ovms_requests_fail",
    "ovms_request_time_us",
    "ovms_inference_time_us",
    "ovms_wait_for_infer_req_time_us",
    "ovms_streams",
    "ovms_current_requests",
    "ovserve_waiting_requests",
    "ovserve_request_bytes",
    "ovserve_response_bytes",
    "ovserve_load_time_us",
    "ovserve_loads_fail",
    "ovserve_blacklisted",
    "ovserve_loader_calls",
    "ovserve_loader_call_time_us",
)
"""Shown when no list is given. The core knows the same; a test compares the two."""

FAMILIES = (
    *DEFAULT_FAMILIES,
    "ovms_infer_req_queue_size",
    "ovms_infer_req_active",
    # Of graphs, which are not served: they may be listed, as in OVMS, and have no series.
    "ovms_current_graphs",
    "ovms_requests_accepted",
    "ovms_requests_rejected",
    "ovms_responses",
    "ovms_graph_error",
    "ovms_graph_processing_time_us",
    "ovms_graph_request_latency_us",
)
"""Every name that may be listed."""


def parse_monitoring(value: JsonValue, path: str) -> frozenset[str] | None:
    """Read the ``monitoring`` section: the families to show, or None if metrics are off.

    Raises:
        ConfigurationError: names the JSON path and, for an unknown family, the valid ones.
    """
    monitoring = check_object(value, MONITORING, path)
    metrics_path = child_path(path, "metrics")
    metrics: JsonObject = check_object(monitoring["metrics"], METRICS, metrics_path)
    listed = metrics.get("metrics_list", [])
    assert isinstance(listed, list)  # check_object saw to it
    list_path = child_path(metrics_path, "metrics_list")
    names = [_text(name, child_path(list_path, i)) for i, name in enumerate(listed)]
    families = chosen_families(names, list_path)
    return families if metrics["enable"] else None


def chosen_families(names: Sequence[str], place: str) -> frozenset[str]:
    """Return the families that a list stands for; an empty list is the default.

    Raises:
        ConfigurationError: a name is no family.
    """
    for name in names:
        if name not in FAMILIES:
            similar = nearest(name, FAMILIES)
            hint = f"did you mean {similar}? " if similar else ""
            raise ConfigurationError(
                f"{place}: unknown metric {quoted(name)}; {hint}valid: {', '.join(FAMILIES)}"
            )
    return frozenset(names or DEFAULT_FAMILIES)


def with_metrics_of(options: ServerOptions, configuration: Configuration) -> ServerOptions:
    """Return the options with the metrics that the configuration file asks for; the command line wins.

    Raises:
        ConfigurationError: there is no REST port to show them on.
    """
    if options.metrics is None and configuration.metrics is not None:
        options = replace(options, metrics=configuration.metrics)
    if options.metrics is not None and options.rest_port is None:
        raise ConfigurationError("monitoring.metrics: metrics are shown on the REST port; give --rest_port")
    return options


def _text(value: JsonValue, path: str) -> str:
    if not isinstance(value, str):
        raise expectation(path, "a string", value)
    return value
