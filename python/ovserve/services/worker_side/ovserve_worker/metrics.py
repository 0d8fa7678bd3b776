"""Custom metrics of handlers: counted here, sent to the server with the answer they belong to."""

from __future__ import annotations

import enum
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ovserve_worker import frames, messages

log = logging.getLogger(__name__)

_MOST_UPDATES = 0xFFFF


class MetricTypes(enum.Enum):
    """How updates of a metric add up."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


_NUMBER_OF = {MetricTypes(kind): number for number, kind in enumerate(messages.METRIC_KINDS)}


class Units:
    """The words that units are shown as."""

    def __init__(self) -> None:
        self.units: dict[str | None, str] = {
            "ms": "Milliseconds",
            "s": "Seconds",
            "percent": "Percent",
            "count": "Count",
            "MB": "Megabytes",
            "GB": "Gigabytes",
            "kB": "Kilobytes",
            "B": "Bytes",
            "": "unit",
            None: "unit",
        }


_UNITS = Units().units


class Dimension:
    """A name and a value that tell one series of a metric from another."""

    def __init__(self, name: str, value: Any) -> None:
        self.name = name
        self.value = value

    def __str__(self) -> str:
        return f"{self.name}:{self.value}"

    def to_dict(self) -> dict[str, Any]:
        """Return both as a dict."""
        return {"Name": self.name, "Value": self.value}


class Metric:
    """One value of a metric, as handlers see it in a store."""

    def __init__(
        self,
        name: str,
        value: float,
        unit: str | None,
        dimensions: Sequence[Dimension],
        request_id: str | None = None,
        metric_method: str | None = None,
    ) -> None:
        self.name = name
        self.value = value
        self.unit = _UNITS.get(unit, unit)
        self.dimensions = list(dimensions)
        self.request_id = request_id
        self.metric_method = metric_method

    def update(self, value: float) -> None:
        """Add to a counter, else set."""
        self.value = self.value + value if self.metric_method == "counter" else value

    def reset(self) -> None:
        """Set to 0."""
        self.value = 0

    def __str__(self) -> str:
        dimensions = ",".join(map(str, self.dimensions))
        ids = f",{self.request_id}" if self.request_id else ""
        return f"{self.name}.{self.unit}:{self.value}|#{dimensions}|#{int(time.time())}{ids}"

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as a dict."""
        return {
            "MetricName": self.name,
            "Value": self.value,
            "Unit": self.unit,
            "Dimensions": [dimension.to_dict() for dimension in self.dimensions],
            "Timestamp": int(time.time()),
            "RequestId": self.request_id,
        }


class CachedMetric:
    """A metric whose dimensions' names are settled; only their values come with each update."""

    def __init__(
        self, store: MetricsStore, name: str, unit: str | None, names: Sequence[str], kind: MetricTypes
    ) -> None:
        self._store = store
        self.metric_name = name
        self.unit = unit
        self.dimension_names = list(names)
        self.metric_type = kind

    def add_or_update(self, value: float, dimension_values: Sequence[Any] = (), request_id: str = "") -> None:
        """Count one value; there must be as many dimension values as names."""
        if len(dimension_values) != len(self.dimension_names):
            raise ValueError(
                f"metric {self.metric_name!r} has the dimensions {self.dimension_names}, "
                f"not {len(dimension_values)} of them"
            )
        pairs = list(zip(self.dimension_names, dimension_values))
        self._store.record(self.metric_name, value, self.unit, pairs, self.metric_type)

    update = add_or_update


class MetricsStore:
    """What ``context.metrics`` is. Follows TorchServe's names; the MMS argument order works too.

    Args:
        request_ids: index in the batch to request id.
        model_name: becomes the dimension ``ModelName``.
    """

    def __init__(self, request_ids: Any, model_name: str) -> None:
        self.request_ids = request_ids
        self.model_name = model_name
        self.cache: dict[tuple[MetricTypes, str], CachedMetric] = {}
        self._updates: list[tuple[str, float, str | None, list[tuple[str, Any]], MetricTypes]] = []

    @property
    def store(self) -> list[Metric]:
        """The updates since the last answer."""
        return [
            Metric(name, value, unit, [Dimension(*pair) for pair in pairs], None, kind.value)
            for name, value, unit, pairs, kind in self._updates
        ]

    def set_request_ids(self, request_ids: Any) -> None:
        """Set which requests the batch has."""
        self.request_ids = request_ids

    def add_counter(
        self, name: str, value: float, idx: int | None = None, dimensions: Iterable[Dimension] | None = None
    ) -> None:
        """Increase a counter; a decrease is refused with a line in the log."""
        self._add(name, value, "count", dimensions, MetricTypes.COUNTER)

    def add_time(
        self,
        name: str,
        value: float,
        idx: int | None = None,
        unit: str = "ms",
        dimensions: Iterable[Dimension] | None = None,
        metric_type: MetricTypes = MetricTypes.GAUGE,
    ) -> None:
        """Set a time in ``ms`` or ``s``."""
        _check_unit(unit, ("ms", "s"))
        self._add(name, value, unit, dimensions, metric_type)

    def add_size(
        self,
        name: str,
        value: float,
        idx: int | None = None,
        unit: str = "MB",
        dimensions: Iterable[Dimension] | None = None,
        metric_type: MetricTypes = MetricTypes.GAUGE,
    ) -> None:
        """Set a size in ``B``, ``kB``, ``MB`` or ``GB``."""
        _check_unit(unit, ("MB", "kB", "GB", "B"))
        self._add(name, value, unit, dimensions, metric_type)

    def add_percent(
        self,
        name: str,
        value: float,
        idx: int | None = None,
        dimensions: Iterable[Dimension] | None = None,
        metric_type: MetricTypes = MetricTypes.GAUGE,
    ) -> None:
        """Set a percentage."""
        self._add(name, value, "percent", dimensions, metric_type)

    def add_error(
        self, name: str, value: float | str = 1, dimensions: Iterable[Dimension] | None = None
    ) -> None:
        """Count an error; a text is logged and counts once."""
        if isinstance(value, str):
            log.error("%s: %s", name, value)
            value = 1
        self._add(name, value, "", dimensions, MetricTypes.COUNTER, level="Error")

    def add_metric(self, name: str, value: float, *arguments: Any, **named: Any) -> None:
        """Add to any metric: ``(unit, idx=None, dimensions=None, metric_type=COUNTER)`` follow.

        MMS has ``(idx=None, unit=None, dimensions=None)``: an index in place of the unit says so.
        """
        first_is_index = bool(arguments) and not isinstance(arguments[0], str)
        order = ("idx", "unit", "dimensions") if first_is_index else ("unit", "idx", "dimensions")
        given = dict(zip((*order, "metric_type"), arguments), **named)
        unknown = set(given) - {"unit", "idx", "dimensions", "metric_type"}
        if unknown or len(arguments) > 4:
            raise TypeError(f"add_metric() got unexpected arguments: {sorted(unknown) or arguments}")
        kind = given.get("metric_type") or MetricTypes.COUNTER
        self._add(name, value, given.get("unit"), given.get("dimensions"), kind)

    def add_metric_to_cache(
        self,
        metric_name: str,
        unit: str | None,
        dimension_names: Sequence[str] | None = None,
        metric_type: MetricTypes = MetricTypes.COUNTER,
    ) -> CachedMetric:
        """Settle a metric's dimensions once, and return what its values are given to."""
        metric = CachedMetric(self, metric_name, unit, dimension_names or (), metric_type)
        self.cache[metric_type, metric_name] = metric
        return metric

    def get_metric(self, metric_name: str, metric_type: MetricTypes = MetricTypes.COUNTER) -> CachedMetric:
        """Return what :meth:`add_metric_to_cache` made; a metric that it did not make is a KeyError."""
        try:
            return self.cache[metric_type, metric_name]
        except KeyError:
            raise KeyError(f"no {metric_type.value} {metric_name!r} was added to the cache") from None

    def record(
        self, name: str, value: float, unit: str | None, pairs: list[tuple[str, Any]], kind: MetricTypes
    ) -> None:
        """Note one update with exactly these dimensions.

        Raises:
            TypeError: ``value`` is no number.
        """
        if isinstance(value, str):
            raise TypeError(f"metric {name!r}: {value!r} is no number")
        value = float(value)
        if kind is MetricTypes.COUNTER and value < 0:
            log.error("metric %r: a counter cannot be changed by %s", name, value)
        elif len(self._updates) < _MOST_UPDATES:
            self._updates.append((str(name), value, unit, pairs, kind))

    def take_frame(self) -> frames.Outgoing | None:
        """Return all updates since the last call as a frame, ``None`` if there are none."""
        if not self._updates:
            return None
        updates, self._updates = self._updates, []
        chunks = [messages.COUNT.pack(len(updates))]
        for name, value, unit, pairs, kind in updates:
            texts = [name, str(_UNITS.get(unit, unit)), *(str(text) for pair in pairs for text in pair)]
            meta = frames.joined(texts)
            chunks += (messages.METRIC.pack(_NUMBER_OF[kind], value, len(meta), len(pairs)), meta)
        return frames.plain_frame(messages.METRICS, b"".join(chunks))

    def _add(
        self,
        name: str,
        value: float,
        unit: str | None,
        dimensions: Iterable[Dimension] | None,
        kind: MetricTypes,
        level: str = "Model",
    ) -> None:
        pairs = [(dimension.name, dimension.value) for dimension in dimensions or ()]
        names = {pair[0] for pair in pairs}
        defaults: Mapping[str, str] = {"ModelName": self.model_name, "Level": level}
        pairs += [pair for pair in defaults.items() if pair[0] not in names]
        self.record(name, value, unit, pairs, kind)


def _check_unit(unit: str, allowed: tuple[str, ...]) -> None:
    if unit not in allowed:
        raise ValueError(f"the unit {unit!r} is not one of {list(allowed)}")
