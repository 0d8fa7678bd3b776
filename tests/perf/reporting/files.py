"""The files of a run: results.json, table.md, table.txt, plots as PNG, and report.html with all of it."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from perf.measuring.results import Results
from perf.reporting.plots import write_plots
from perf.reporting.table import as_html, as_markdown, as_text

_STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; color: #222; }
body { max-width: 1400px; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; margin: .5em 0 1.5em; }
td, th { border-bottom: 1px solid #ddd; padding: .2em .8em .2em 0; text-align: left; }
td { font-variant-numeric: tabular-nums; }
img { max-width: 100%; display: block; margin: 1em 0 2em; }
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written."""

    data: Path
    text: Path
    markdown: Path
    page: Path
    plots: Sequence[Path]

    @property
    def all_files(self) -> list[Path]:
        return [self.data, self.text, self.markdown, self.page, *self.plots]


def write_report(results: Results, folder: Path) -> Written:
    """Write everything into the folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    written = Written(
        folder / "results.json",
        folder / "table.txt",
        folder / "table.md",
        folder / "report.html",
        write_plots(results, folder),
    )
    results.write(written.data)
    written.text.write_text(as_text(results))
    written.markdown.write_text(as_markdown(results))
    written.page.write_text(_page(results, written.plots))
    return written


def _page(results: Results, plots: Sequence[Path]) -> str:
    pictures = "\n".join(map(_picture, plots))
    title = f"ovserve measurements, {html.escape(results.started)}"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{title}</h1>\n{as_html(results)}\n{pictures}\n</body></html>\n"
    )


def _picture(path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    return f'<img alt="{html.escape(path.stem)}" src="data:image/png;base64,{data}">'
