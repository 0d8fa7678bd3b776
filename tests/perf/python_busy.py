"""Measure what requests have to wait for when Python is busy in the server's process.

A thread of Python that computes keeps the GIL most of the time, as a large configuration or a handler does.
On few cores it also takes processor time from the rest, so what it costs is measured against the same work in
another process: the ratio of the two is what the GIL costs. Requests go to the tiny model over KServe gRPC,
one at a time, to each front in turn.

Prints a table and a line of JSON; exits 1 when the GIL costs the native front more than the limit, by
the middle of all rounds.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

_TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_TESTS))

import numpy as np  # noqa: E402

from harness import models  # noqa: E402
from harness.protos import Protos  # noqa: E402
from perf.measuring.programs import run_for_json  # noqa: E402
from perf.measuring.spread import paired_ratios, spread_of  # noqa: E402

_FRONTS = ("native", "grpcio")
_IDLE, _ELSEWHERE, _INSIDE = "idle", "busy elsewhere", "busy inside"
_STATES = (_IDLE, _ELSEWHERE, _INSIDE)
_SERVER = Path(__file__).parent / "servers" / "busy_server.py"
_PATH = "/inference.GRPCInferenceService/ModelInfer"
_ALLOWED = 2.0  # the rest is noise


@dataclass
class Waits:
    """p50 and p99 in microseconds, round by round, in each state of Python; None: too few requests."""

    p50: dict[str, list[float | None]] = field(default_factory=lambda: {state: [] for state in _STATES})
    p99: dict[str, list[float | None]] = field(default_factory=lambda: {state: [] for state in _STATES})

    @property
    def ratio(self) -> float:
        """What the GIL costs the slowest requests; 1 is nothing, infinity that nothing could be said."""
        ratios = spread_of(paired_ratios(self.p99[_INSIDE], self.p99[_ELSEWHERE]))
        return ratios.median if ratios else math.inf


class BusyServer:
    """A process of ``busy_server.py``. Use as a context manager."""

    def __init__(self, front: str, model: Path) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [sys.executable, str(_SERVER), front, str(model)], stdin=pipe, stdout=pipe, text=True
        )
        self.port = int(self._line())

    def __enter__(self) -> BusyServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def set_busy(self, busy: bool) -> None:
        """Return when the server has understood."""
        assert self._process.stdin is not None
        self._process.stdin.write("busy\n" if busy else "idle\n")
        self._process.stdin.flush()
        self._line()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the server has ended")
        return line


def measure(rounds: int, seconds: float) -> dict[str, Waits]:
    """Return what was measured, by front."""
    waits = {front: Waits() for front in _FRONTS}
    with tempfile.TemporaryDirectory(prefix="python-busy-") as name:
        folder = Path(name)
        model = models.write(models.add_constant(), folder / "m")
        request = folder / "request"
        request.write_bytes(infer_request(Protos(_TESTS / "protos", folder)))
        # The other one is busy elsewhere while one is measured.
        with BusyServer("native", model) as native, BusyServer("grpcio", model) as grpcio:
            servers = {"native": native, "grpcio": grpcio}
            for _ in range(rounds):
                for front, server in servers.items():
                    other = grpcio if server is native else native
                    for state in _STATES:
                        server.set_busy(state == _INSIDE)
                        other.set_busy(state == _ELSEWHERE)
                        latency = load(server.port, request, seconds)["latency_us"]
                        waits[front].p50[state].append(latency["p50"])
                        waits[front].p99[state].append(latency["p99"])
                    server.set_busy(False)
    return waits


def load(port: int, request: Path, seconds: float) -> dict[str, Any]:
    """Ask one request after the other for that time."""
    measured: dict[str, Any] = run_for_json(
        "load_generator",
        *("--protocol", "grpc", "--port", port, "--path", _PATH, "--request", request),
        *("--in-flight", 1, "--warmup-s", 0.2, "--duration-s", seconds),
    )
    return measured


def infer_request(protos: Protos) -> bytes:
    request = protos["inference.ModelInferRequest"](model_name="m")
    request.inputs.add(name="b", datatype="FP32", shape=[1, 10])
    request.raw_input_contents.append(np.ones((1, 10), np.float32).tobytes())
    content: bytes = request.SerializeToString()
    return content


def as_table(waits: dict[str, Waits]) -> str:
    lines = [f"{'':<10}{'Python':<18}{'p50 us':>10}{'p99 us':>10}"]
    for front, measured in waits.items():
        for state in _STATES:
            p50, p99 = _middle(measured.p50[state]), _middle(measured.p99[state])
            lines.append(f"{front:<10}{state:<18}{p50:>10}{p99:>10}")
    lines += [f"{front}: the GIL multiplies p99 by {waits[front].ratio:.2f}" for front in waits]
    return "\n".join(lines)


def _number(ratio: float) -> float | None:
    return round(ratio, 3) if math.isfinite(ratio) else None


def _middle(readings: list[float | None]) -> str:
    spread = spread_of(readings)
    return f"{spread.median:,.0f}" if spread else "-"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=1.0, help="of a reading (default: %(default)s)")
    arguments = parser.parse_args()
    waits = measure(arguments.rounds, arguments.seconds)
    passed = waits["native"].ratio <= _ALLOWED
    print(as_table(waits))
    print(f"{'PASS' if passed else 'FAIL'}: the native front may have {_ALLOWED:g}")
    result = {
        front: {"p50_us": measured.p50, "p99_us": measured.p99, "ratio": _number(measured.ratio)}
        for front, measured in waits.items()
    }
    print(json.dumps({"python_busy": result, "limit": _ALLOWED, "passed": passed}))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
