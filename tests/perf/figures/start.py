"""Figures of a server as such: start to first answer, memory, and what idle connections cost."""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.protos import Protos
from perf.figures.contenders import LoadedServer
from perf.figures.plan import Case
from perf.measuring.processes import memory_of, processor_time_s
from perf.measuring.programs import program, run_for_json
from perf.measuring.results import Readings, Results
from perf.servers.description import ServerDescription
from perf.servers.model_folder import ModelFolder, write_models
from perf.servers.probing import Probe, probe
from perf.servers.running import RunningServer, ServerFailed
from perf.workloads.registry import WORKLOADS, Workload

_CONNECTIONS = 200
_MODEL = WORKLOADS["tiny"]
_SERVICE = WORKLOADS["noop_service"]
_LONGEST_START_S = 60
_SETTLED_S = 3.0  # when servers find a connection idle, they give back what it has needed, ovserve in seconds

Say = Callable[[str], None]


def measure_starts(
    servers: Sequence[ServerDescription],
    rounds: int,
    folder: Path,
    protos: Protos,
    results: Results,
    say: Say = print,
) -> None:
    """Start each server with the tiny model, then with a service, in turns; add the figures to the results.

    The limit of the start is OpenVINO alone, from the begin of its process to its first inference.
    """
    readings: dict[tuple[str, str], Readings] = {}

    def note(figure: str, contender: str, unit: str, value: float) -> None:
        readings.setdefault((figure, contender), Readings(figure, contender, unit)).readings.append(value)

    for workload in (_MODEL, _SERVICE):
        stand = _Stand(
            workload, folder / workload.name, write_models(folder / workload.name, [workload]), protos, note
        )
        left = [server for server in servers if not server.missing() and stand.protocol_of(server)]
        for _ in range(rounds):
            if workload.has_model:
                stand.measure_bare()
            for description in list(left):
                try:
                    stand.measure(description)
                except (ServerFailed, RuntimeError) as error:
                    results.skipped.setdefault(description.name, str(error))
                    left.remove(description)
    for entry in readings.values():
        say(f"{entry.figure}, {entry.contender}: {statistics.median(entry.readings):.2f} {entry.unit}")
        results.readings.append(entry)


@dataclass(slots=True)
class _Stand:
    """Starts servers that serve one workload, and notes their figures."""

    workload: Workload
    folder: Path
    models: ModelFolder
    protos: Protos
    note: Callable[[str, str, str, float], None]
    probes: dict[str, Probe] = field(default_factory=dict)

    def protocol_of(self, description: ServerDescription) -> str:
        """Return the first protocol that the workload is asked over; empty if the server speaks none.

        Who does not speak the own protocol of services does not have them.
        """
        protocols = self.workload.protocols if self.workload.has_model else self.workload.protocols[:1]
        return next((name for name in protocols if name in description.protocols), "")

    def measure(self, description: ServerDescription) -> None:
        """Start a server and read its figures.

        Raises:
            ServerFailed, RuntimeError: there is nothing to read.
        """
        name, protocol = description.name, self.protocol_of(description)
        if name not in self.probes:  # the request's bytes have to be there before the clock runs
            with RunningServer(description, self.folder, self.models) as server:
                self.probes[name] = probe(server, self.workload, protocol, self.protos)
        server = RunningServer(description, self.folder, self.models)
        case = Case(self.workload.name, protocol, 1)
        load = LoadedServer(server, case, self.probes[name], self.folder / "requests" / name)
        server.start()
        try:
            report = run_for_json(
                "load_generator", *load.target(), "--count", 1, "--retry-s", _LONGEST_START_S
            )
            of = "" if self.workload.has_model else " of a service"
            self.note(
                f"start to first answer{of}", name, "s", report["first_answer_at_s"] - server.started_at
            )
            self.note(f"CPU time of the start{of}", name, "s", processor_time_s(server.processes()))
            server.wait_until_ready()
            before = memory_of(server.processes())
            self.note(f"RSS, {self.workload.name}", name, "MiB", before.resident)
            self.note(f"PSS, {self.workload.name}", name, "MiB", before.proportional)
            if self.workload.has_model:
                added = _memory_with_idle_connections(load) - before.proportional
                self.note(f"PSS of {_CONNECTIONS} idle connections", name, "MiB", added)
        finally:
            server.stop()

    def measure_bare(self) -> None:
        """Note the time to OpenVINO's first inference, and the processor time of the whole process."""
        started_at, children = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        report = run_for_json(
            "bare_openvino", "--model", self.models.xml(self.workload.name), "--mode", "sync"
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
        self.note(
            "start to first answer", "bare OpenVINO", "s", float(report["first_answer_at_s"]) - started_at
        )
        self.note("CPU time of the start", "bare OpenVINO", "s", cpu_s)


def _memory_with_idle_connections(load: LoadedServer) -> float:
    """Return the memory with 200 connections that have had two requests each and are open still."""
    load.case = Case(load.case.workload, load.case.protocol, 1, _CONNECTIONS)
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
