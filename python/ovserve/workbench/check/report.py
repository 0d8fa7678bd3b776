"""What a check is asked for and what it found: plain data, which also travels between the two processes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning"]
Result = Literal["passed", "failed", "skipped"]

STEPS = (
    *("file", "needed libraries", "symbols", "string ABI", "ABI", "factory", "init"),
    *("load", "compile", "inference", "blacklist", "unload", "repeat", "deinit", "afterwards", "exit"),
)
"""All steps in their order."""


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """One loader and what it shall load. ``base_path`` empty: only the steps that need no model."""

    library: str  # as library_path in the configuration, relative to the working directory
    config_file: str = ""  # handed over as it is
    base_path: str = ""
    version: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)
    model_name: str = "model"
    step_limit_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a loader. ``code`` is stable, the texts are for people."""

    code: str
    severity: Severity
    step: str
    cause: str
    cure: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step went. The numbers are differences over the step, None where it did not run."""

    name: str
    result: Result
    detail: str = ""
    seconds: float | None = None
    memory_bytes: int | None = None  # resident
    threads: int | None = None
    descriptors: int | None = None


@dataclass(slots=True)
class CheckReport:
    """What came out of a check."""

    library: str
    kind: str = "unknown"  # "C++", "C", "Python"
    steps: list[StepResult] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    output: str = ""  # the last of what the loader wrote to standard output and error

    @property
    def passed(self) -> bool:
        """Whether there is nothing but warnings."""
        return all(finding.severity != "error" for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {**asdict(self), "passed": self.passed}
