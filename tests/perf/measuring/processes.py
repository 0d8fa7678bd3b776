"""What processes have used: processor time and memory, from /proc and the kernel's clocks."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_MIB = 1 << 20


def family(process: int) -> list[int]:
    """Return a process and all that it started, and those started, that still run."""
    members = [process]
    for member in members:
        try:
            tasks = list((_PROC / str(member) / "task").iterdir())
            children = [(task / "children").read_text().split() for task in tasks]
        except OSError:  # it, or a thread of it, has just ended
            continue
        members += [int(child) for line in children for child in line]
    return members


def processor_time_s(processes: Iterable[int]) -> float:
    """Return user and system time of the processes, those of ended threads included.

    The kernel's clock of a process counts nanoseconds; /proc/PID/stat has ticks of 10 ms.
    """
    return sum(time.clock_gettime(_clock_of(process)) for process in processes)


def _clock_of(process: int) -> int:
    # What clock_getcpuclockid(3) returns on Linux; Python does not wrap it.
    return (~process << 3) | 2


@dataclass(frozen=True, slots=True)
class Memory:
    """Sizes in MiB. In the proportional size, a page that several processes share counts once."""

    resident: float
    proportional: float


def memory_of(processes: Iterable[int]) -> Memory:
    """Return what the processes hold together.

    Raises:
        OSError: one of them has ended.
    """
    resident = proportional = 0
    for process in processes:
        sizes = _rollup(process)
        resident += sizes["Rss"]
        proportional += sizes["Pss"]
    return Memory(resident / _MIB, proportional / _MIB)


def _rollup(process: int) -> dict[str, int]:
    lines = (_PROC / str(process) / "smaps_rollup").read_text().splitlines()[1:]
    return {name: int(rest.split()[0]) * 1024 for name, rest in (line.split(":", 1) for line in lines)}
