"""Measure what reading and writing 2.5 MB of JSON numbers costs, beside the least that it could cost.

Reading, a whole ``:predict`` body into a tensor, is compared with simdjson's own reading of the numbers in
the same text; writing a tensor with ``std::to_chars`` and a comma in a loop. Both limits work in memory
that is there already, and check nothing that the server has to check. Processor time, taken in turns; the
ratio is the median of the turns'.

Prints a table and a line of JSON; exits 1 when a ratio is above its limit.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from perf.measuring.programs import run_for_json

_ALLOWED = 1.25
_HEADINGS = ("numbers", "", "codec us", "limit us", "ratio", "lowest", "highest")


def table(cases: list[dict[str, Any]]) -> str:
    """Return the cases as text, a line each."""
    rows = [
        (
            case["numbers"],
            case["direction"],
            f"{case['codec_us']:.0f}",
            f"{case['limit_us']:.0f}",
            f"{case['ratio']:.2f}",
            f"{case['ratio_low']:.2f}",
            f"{case['ratio_high']:.2f}",
        )
        for case in cases
    ]
    lines = (
        f"{row[0]:10} {row[1]:6}" + "".join(f"{cell:>10}" for cell in row[2:]) for row in (_HEADINGS, *rows)
    )
    return "\n".join(lines)


def main() -> int:
    """Measure and print; return the exit code."""
    cases: list[dict[str, Any]] = run_for_json("codec_speed")
    print(table(cases))
    passed = all(case["ratio"] <= _ALLOWED for case in cases)
    print(json.dumps({"json_speed": cases, "limit": _ALLOWED, "passed": passed}))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
