"""Metrics of services as text for Prometheus, with TorchServe's names."""

import math
import os
import socket
from collections.abc import Callable, Iterable

from ovserve.service_host.host import ServiceHost
from ovserve.services.metrics import BUCKETS, CustomSeries, MetricsSnapshot

Labels = Iterable[tuple[str, str]]


def services_text(host: ServiceHost) -> str:
    """Return the metrics of all services, their handlers' own included."""
    hostname = socket.gethostname()
    snapshots = [
        (each.service.spec.name, each.service.spec.version, each.service.metrics())
        for each in host.registrations()
    ]
    page = _Page()
    for digit in (2, 4, 5):
        total = sum(snapshot.by_class(digit) for _, _, snapshot in snapshots)
        page.add(
            f"Requests{digit}XX",
            "counter",
            f"Answers with a status of class {digit}XX",
            (("Level", "Host"), ("Hostname", hostname)),
            total,
        )
    for name, kind, text, value in _PER_VERSION:
        for model, version, snapshot in snapshots:
            labels = (("model_name", model), ("model_version", version), ("hostname", hostname))
            page.add(name, kind, text, labels, value(snapshot))
    for name, text, gauge in _GAUGES:
        for model, version, snapshot in snapshots:
            of_host = (("ModelName", model), ("ModelVersion", version), ("Hostname", hostname))
            page.add(name, "gauge", text, (*of_host, ("Level", "Host")), gauge(snapshot))
    for model, version, snapshot in snapshots:
        labels = (("ModelName", model), ("ModelVersion", version), ("Hostname", hostname))
        for series in snapshot.custom:
            page.add_custom(series, labels)
    return page.text()


def system_text() -> str:
    """Return the machine's own metrics: memory and disk."""
    page = _Page()
    labels = (("Level", "Host"), ("Hostname", socket.gethostname()))
    megabyte = 1 << 20
    memory = _memory()
    if memory is not None:
        total, available = memory
        page.add("MemoryAvailable", "gauge", "Megabytes", labels, available / megabyte)
        page.add("MemoryUsed", "gauge", "Megabytes", labels, (total - available) / megabyte)
        used = 100 * (total - available) / total if total else 0.0
        page.add("MemoryUtilization", "gauge", "Percent", labels, used)
    disk = os.statvfs("/")
    size, free = disk.f_blocks * disk.f_frsize, disk.f_bavail * disk.f_frsize
    page.add("DiskAvailable", "gauge", "Gigabytes", labels, free / 2**30)
    page.add("DiskUsage", "gauge", "Gigabytes", labels, (size - free) / 2**30)
    page.add("DiskUtilization", "gauge", "Percent", labels, 100 * (size - free) / size if size else 0.0)
    return page.text()


_PER_VERSION: tuple[tuple[str, str, str, Callable[[MetricsSnapshot], float]], ...] = (
    ("ts_inference_requests_total", "counter", "Requests", lambda each: each.requests),
    (
        "ts_inference_latency_microseconds",
        "counter",
        "Microseconds in handlers, summed up",
        lambda each: each.inference_latency_us,
    ),
    (
        "ts_queue_latency_microseconds",
        "counter",
        "Microseconds in queues, summed up",
        lambda each: each.queue_latency_us,
    ),
    ("ovserve_service_batches_total", "counter", "Calls of handlers", lambda each: each.batches),
    ("ovserve_service_waiting_requests", "gauge", "Requests that wait", lambda each: each.waiting_requests),
    ("ovserve_service_ready_workers", "gauge", "Workers that are ready", lambda each: each.ready_workers),
    (
        "ovserve_service_worker_restarts_total",
        "counter",
        "Workers that were replaced",
        lambda each: each.worker_restarts,
    ),
    (
        "ovserve_service_dropped_metric_updates_total",
        "counter",
        "Updates of custom metrics beyond the most series",
        lambda each: each.dropped_updates,
    ),
)
_GAUGES: tuple[tuple[str, str, Callable[[MetricsSnapshot], float]], ...] = (
    ("QueueTime", "Milliseconds", lambda each: each.last_queue_time_ms),
    ("PredictionTime", "Milliseconds", lambda each: each.last_prediction_time_ms),
    ("WorkerLoadTime", "Milliseconds", lambda each: each.last_load_time_ms),
)


class _Page:
    """Gathers series by their family, since the format wants them together."""

    def __init__(self) -> None:
        self._families: dict[str, tuple[str, str, list[str]]] = {}

    def add(self, name: str, kind: str, text: str, labels: Labels, value: float, suffix: str = "") -> None:
        family = self._families.setdefault(name, (kind, text, []))
        if family[0] == kind:  # a handler's metric of another kind would break the family
            family[2].append(f"{name}{suffix}{_labels(labels)} {_number(value)}")

    def add_custom(self, series: CustomSeries, more: Labels) -> None:
        name = _metric_name(series.name)
        labels = dict(more) | {_label_name(key): value for key, value in series.dimensions}
        if series.kind != "histogram":
            self.add(name, series.kind, series.unit, labels.items(), series.value)
            return
        for bound, count in zip(BUCKETS, series.buckets, strict=True):
            bucket = {**labels, "le": _number(bound)}
            self.add(name, "histogram", series.unit, bucket.items(), count, "_bucket")
        self.add(name, "histogram", series.unit, {**labels, "le": "+Inf"}.items(), series.count, "_bucket")
        self.add(name, "histogram", series.unit, labels.items(), series.value, "_sum")
        self.add(name, "histogram", series.unit, labels.items(), series.count, "_count")

    def text(self) -> str:
        lines = []
        for name, (kind, text, series) in self._families.items():
            if series:
                help_text = text.replace("\\", "\\\\").replace("\n", "\\n")
                lines += [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}", *series]
        return "".join(f"{line}\n" for line in lines)


def _labels(labels: Labels) -> str:
    pairs = [f'{name}="{_escaped(value)}"' for name, value in labels]
    return f"{{{','.join(pairs)}}}" if pairs else ""


def _escaped(value: str) -> str:
    text = value.encode("utf-8", "replace").decode()  # handlers may send what is no UTF-8
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isfinite(value) and value == int(value) and abs(value) < 2**53:
        return str(int(value))
    if math.isfinite(value):
        return repr(float(value))
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"


def _metric_name(name: str) -> str:
    clean = "".join(each if each.isascii() and (each.isalnum() or each in "_:") else "_" for each in name)
    return f"_{clean}" if not clean or clean[0].isdigit() else clean


def _label_name(name: str) -> str:
    return _metric_name(name).replace(":", "_")


def _memory() -> tuple[int, int] | None:
    """Return all memory and what is available, in bytes."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file)
        return tuple(int(fields[name].split()[0]) * 1024 for name in ("MemTotal", "MemAvailable"))  # type: ignore[return-value]
    except (OSError, KeyError, ValueError):
        return None
