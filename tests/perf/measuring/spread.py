"""What repeated readings say: their middle, and how far they lie apart."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some readings, the lowest and the highest, and how many there were."""

    median: float
    low: float
    high: float
    count: int

    @property
    def relative(self) -> float:
        """How far the extremes lie apart, as a share of the median; 0.1 is 10 %."""
        return (self.high - self.low) / self.median if self.median else 0.0


def spread_of(readings: Iterable[float | None]) -> Spread | None:
    """Return the spread of the readings that there are; None without any."""
    values = [value for value in readings if value is not None]
    if not values:
        return None
    return Spread(statistics.median(values), min(values), max(values), len(values))


def paired_ratios(these: Sequence[float | None], those: Sequence[float | None]) -> list[float]:
    """Return these divided by those, round by round.

    Both were read in turns, so what disturbed one round disturbed both of its readings, and much of it
    cancels out.
    """
    return [
        this / that
        for this, that in zip(these, those, strict=False)
        if this is not None and that is not None and that > 0
    ]
