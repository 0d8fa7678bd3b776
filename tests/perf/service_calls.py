"""Measure what a request to a custom service costs beside HTTP: CPU time in server and worker.

A handler that does nothing is asked in this process, by the calls that an API makes, with headers and a
body as curl sends them. Printed is the CPU time per request of the server's side (this process, the making
of requests included) and of the worker, by the kernel's clocks.

Prints a table and a line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from ovserve.services import Part, Reply, Request, Service, ServiceFailure, ServiceRegistry, ServiceSpec

_HEADERS = (
    ("host", "127.0.0.1:8080"),
    ("user-agent", "curl/8.5.0"),
    ("accept", "*/*"),
    ("content-type", "application/json"),
    ("content-length", "2"),
)
_HANDLER = "def handle(data, context):\n    return ['OK'] * len(data) if data else None\n"


class _Asker:
    """Keeps a number of requests in flight until enough were answered."""

    def __init__(self, service: Service, requests: int, done: asyncio.Future[None]) -> None:
        self._service = service
        self._to_send = self._to_come = requests
        self._done = done

    def send(self) -> None:
        if self._to_send:
            self._to_send -= 1
            self._service.submit(Request((Part("body", "application/json", b"{}"),), _HEADERS), self)

    def answered(self, reply: Reply, last: bool) -> None:
        self._to_come -= 1
        self.send()
        if not self._to_come:
            self._done.set_result(None)

    def failed(self, failure: ServiceFailure) -> None:
        self._done.set_exception(failure)


def _cpu_seconds(pid: int) -> float:
    """CPU time of a process that has one thread, in nanoseconds' resolution."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


async def _measure(batch_size: int, in_flight: int, requests: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "noop.py").write_text(_HANDLER)
        async with ServiceRegistry() as registry:
            service = registry.add(
                ServiceSpec(
                    name="noop",
                    model_dir=Path(folder),
                    handler="noop",
                    batch_size=batch_size,
                    max_batch_delay_s=0.005,
                )
            )
            begin = time.perf_counter()
            await service.start()
            started = time.perf_counter() - begin
            await _ask(service, 1000, in_flight)
            pid = (await service.describe()).workers[0].pid
            worker, server, begin = _cpu_seconds(pid), time.process_time(), time.perf_counter()
            await _ask(service, requests, in_flight)
            wall = time.perf_counter() - begin
            return {
                "batch_size": batch_size,
                "in_flight": in_flight,
                "server_us": (time.process_time() - server) / requests * 1e6,
                "worker_us": (_cpu_seconds(pid) - worker) / requests * 1e6,
                "requests_per_s": requests / wall,
                "start_s": started,
            }


async def _ask(service: Service, requests: int, in_flight: int) -> None:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    asker = _Asker(service, requests, done)
    for _ in range(in_flight):
        asker.send()
    await done


def main() -> int:
    """Run the measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--requests", type=int, default=20_000, help="per measurement")
    arguments = parser.parse_args()
    results = [
        uvloop.run(_measure(batch_size, in_flight, arguments.requests))
        for batch_size, in_flight in ((1, 1), (1, 16), (8, 16), (8, 64))
    ]
    print("batch  in flight  server us  worker us  together  requests/s  start s")
    for row in results:
        together = row["server_us"] + row["worker_us"]
        print(
            f"{row['batch_size']:5}  {row['in_flight']:9}  {row['server_us']:9.0f}  {row['worker_us']:9.0f}"
            f"  {together:8.0f}  {row['requests_per_s']:10.0f}  {row['start_s']:7.2f}"
        )
    print(json.dumps({"measurements": results}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
