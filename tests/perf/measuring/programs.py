"""The compiled programs, and how they are run."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[3]
_BUILT = Path(os.environ.get("OVSERVE_BENCH_PROGRAMS", _ROOT / "build" / "release" / "tests" / "perf"))
_LONGEST_RUN_S = 600


class ProgramError(RuntimeError):
    """A program could not do what it was to do; the text is what it wrote."""


def program(name: str) -> Path:
    """Return the path of load_generator, bare_openvino, codec_instructions, codec_speed or echo_native.

    Raises:
        ProgramError: it is not built.
    """
    path = _BUILT / name
    if not path.exists():
        raise ProgramError(f"{path} is missing; build it with: make bench-programs")
    return path


def run_for_json(name: str, *arguments: object) -> Any:
    """Run a program to its end and return what it prints as JSON.

    Raises:
        ProgramError: it failed.
    """
    command = [str(program(name)), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST_RUN_S)
    if done.returncode != 0:
        raise ProgramError(done.stderr.strip() or f"{name} exited with {done.returncode}")
    return json.loads(done.stdout)
