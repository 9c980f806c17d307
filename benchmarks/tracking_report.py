"""What was measured of the trackers, as figures, as one table, and against the budgets."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .report import Row, median, versions

KERNEL = "dsinfra, kernel"
SCRIPT = "dsinfra, script"
BEGIN, END = "<!-- tracking: begin -->", "<!-- tracking: end -->"


class Figures(defaultdict[str, list[float]]):
    """Values of one tracker by name, one for each pass."""

    def __init__(self) -> None:
        super().__init__(list)

    def add(self, prefix: str, values: Mapping[str, float]) -> None:
        """Add what one measurement found."""
        for name, value in values.items():
            self[f"{prefix}_{name}"].append(value)

    def middle(self, name: str) -> float | None:
        """Return the median, ``None`` if it was not measured."""
        values = self.get(name)
        return median(values) if values else None


@dataclass
class Results:
    """Everything of one run of the benchmark."""

    arguments: argparse.Namespace
    figures: dict[str, Figures] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    """What was not measured of a tracker, and why."""

    def of(self, tracker: str) -> Figures:
        """Return the figures of a tracker."""
        return self.figures.setdefault(tracker, Figures())

    def note(self, tracker: str, text: str) -> None:
        """Say, once, what was not measured."""
        said = self.notes.setdefault(tracker, [])
        if text.partition(" would")[0] not in {each.partition(" would")[0] for each in said}:
            said.append(text)


def _time(seconds: float) -> str:
    size = abs(seconds)
    if size < 1e-3:
        return f"{seconds * 1e6:.2f} µs" if size < 1e-5 else f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.1f} ms" if size < 1 else f"{seconds:.2f} s"


def _count(value: float) -> str:
    return f"{value:.0f}"


@dataclass(frozen=True)
class _Line:
    what: str
    name: str
    show: Callable[[float], str] = _time


def _lines(arguments: argparse.Namespace) -> list[_Line]:
    few, many = f"{arguments.few_points:,}", f"{arguments.many_points:,}"
    runs = arguments.tracked_runs
    return [
        _Line("one `log_metric` call, median", "calls_p50_s"),
        _Line("one `log_metric` call, 99th percentile", "calls_p99_s"),
        _Line(f"{few} points, caller", "few_caller_s"),
        _Line(f"{few} points, until stored", "few_stored_s"),
        _Line(f"{many} points, caller", "many_caller_s"),
        _Line(f"{many} points, until stored", "many_stored_s"),
        _Line(f"{runs} runs of 5 params, 3 metrics, 2 tags, until stored", "runs_runs_s"),
        _Line(f"newest {min(50, runs)} of {runs}", "runs_newest_s"),
        _Line(f"top {min(50, runs)} of {runs} by a metric", "runs_top_s"),
        _Line("of 1,000 points 2 ms apart, lost by kill -9", "kill_lost", _count),
        _Line("added to a cell, 1,000 names: CPU of the kernel's thread", "cell_thread_s"),
        _Line("added to a cell, 1,000 names: CPU of the whole kernel", "cell_process_s"),
        _Line("added to a cell, 1,000 names: until the reply is here", "cell_wall_s"),
        _Line("import", "few_import_s"),
        _Line("start of a run, until stored", "few_start_s"),
    ]


def text(results: Results) -> str:
    """Return the table with what belongs to it, as Markdown."""
    trackers = list(dict.fromkeys([KERNEL, SCRIPT, *results.figures]))
    heads = [
        f"{name} {results.versions[name]}" if name in results.versions else name
        for name in trackers
    ]
    out = [f"| what | {' | '.join(heads)} |", "| --- |" + " --- |" * len(heads)]
    for line in _lines(results.arguments):
        cells = [_cell(results.of(name).middle(line.name), line) for name in trackers]
        if set(cells) != {"–"}:
            out.append(f"| {line.what} | {' | '.join(cells)} |")
    out.append("")
    out += [f"{name} was not measured: {why}." for name, why in results.absent.items()]
    for name, notes in results.notes.items():
        out += [f"{name}, not measured: {note}." for note in notes]
    command = " ".join(sys.argv[1:])
    passes = results.arguments.passes
    out.append(
        f"Medians of {passes} passes, the trackers by turns. `python -m benchmarks {command}`"
    )
    out.append("")
    out.append(f"Measured on {versions()}.")
    return "\n".join(out)


def _cell(value: float | None, line: _Line) -> str:
    return "–" if value is None else line.show(value)


def write(path: Path, table: str) -> None:
    """Put the table where the page has its place for it."""
    page = path.read_text()
    if BEGIN not in page or END not in page:
        raise RuntimeError(f"{path} has no place for the table: {BEGIN} … {END}")
    whole = f"{BEGIN}\n\n{table}\n\n{END}"
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    path.write_text(pattern.sub(lambda _: whole, page))


@dataclass(frozen=True)
class _Budget:
    what: str
    name: str
    limit: float
    is_for_all: bool = True
    """Whether it has to be better than every peer, too."""
    show: Callable[[float], str] = _time


def rows(results: Results) -> list[Row]:
    """Return what has a budget, beside the nearest peer."""
    few, many = results.arguments.few_points, results.arguments.many_points
    budgets = [
        _Budget("log_metric in a kernel, median", "calls_p50_s", 3e-6),
        _Budget("log_metric in a kernel, 99th percentile", "calls_p99_s", 20e-6),
        _Budget(f"{few:,} points in a kernel until stored", "few_stored_s", 0.2),
        _Budget(f"{many:,} points in a kernel until stored", "many_stored_s", 1.5),
        _Budget(f"{results.arguments.tracked_runs} runs until stored", "runs_runs_s", math.inf),
        _Budget("points lost by kill -9 of the kernel, 2 ms apart", "kill_lost", 25, False, _count),
        _Budget("added to a cell by the probe, its thread", "cell_thread_s", 300e-6),
    ]
    return [row for budget in budgets if (row := _row(results, budget)) is not None]


def _row(results: Results, budget: _Budget) -> Row | None:
    ours = results.of(KERNEL).middle(budget.name)
    if ours is None:
        return None
    peers = {
        name: value
        for name, figures in results.figures.items()
        if name not in (KERNEL, SCRIPT) and (value := figures.middle(budget.name)) is not None
    }
    nearest = min(peers, key=lambda name: peers[name], default=None)
    is_met = ours <= budget.limit
    other, ratio = "–", "–"
    if nearest is not None:
        theirs = peers[nearest]
        other = f"{nearest}: {budget.show(theirs)}"
        ratio = f"{ours / theirs:.2f} ×" if theirs else "–"
        is_met = is_met and (ours < theirs or not budget.is_for_all)
    limits = [f"≤ {budget.show(budget.limit)}"] if math.isfinite(budget.limit) else []
    limits += ["ahead of every peer"] if budget.is_for_all else []
    return Row(budget.what, budget.show(ours), other, ratio, ", ".join(limits), is_met)
