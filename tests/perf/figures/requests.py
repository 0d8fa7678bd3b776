"""The figures of requests: what one costs and how long it takes, beside the limits and the peers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.protos import Protos
from perf.figures.contenders import BareModel, Contender, LoadedServer
from perf.figures.plan import Case
from perf.figures.rounds import measure_in_turns
from perf.measuring.machine import yardstick_ms
from perf.measuring.results import CaseResult, Results, Series
from perf.servers.description import ServerDescription
from perf.servers.model_folder import write_models
from perf.servers.probing import Probe
from perf.servers.stage import Stage
from perf.workloads.registry import WORKLOADS

Say = Callable[[str], None]

LIMITS = frozenset({"echo", "bare"})
"""What a server is measured beside."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much time each reading gets, and how many there are."""

    rounds: int = 3
    warmup_s: float = 0.3
    seconds: float = 1.0


def measure_requests(
    cases: Sequence[Case],
    servers: Sequence[ServerDescription],
    effort: Effort,
    folder: Path,
    protos: Protos,
    results: Results,
    say: Say = print,
    limits: frozenset[str] = LIMITS,
) -> None:
    """Measure the cases, one after the other, and add what comes out to the results.

    All servers run meanwhile, idle while another one is measured.

    Args:
        cases: what to measure.
        servers: who takes part.
        effort: how often and how long.
        folder: gets models, requests and the servers' output.
        protos: messages of the protocols.
        results: where it all goes.
        say: told one line per case.
        limits: which of LIMITS to measure beside the servers.
    """
    if not cases:
        return
    workloads = [WORKLOADS[name] for name in dict.fromkeys(case.workload for case in cases)]
    models = write_models(folder, workloads)
    asked = list(dict.fromkeys((case.workload, case.protocol) for case in cases))
    with Stage(servers, asked, folder, models, protos) as stage:
        results.skipped.update(stage.missing)
        bare = {
            workload.name: _bare_models(folder, models.xml(workload.name), workload.name)
            for workload in workloads
            if workload.graph is not None
        }
        for number, case in enumerate(cases, 1):
            results.yardstick_ms.append(yardstick_ms())
            contenders = list(_loaded_servers(case, stage, folder, with_echo="echo" in limits))
            if "bare" in limits:
                contenders += bare.get(case.workload, [])
            result = _measure(case, stage, contenders, effort)
            results.cases.append(result)
            say(f"[{number}/{len(cases)}] {result.title}: {_glance(result)}")


def _bare_models(folder: Path, xml: Path, workload: str) -> list[BareModel]:
    inputs = []
    for name, array in WORKLOADS[workload].model_inputs().items():
        inputs.append(folder / f"{workload}.{name}.input")
        inputs[-1].write_bytes(array.tobytes())
    return [BareModel(xml, inputs, mode) for mode in ("sync", "async")]


def _measure(case: Case, stage: Stage, contenders: Sequence[Contender], effort: Effort) -> CaseResult:
    asked = (case.workload, case.protocol)
    refusals = stage.refusals(asked)
    load = (case.in_flight, case.connections_used)
    own = [answered for server, answered in stage.answers(asked) if server.description.kind == "server"]
    if not own:
        reason = "; ".join(f"{name}: {text}" for name, text in refusals.items())
        return CaseResult(*asked, *load, skipped=reason or "no server of ours runs")
    series = measure_in_turns(contenders, effort.rounds, effort.warmup_s, effort.seconds)
    kinds = {server.description.name: server.description.kind for server in stage.running}
    series += [Series(name, kinds[name], error=text) for name, text in refusals.items()]
    return CaseResult(*asked, *load, len(own[0].request.body), len(own[0].reply.body), series)


def _loaded_servers(case: Case, stage: Stage, folder: Path, with_echo: bool) -> Iterator[Contender]:
    """Yield the servers that answer, then the echo of each front that is among them."""
    echoed: dict[str, Probe] = {}
    for server, answered in stage.answers((case.workload, case.protocol)):
        loaded = LoadedServer(server, case, answered, folder / "requests" / server.description.name)
        if with_echo and loaded.front in stage.echoes:
            echoed.setdefault(loaded.front, answered)
        yield loaded
    for front, answered in echoed.items():
        echo = stage.echoes[front]
        yield LoadedServer(echo, case, answered, folder / "requests" / echo.description.name)


def _glance(result: CaseResult) -> str:
    if result.skipped:
        return f"skipped: {result.skipped}"
    parts = []
    for series in result.series:
        costs = [one.cpu_us for one in series.rounds if one.cpu_us is not None]
        parts.append(
            f"{series.name} {min(costs):.0f} us" if costs else f"{series.name}: {series.error or 'nothing'}"
        )
    return ", ".join(parts)
