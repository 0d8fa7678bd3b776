"""Readings that nobody took, for tests of what is made of them."""

from collections.abc import Sequence

from perf.measuring.results import CaseResult, Round, Series


def rounds_of(costs: Sequence[float | None], failures: int = 0, others_share: float = 0.0) -> list[Round]:
    return [
        Round(
            requests=100,
            requests_per_s=1000.0,
            cpu_us=cost,
            p50_us=10.0,
            p99_us=20.0,
            p999_us=None,
            failures=failures,
            first_failure="HTTP 500: oh" if failures else "",
            others_share=others_share,
        )
        for cost in costs
    ]


def case_of(*series: Series, in_flight: int = 8, workload: str = "tiny") -> CaseResult:
    return CaseResult(workload, "kserve_grpc", in_flight, 1, 100, 100, list(series))
