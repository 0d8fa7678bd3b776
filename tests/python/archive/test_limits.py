import pytest

from ovserve.archive.limits import Budget, UnpackLimits
from ovserve.archive.refusals import UnsafeArchiveError


def test_bytes_are_counted_together() -> None:
    budget = Budget(UnpackLimits(max_bytes=10), 100)
    budget.add_bytes(6, "a")
    budget.add_bytes(4, "b")
    with pytest.raises(
        UnsafeArchiveError, match=r"^member 'c': unpacks to more than 10 bytes \(max_bytes\)$"
    ):
        budget.add_bytes(1, "c")


def test_the_ratio_counts_above_what_is_free() -> None:
    limits = UnpackLimits(max_ratio=2.5, ratio_free_bytes=100)
    Budget(limits, 10).check_declared(100)
    Budget(limits, 80).check_declared(200)
    with pytest.raises(
        UnsafeArchiveError, match=r"^unpacks to more than 2.5 times the archive's size \(max_ratio\)$"
    ):
        Budget(limits, 80).check_declared(201)


def test_entries() -> None:
    budget = Budget(UnpackLimits(max_entries=1), 0)
    budget.add_entry("a")
    with pytest.raises(
        UnsafeArchiveError, match=r"^member 'b': more than 1 files and directories \(max_entries\)$"
    ):
        budget.add_entry("b")
