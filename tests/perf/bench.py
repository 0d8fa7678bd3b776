"""Measure what requests, a start and a load cost: ``make bench``.

Every figure stands beside its limits, read in turns in the same run: the echo of the same bytes on the same
front end, and OpenVINO alone. Peers that are installed take part, see tests/perf/peers.

Names pick what is measured: workloads (tiny, conv, ...), the figures ``start`` and ``load``, and scripts of
tests/perf. Without names everything is measured, each workload at a few loads; --full or BENCH=full for all.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_TESTS))

from harness.protos import Protos  # noqa: E402
from perf.figures.loading import measure_loads  # noqa: E402
from perf.figures.plan import Choice, plan  # noqa: E402
from perf.figures.requests import Effort, measure_requests  # noqa: E402
from perf.figures.scripts import run_script, script_names  # noqa: E402
from perf.figures.start import measure_starts  # noqa: E402
from perf.measuring import machine  # noqa: E402
from perf.measuring.results import Results  # noqa: E402
from perf.reporting.files import write_report  # noqa: E402
from perf.servers.description import DescriptionError, ServerDescription, read_description  # noqa: E402
from perf.servers.own import own_servers  # noqa: E402
from perf.servers.running import stop_with_servers  # noqa: E402
from perf.workloads.protocols import PROTOCOLS  # noqa: E402
from perf.workloads.registry import WORKLOADS  # noqa: E402

_ROOT = _TESTS.parent
_PEERS = _TESTS / "perf" / "peers"
_FIGURES = ("start", "load")
_DEFAULT_LIBRARY = _ROOT / "examples" / "SampleCustomLoader" / "lib" / "libsampleloader.so"


def main() -> int:
    arguments = parse_arguments()
    if arguments.list:
        print(listing())
        return 0
    if arguments.render:
        write_report(Results.read(arguments.render), arguments.render.parent)
        return 0
    results = measure(arguments)
    folder = arguments.results or _ROOT / "build" / "bench" / results.started.replace(":", "")
    written = write_report(results, folder)
    print("\n" + written.text.read_text())
    print(f"written to {folder}: {', '.join(path.name for path in written.all_files)}")
    failed = [name for name, outcome in results.scripts.items() if outcome["exit_code"] != 0]
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


def measure(arguments: argparse.Namespace) -> Results:
    """Measure what the command line asks for."""
    names = set(arguments.names)
    full = arguments.full or os.environ.get("BENCH") == "full"
    began = time.monotonic()
    results = Results(
        machine=machine.describe(),
        settings={
            name: value for name, value in vars(arguments).items() if isinstance(value, (int, float, list))
        },
        started=datetime.datetime.now().isoformat(timespec="seconds"),
    )
    servers = [*own_servers(), *peers(arguments.peer)]
    with tempfile.TemporaryDirectory(prefix="ovserve-bench-") as name:
        folder = Path(name)
        protos = Protos(_TESTS / "protos", folder)
        cases = [] if names and not names & set(WORKLOADS) else plan(choice_of(arguments), full)
        effort = Effort(arguments.rounds, arguments.warmup, arguments.seconds)
        with _kept(results, "requests"):
            measure_requests(cases, servers, effort, folder, protos, results)
        if not names or "start" in names:
            with _kept(results, "start"):
                measure_starts(servers, arguments.rounds, _subfolder(folder, "start"), protos, results)
        if not names or "load" in names:
            with _kept(results, "load"):
                measure_loads(
                    servers, arguments.rounds, _subfolder(folder, "load"), arguments.library, results
                )
    for script in script_names():
        if not names or script in names:
            run_script(script, results)
    results.seconds = time.monotonic() - began
    return results


@contextlib.contextmanager
def _kept(results: Results, figure: str) -> Iterator[None]:
    """Let a figure that cannot be measured cost that figure alone."""
    try:
        yield
    except RuntimeError as error:  # of programs and servers
        print(f"{figure}: {error}", file=sys.stderr)
        results.skipped[figure] = str(error)


def peers(chosen: list[Path]) -> list[ServerDescription]:
    """Return the described peers: those of the command line, else all of tests/perf/peers."""
    return [read_description(path) for path in chosen or sorted(_PEERS.glob("*.toml"))]


def choice_of(arguments: argparse.Namespace) -> Choice:
    workloads = tuple(name for name in arguments.names if name in WORKLOADS)
    return Choice(workloads, arguments.protocols, arguments.in_flight, arguments.connections)


def listing() -> str:
    """Return all names with what they stand for."""
    lines = [f"{name:<20}{workload.what}" for name, workload in WORKLOADS.items()]
    lines += [f"{'start':<20}start to first answer, memory, idle connections"]
    lines += [f"{'load':<20}load time and memory per 100 MB of weights, by loader"]
    lines += [f"{name:<20}tests/perf/{name}.py" for name in script_names()]
    return "\n".join([*lines, f"protocols: {', '.join(PROTOCOLS)}"])


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = (*WORKLOADS, *_FIGURES, *script_names())
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}")
    parser.add_argument("--full", action="store_true", help="every protocol and every load")
    parser.add_argument("--protocols", type=_protocols, default=(), help="a,b: only these")
    parser.add_argument("--in-flight", type=_numbers, default=(), help="a,b: requests in flight")
    parser.add_argument("--connections", type=_numbers, default=(), help="a,b: connections")
    parser.add_argument(
        "--rounds", type=int, default=3, help="readings of each figure (default: %(default)s)"
    )
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="length of a reading (default: %(default)s)"
    )
    parser.add_argument("--warmup", type=float, default=0.3, help="seconds before it (default: %(default)s)")
    parser.add_argument(
        "--peer", type=Path, action="append", default=[], help="a description instead of tests/perf/peers"
    )
    parser.add_argument("--library", type=Path, default=_DEFAULT_LIBRARY, help="the sample loader, built")
    parser.add_argument("--results", type=Path, help="folder for the results; default: build/bench/TIME")
    parser.add_argument(
        "--render", type=Path, metavar="JSON", help="write tables and plots of earlier results"
    )
    parser.add_argument("--list", action="store_true", help="show all names")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(known)
    if unknown:
        parser.error(f"{min(unknown)}: expected one of {', '.join(known)}")
    return arguments


def _numbers(text: str) -> tuple[int, ...]:
    numbers = tuple(int(part) for part in text.split(","))
    if min(numbers) < 1:
        raise ValueError
    return numbers


def _protocols(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if name not in PROTOCOLS:
            raise argparse.ArgumentTypeError(f"{name}: expected one of {', '.join(PROTOCOLS)}")
    return names


def _subfolder(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


if __name__ == "__main__":
    stop_with_servers()
    try:
        sys.exit(main())
    except DescriptionError as error:
        sys.exit(str(error))
