"""Compare with what was measured before: ``make bench-gate``.

Exits 1 when something got worse: the processor time of a request as a multiple of its limit's (an echo of the
same bytes on the same front end, or OpenVINO alone), or the codec's instructions per message. Neither depends
on how fast or how busy the machine is. --update writes a new baseline.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

_TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_TESTS))

from harness.protos import Protos  # noqa: E402
from perf.figures.requests import Effort, measure_requests  # noqa: E402
from perf.gating import instructions, ratios  # noqa: E402
from perf.gating.finding import Finding, as_table  # noqa: E402
from perf.measuring import machine  # noqa: E402
from perf.measuring.programs import ProgramError  # noqa: E402
from perf.measuring.results import CaseResult, Results  # noqa: E402
from perf.servers.own import own_servers  # noqa: E402

_BASELINES = _TESTS / "perf" / "baselines"
_PARTS = ("instructions", "ratios")


def main() -> int:
    arguments = parse_arguments()
    findings: list[Finding] = []
    if "instructions" in arguments.parts:
        findings += gate_instructions(_BASELINES / "instructions.json", arguments.update)
    if "ratios" in arguments.parts:
        effort = Effort(arguments.rounds, arguments.warmup, arguments.seconds)
        findings += gate_ratios(_BASELINES / "ratios.json", arguments.update, effort)
    worse = [finding for finding in findings if finding.is_worse]
    if worse:
        print(f"\nworse than the baseline allows:\n{as_table(worse)}")
    elif any(finding.is_better for finding in findings):
        print("\nbetter than the baseline in places; take that in with: make bench-gate GATE_ARGS=--update")
    return 1 if worse else 0


def gate_instructions(path: Path, update: bool) -> list[Finding]:
    """Count, and compare where the same tools made the baseline."""
    counts, tools = instructions.count_instructions(), instructions.tools()
    if update:
        write(path, {"tools": tools, "instructions": {name: round(count) for name, count in counts.items()}})
        return []
    baseline = read(path)
    print("instructions per message")
    if baseline.get("tools") != tools:
        print(f"not compared: the baseline was made with {baseline.get('tools')}, here is {tools}")
        return []
    findings = instructions.compare(counts, baseline["instructions"])
    print(as_table(findings))
    return findings


def gate_ratios(path: Path, update: bool, effort: Effort) -> list[Finding]:
    """Measure, and compare."""
    with tempfile.TemporaryDirectory(prefix="ovserve-gate-") as name:
        folder = Path(name)
        protos = Protos(_TESTS / "protos", folder)

        def measure(cases: Sequence[ratios.GatedCase]) -> Iterator[CaseResult]:
            results = Results(machine={}, settings={}, started="")
            for limit in ("echo", "bare"):
                chosen = [gated.case for gated in cases if gated.limit == limit]
                measure_requests(
                    chosen, own_servers(), effort, folder, protos, results, limits=frozenset({limit})
                )
            return iter(results.cases)

        if update:
            found = ratios.gated_ratios(measure(ratios.GATED))
            spreads = {
                name: [round(one.median, 3), round(one.low, 3), round(one.high, 3)]
                for name, one in found.items()
            }
            write(path, {"machine": machine.describe(), "median_lowest_highest": spreads})
            return []
        baseline = {name: spread[0] for name, spread in read(path).get("median_lowest_highest", {}).items()}
        findings = ratios.confirmed(measure, baseline)
    print("\nprocessor time per request, as a multiple of the limit's")
    print(as_table(findings))
    return findings


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return document


def write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1) + "\n")
    print(f"written: {path}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(_PARTS)}; default: both")
    parser.add_argument("--update", action="store_true", help="write a new baseline instead of comparing")
    parser.add_argument("--rounds", type=int, default=5, help="readings of each ratio (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=0.7, help="length of a reading (default: %(default)s)"
    )
    parser.add_argument("--warmup", type=float, default=0.3, help="seconds before it (default: %(default)s)")
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(_PARTS)
    if unknown:
        parser.error(f"{min(unknown)}: expected one of {', '.join(_PARTS)}")
    arguments.parts = arguments.parts or list(_PARTS)
    return arguments


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ProgramError as error:
        sys.exit(str(error))
