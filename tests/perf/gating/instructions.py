"""Instructions that the codec takes per message, counted by callgrind: the same on a busy machine."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from perf.gating.finding import Finding
from perf.measuring.programs import ProgramError, program

MARGIN = 0.03

_NAME = re.compile(r"^desc: Trigger: Client Request: (.+)$", re.MULTILINE)
_TOTAL = re.compile(r"^totals: (\d+)", re.MULTILINE)
_LONGEST_RUN_S = 600


def count_instructions() -> dict[str, float]:
    """Return the instructions per call of each case of the program codec_instructions.

    Raises:
        ProgramError: it, or valgrind, is missing or failed.
    """
    with tempfile.TemporaryDirectory(prefix="callgrind-") as folder:
        out = Path(folder) / "out"
        command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}"]
        try:
            done = subprocess.run(
                [*command, str(program("codec_instructions"))],
                capture_output=True,
                text=True,
                timeout=_LONGEST_RUN_S,
            )
        except FileNotFoundError:
            raise ProgramError("valgrind is missing. Install it with: apt-get install valgrind") from None
        if done.returncode != 0:
            raise ProgramError(f"codec_instructions failed under valgrind:\n{done.stderr[-2000:]}")
        totals = dict(filter(None, (read_dump(path.read_text()) for path in Path(folder).iterdir())))
    repetitions = json.loads(done.stdout)
    return {name: totals[name] / repetitions[name] for name in repetitions}


def read_dump(text: str) -> tuple[str, int] | None:
    """Return the case and its instructions from one dump of callgrind; None for one without a case."""
    name, total = _NAME.search(text), _TOTAL.search(text)
    return (name[1], int(total[1])) if name and total else None


def tools() -> dict[str, str]:
    """Return what else decides on the counts: where it differs, so may they."""
    return {
        "compiler": _output("g++", "-dumpfullversion"),
        "valgrind": _output("valgrind", "--version"),
        "simdjson": _output("dpkg-query", "-W", "-f=${Version}", "libsimdjson-dev"),
        "libc": _output("dpkg-query", "-W", "-f=${Version}", "libc6"),
        "architecture": platform.machine(),
    }


def compare(counts: Mapping[str, float], baseline: Mapping[str, float]) -> list[Finding]:
    """Return a finding per case, in the baseline's order, new ones last."""
    names = [name for name in baseline if name in counts] + [name for name in counts if name not in baseline]
    return [Finding(name, counts[name], baseline.get(name), MARGIN) for name in names]


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=30).stdout.strip()
    except OSError:
        return ""
