"""Measurements that are scripts of their own: every ``tests/perf/NAME.py`` beside bench.py and gate.py."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from perf.measuring.results import Results

_FOLDER = Path(__file__).resolve().parents[1]
_NOT_MEASUREMENTS = {"__init__", "bench", "gate"}

Say = Callable[[str], None]


def script_names() -> list[str]:
    """Return the names of the scripts, without their ending."""
    return sorted(path.stem for path in _FOLDER.glob("*.py") if path.stem not in _NOT_MEASUREMENTS)


def run_script(name: str, results: Results, say: Say = print) -> None:
    """Run a script; its exit code and, if its last line is JSON, that, become part of the results."""
    done = subprocess.run([sys.executable, str(_FOLDER / f"{name}.py")], stdout=subprocess.PIPE, text=True)
    say(done.stdout.rstrip())
    found: object = None
    lines = done.stdout.strip().splitlines()
    if lines and lines[-1].startswith("{"):
        try:
            found = json.loads(lines[-1])
        except json.JSONDecodeError:
            found = None
    results.scripts[name] = {"exit_code": done.returncode, "result": found}
