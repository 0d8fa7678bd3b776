"""What is counted."""

from ovserve.services.metrics import MOST_SERIES, ServiceMetrics
from ovserve.services.wire import MetricUpdate


def update(name: str, value: float, kind: str = "counter", dimension: str = "") -> MetricUpdate:
    return MetricUpdate(name, "Count", kind, value, (("d", dimension),))


def test_kinds_add_up_in_their_own_way() -> None:
    metrics = ServiceMetrics()
    for value in (1.0, 2.5):
        metrics.custom([update("c", value), update("g", value, "gauge"), update("h", value, "histogram")])
    counter, gauge, histogram = metrics.snapshot(0, 0, 0).custom
    assert counter.value == 3.5
    assert gauge.value == 2.5
    assert (histogram.value, histogram.count) == (3.5, 2)
    assert histogram.buckets == [0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 2]


def test_dimensions_make_series_and_their_number_is_bounded() -> None:
    metrics = ServiceMetrics()
    for number in range(MOST_SERIES + 5):
        metrics.custom([update("c", 1, dimension=str(number))])
    metrics.custom([update("c", 1, dimension="0")])
    snapshot = metrics.snapshot(0, 0, 0)
    assert len(snapshot.custom) == MOST_SERIES
    assert snapshot.dropped_updates == 5
    assert snapshot.custom[0].value == 2


def test_a_snapshot_stays_as_it_is() -> None:
    metrics = ServiceMetrics()
    metrics.count(200)
    metrics.count(404)
    metrics.custom([update("c", 1)])
    snapshot = metrics.snapshot(3, 2, 1)
    metrics.count(200)
    metrics.custom([update("c", 1)])
    assert snapshot.requests == 2
    assert (snapshot.by_class(2), snapshot.by_class(4), snapshot.by_class(5)) == (1, 1, 0)
    assert snapshot.custom[0].value == 1
    assert (snapshot.waiting_requests, snapshot.ready_workers, snapshot.worker_restarts) == (3, 2, 1)


def test_times_are_summed_per_request() -> None:
    metrics = ServiceMetrics()
    metrics.batch_answered(1500, 3)
    metrics.waited(0.25)
    metrics.loaded(2.0)
    snapshot = metrics.snapshot(0, 0, 0)
    assert (snapshot.batches, snapshot.inference_latency_us, snapshot.queue_latency_us) == (1, 4500, 250_000)
    assert (snapshot.last_prediction_time_ms, snapshot.last_load_time_ms) == (1.5, 2000.0)
