"""The trace as text for terminals."""

import re
from typing import Any

from ovserve.loader_trace.rows import HEAD, row_of

_COLOURS = {"ok": "", "blacklisted": "33", "running": "36", "failed": "31;1"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def table_of(document: dict[str, Any], colour: bool = False) -> str:
    """Return a table for each loader; ``colour`` with the escapes of terminals."""
    blocks = [_block(loader, colour) for loader in document["loaders"]]
    return "\n".join(blocks) if blocks else "No custom loader has been called.\n"


def _block(loader: dict[str, Any], colour: bool) -> str:
    rows = [row_of(call) for call in loader["calls"]]
    lines = [HEAD, *(tuple(_printable(cell) for cell in row.cells) for row in rows)]
    widths = [max(len(cells[column]) for cells in lines) for column in range(len(HEAD) - 1)]
    kinds = ["", *(row.kind for row in rows)]
    text = [f"{_printable(loader['name'])}: {_printable(loader['library'])}"]
    for cells, kind in zip(lines, kinds, strict=True):
        padded = [f"{cell:<{width}}" for cell, width in zip(cells[:-1], widths, strict=True)]
        text.append(_painted("  ".join([*padded, cells[-1]]).rstrip(), _COLOURS.get(kind, "1"), colour))
    return "\n".join(text) + "\n"


def _painted(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour and code else text


def _printable(text: str) -> str:
    """Texts come from a loader: none of it reaches the terminal as a command."""
    return _CONTROL.sub("?", text)
