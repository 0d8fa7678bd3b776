"""How the checked process tells what it does: one JSON line per event, before and after each step."""

import json
import os
from typing import Any

from ovserve.workbench.check.report import Finding, StepResult


class Journal:
    """Writes events to a pipe. Whoever reads it knows the step in which the process ended."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def kind(self, kind: str) -> None:
        """Say what the loader is written in."""
        self._write({"kind": kind})

    def begin(self, step: str, function: str) -> None:
        """Say which step begins, and what of the loader it calls; empty: nothing."""
        self._write({"begin": step, "function": function})

    def end(self, result: StepResult) -> None:
        """Say how a step went."""
        self._write({"end": _plain(result)})

    def found(self, finding: Finding) -> None:
        """Report a finding."""
        self._write({"found": _plain(finding)})

    def done(self) -> None:
        """Say that all steps have been taken: what comes now is the end of the process."""
        self._write({"done": True})

    def _write(self, event: dict[str, Any]) -> None:
        data = json.dumps(event).encode() + b"\n"
        while data:  # a loader that has closed the pipe ends the check here, as one that ends the process
            data = data[os.write(self._descriptor, data) :]


def _plain(value: Finding | StepResult) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}
