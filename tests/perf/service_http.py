"""Measure what a request to a custom service costs over HTTP: CPU time of server and workers together.

A handler that does nothing is asked with 16 requests in flight, unbatched and batched by 8, one worker each,
through both fronts; and how long it takes from starting the server to the first answer.

Prints a table and a line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_TESTS))

from harness.server_process import ServerProcess  # noqa: E402
from perf.measuring.programs import run_for_json  # noqa: E402

FRONTS = ("native", "grpcio")
BATCHES = (1, 8)
IN_FLIGHT = 16

_HANDLER = "def handle(data, context):\n    return ['OK'] * len(data) if data else None\n"


@contextmanager
def served(folder: Path, front: str) -> Iterator[tuple[ServerProcess, float]]:
    """Run a server with a service per batch size; yields it with the seconds until its first answer."""
    (folder / "noop.py").write_text(_HANDLER)
    entries = [
        {
            "config": {
                "name": f"noop{batch}",
                "base_path": str(folder),
                "handler": "noop:handle",
                "batch_size": batch,
                "max_batch_delay": 5,
            }
        }
        for batch in BATCHES
    ]
    config = folder / "config.json"
    config.write_text(json.dumps({"model_config_list": entries}))
    begin = time.perf_counter()
    with ServerProcess("--config_path", str(config), "--grpc_frontend", front) as server:
        url = f"{server.url}/predictions/noop1"
        while not _answers(url):
            time.sleep(0.002)
        first = time.perf_counter() - begin
        server.wait_until_ready()
        yield server, first


def measure(front: str, rounds: int, seconds: float) -> dict[str, Any]:
    """Return medians over rounds of one front."""
    with tempfile.TemporaryDirectory(prefix="service-http-") as name:
        folder = Path(name)
        request = folder / "request"
        request.write_bytes(b"{}")
        with served(folder, front) as (server, first):
            pids = _with_children(server.process.pid)
            found: dict[int, list[dict[str, float]]] = {batch: [] for batch in BATCHES}
            for _ in range(rounds):
                for batch, results in found.items():
                    results.append(_load(server.rest_port, batch, request, seconds, pids))
    return {
        "front": front,
        "first_answer_s": first,
        **{
            f"batch_{batch}": {key: statistics.median(each[key] for each in results) for key in results[0]}
            for batch, results in found.items()
        },
    }


def _load(port: int, batch: int, request: Path, seconds: float, pids: list[int]) -> dict[str, float]:
    before = _cpu_seconds(pids)
    begin = time.perf_counter()
    result = run_for_json(
        "load_generator",
        *("--protocol", "http1", "--port", port, "--path", f"/predictions/noop{batch}", "--request", request),
        *("--header", "Content-Type: application/json"),
        *("--connections", IN_FLIGHT, "--in-flight", IN_FLIGHT, "--duration-s", seconds),
    )
    wall = time.perf_counter() - begin
    used = _cpu_seconds(pids) - before
    answered = result["requests"]
    return {"cpu_us": used / answered * 1e6, "requests_per_s": answered / min(wall, seconds)}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _with_children(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            children = (task / "children").read_text().split()
        except FileNotFoundError:  # a thread that has ended since the folder was read
            continue
        for child in children:
            found += _with_children(int(child))
    return found


def _cpu_seconds(pids: list[int]) -> float:
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Run the measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="per measurement")
    arguments = parser.parse_args()
    results = [measure(front, arguments.rounds, arguments.seconds) for front in FRONTS]
    print("front    batch  CPU us  requests/s  first answer s")
    for row in results:
        for batch in BATCHES:
            figures = row[f"batch_{batch}"]
            print(
                f"{row['front']:7}  {batch:5}  {figures['cpu_us']:6.0f}  {figures['requests_per_s']:10.0f}"
                f"  {row['first_answer_s']:14.2f}"
            )
    print(json.dumps({"measurements": results}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
