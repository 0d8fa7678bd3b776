"""Load time and memory per 100 MB of weights, through each kind of loader."""

from __future__ import annotations

import json
import statistics
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness import configuration, models
from perf.measuring.processes import memory_of
from perf.measuring.programs import run_for_json
from perf.measuring.results import Readings, Results
from perf.servers.description import ServerDescription
from perf.servers.model_folder import ModelFolder
from perf.servers.running import RunningServer
from perf.workloads import graphs

_SECONDS = 1e6  # the metric counts microseconds

Say = Callable[[str], None]
Entry = Callable[[Path, Path], dict[str, Any]]


def _from_files(base_path: Path, library: Path) -> dict[str, Any]:
    return configuration.document([configuration.model("weights", base_path)])


def _through_cpp_loader(base_path: Path, library: Path) -> dict[str, Any]:
    options = {"loader_name": "sample", "model_file": "model.xml", "bin_file": "model.bin"}
    model = configuration.model("weights", base_path, custom_loader_options=options)
    return configuration.document([model], [configuration.loader("sample", library)])


LOADERS: Mapping[str, Entry] = {"files": _from_files, "C++ loader": _through_cpp_loader}
"""The kinds of loaders, and the configuration that loads the model through each."""


def measure_loads(
    servers: Sequence[ServerDescription],
    rounds: int,
    folder: Path,
    library: Path,
    results: Results,
    say: Say = print,
    megabytes: int = 100,
    loaders: Mapping[str, Entry] = LOADERS,
) -> None:
    """Load a model with the first of the servers, in turns through each loader; add the figures to results.

    The server's own metric says how long the load took. The limit is OpenVINO alone, from the files.

    Args:
        servers: ovserve's front ends; loading does not depend on them.
        rounds: how often.
        folder: gets the model and the servers' output.
        library: of the sample loader.
        results: where the readings go.
        say: told each figure.
        megabytes: of weights that the model has.
        loaders: the kinds of loaders to measure.
    """
    description = replace(servers[0], command=(*servers[0].command, "--metrics_enable"))
    base_path = models.write(graphs.weights_of(megabytes), folder / "weights")
    time_figure, memory_figure = f"load of {megabytes} MB of weights", f"PSS with {megabytes} MB of weights"
    bare = Readings(time_figure, "bare OpenVINO from files", "s")
    times = {name: Readings(time_figure, f"ovserve, {name}", "s") for name in loaders}
    sizes = {name: Readings(memory_figure, f"ovserve, {name}", "MiB") for name in loaders}
    for _ in range(rounds):
        report = run_for_json("bare_openvino", "--model", base_path / "1" / "model.xml", "--mode", "sync")
        bare.readings.append(report["load_s"])
        for name, entry in loaders.items():
            config = configuration.write(folder / "load.json", entry(base_path, library))
            with RunningServer(description, folder, ModelFolder(folder, config, folder, config)) as server:
                times[name].readings.append(_load_time_s(server))
                sizes[name].readings.append(memory_of(server.processes()).proportional)
    for found in (bare, *times.values(), *sizes.values()):
        say(f"{found.figure}, {found.contender}: {statistics.median(found.readings):.2f} {found.unit}")
        results.readings.append(found)


def _load_time_s(server: RunningServer) -> float:
    url = f"http://127.0.0.1:{server.rest_port}"
    with urllib.request.urlopen(f"{url}/v1/config", timeout=60) as answer:
        states = [one["state"] for one in json.load(answer)["weights"]["model_version_status"]]
    if states != ["AVAILABLE"]:
        raise RuntimeError(f"the model with the weights did not load; its states are {states}")
    with urllib.request.urlopen(f"{url}/metrics", timeout=60) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith("ovserve_load_time_us_sum{"):
                return float(line.rsplit(" ", 1)[1]) / _SECONDS
    raise RuntimeError("the server's metrics lack ovserve_load_time_us")
