"""Which cases a run measures: a workload over a protocol, so many requests and connections at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from perf.workloads.protocols import PROTOCOLS
from perf.workloads.registry import WORKLOADS

ALL_IN_FLIGHT = (1, 8, 64)
ALL_CONNECTIONS = (1, 200)


@dataclass(frozen=True, slots=True)
class Case:
    """One load. ``connections`` is what was asked for; HTTP/1.1 needs one per request in flight."""

    workload: str
    protocol: str
    in_flight: int
    connections: int = 1

    @property
    def connections_used(self) -> int:
        one_each = PROTOCOLS[self.protocol].transport == "http1"
        return max(self.connections, self.in_flight) if one_each else self.connections


@dataclass(frozen=True, slots=True)
class Choice:
    """What the command line picks; an empty tuple leaves it to the plan."""

    workloads: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    in_flight: tuple[int, ...] = ()
    connections: tuple[int, ...] = ()


_SHORT_PLAN = (
    Case("tiny", "kserve_grpc", 1),
    Case("tiny", "kserve_grpc", 8),
    Case("tiny", "kserve_grpc", 64),
    Case("tiny", "kserve_grpc", 64, 200),
    Case("tiny", "tfs_grpc", 8),
    Case("tiny", "kserve_rest_binary", 8),
    Case("tiny", "kserve_rest_json", 8),
    Case("tiny", "tfs_rest", 8),
    Case("mlp", "kserve_grpc", 8),
    Case("conv", "kserve_grpc", 4),
    Case("large", "kserve_grpc", 1),
    Case("large", "kserve_rest_binary", 1),
    Case("image", "tfs_grpc", 1),
    Case("json", "kserve_rest_json", 1),
    Case("json", "tfs_rest", 1),
    *(
        Case(workload.name, protocol, 16)
        for workload in WORKLOADS.values()
        if workload.service is not None
        for protocol in ("torchserve_rest", "kserve_rest_json")
    ),
)


def full_plan() -> list[Case]:
    """Return every workload over every protocol at every load.

    Loads that come to the same over HTTP/1.1 are there once.
    """
    cases = [
        Case(workload.name, protocol, in_flight, connections)
        for workload in WORKLOADS.values()
        for protocol, in_flight, connections in product(workload.protocols, ALL_IN_FLIGHT, ALL_CONNECTIONS)
    ]
    return _without_repetitions(cases)


def plan(choice: Choice, full: bool = False) -> list[Case]:
    """Return the cases of a run.

    A choice of protocols or loads is measured whether or not the short plan has it: then each chosen
    workload (all of them, if none is named) is combined with it.
    """
    if full and not (choice.protocols or choice.in_flight or choice.connections):
        return [case for case in full_plan() if _is_wanted(case.workload, choice.workloads)]
    if not (choice.protocols or choice.in_flight or choice.connections):
        return [case for case in _SHORT_PLAN if _is_wanted(case.workload, choice.workloads)]
    cases = []
    for workload in WORKLOADS.values():
        if not _is_wanted(workload.name, choice.workloads):
            continue
        protocols = [name for name in workload.protocols if _is_wanted(name, choice.protocols)]
        if not choice.protocols:
            protocols = protocols if full else protocols[:1]
        loads = product(
            protocols,
            choice.in_flight or (ALL_IN_FLIGHT if full else (8,)),
            choice.connections or (ALL_CONNECTIONS if full else (1,)),
        )
        cases += [Case(workload.name, *load) for load in loads]
    return _without_repetitions(cases)


def _is_wanted(name: str, wanted: Sequence[str]) -> bool:
    return not wanted or name in wanted


def _without_repetitions(cases: Iterable[Case]) -> list[Case]:
    by_load = {
        (case.workload, case.protocol, case.in_flight, case.connections_used): case
        for case in reversed([*cases])
    }
    return list(reversed(by_load.values()))
