"""What a server holds, read again and again, and whether it grew."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from perf.measuring.processes import memory_of

_ALLOWED_GROWTH = 0.03
_ALLOWED_GROWTH_MIB = 4.0
_ALLOWED_LEFT_BEHIND = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at a process. ``proportional``: its memory in MiB, a shared page counted by share."""

    at_s: float
    proportional: float
    descriptors: int
    threads: int


def read(process: int, began: float) -> Reading:
    """Look at a process; ``began``: on time.monotonic()'s clock.

    Raises:
        OSError: it has ended.
    """
    folder = Path("/proc") / str(process)
    return Reading(
        at_s=time.monotonic() - began,
        proportional=memory_of([process]).proportional,
        descriptors=len(list((folder / "fd").iterdir())),
        threads=len(list((folder / "task").iterdir())),
    )


def findings(under_load: Sequence[Reading], before: Reading, after: Reading) -> list[str]:
    """Return what is wrong, in words; nothing if the server held what it held before.

    Args:
        under_load: readings in order. The first quarter is left out: caches fill, pools grow.
        before: with no client, but after each kind of client has been there.
        after: with no client any more.
    """
    found: list[str] = []
    quarter = len(under_load) // 4
    if quarter == 0:
        return ["too short: fewer than four readings"]
    early = statistics.median(reading.proportional for reading in under_load[quarter : 2 * quarter])
    late = statistics.median(reading.proportional for reading in under_load[-quarter:])
    if late > early * (1 + _ALLOWED_GROWTH) + _ALLOWED_GROWTH_MIB:
        found.append(f"memory grew under a constant load from {early:.1f} to {late:.1f} MiB")
    if after.descriptors > before.descriptors + _ALLOWED_LEFT_BEHIND:
        found.append(f"{after.descriptors - before.descriptors} descriptors were left behind")
    # Pools of threads grow to their size under the first load and stay.
    pools = max(before.threads, *(reading.threads for reading in under_load[:quarter]))
    if after.threads > pools:
        found.append(f"{after.threads - pools} threads were left behind")
    return found
