"""Results as text: one table for the requests, one for everything else, in Markdown or aligned."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from perf.measuring.results import CaseResult, Results, Round, Series
from perf.measuring.spread import Spread, spread_of
from perf.reporting.ratios import ratios_of, usable

_COLUMNS = ("", "CPU us/request", "x echo", "x bare", "requests/s", "p50 us", "p99 us", "p99.9 us", "notes")
_CROWDED = 0.25  # of the machine, had by others: the reader should know

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Format:
    """How the parts of a document are written."""

    heading: Callable[[str], str]
    subheading: Callable[[str], str]
    line: Callable[[str], str]
    table: Callable[[Sequence[str], Rows], str]


def as_markdown(results: Results) -> str:
    """Return the tables in Markdown."""
    return _render(results, _Format("## {}".format, "### {}".format, str, _markdown_table))


def as_text(results: Results) -> str:
    """Return the tables aligned by spaces."""
    return _render(results, _Format(lambda text: f"{text}\n{'=' * len(text)}", str, str, _aligned_table))


def as_html(results: Results) -> str:
    """Return the tables in HTML, without the page around them."""

    def element(name: str) -> Callable[[str], str]:
        return lambda text: f"<{name}>{html.escape(text)}</{name}>"

    return _render(results, _Format(element("h2"), element("h3"), element("p"), _html_table))


def number(value: float | None) -> str:
    """Return a number with three significant digits, thousands set apart."""
    if value is None:
        return "-"
    if abs(value) >= 1000:
        return f"{round(value, 3 - len(str(int(abs(value))))):,.0f}"
    return f"{value:.3g}"


def with_range(spread: Spread | None) -> str:
    """Return the median, and the lowest and highest reading in brackets."""
    if spread is None:
        return "-"
    if spread.count == 1:
        return number(spread.median)
    return f"{number(spread.median)} [{number(spread.low)}-{number(spread.high)}]"


def _render(results: Results, form: _Format) -> str:
    parts = [form.heading("Machine and noise"), *map(form.line, _machine_lines(results))]
    if results.cases:
        parts += [form.heading("Requests"), form.line("Median of the rounds [lowest-highest].")]
    for case in results.cases:
        parts.append(form.subheading(case.title))
        parts.append(
            form.line(f"skipped: {case.skipped}") if case.skipped else form.table(_COLUMNS, _case_rows(case))
        )
    if results.readings:
        table = form.table(("figure", "of", "", "unit"), _reading_rows(results))
        parts += [form.heading("Start, memory, loading"), table]
    if results.scripts:
        parts += [
            form.heading("Scripts"),
            form.table(("script", "exit code", "result"), _script_rows(results)),
        ]
    if results.skipped:
        rows = [[what, why] for what, why in results.skipped.items()]
        parts += [form.heading("Not measured"), form.table(("what", "why"), rows)]
    return "\n\n".join(parts) + "\n"


def _machine_lines(results: Results) -> list[str]:
    machine = results.machine
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items() if version)
    kind = "virtual machine" if machine["virtual"] else "machine"
    yardstick = spread_of(results.yardstick_ms)
    noise = f"; a fixed piece of work took {with_range(yardstick)} ms of CPU" if yardstick else ""
    rounds = [one for case in results.cases for series in case.series for one in series.rounds]
    others = spread_of(one.others_share for one in rounds)
    stolen = spread_of(one.stolen_share for one in rounds)
    crowd = ""
    if others and stolen:
        crowd = (
            f"; other processes had {others.median:.0%} [{others.low:.0%}-{others.high:.0%}] of the "
            f"processors meanwhile, other guests {stolen.median:.0%} [{stolen.low:.0%}-{stolen.high:.0%}]"
        )
    return [
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {kind}, "
        f"Linux {machine['kernel']}, Python {machine['python']}, {packages}, commit {machine['commit']}",
        f"started {results.started}, took {results.seconds:.0f} s; load average at the start "
        f"{', '.join(map(str, machine['load_average']))}{noise}{crowd}",
    ]


def _case_rows(case: CaseResult) -> Rows:
    ratios = {(ratio.server, ratio.limit.split("/")[0]): ratio.spread for ratio in ratios_of(case)}
    rows = []
    for series in case.series:
        echo = ratios.get((series.name, "echo"))
        bare = ratios.get((series.name, "bare OpenVINO"))
        rounds = usable(series.rounds)
        rows.append(
            [
                series.name,
                _spread(rounds, lambda one: one.cpu_us),
                with_range(echo) if echo else "",
                with_range(bare) if bare else "",
                _spread(rounds, lambda one: one.requests_per_s),
                _spread(rounds, lambda one: one.p50_us),
                _spread(rounds, lambda one: one.p99_us),
                _spread(rounds, lambda one: one.p999_us),
                "; ".join(_notes(series)),
            ]
        )
    return rows


def _spread(rounds: Iterable[Round], reading: Callable[[Round], float | None]) -> str:
    return with_range(spread_of(map(reading, rounds)))


def _notes(series: Series) -> Iterable[str]:
    if series.error:
        yield series.error
    failures = sum(one.failures for one in series.rounds)
    if failures:
        yield f"{failures} failures: {next(one.first_failure for one in series.rounds if one.failures)}"
    if any(one.client_is_bottleneck for one in series.rounds):
        yield "the load generator was the bottleneck"
    crowded = sum(one.others_share + one.stolen_share > _CROWDED for one in series.rounds)
    if crowded:
        yield f"others busy in {crowded} of {len(series.rounds)} rounds"
    if series.streams is not None:
        yield f"{series.streams} stream{'s' if series.streams != 1 else ''}"


def _reading_rows(results: Results) -> Rows:
    return [
        [entry.figure, entry.contender, with_range(spread_of(entry.readings)), entry.unit]
        for entry in sorted(results.readings, key=lambda entry: entry.figure)
    ]


def _script_rows(results: Results) -> Rows:
    rows = []
    for name, outcome in results.scripts.items():
        result = outcome["result"]
        shown = (
            str(result) if not isinstance(result, dict) else ", ".join(f"{k}: {v}" for k, v in result.items())
        )
        rows.append([name, str(outcome["exit_code"]), shown.replace("|", "/")])
    return rows


def _markdown_table(columns: Sequence[str], rows: Rows) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines)


def _html_table(columns: Sequence[str], rows: Rows) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return "\n".join(["<table>", line(columns, "th"), *(line(row, "td") for row in rows), "</table>"])


def _aligned_table(columns: Sequence[str], rows: Rows) -> str:
    lines = [columns, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
