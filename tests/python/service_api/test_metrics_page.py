"""Metrics of services in Prometheus' form."""

import re
from typing import Any

import pytest

from ovserve.service_api.metrics_page import services_text, system_text
from ovserve.services.metrics import ServiceMetrics
from ovserve.services.wire import MetricUpdate


class Spec:
    def __init__(self, name: str, version: str) -> None:
        self.name, self.version = name, version


class Service:
    def __init__(self, name: str, version: str, counted: ServiceMetrics) -> None:
        self.spec, self._counted = Spec(name, version), counted

    def metrics(self) -> Any:
        return self._counted.snapshot(waiting=1, ready=2, restarts=3)


class Registration:
    def __init__(self, service: Service) -> None:
        self.service = service


class Host:
    def __init__(self, *services: Service) -> None:
        self._registrations = [Registration(service) for service in services]

    def registrations(self) -> list[Registration]:
        return self._registrations


def text(*services: Service) -> str:
    host: Any = Host(*services)
    return services_text(host)


def value(page: str, series: str) -> str:
    found = re.findall(f"^{series} (.*)$", page, re.MULTILINE)
    assert len(found) == 1, page
    return str(found[0])


def counted(*updates: MetricUpdate) -> ServiceMetrics:
    metrics = ServiceMetrics()
    metrics.custom(updates)
    return metrics


def test_requests_by_version_and_class() -> None:
    first, second = counted(), counted()
    first.count(200)
    first.count(207)
    first.batch_answered(50, 2)
    second.count(503)
    page = text(Service("a", "1.0", first), Service("a", "2.0", second))
    assert value(page, "Requests2XX{.*}") == "2"
    assert value(page, "Requests5XX{.*}") == "1"
    assert value(page, 'ts_inference_requests_total{model_name="a",model_version="1.0",.*}') == "2"
    assert value(page, 'ts_inference_latency_microseconds{model_name="a",model_version="1.0",.*}') == "100"
    assert value(page, 'ovserve_service_worker_restarts_total{.*version="2.0",.*}') == "3"
    assert page.count("# TYPE ts_inference_requests_total counter") == 1


def test_metrics_of_handlers() -> None:
    updates = [
        MetricUpdate("9 lives!", "count", "counter", 2.0, (("a-b", 'q"\\\n'),)),
        MetricUpdate("Size", "ms", "histogram", 0.03, ()),
        MetricUpdate("Size", "ms", "histogram", 20.0, ()),
    ]
    page = text(Service("m", "1.0", counted(*updates)))
    assert value(page, r'_9_lives_{.*a_b="q\\"\\\\\\n"}') == "2"
    assert value(page, 'Size_bucket{.*le="0.025"}') == "0"
    assert value(page, 'Size_bucket{.*le="0.05"}') == "1"
    assert value(page, 'Size_bucket{.*le="[+]Inf"}') == "2"
    assert value(page, "Size_sum{.*}") == "20.03"
    assert value(page, "Size_count{.*}") == "2"


def test_a_handlers_metric_breaks_no_family_of_another_kind() -> None:
    page = text(Service("m", "1.0", counted(MetricUpdate("QueueTime", "ms", "counter", 7.0, ()))))
    assert value(page, "QueueTime{.*}") == "0"
    assert page.count("# TYPE QueueTime") == 1


@pytest.mark.parametrize(
    ("number", "shown"),
    [(float("nan"), "NaN"), (float("inf"), "+Inf"), (float("-inf"), "-Inf"), (1e300, "1e+300"), (0.5, "0.5")],
)
def test_numbers(number: float, shown: str) -> None:
    assert (
        value(text(Service("m", "1", counted(MetricUpdate("g", "", "gauge", number, ())))), "g{.*}") == shown
    )


def test_the_machine() -> None:
    page = system_text()
    assert float(value(page, "DiskAvailable{.*}")) >= 0
    assert 0 < float(value(page, "MemoryUtilization{.*}")) <= 100
