"""What this process holds: memory, threads, descriptors, children; from /proc."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One look at this process."""

    memory_bytes: int  # resident
    threads: dict[int, str]  # by number: their names
    descriptors: dict[int, str]  # by number: what they lead to
    at: float  # of time.perf_counter, s


def process_state() -> ProcessState:
    """Look at this process now."""
    return ProcessState(_resident_bytes(), _threads(), _descriptors(), time.perf_counter())


def children() -> dict[int, str]:
    """Return the child processes that are alive, by number: their names."""
    found: dict[int, str] = {}
    for thread in os.listdir("/proc/self/task"):
        text = _read(f"/proc/self/task/{thread}/children")
        for number in map(int, text.split()):
            state = _read(f"/proc/{number}/stat").rpartition(")")[2].split()
            if state and state[0] != "Z":
                found[number] = _read(f"/proc/{number}/comm").strip()
    return found


def wait_until_gone(numbers: set[int], look: Callable[[], dict[int, str]], limit_s: float) -> dict[int, str]:
    """Return which of ``numbers`` are still there after ``limit_s``: what has been told to end may."""
    deadline = time.monotonic() + limit_s
    while True:
        left = {number: name for number, name in look().items() if number in numbers}
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.02)


def _resident_bytes() -> int:
    return int(_read("/proc/self/statm").split()[1]) * _PAGE


def _threads() -> dict[int, str]:
    return {
        int(number): _read(f"/proc/self/task/{number}/comm").strip()
        for number in os.listdir("/proc/self/task")
    }


def _descriptors() -> dict[int, str]:
    found = {}
    for number in os.listdir("/proc/self/fd"):
        try:
            found[int(number)] = os.readlink(f"/proc/self/fd/{number}")
        except OSError:  # the one that listed the folder
            continue
    return found


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:  # it has ended meanwhile
        return ""
