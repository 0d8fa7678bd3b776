"""Keep a server under load for a long time and see that it holds no more at the end: ``make soak``.

Bursts of requests over new connections, streams, clients that do not behave, and meanwhile a model that is
switched off and on by its loader, versions that come and go, and reloads. Every answer has to be right, and
memory, descriptors and threads have to stay what they were. Prints a line for each reading; exits 1 with what
was found.
"""

from __future__ import annotations

import argparse
import dataclasses
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_TESTS))

from harness import configuration, models  # noqa: E402
from harness.protos import Protos  # noqa: E402
from perf.servers.model_folder import ModelFolder  # noqa: E402
from perf.servers.own import own_servers  # noqa: E402
from perf.servers.probing import probe  # noqa: E402
from perf.servers.running import RunningServer, stop_with_servers  # noqa: E402
from perf.workloads import graphs  # noqa: E402
from perf.workloads.registry import WORKLOADS  # noqa: E402
from soak import readings  # noqa: E402
from soak.clients import Burst, Changes, Client, Disabled, Rude, Stream  # noqa: E402

_LIBRARY = _TESTS.parent / "examples" / "SampleCustomLoader" / "lib" / "libsampleloader.so"
_SHAPE = (1, 10)
_READINGS = 40
_SETTLING_S = 15.0
_PROTOCOLS = ("kserve_grpc", "tfs_grpc", "kserve_rest_binary", "tfs_rest")


class World:
    """The files that a server serves from, and what can be changed about them while it does."""

    def __init__(self, folder: Path) -> None:
        plain = models.write(graphs.add_one(_SHAPE), folder / "models" / "tiny")
        self._changing = models.write(graphs.add_one(_SHAPE), folder / "models" / "changing")
        protected = models.write(graphs.add_one(_SHAPE), folder / "models" / "protected")
        self._status = protected / "1" / "model.status"
        options = {
            "loader_name": "sample",
            "model_file": "model.xml",
            "bin_file": "model.bin",
            "enable_file": self._status.name,
        }
        settings = folder / "loader.json"
        settings.write_text('{"check_period_s": 1}')
        document = configuration.document(
            [
                configuration.model("tiny", plain),
                configuration.model(
                    "changing", self._changing, batching={"max_batch": 4, "max_delay_us": 500}
                ),
                configuration.model("protected", protected, custom_loader_options=options),
            ],
            [configuration.loader("sample", _LIBRARY, str(settings))],
        )
        self.folder = ModelFolder(folder / "models", configuration.write(folder / "config.json", document))

    def changes(self) -> list[Callable[[], None]]:
        """Return the changes that follow one another in a circle."""
        return [self._disable, self._add_version, self._enable, self._remove_version]

    def _disable(self) -> None:
        self._status.write_text("DISABLED\n")

    def _enable(self) -> None:
        self._status.unlink(missing_ok=True)

    def _add_version(self) -> None:
        aside = self._changing.parent / "aside"
        shutil.copytree(self._changing / "1", aside)
        aside.rename(self._changing / "2")

    def _remove_version(self) -> None:
        shutil.rmtree(self._changing / "2", ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=600, help="how long (default 600)")
    parser.add_argument("--frontend", default="native", help="native or grpcio (default native)")
    arguments = parser.parse_args()
    stop_with_servers()
    description = next(s for s in own_servers() if s.name == f"ovserve/{arguments.frontend}")
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        with RunningServer(description, Path(folder), world.folder) as server:
            found = soak(server, world, Path(folder), arguments.seconds)
    print("\n".join(found) or "nothing was left behind, and every answer was right")
    return 1 if found else 0


def soak(server: RunningServer, world: World, folder: Path, seconds: float) -> list[str]:
    """Load a server for so long; returns what was found."""
    clients = clients_of(server, world, folder)
    for client in clients:
        client.once()
    began = time.monotonic()
    before = settled(server, began)
    under_load: list[readings.Reading] = []
    for client in clients:
        client.start()
    try:
        while len(under_load) < _READINGS:
            time.sleep(seconds / _READINGS)
            under_load.append(readings.read(server.process.pid, began))
            show(under_load[-1], clients)
    finally:
        for client in clients:
            client.stop()
    after = settled(server, began)
    show(after, clients)
    wrong = [f"{client.name}: {text}" for client in clients for text in client.failures]
    return wrong + readings.findings(under_load, before, after)


def clients_of(server: RunningServer, world: World, folder: Path) -> list[Client]:
    """Return one client of each kind."""
    protos = Protos(_TESTS / "protos", folder)
    workload = WORKLOADS["tiny"]
    probes = {protocol: probe(server, workload, protocol, protos) for protocol in _PROTOCOLS}
    bursts = [Burst(server, "tiny", protocol, probes[protocol], folder) for protocol in _PROTOCOLS]
    protected = probe(server, dataclasses.replace(workload, name="protected"), "kserve_grpc", protos)

    def reload() -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{server.rest_port}/v1/config/reload", method="POST"
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()

    return [
        *bursts,
        Stream(server.grpc_port, "changing", _SHAPE),
        Disabled(server.grpc_port, protected),
        Rude(server.grpc_port, server.rest_port),
        Changes(world.changes(), reload),
    ]


def settled(server: RunningServer, began: float) -> readings.Reading:
    """Return what the server holds once the connections of clients that have left are closed."""
    time.sleep(_SETTLING_S)
    return readings.read(server.process.pid, began)


def show(reading: readings.Reading, clients: Sequence[Client]) -> None:
    done = ", ".join(f"{client.name} {client.done:,}" for client in clients)
    print(
        f"{reading.at_s:6.0f} s  {reading.proportional:7.1f} MiB  {reading.descriptors:4} descriptors"
        f"  {reading.threads:3} threads  {done}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
