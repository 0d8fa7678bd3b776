import pytest

from perf.measuring.spread import paired_ratios, spread_of


def test_median_and_extremes() -> None:
    spread = spread_of([3.0, 1.0, None, 10.0, 2.0])
    assert spread is not None
    assert (spread.median, spread.low, spread.high, spread.count) == (2.5, 1.0, 10.0, 4)
    assert spread.relative == pytest.approx(3.6)


def test_nothing_read() -> None:
    assert spread_of([]) is None
    assert spread_of([None]) is None


def test_ratios_are_taken_round_by_round() -> None:
    # Twice the limit in each round, though the second round was disturbed.
    assert paired_ratios([2.0, 20.0, None, 6.0, 1.0], [1.0, 10.0, 5.0, 3.0, 0.0]) == [2.0, 2.0, 2.0]
