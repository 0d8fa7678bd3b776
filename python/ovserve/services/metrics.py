"""What a service counts, and what its handlers count."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from ovserve.services.wire import MetricUpdate

MOST_SERIES = 1000
"""Series of custom metrics of one service; updates of further ones are dropped and counted."""

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of a custom histogram's buckets."""

SeriesKey = tuple[str, str, str, tuple[tuple[str, str], ...]]


@dataclass(slots=True)
class CustomSeries:
    """One series of a custom metric.

    Attributes:
        name: as the handler gave it.
        kind: counter, gauge or histogram.
        unit: in words, "Milliseconds".
        dimensions: names and values.
        value: of a counter the sum, of a gauge the last, of a histogram the sum.
        count: of a histogram.
        buckets: of a histogram, how many values were at most each of :data:`BUCKETS`.
    """

    name: str
    kind: str
    unit: str
    dimensions: tuple[tuple[str, str], ...]
    value: float = 0.0
    count: int = 0
    buckets: list[int] = field(default_factory=list)

    def update(self, value: float) -> None:
        """Count one value."""
        self.count += 1
        if self.kind == "gauge":
            self.value = value
            return
        self.value += value
        if self.kind == "histogram":
            self.buckets = self.buckets or [0] * len(BUCKETS)
            for index, bound in enumerate(BUCKETS):
                self.buckets[index] += value <= bound


@dataclass(slots=True, frozen=True)
class MetricsSnapshot:
    """Counts since the service began. Times are sums in microseconds unless their name says otherwise."""

    requests: int
    requests_by_status: MappingProxyType[int, int]
    batches: int
    inference_latency_us: int
    queue_latency_us: int
    last_queue_time_ms: float
    last_prediction_time_ms: float
    last_load_time_ms: float
    waiting_requests: int
    ready_workers: int
    worker_restarts: int
    custom: tuple[CustomSeries, ...]
    dropped_updates: int

    def by_class(self, first_digit: int) -> int:
        """Return how many answers had a status of that class: 2, 4 or 5."""
        return sum(n for status, n in self.requests_by_status.items() if status // 100 == first_digit)


class ServiceMetrics:
    """The counters of one service. To be used on the loop alone."""

    def __init__(self) -> None:
        self._by_status: dict[int, int] = {}
        self._batches = 0
        self._inference_us = 0
        self._queue_s = 0.0
        self._last_queue_s = 0.0
        self._last_prediction_us = 0
        self._last_load_s = 0.0
        self._series: dict[SeriesKey, CustomSeries] = {}
        self._dropped = 0

    def count(self, status: int) -> None:
        """Count an answer."""
        self._by_status[status] = self._by_status.get(status, 0) + 1

    def waited(self, seconds: float) -> None:
        """Count how long a request was in the queue."""
        self._queue_s += seconds
        self._last_queue_s = seconds

    def batch_answered(self, microseconds: int, requests: int) -> None:
        """Count a handler's run; each request of it took that long."""
        self._batches += 1
        self._inference_us += microseconds * requests
        self._last_prediction_us = microseconds

    def loaded(self, seconds: float) -> None:
        """Note how long a worker took to load."""
        self._last_load_s = seconds

    def custom(self, updates: Sequence[MetricUpdate]) -> None:
        """Count what handlers count."""
        for update in updates:
            key = (update.name, update.kind, update.unit, update.dimensions)
            series = self._series.get(key)
            if series is None:
                if len(self._series) >= MOST_SERIES:
                    self._dropped += 1
                    continue
                series = self._series[key] = CustomSeries(
                    update.name, update.kind, update.unit, update.dimensions
                )
            series.update(update.value)

    def snapshot(self, waiting: int, ready: int, restarts: int) -> MetricsSnapshot:
        """Return all of it; the arguments are the state of now."""
        return MetricsSnapshot(
            requests=sum(self._by_status.values()),
            requests_by_status=MappingProxyType(dict(self._by_status)),
            batches=self._batches,
            inference_latency_us=self._inference_us,
            queue_latency_us=int(self._queue_s * 1e6),
            last_queue_time_ms=self._last_queue_s * 1e3,
            last_prediction_time_ms=self._last_prediction_us / 1e3,
            last_load_time_ms=self._last_load_s * 1e3,
            waiting_requests=waiting,
            ready_workers=ready,
            worker_restarts=restarts,
            custom=tuple(
                CustomSeries(s.name, s.kind, s.unit, s.dimensions, s.value, s.count, list(s.buckets))
                for s in self._series.values()
            ),
            dropped_updates=self._dropped,
        )
