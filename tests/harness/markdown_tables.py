"""The tables of a Markdown page."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One row of a table: the names in backticks in its first cell, and its other cells by column."""

    names: tuple[str, ...]
    cells: dict[str, str]

    @property
    def remark(self) -> str:
        """The last cell, whose column has no name."""
        return self.cells.get("", "")


def read_tables(page: Path) -> dict[str, list[Row]]:
    """Return the rows of the one table below each heading that has one."""
    tables: dict[str, list[Row]] = {}
    heading, columns = "", []
    for line in page.read_text().splitlines():
        if line.startswith("#"):
            heading, columns = line.lstrip("# "), []
        elif not line.startswith("|"):
            columns = []
        elif not columns:
            columns = _cells(line)
            assert heading not in tables, f"{heading}: more than one table"
            tables[heading] = []
        elif set(line) - set("|- "):
            first, *others = _cells(line)
            assert len(others) + 1 == len(columns), f"{heading}: {first} has {len(others) + 1} cells"
            tables[heading].append(
                Row(tuple(re.findall("`([^`]+)`", first)), dict(zip(columns[1:], others, strict=True)))
            )
    return tables


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
