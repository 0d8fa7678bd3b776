import math

import pytest

from perf import python_busy
from perf.python_busy import Waits, as_table, measure


def test_the_ratio_is_the_middle_of_the_rounds() -> None:
    waits = Waits()
    waits.p99["busy elsewhere"] = [100.0, 200.0, 100.0]
    waits.p99["busy inside"] = [150.0, 200.0, 900.0]
    assert waits.ratio == 1.5
    waits.p99["busy inside"] = [None, None, 300.0]
    assert waits.ratio == 3.0
    waits.p99["busy inside"] = [None, None, None]
    assert waits.ratio == math.inf


def test_every_front_is_measured_in_every_state() -> None:
    waits = measure(1, 0.1)
    assert list(waits) == ["native", "grpcio"]
    for measured in waits.values():
        for readings in (measured.p50, measured.p99):
            assert [len(values) for values in readings.values()] == [1, 1, 1]
        assert all(value and value > 0 for values in measured.p50.values() for value in values)
    assert "busy elsewhere" in as_table(waits)


@pytest.mark.parametrize(("ratio", "code"), [(1.5, 0), (2.5, 1)])
def test_what_is_too_much_is_exit_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ratio: float, code: int
) -> None:
    waits = Waits()
    for state in waits.p50:
        waits.p50[state] = waits.p99[state] = [10.0]
    waits.p99["busy inside"] = [10.0 * ratio]
    monkeypatch.setattr(python_busy, "measure", lambda rounds, seconds: {"native": waits, "grpcio": waits})
    monkeypatch.setattr("sys.argv", ["python_busy.py"])
    assert python_busy.main() == code
    assert capsys.readouterr().out.splitlines()[-1].startswith('{"python_busy": ')
