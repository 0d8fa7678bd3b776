"""What a run has found, in the form in which it is kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Round:
    """One reading of one contender. Times in microseconds; None: too few requests to say."""

    requests: int
    requests_per_s: float
    cpu_us: float | None  # of the server per request, user and system
    p50_us: float | None
    p99_us: float | None
    p999_us: float | None
    failures: int = 0
    first_failure: str = ""
    client_cpu_us: float | None = None
    client_is_bottleneck: bool = False
    others_share: float = 0.0  # of the machine's processor time, had by other processes
    stolen_share: float = 0.0  # had by other guests of the same host


@dataclass(frozen=True, slots=True)
class Series:
    """All rounds of one contender in one case.

    ``kind`` is ``server``, ``peer``, ``echo`` or ``bare``. ``front`` names what speaks the protocol, so
    that a server is compared with the echo of its own front. ``streams``: of a bare model.
    """

    name: str
    kind: str
    front: str = ""
    streams: int | None = None
    rounds: list[Round] = field(default_factory=list)
    error: str = ""  # why it could not be measured


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One workload over one protocol at one load. ``skipped`` says why nothing was measured."""

    workload: str
    protocol: str
    in_flight: int
    connections: int
    request_bytes: int = 0
    reply_bytes: int = 0
    series: list[Series] = field(default_factory=list)
    skipped: str = ""

    @property
    def title(self) -> str:
        return f"{self.workload} · {self.protocol} · {self.in_flight} in flight · {self.connections} conn."


@dataclass(frozen=True, slots=True)
class Readings:
    """Repeated readings of one figure of one contender, like the time to start."""

    figure: str
    contender: str
    unit: str
    readings: list[float] = field(default_factory=list)
    note: str = ""


@dataclass(slots=True)
class Results:
    """A whole run."""

    machine: Mapping[str, Any]
    settings: Mapping[str, Any]
    started: str
    cases: list[CaseResult] = field(default_factory=list)
    readings: list[Readings] = field(default_factory=list)
    scripts: dict[str, Any] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)  # workload, peer or figure: why
    yardstick_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def write(self, path: Path) -> None:
        document = {"format": FORMAT, **asdict(self)}
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: Path) -> Results:
        """Read what :meth:`write` wrote.

        Raises:
            ValueError: it is not such a file, or of another release.
        """
        document = json.loads(path.read_text())
        if not isinstance(document, dict) or document.pop("format", None) != FORMAT:
            raise ValueError(f"{path}: no results of this release; measure again")
        document["cases"] = [_case(case) for case in document["cases"]]
        document["readings"] = [Readings(**entry) for entry in document["readings"]]
        return cls(**document)


def _case(document: dict[str, Any]) -> CaseResult:
    series = [
        Series(**{**entry, "rounds": [Round(**one) for one in entry["rounds"]]})
        for entry in document["series"]
    ]
    return CaseResult(**{**document, "series": series})
