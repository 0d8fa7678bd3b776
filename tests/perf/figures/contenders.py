"""What is measured in turns: a server under load, and a model without a server."""

from __future__ import annotations

import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from perf.figures.plan import Case
from perf.measuring.machine import MachineTime, shares_of_others
from perf.measuring.processes import processor_time_s
from perf.measuring.programs import run_for_json
from perf.measuring.results import Round
from perf.servers.probing import Probe
from perf.servers.running import RunningServer
from perf.workloads.protocols import PROTOCOLS


class Contender(Protocol):
    """One line of a case; its properties are those of a ``Series``."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def front(self) -> str: ...
    @property
    def streams(self) -> int | None: ...

    def measure(self, warmup_s: float, seconds: float) -> Round:
        """Take one reading.

        Raises:
            ProgramError: there is nothing to read.
        """
        ...


@dataclass(slots=True)
class LoadedServer:
    """A running server under the load of one case. ``files``: where request and answer lie."""

    server: RunningServer
    case: Case
    probe: Probe
    files: Path
    streams: int | None = None

    def __post_init__(self) -> None:
        self.files.mkdir(parents=True, exist_ok=True)
        (self.files / "request").write_bytes(self.probe.request.body)
        (self.files / "reply").write_bytes(self.probe.reply.body)

    @property
    def name(self) -> str:
        return self.server.description.name

    @property
    def kind(self) -> str:
        return self.server.description.kind

    @property
    def front(self) -> str:
        return self.server.description.fronts.get(PROTOCOLS[self.case.protocol].transport, "")

    def measure(self, warmup_s: float, seconds: float) -> Round:
        watched = self.server.processes()
        arguments = [*self.target(), "--warmup-s", warmup_s, "--duration-s", seconds]
        for process in watched:
            arguments += ["--watch", process]
        report, others, stolen = _observed(lambda: run_for_json("load_generator", *arguments), watched)
        return _round(report, others, stolen)

    def target(self) -> list[object]:
        """Return the load generator's flags that say what to send where."""
        protocol = PROTOCOLS[self.case.protocol]
        flags: list[object] = [
            "--protocol",
            protocol.transport,
            "--port",
            self.server.port(protocol.transport),
        ]
        flags += [
            "--path",
            self.probe.path,
            "--request",
            self.files / "request",
            "--expect",
            self.files / "reply",
        ]
        flags += ["--in-flight", self.case.in_flight, "--connections", self.case.connections_used]
        for name, value in self.probe.request.headers.items():
            flags += ["--header", f"{name}: {value}"]
        return flags


@dataclass(slots=True)
class BareModel:
    """OpenVINO alone, in C++, compiled as the server compiles: one by one, or several at a time."""

    xml: Path
    inputs: Sequence[Path]
    mode: str  # sync or async
    streams: int | None = None
    kind: str = "bare"
    front: str = ""

    @property
    def name(self) -> str:
        return f"bare OpenVINO/{self.mode}"

    def measure(self, warmup_s: float, seconds: float) -> Round:
        arguments: list[object] = ["--model", self.xml, "--mode", self.mode]
        for file in self.inputs:
            arguments += ["--input", file]
        # Half the time is plenty: there is no network in it.
        arguments += ["--warmup-s", warmup_s / 2, "--duration-s", seconds / 2]
        report, others, stolen = _observed(lambda: run_for_json("bare_openvino", *arguments), [])
        self.streams = report["streams"]
        return _round(report, others, stolen)


def _observed(
    run: Callable[[], dict[str, Any]], processes: Sequence[int]
) -> tuple[dict[str, Any], float, float]:
    """Run something; returns its report and the shares of the machine that others had meanwhile."""

    def ours_s() -> float:
        own = resource.getrusage(resource.RUSAGE_SELF)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
        return ended + processor_time_s(processes)

    before, ours_before = MachineTime.now(), ours_s()
    report = run()
    after, ours_after = MachineTime.now(), ours_s()
    return report, *shares_of_others(before, after, ours_after - ours_before)


def _round(report: dict[str, Any], others: float, stolen: float) -> Round:
    client = report.get("client", {})
    return Round(
        requests=report["requests"],
        requests_per_s=report["requests_per_s"],
        cpu_us=report["watched_cpu_us_per_request"],
        p50_us=report["latency_us"]["p50"],
        p99_us=report["latency_us"]["p99"],
        p999_us=report["latency_us"]["p99.9"],
        failures=report["failures"],
        first_failure=report["first_failure"],
        client_cpu_us=client.get("cpu_us_per_request"),
        client_is_bottleneck=client.get("is_bottleneck", False),
        others_share=round(others, 4),
        stolen_share=round(stolen, 4),
    )
