from collections.abc import Iterator, Sequence

from perf.figures.plan import Case
from perf.gating.ratios import GatedCase, confirmed, gated_ratios
from perf.measuring.results import CaseResult, Results, Series
from perf_tests.readings import case_of, rounds_of

TINY = GatedCase(Case("tiny", "kserve_grpc", 8), "echo")
CONV = GatedCase(Case("conv", "kserve_grpc", 8), "echo")
NAME = "ovserve/grpcio {} kserve_grpc 8 / echo/grpcio"


class Scripted:
    """Measures ratios that were written down beforehand, by workload."""

    def __init__(self, **ratios: Sequence[float]) -> None:
        self._ratios = {name: list(values) for name, values in ratios.items()}
        self.asked: list[list[str]] = []

    def __call__(self, cases: Sequence[GatedCase]) -> Iterator[CaseResult]:
        self.asked.append([gated.case.workload for gated in cases])
        for gated in cases:
            ratio = self._ratios[gated.case.workload].pop(0)
            yield case_of(
                Series("ovserve/grpcio", "server", "grpcio", rounds=rounds_of([10 * ratio])),
                Series("echo/grpcio", "echo", "grpcio", rounds=rounds_of([10.0])),
                Series("someone", "peer", "", rounds=rounds_of([500.0])),
                workload=gated.case.workload,
            )


def test_ratios_of_our_own_servers_only(results: Results) -> None:
    assert set(gated_ratios(results.cases)) == {
        NAME.format("tiny"),
        "ovserve/grpcio tiny kserve_grpc 8 / bare OpenVINO/sync",
    }


def test_one_disturbance_is_forgiven() -> None:
    measure = Scripted(tiny=[3.0, 1.1], conv=[1.0])
    findings = confirmed(measure, {NAME.format("tiny"): 1.0, NAME.format("conv"): 1.0}, [TINY, CONV])
    assert measure.asked == [["tiny", "conv"], ["tiny"]]
    assert not any(finding.is_worse for finding in findings)


def test_what_stays_above_is_worse() -> None:
    measure = Scripted(tiny=[1.5, 1.6, 1.45], conv=[1.0])
    findings = {
        f.subject: f
        for f in confirmed(measure, {NAME.format("tiny"): 1.0, NAME.format("conv"): 1.0}, [TINY, CONV])
    }
    assert measure.asked == [["tiny", "conv"], ["tiny"], ["tiny"]]
    assert findings[NAME.format("tiny")].is_worse
    assert findings[NAME.format("tiny")].found == 1.45
    assert not findings[NAME.format("conv")].is_worse


def test_without_a_baseline_a_ratio_is_new() -> None:
    (finding,) = confirmed(Scripted(tiny=[9.0]), {}, [TINY])
    assert finding.verdict == "new"
