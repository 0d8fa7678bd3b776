"""The trace as a JSON document, which is what ``GET /v1/loaders`` answers."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a type of the stubs alone
    from ovserve._core import TracedCall

Document = dict[str, Any]


def document_of(calls: "Sequence[TracedCall]") -> Document:
    """Return the calls by loader, in the order in which they began.

    Times are in UTC, as ISO 8601 has them. ``model`` and ``version`` are null for calls about the loader
    itself. ``count``: so many blacklist questions in a row had the same answer, the last at ``last_start``.
    """
    loaders: dict[str, Document] = {}
    for call in calls:
        loader = loaders.setdefault(
            call["loader"], {"name": call["loader"], "library": call["library"], "calls": []}
        )
        loader["library"] = call["library"]  # an entry may have been edited
        loader["calls"].append(_call(call))
    return {"loaders": list(loaders.values())}


def _call(call: "TracedCall") -> Document:
    return {
        "function": call["function"],
        "model": call["model"],
        "version": call["version"],
        "arguments": call["arguments"],
        "thread": call["thread"],
        "start": _time(call["start"]),
        "duration_ms": round(call["duration_s"] * 1000, 3),
        "running": call["running"],
        "result": call["result"],
        "count": call["count"],
        "last_start": _time(call["last_start"]),
    }


def _time(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
