"""One step after another: measured, journalled, and with what user code leaves behind noted."""

import sys
import traceback
from collections.abc import Callable

from ovserve import _core
from ovserve.workbench.check.catalogue import finding
from ovserve.workbench.check.journal import Journal
from ovserve.workbench.check.process_state import ProcessState, children, process_state
from ovserve.workbench.check.report import StepResult


class Broken(Exception):
    """A step's finding: code, cause, and a cure if more is known than the catalogue says."""

    def __init__(self, code: str, cause: str, cure: str = "") -> None:
        super().__init__(cause)
        self.code = code
        self.cause = cause
        self.cure = cure


class NotRun(Exception):
    """A step that makes no sense here; its text says why."""


class Stepping:
    """Runs steps, and remembers which threads, descriptors and processes came in the loader's own calls.

    Those that appear while OpenVINO compiles or runs a model are its own.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.threads: dict[int, str] = {}
        self.descriptors: dict[int, str] = {}
        self.processes: set[int] = set()
        self._wrong: list[str] = []  # the codes of errors within the present step

    def run(self, name: str, function: Callable[[], str], calls: str = "") -> bool:
        """Take a step; returns whether it found nothing wrong.

        Args:
            name: one of the report's steps.
            function: does it; returns the detail that people see; raises Broken or NotRun.
            calls: what of the loader it calls; empty: nothing.
        """
        self.journal.begin(name, calls)
        before, offspring = process_state(), set(children())
        self._wrong.clear()
        detail = ""
        try:
            detail = function()
        except Broken as broken:
            self.report(broken.code, name, broken.cause, broken.cure)
            if broken.__cause__ is not None:
                traceback.print_exception(broken.__cause__)  # the author's own, on its way to the report
        except NotRun as reason:
            self.journal.end(StepResult(name, "skipped", str(reason)))
            return True
        after = process_state()
        if calls:
            self._note(before, after, set(children()) - offspring)
        self._show_log()
        self.journal.end(
            StepResult(
                name,
                "failed" if self._wrong else "passed",
                ", ".join(self._wrong) or detail,
                after.at - before.at,
                after.memory_bytes - before.memory_bytes,
                len(after.threads) - len(before.threads),
                len(after.descriptors) - len(before.descriptors),
            )
        )
        return not self._wrong

    def report(self, code: str, step: str, cause: str, cure: str = "") -> None:
        """Report a finding; an error makes the present step a failed one."""
        found = finding(code, step, cause, cure)
        if found.severity == "error":
            self._wrong.append(code)
        self.journal.found(found)

    def _note(self, before: ProcessState, after: ProcessState, processes: set[int]) -> None:
        self.threads |= {n: name for n, name in after.threads.items() if n not in before.threads}
        self.descriptors |= {
            n: target for n, target in after.descriptors.items() if before.descriptors.get(n) != target
        }
        self.processes |= processes

    def _show_log(self) -> None:
        while records := _core.next_log_records(0.0):
            for _, name, text in records:
                sys.stderr.write(f"{name}: {text}\n")
        sys.stderr.flush()
