"""The limit that a front end sets: the same bytes in both directions, with nothing in between.

An echo server answers a request of a known path and length with the bytes with which the real server
answered it, so what it costs is what the front end costs. A front end has an echo once a command for it is
named here; the results of servers on other fronts then lack that limit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from perf.measuring.programs import program
from perf.servers.description import ServerDescription
from perf.servers.probing import Probe
from perf.workloads.protocols import PROTOCOLS

_HERE = Path(__file__).resolve().parent
_TRANSPORTS = {"grpcio": ("grpc",), "uvicorn": ("http1",), "native": ("grpc", "http1")}
# Large messages are then served from memory that is there already: whether the allocator keeps it or gives
# it back and faults it in again is otherwise a matter of chance, and doubles the cost of 12 MB.
_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
_PASSED_ON = ("content-type", "inference-header-content-length")


def echo_server(front: str, folder: Path, probes: Mapping[str, list[Probe]]) -> ServerDescription | None:
    """Return the echo of a front end for what was asked over each protocol; None without a command for it.

    Raises:
        ValueError: two requests that it could not tell apart.
    """
    if front not in _TRANSPORTS:
        return None
    transports = _TRANSPORTS[front]
    ours = {name: asked for name, asked in probes.items() if PROTOCOLS[name].transport in transports}
    table = _write_table(folder / f"echo-{front}", [probe for asked in ours.values() for probe in asked])
    return ServerDescription(
        name=f"echo/{front}",
        command=(*_command(front), str(table)),
        protocols={name: PROTOCOLS[name].path for name in ours},
        kind="echo",
        fronts=dict.fromkeys(transports, front),
        environment=_KEEP_MEMORY,
    )


def _command(front: str) -> tuple[str, ...]:
    match front:
        case "grpcio":
            return "{python}", str(_HERE / "echo_grpcio.py"), "{grpc_port}"
        case "uvicorn":
            return "{python}", str(_HERE / "echo_uvicorn.py"), "{rest_port}"
        case _:
            return str(program("echo_native")), "{grpc_port}", "{rest_port}"


def _write_table(folder: Path, probes: list[Probe]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    entries: dict[tuple[str, int], dict[str, object]] = {}
    for number, probe in enumerate(probes):
        key = (probe.path, len(probe.request.body))
        if key in entries:
            raise ValueError(f"two requests to {key[0]} have {key[1]} bytes: an echo cannot tell them apart")
        reply = folder / f"{number}.reply"
        reply.write_bytes(probe.reply.body)
        headers = {name: value for name, value in probe.reply.headers.items() if name in _PASSED_ON}
        entries[key] = {"path": key[0], "length": key[1], "reply": str(reply), "headers": headers}
    table = folder / "table.json"
    table.write_text(json.dumps(list(entries.values())))
    return table
