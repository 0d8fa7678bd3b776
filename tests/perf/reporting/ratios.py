"""How far a server is from its limits: the echo of its own front, and OpenVINO alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perf.measuring.results import CaseResult, Round, Series
from perf.measuring.spread import Spread, paired_ratios, spread_of


@dataclass(frozen=True, slots=True)
class Ratio:
    """Processor time of a server per request as a multiple of a limit's."""

    server: str
    limit: str
    spread: Spread


def ratios_of(case: CaseResult) -> list[Ratio]:
    """Return the ratios of every server and peer of a case to the limits that apply to it."""
    ratios = []
    for server in case.series:
        if server.kind not in ("server", "peer"):
            continue
        for limit in (echo_of(case.series, server.front), bare_of(case.series, case.in_flight)):
            if limit is None:
                continue
            spread = spread_of(paired_ratios(costs_of(server), costs_of(limit)))
            if spread is not None:
                ratios.append(Ratio(server.name, limit.name, spread))
    return ratios


def echo_of(series: Sequence[Series], front: str) -> Series | None:
    """Return the echo of a front."""
    return next((one for one in series if one.kind == "echo" and front and one.front == front), None)


def bare_of(series: Sequence[Series], in_flight: int) -> Series | None:
    """Return the bare model that is the limit at a load.

    One request at a time runs one by one. Several run beside each other, unless the model has only one
    stream: then the server runs them one by one too, since handing them over would cost more.
    """
    bare = {one.name.rsplit("/", 1)[1]: one for one in series if one.kind == "bare" and one.rounds}
    one_by_one, together = bare.get("sync"), bare.get("async")
    if one_by_one is None or (in_flight > 1 and together is not None and one_by_one.streams != 1):
        return together
    return one_by_one


def costs_of(series: Series) -> list[float | None]:
    """Return the processor time per request of each round, in microseconds."""
    return [one.cpu_us for one in series.rounds]


def usable(rounds: Sequence[Round]) -> list[Round]:
    """Return the rounds in which something was answered."""
    return [one for one in rounds if one.requests > 0]
