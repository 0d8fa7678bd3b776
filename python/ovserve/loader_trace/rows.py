"""The document's calls in words, as table and page show them."""

from dataclasses import dataclass
from typing import Any

HEAD = ("time (UTC)", "function", "model", "thread", "duration", "result")


@dataclass(frozen=True, slots=True)
class Row:
    """One line; ``kind`` is ``ok``, ``blacklisted``, ``running`` or ``failed``."""

    cells: tuple[str, ...]
    kind: str


def row_of(call: dict[str, Any]) -> Row:
    """Return a call of the document in words; one cell per column of :data:`HEAD`."""
    model = "" if call["model"] is None else str(call["model"])
    if model and call["version"] is not None:
        model += f" {call['version']}"
    function = str(call["function"])
    if call["arguments"]:
        function += f" ({call['arguments']})"
    result = str(call["result"])
    if call["count"] > 1:
        result += f", {call['count']} times until {_clock(call['last_start'])}"
    cells = (
        _clock(call["start"]),
        function,
        model,
        str(call["thread"]),
        _duration(call["duration_ms"]),
        result,
    )
    return Row(cells, _kind(call))


def _kind(call: dict[str, Any]) -> str:
    if call["running"]:
        return "running"
    return {"OK": "ok", "MODEL_BLACKLISTED": "blacklisted"}.get(call["result"], "failed")


def _clock(time: str) -> str:
    return time.partition("T")[2].rstrip("Z")


def _duration(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.2f} s" if milliseconds >= 1000 else f"{milliseconds:.1f} ms"
