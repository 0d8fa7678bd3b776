"""The nearest valid name for a mistyped one."""

import difflib
from collections.abc import Iterable


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """Return the valid name most like ``name``, or None when nothing comes close."""
    by_folded = {_folded(candidate): candidate for candidate in valid}
    matches = difflib.get_close_matches(_folded(name), by_folded, n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None


def _folded(name: str) -> str:
    return name.lower().replace("-", "_").strip("_ ")
