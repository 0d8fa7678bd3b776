import pytest

from perf.measuring.results import Results, Series
from perf.reporting.ratios import bare_of, ratios_of
from perf_tests.readings import case_of, rounds_of


def bare(streams: int) -> list[Series]:
    return [
        Series("bare OpenVINO/sync", "bare", streams=streams, rounds=rounds_of([5.0])),
        Series("bare OpenVINO/async", "bare", streams=streams, rounds=rounds_of([4.0])),
    ]


@pytest.mark.parametrize(
    ("streams", "in_flight", "mode"), [(1, 1, "sync"), (1, 8, "sync"), (2, 1, "sync"), (2, 8, "async")]
)
def test_the_limit_is_the_loop_that_the_server_runs(streams: int, in_flight: int, mode: str) -> None:
    limit = bare_of(bare(streams), in_flight)
    assert limit is not None
    assert limit.name == f"bare OpenVINO/{mode}"


def test_the_loop_that_could_be_measured_is_taken() -> None:
    limit = bare_of([Series("bare OpenVINO/sync", "bare"), bare(1)[1]], 1)
    assert limit is not None
    assert limit.name == "bare OpenVINO/async"
    assert bare_of([], 1) is None


def test_ratios_to_both_limits(results: Results) -> None:
    ratios = {ratio.limit: ratio.spread.median for ratio in ratios_of(results.cases[0])}
    assert ratios == pytest.approx({"echo/grpcio": 2.0, "bare OpenVINO/sync": 10.5})


def test_a_server_is_not_compared_with_the_echo_of_another_front() -> None:
    case = case_of(
        Series("ovserve/native", "server", "native", rounds=rounds_of([10.0])),
        Series("ovserve/grpcio", "server", "grpcio", rounds=rounds_of([30.0])),
        Series("echo/grpcio", "echo", "grpcio", rounds=rounds_of([20.0])),
    )
    assert [(ratio.server, ratio.limit) for ratio in ratios_of(case)] == [("ovserve/grpcio", "echo/grpcio")]
