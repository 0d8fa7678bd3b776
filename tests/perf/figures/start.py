"""Figures of a server as such: start to first answer, memory, and what idle connections cost."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.protos import Protos
from perf.figures.contenders import LoadedServer
from perf.figures.plan import Case
from perf.measuring.processes import memory_of
from perf.measuring.programs import program, run_for_json
from perf.measuring.results import Readings, Results
from perf.servers.description import ServerDescription
from perf.servers.model_folder import ModelFolder, write_one
from perf.servers.probing import Probe, probe
from perf.servers.running import RunningServer, ServerFailed
from perf.workloads import graphs
from perf.workloads.registry import WORKLOADS

_CONNECTIONS = 200
_WORKLOAD = WORKLOADS["tiny"]
_LONGEST_START_S = 60
_SETTLED_S = 0.3

Say = Callable[[str], None]


def measure_starts(
    servers: Sequence[ServerDescription],
    rounds: int,
    folder: Path,
    protos: Protos,
    results: Results,
    say: Say = print,
) -> None:
    """Start each server with the tiny model, in turns, and read the four figures; add them to the results.

    The limit of the start is OpenVINO alone, from the begin of its process to its first inference.
    """
    models = write_one(folder, _WORKLOAD.name, graphs.add_one((1, 10)))
    readings: dict[tuple[str, str], Readings] = {}

    def note(figure: str, contender: str, unit: str, value: float) -> None:
        readings.setdefault((figure, contender), Readings(figure, contender, unit)).readings.append(value)

    left = [server for server in servers if not server.missing() and _protocol_of(server)]
    probes: dict[str, Probe] = {}
    for _ in range(rounds):
        note("start to first answer", "bare OpenVINO", "s", _start_of_bare(models))
        for description in list(left):
            try:
                _measure_one(description, folder, models, protos, probes, note)
            except (ServerFailed, RuntimeError) as error:
                results.skipped.setdefault(description.name, str(error))
                left.remove(description)
    for entry in readings.values():
        say(f"{entry.figure}, {entry.contender}: {statistics.median(entry.readings):.2f} {entry.unit}")
        results.readings.append(entry)


def _measure_one(
    description: ServerDescription,
    folder: Path,
    models: ModelFolder,
    protos: Protos,
    probes: dict[str, Probe],
    note: Callable[[str, str, str, float], None],
) -> None:
    name = description.name
    if name not in probes:  # the request's bytes have to be there before the clock runs
        with RunningServer(description, folder, models) as server:
            probes[name] = probe(server, _WORKLOAD, _protocol_of(description), protos)
    server = RunningServer(description, folder, models)
    load = LoadedServer(
        server, Case("tiny", _protocol_of(description), 1), probes[name], folder / "requests" / name
    )
    server.start()
    try:
        report = run_for_json("load_generator", *load.target(), "--count", 1, "--retry-s", _LONGEST_START_S)
        note("start to first answer", name, "s", report["first_answer_at_s"] - server.started_at)
        server.wait_until_ready()
        before = memory_of(server.processes())
        note("RSS, tiny model", name, "MiB", before.resident)
        note("PSS, tiny model", name, "MiB", before.proportional)
        with_idle = _memory_with_idle_connections(load)
        note(f"PSS of {_CONNECTIONS} idle connections", name, "MiB", with_idle - before.proportional)
    finally:
        server.stop()


def _memory_with_idle_connections(load: LoadedServer) -> float:
    """Return the memory with 200 connections that have had two requests each and are open still."""
    load.case = Case("tiny", load.case.protocol, 1, _CONNECTIONS)
    flags = [*load.target(), "--count", 2 * _CONNECTIONS, "--hold"]
    command = [str(program("load_generator")), *map(str, flags)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        if not holder.stdout.readline():
            raise RuntimeError(f"{load.name} does not take {_CONNECTIONS} connections")
        time.sleep(_SETTLED_S)
        memory = memory_of(load.server.processes())
        holder.communicate()
    return memory.proportional


def _start_of_bare(models: ModelFolder) -> float:
    started_at = time.monotonic()
    report = run_for_json("bare_openvino", "--model", models.xml(_WORKLOAD.name), "--mode", "sync")
    return float(report["first_answer_at_s"]) - started_at


def _protocol_of(description: ServerDescription) -> str:
    """Return the first protocol that the workload is asked over."""
    return next((name for name in _WORKLOAD.protocols if name in description.protocols), "")
