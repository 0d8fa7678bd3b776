"""The machine: what it is, and what else it did while something was measured."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]
_PACKAGES = ("ovserve", "openvino", "grpcio", "uvicorn", "httptools", "uvloop", "numpy")
_YARDSTICK = bytes(4 << 20)


def describe() -> dict[str, object]:
    """Return what a reader needs to know to compare results."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30), 1),
        "virtual": "hypervisor" in _cpuinfo().get("flags", "").split(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "compiler": _first_line("g++", "--version"),
        "commit": _first_line("git", "-C", str(_ROOT), "describe", "--always", "--dirty", "--abbrev=12"),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def yardstick_ms() -> float:
    """Return the processor time of a fixed piece of work; how much it varies is the machine's own noise."""
    before = time.thread_time_ns()
    hashlib.sha256(_YARDSTICK).digest()
    return (time.thread_time_ns() - before) / 1e6


@dataclass(frozen=True, slots=True)
class MachineTime:
    """Processor time of the whole machine up to now, in seconds over all cores."""

    busy: float
    stolen: float  # by other guests of the host
    at: float

    @classmethod
    def now(cls) -> MachineTime:
        ticks = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
        user, nice, system, _idle, _iowait, irq, softirq, stolen = ticks[:8]
        tick_s = 1 / os.sysconf("SC_CLK_TCK")
        return cls((user + nice + system + irq + softirq) * tick_s, stolen * tick_s, time.monotonic())


def shares_of_others(before: MachineTime, after: MachineTime, ours_s: float) -> tuple[float, float]:
    """Return the shares of the machine that other processes and other guests had meanwhile.

    Args:
        before: at the begin.
        after: at the end.
        ours_s: processor time of what is measured and of what measures it.
    """
    capacity = max((after.at - before.at) * (os.cpu_count() or 1), 1e-9)
    others = max(0.0, after.busy - before.busy - ours_s)
    return min(1.0, others / capacity), min(1.0, (after.stolen - before.stolen) / capacity)


def _processor() -> str:
    information = _cpuinfo()
    return information.get("model name", platform.machine())


def _cpuinfo() -> Mapping[str, str]:
    first = Path("/proc/cpuinfo").read_text().split("\n\n", 1)[0]
    pairs = (line.split(":", 1) for line in first.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _first_line(*command: str) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.split("\n", 1)[0]
