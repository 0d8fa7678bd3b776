import os

import pytest

from perf.measuring.machine import MachineTime, describe, shares_of_others, yardstick_ms


def test_description_has_what_a_reader_needs() -> None:
    machine = describe()
    assert machine["cores"] == os.cpu_count()
    assert machine["processor"]
    packages = machine["packages"]
    assert isinstance(packages, dict)
    assert packages["openvino"]
    assert yardstick_ms() > 0


def test_what_others_had_is_what_is_left() -> None:
    cores = os.cpu_count() or 1
    before, after = (
        MachineTime(10.0, 1.0, at=100.0),
        MachineTime(10.0 + 2.0 * cores, 1.0 + 0.4 * cores, at=104.0),
    )
    others, stolen = shares_of_others(before, after, ours_s=1.0 * cores)
    assert (others, stolen) == pytest.approx((0.25, 0.1))
    assert shares_of_others(before, after, ours_s=9.0 * cores)[0] == 0


def test_machine_time_goes_on() -> None:
    first = MachineTime.now()
    yardstick_ms()
    second = MachineTime.now()
    assert second.at > first.at
    assert second.busy >= first.busy
