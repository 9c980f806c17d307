"""What was measured of the engines, as one table, and against the budgets."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .compute_ours import FRESH_JOBS_MAX
from .report import Row, median, percentile, versions

OURS = "dsinfra"
BEGIN, END = "<!-- compute: begin -->", "<!-- compute: end -->"
RUNS_ON = "runs on"
CANCEL_BUDGET_S = 8.0
START_BUDGET_S = 1.5
SESSION_BUDGET_S = 0.06
FULL_ARRAY_BYTES = 500_000_000
"""The budget of the array is about so many."""

Figures = dict[str, list[Any]]


@dataclass
class Results:
    """Everything of one run of the benchmark."""

    sizes: dict[str, int]
    passes: int
    figures: dict[str, Figures] = field(default_factory=dict)
    """Of each engine by name: all values of all passes."""
    versions: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    loads: list[float] = field(default_factory=list)
    """Load average at the begin of each pass."""

    def taker(self, engine: str) -> Callable[[str, Any], None]:
        """Return what takes the figures of an engine."""
        found = self.figures.setdefault(engine, {})

        def take(name: str, value: Any) -> None:
            values = value if isinstance(value, list) else [value]
            found.setdefault(name, []).extend(values)
            # What has been measured is not lost with a run that is broken off.
            print(f"{engine}: {name}: {values}"[:300], file=sys.stderr, flush=True)

        return take

    def middle(self, engine: str, name: str) -> float | None:
        """Return the median of a figure, ``None`` if it was not measured."""
        values = self.figures.get(engine, {}).get(name)
        return median(values) if values else None

    @property
    def peers(self) -> list[str]:
        """The others, in the order in which they were measured."""
        return [name for name in self.figures if name != OURS]


@dataclass(frozen=True)
class _Line:
    what: str
    ours: Callable[[Figures], str]
    peers: Callable[[Figures], str]


def time_text(seconds: float) -> str:
    """Return a time as it is read.

    >>> time_text(0.0123), time_text(1.5)
    ('12.3 ms', '1.50 s')
    """
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _nothing(_: Figures) -> str:
    return "–"


def _middle(name: str) -> Callable[[Figures], str]:
    return lambda found: time_text(median(found[name])) if found.get(name) else "–"


def _spread(name: str) -> Callable[[Figures], str]:
    """Show the median and how slow the slow ones are."""

    def show(found: Figures) -> str:
        values = found.get(name)
        if not values:
            return "–"
        return f"{time_text(median(values))}, {time_text(percentile(values, 95))}"

    return show


def _checked(name: str, equal: str) -> Callable[[Figures], str]:
    def show(found: Figures) -> str:
        text = _middle(name)(found)
        return text if all(found.get(equal, ())) else f"{text}, **another array**"

    return show


def _all_jobs(name: str) -> Callable[[Figures], str]:
    def show(found: Figures) -> str:
        text = _middle(f"{name}_s")(found)
        if text == "–":
            return text
        return f"{text}, {sum(found[f'{name}_lost'])} and {sum(found[f'{name}_wrong'])}"

    return show


def _cancel_ours(case: str) -> Callable[[Figures], str]:
    def show(found: Figures) -> str:
        values = found.get(f"cancel_{case}")
        if not values:
            return "–"
        return RUNS_ON if RUNS_ON in values else time_text(median(values))

    return show


def _cancel_peer(case: str) -> Callable[[Figures], str]:
    """Show each way that the engine has."""

    def show(found: Figures) -> str:
        ways = []
        for name, values in found.items():
            if name.startswith(f"cancel_{case}:") and not name.endswith("_failed"):
                text = RUNS_ON if RUNS_ON in values else time_text(median(values))
                ways.append(f"`{name.partition(':')[2]}` {text}")
        return "; ".join(ways) or "–"

    return show


CANCELS = {
    "loop": "`while True: pass`",
    "sleep": "`time.sleep`",
    "c_sleep": "`sleep` of C",
    "c_call": "one long call that holds the interpreter",
}


def _lines(sizes: dict[str, int]) -> list[_Line]:
    megabytes, jobs = sizes["array_bytes"] // 1_000_000, f"{sizes['jobs']:,}"
    few = min(sizes["jobs"], FRESH_JOBS_MAX)
    until = "until nothing of it runs"
    return [
        _Line("start of the target by itself", _middle("start_s"), _nothing),
        _Line("trivial cell, nothing runs yet", _middle("cold_s"), _middle("cold_s")),
        _Line(
            "trivial cell, fresh kernel, until the page has it; 95th percentile",
            _spread("warm_fresh_s"),
            _nothing,
        ),
        _Line(
            "the same, from submission to its end, by the record",
            _spread("warm_fresh_inner_s"),
            _nothing,
        ),
        _Line(
            "trivial cell, session kernel, until the page has it; 95th percentile",
            _spread("warm_session_s"),
            _nothing,
        ),
        _Line(
            "the same, from submission to its end, by the record",
            _spread("warm_session_inner_s"),
            _nothing,
        ),
        _Line(
            "a call that runs there and gives its value here; 95th percentile",
            _spread("warm_call_s"),
            _spread("warm_s"),
        ),
        _Line(
            f"{megabytes} MB there, another {megabytes} MB back, same digest",
            _checked("array_s", "array_is_equal"),
            _checked("array_s", "array_is_equal"),
        ),
        _Line("a print until the client has it; 95th percentile", *2 * (_spread("print_s"),)),
        _Line("a print until the page has it; 95th percentile", _spread("print_page_s"), _nothing),
        *(
            _Line(f"cancel {what}, {until}", _cancel_ours(case), _cancel_peer(case))
            for case, what in CANCELS.items()
        ),
        _Line(
            f"{few} small jobs, each in a fresh kernel; lost and wrong",
            _all_jobs("map_fresh"),
            _nothing,
        ),
        _Line(
            f"{jobs} small jobs in one interpreter or several; lost and wrong",
            _all_jobs("map"),
            _all_jobs("map"),
        ),
    ]


def text(results: Results) -> str:
    """Return the table with what belongs to it, as Markdown."""
    engines = [OURS, *results.peers]
    heads = [f"{name} {results.versions.get(name, '')}".strip() for name in engines]
    out = [f"| what | {' | '.join(heads)} |", "| --- |" + " --- |" * len(heads)]
    for line in _lines(results.sizes):
        cells = [line.ours(results.figures.get(OURS, {}))]
        cells += [line.peers(results.figures[name]) for name in results.peers]
        if set(cells) != {"–"}:
            out.append(f"| {line.what} | {' | '.join(cells)} |")
    out.append("")
    out += [f"{name} was not measured: {why}." for name, why in results.absent.items()]
    for name, found in results.figures.items():
        failed = {f"{key[:-7]}: {v[0]}" for key, v in found.items() if key.endswith("_failed")}
        out += [f"{name}, not measured: {each}." for each in sorted(failed)]
    loads = ", ".join(f"{load:.1f}" for load in results.loads)
    out.append(
        f"Passes: {results.passes}, the engines by turns; load average at the begin of each: "
        f"{loads}. `python -m benchmarks {' '.join(sys.argv[1:])}`"
    )
    out += ["", f"Measured on {versions()}."]
    return "\n".join(out)


def write(path: Path, table: str) -> None:
    """Put the table where the page has its place for it."""
    page = path.read_text()
    if BEGIN not in page or END not in page:
        raise RuntimeError(f"{path} has no place for the table: {BEGIN} … {END}")
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    path.write_text(pattern.sub(lambda _: f"{BEGIN}\n\n{table}\n\n{END}", page))


def rows(results: Results) -> list[Row]:
    """Return what has a budget, beside the quickest peer."""
    found = [
        _row(results, "start of `local` by itself", "start_s", START_BUDGET_S),
        _row(
            results, "remote trivial cell, fresh kernel, until the page has it", "warm_fresh_s", 1.0
        ),
        _row(
            results,
            "remote trivial cell, session kernel, until the page has it",
            "warm_session_s",
            SESSION_BUDGET_S,
        ),
        _row(
            results,
            "the same, from submission to its end, by the record",
            "warm_session_inner_s",
            SESSION_BUDGET_S,
        ),
        _row(results, "array there and back", "array_s", 2.0, "array_s"),
        _row(results, "a print on a worker to the client, median", "print_s", 0.01, "print_s"),
        *(
            _row(results, f"cancel {what}", f"cancel_{case}", CANCEL_BUDGET_S)
            for case, what in CANCELS.items()
        ),
    ]
    kept = [row for row in found if row is not None]
    ours = results.figures.get(OURS, {})
    if "map_lost" in ours:
        bad = sum(
            sum(ours[f"{name}_{what}"])
            for name in ("map", "map_fresh")
            for what in ("lost", "wrong")
        )
        jobs = results.sizes["jobs"] + min(results.sizes["jobs"], FRESH_JOBS_MAX)
        kept.append(Row(f"of {jobs:,} small jobs lost or wrong", str(bad), "–", "–", "0", bad == 0))
    return kept


def _row(results: Results, what: str, name: str, limit_s: float, peer_name: str = "") -> Row | None:
    values = results.figures.get(OURS, {}).get(name)
    if not values:
        return None
    if RUNS_ON in values:
        return Row(what, RUNS_ON, "–", "–", f"≤ {time_text(limit_s)}", False)
    ours = median(values)
    peers = {
        peer: value
        for peer in results.peers
        if peer_name and (value := results.middle(peer, peer_name)) is not None
    }
    nearest = min(peers, key=lambda peer: peers[peer], default=None)
    other, ratio = "–", "–"
    if nearest is not None:
        other = f"{nearest}: {time_text(peers[nearest])}"
        ratio = f"{ours / peers[nearest]:.2f} ×"
    is_met: bool | None = ours <= limit_s
    if name == "array_s" and results.sizes["array_bytes"] < FULL_ARRAY_BYTES:
        is_met = None
    return Row(what, time_text(ours), other, ratio, f"≤ {time_text(limit_s)}", is_met)
