"""Processor time per request as a multiple of a limit's: what remains when the machine is noisy.

A ratio that is above its baseline is measured again before it counts, since one disturbance can hit several
rounds; what really got slower stays above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from perf.figures.plan import Case
from perf.gating.finding import Finding
from perf.measuring.results import CaseResult
from perf.measuring.spread import Spread
from perf.reporting.ratios import ratios_of

MARGIN = 0.4
CONFIRMATIONS = 2


class GatedCase(NamedTuple):
    """A case, and the limit that its ratio is taken to."""

    case: Case
    limit: str  # echo or bare


GATED = (
    GatedCase(Case("tiny", "kserve_grpc", 8), "echo"),
    GatedCase(Case("tiny", "tfs_grpc", 8), "echo"),
    GatedCase(Case("tiny", "kserve_rest_binary", 8), "echo"),
    GatedCase(Case("tiny", "tfs_rest", 8), "echo"),
    GatedCase(Case("large", "kserve_grpc", 1), "echo"),
    GatedCase(Case("json", "kserve_rest_json", 1), "echo"),
    GatedCase(Case("json", "tfs_rest", 1), "echo"),
    GatedCase(Case("conv", "kserve_grpc", 4), "bare"),
)

Measure = Callable[[Sequence[GatedCase]], Iterable[CaseResult]]


def gated_ratios(results: Iterable[CaseResult]) -> dict[str, Spread]:
    """Return the ratios of our own servers, by "server workload protocol in flight / limit"."""
    found = {}
    for result in results:
        ours = {series.name for series in result.series if series.kind == "server"}
        for ratio in ratios_of(result):
            if ratio.server in ours:
                found[
                    f"{ratio.server} {result.workload} {result.protocol} {result.in_flight} / {ratio.limit}"
                ] = ratio.spread
    return found


def compare(ratios: Mapping[str, Spread], baseline: Mapping[str, float]) -> list[Finding]:
    """Return a finding per ratio."""
    return [Finding(name, spread.median, baseline.get(name), MARGIN) for name, spread in ratios.items()]


def confirmed(
    measure: Measure, baseline: Mapping[str, float], cases: Sequence[GatedCase] = GATED
) -> list[Finding]:
    """Measure and compare; cases with a worse ratio are measured again, and the best finding counts."""
    findings: dict[str, Finding] = {}
    left = list(cases)
    for _ in range(1 + CONFIRMATIONS):
        for finding in compare(gated_ratios(measure(left)), baseline):
            before = findings.get(finding.subject)
            if before is None or finding.found < before.found:
                findings[finding.subject] = finding
        left = [
            gated
            for gated in left
            if any(_is_about(gated, finding) for finding in findings.values() if finding.is_worse)
        ]
        if not left:
            break
    return list(findings.values())


def _is_about(gated: GatedCase, finding: Finding) -> bool:
    case = gated.case
    return f" {case.workload} {case.protocol} {case.in_flight} / " in finding.subject
