"""A report for people: a table of the steps, then each finding with its cause and its cure."""

import re
import textwrap

from ovserve.workbench.check.report import CheckReport, Finding, StepResult

_WIDTH = 110
_DETAIL_WIDTH = 50
_COLOURS = {"passed": "32", "failed": "31;1", "skipped": "2", "error": "31;1", "warning": "33", "head": "1"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def report_text(report: CheckReport, colour: bool = False) -> str:
    """Return the report as lines of text; ``colour`` with the escapes of terminals."""
    paint = _painted if colour else lambda text, _: text
    lines = [paint(f"{_printable(report.library)} ({report.kind})", "head"), "", paint(_HEAD, "head")]
    for step in report.steps:
        first, *further = textwrap.wrap(_printable(step.detail), _DETAIL_WIDTH) or [""]
        lines.append(
            f"{step.name:<17}{paint(f'{step.result:<9}', step.result)}{_numbers(step)}  {first}".rstrip()
        )
        lines += [f"{'':<{len(_HEAD) - len('detail')}}{line}" for line in further]
    for found in report.findings:
        lines += ["", *_finding_lines(found, paint(f"{found.severity} {found.code}", found.severity))]
    if report.findings and report.output.strip():
        lines += ["", paint("The loader wrote, at last:", "head")]
        lines += [f"  {_printable(line)}" for line in report.output.rstrip().splitlines()[-20:]]
    return "\n".join([*lines, "", _verdict(report), ""])


_HEAD = f"{'step':<17}{'result':<9}{'time':>9}{'memory':>11}{'threads':>8}{'files':>6}  detail"


def _finding_lines(found: Finding, head: str) -> list[str]:
    lines = [f"{head} in step {found.step}"]
    for label, text in (("cause", found.cause), ("cure", found.cure)):
        lines += textwrap.wrap(
            _printable(text), _WIDTH, initial_indent=f"  {label + ':':<7}", subsequent_indent=" " * 9
        )
    return lines


def _verdict(report: CheckReport) -> str:
    errors = sum(found.severity == "error" for found in report.findings)
    warnings = len(report.findings) - errors
    if not report.findings:
        skipped = any(
            step.result == "skipped" and step.detail == "needs --base-path" for step in report.steps
        )
        return (
            "No findings in the steps that were taken; more with --base-path." if skipped else "No findings."
        )
    return f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}."


def _numbers(step: StepResult) -> str:
    if step.seconds is None:
        return " " * 34
    memory = f"{(step.memory_bytes or 0) / (1 << 20):+.1f} MiB"
    return f"{step.seconds * 1000:>6.1f} ms{memory:>11}{step.threads or 0:>+8}{step.descriptors or 0:>+6}"


def _painted(text: str, role: str) -> str:
    return f"\x1b[{_COLOURS[role]}m{text}\x1b[0m"


def _printable(text: str) -> str:
    # A loader's words must not move the cursor of the one who reads them.
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
