"""What a comparison with a baseline says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure beside its baseline. ``baseline`` is None for what the baseline does not know."""

    subject: str
    found: float
    baseline: float | None
    margin: float  # a share of the baseline; 0.03 is 3 %

    @property
    def is_worse(self) -> bool:
        return self.baseline is not None and self.found > self.baseline * (1 + self.margin)

    @property
    def is_better(self) -> bool:
        return self.baseline is not None and self.found < self.baseline * (1 - self.margin)

    @property
    def verdict(self) -> str:
        if self.baseline is None:
            return "new"
        return "WORSE" if self.is_worse else "better" if self.is_better else "as before"


def as_table(findings: Iterable[Finding]) -> str:
    """Return one line per finding."""
    lines = []
    for finding in findings:
        before = "-" if finding.baseline is None else f"{finding.baseline:,.4g}"
        lines.append(f"{finding.subject:<60}{finding.found:>14,.4g}{before:>14}  {finding.verdict}")
    return "\n".join([f"{'':<60}{'found':>14}{'baseline':>14}", *lines])
