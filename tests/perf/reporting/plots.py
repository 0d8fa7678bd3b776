"""Results as pictures. Bars show medians, dots every round, so that the noise can be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from perf.measuring.results import CaseResult, Readings, Results, Round, Series
from perf.measuring.spread import spread_of
from perf.reporting.ratios import Ratio, ratios_of, usable

matplotlib.use("Agg")

# Colours that stay apart for colour-blind readers (Okabe and Ito).
_COLOURS = {"server": "#0072B2", "peer": "#E69F00", "echo": "#999999", "bare": "#009E73"}
_DPI = 110
_WIDTH = 13.0


def write_plots(results: Results, folder: Path) -> list[Path]:
    """Write PNG files and return their paths."""
    written = []
    for name, figure in _figures(results):
        path = folder / f"{name}.png"
        figure.savefig(path, dpi=_DPI, facecolor="white")
        written.append(path)
    return written


def _figures(results: Results) -> Iterator[tuple[str, Figure]]:
    measured = [case for case in results.cases if not case.skipped]
    if measured:
        yield "ratios", _ratios(measured)
    for workload in dict.fromkeys(case.workload for case in measured):
        yield f"requests-{workload}", _requests([case for case in measured if case.workload == workload])
    if results.readings:
        yield "start-and-load", _readings(results.readings)


def _requests(cases: Sequence[CaseResult]) -> Figure:
    """Return cost, rate and latency of each case, one row per case."""
    heights = [0.9 + 0.3 * len(_shown(case)) for case in cases]
    figure = Figure(figsize=(_WIDTH, 0.6 + sum(heights)), layout="constrained")
    figure.suptitle(f"workload {cases[0].workload}: median (bar) and every round (dots)", fontsize=12)
    grid = figure.subplots(len(cases), 3, squeeze=False, gridspec_kw={"height_ratios": heights})
    for case, (cost, rate, latency) in zip(cases, grid, strict=True):
        series = _shown(case)
        _bars(cost, series, lambda one: one.cpu_us)
        _bars(rate, series, lambda one: one.requests_per_s)
        _latencies(latency, series)
        cost.set_title(case.title, loc="left", fontsize=9)
        cost.set_xlabel("CPU per request (µs, log scale)")
        rate.set_xlabel("requests per second (log scale)")
        latency.set_xlabel("latency (µs, log scale): ● p50  ◆ p99  ▮ p99.9")
        rate.set_yticklabels([])
        latency.set_yticklabels([])
    return figure


def _shown(case: CaseResult) -> list[Series]:
    return [series for series in case.series if usable(series.rounds)]


def _bars(axes: Axes, series: Sequence[Series], reading: Callable[[Round], float | None]) -> None:
    for row, one in enumerate(series):
        values = [value for value in map(reading, usable(one.rounds)) if value is not None]
        spread = spread_of(values)
        if spread is None:
            continue
        axes.barh(row, spread.median, height=0.62, color=_COLOURS[one.kind])
        _dots(axes, row, values)
        axes.annotate(
            f" {spread.median:,.0f}" if spread.median >= 100 else f" {spread.median:.3g}",
            (max(values), row),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    _log_from_below(axes)
    _rows(axes, [one.name for one in series])


def _latencies(axes: Axes, series: Sequence[Series]) -> None:
    percentiles: Sequence[tuple[Callable[[Round], float | None], str]] = (
        (lambda one: one.p50_us, "o"),
        (lambda one: one.p99_us, "D"),
        (lambda one: one.p999_us, "|"),
    )
    for row, one in enumerate(series):
        found = [(spread_of(map(reading, usable(one.rounds))), marker) for reading, marker in percentiles]
        points = [(spread, marker) for spread, marker in found if spread is not None]
        colour = _COLOURS[one.kind]
        for spread, marker in points:
            axes.plot(
                [spread.low, spread.high],
                [row, row],
                color=colour,
                linewidth=5,
                alpha=0.3,
                solid_capstyle="butt",
            )
            axes.plot(
                spread.median,
                row,
                marker,
                color=colour,
                markersize=10 if marker == "|" else 5,
                markeredgewidth=2,
            )
    axes.set_xscale("log")
    _rows(axes, [one.name for one in series])


def _ratios(cases: Sequence[CaseResult]) -> Figure:
    """Return how many times its limits each server costs, over all cases."""
    lines = [(case, ratio) for case in cases for ratio in ratios_of(case)]
    figure = Figure(figsize=(_WIDTH, 1.6 + 0.24 * len(lines)), layout="constrained")
    axes = figure.subplots()
    for row, (_, ratio) in enumerate(lines):
        colour = _COLOURS["echo" if ratio.limit.startswith("echo") else "bare"]
        spread = ratio.spread
        axes.plot(
            [spread.low, spread.high], [row, row], color=colour, linewidth=6, alpha=0.4, solid_capstyle="butt"
        )
        axes.plot(spread.median, row, "o", color=colour, markersize=6)
        axes.annotate(
            f"{spread.median:.2f}",
            (spread.high, row),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel(
        "CPU per request as a multiple of the limit's (log scale): median, band from lowest to highest round"
    )
    axes.set_title(
        "distance from the limits; 1 is the limit: grey an echo of the same bytes, green OpenVINO alone"
    )
    axes.margins(x=0.12)
    _rows(axes, [_ratio_label(case, ratio) for case, ratio in lines])
    return figure


def _ratio_label(case: CaseResult, ratio: Ratio) -> str:
    return f"{ratio.server} : {ratio.limit}   {case.title}"


def _readings(readings: Sequence[Readings]) -> Figure:
    """Return start, memory and loading, one panel per figure."""
    names = list(dict.fromkeys(entry.figure for entry in readings))
    heights = [0.9 + 0.3 * sum(entry.figure == name for entry in readings) for name in names]
    figure = Figure(figsize=(_WIDTH * 0.7, 0.4 + sum(heights)), layout="constrained")
    panels = figure.subplots(len(names), 1, squeeze=False, gridspec_kw={"height_ratios": heights})[:, 0]
    for name, axes in zip(names, panels, strict=True):
        entries = [entry for entry in readings if entry.figure == name]
        for row, entry in enumerate(entries):
            spread = spread_of(entry.readings)
            if spread is None:
                continue
            kind = (
                "bare"
                if entry.contender.startswith("bare")
                else "server"
                if entry.contender.startswith("ovserve")
                else "peer"
            )
            axes.barh(row, spread.median, height=0.62, color=_COLOURS[kind])
            _dots(axes, row, entry.readings)
            axes.annotate(
                f"{spread.median:.3g}",
                (spread.high, row),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
            )
        axes.set_title(name, loc="left", fontsize=9)
        axes.set_xlabel({"s": "seconds", "MiB": "MiB"}.get(entries[0].unit, entries[0].unit))
        axes.margins(x=0.1)
        _rows(axes, [entry.contender for entry in entries])
    return figure


def _dots(axes: Axes, row: int, values: Sequence[float]) -> None:
    axes.scatter(values, [row] * len(values), color="black", s=9, zorder=3, linewidths=0)


def _log_from_below(axes: Axes) -> None:
    """Use a log axis that begins a little below the smallest bar, so that every bar is seen."""
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle) and bar.get_width() > 0]
    lowest = min((bar.get_width() for bar in bars), default=1.0)
    axes.set_xscale("log")
    axes.set_xlim(left=lowest / 3)
    low, high = axes.get_xlim()
    axes.set_xlim(low, high * 2)


def _rows(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="x", labelsize=8)
    axes.xaxis.label.set_fontsize(8)
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
