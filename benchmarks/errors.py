"""What errors cost in the store: recorded a second, and the panel's lists out of a million.

    python -m benchmarks.errors [--occurrences 1000000] [--keep FOLDER]

Prints medians. It goes through ``SqlStore`` as the services do, without HTTP.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from dsinfra_jlab.domain.changes import Change, SaveError, SaveRun
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.errors.groups import (
    ErrorExportQuery,
    ErrorGroupPatch,
    ErrorQuery,
    ErrorTrendQuery,
    GroupState,
    OccurrenceQuery,
    TrendBucket,
)
from dsinfra_jlab.domain.errors.occurrences import (
    Category,
    ErrorKind,
    ErrorRecord,
    Fingerprints,
    Frame,
    FrameKind,
    Nature,
    Severity,
    Variable,
)
from dsinfra_jlab.domain.ids import CellId, EnvironmentId, ErrorGroupId, KernelId, RunId, error_id
from dsinfra_jlab.domain.runs.records import DocumentKind, RunStatus
from dsinfra_jlab.store import SqlStore, default_url
from dsinfra_jlab.store.base import to_microseconds
from dsinfra_jlab.store.error_bodies import pack_error
from dsinfra_jlab.store.error_counts import DAY_S, HOUR_S
from dsinfra_jlab.store.experiments import document_key

from . import store as runs
from .report import Row, median

GROUPS = 5_000
RUNS = 100_000
DAYS = 90
FEW = 10_000
TIMES = 9
NOW = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
BUDGETS_MS = {"panel opens": 200.0, "newest 1,000 to export": 1_000.0}
OTHERS_MS = 100.0

Ask = Callable[[SqlStore], Awaitable[Any]]


def group_of(number: int) -> int:
    """Return the group of an occurrence: few groups have most of them."""
    return int(GROUPS * random.random() ** 3) if number >= GROUPS else number


def error(number: int, group: int, run_id: str, at: datetime) -> ErrorRecord:
    """Return an error like those of a working day."""
    name = ["KeyError", "ValueError", "ZeroDivisionError", "FileNotFoundError"][group % 4]
    frames = [
        Frame(FrameKind.cell, "", "<module>", line=3, column=0, source=f"df['column_{group}']"),
        *(
            Frame(
                FrameKind.library,
                f"/usr/lib/python3.12/site-packages/pandas/core/part_{level}.py",
                f"function_{level}",
                "pandas.core",
                100 * level,
                4,
                source=f"return self._engine.get_loc(casted_key_{level})",
                variables=[Variable("key", "str", "a str of 8 characters")],
            )
            for level in range(8)
        ),
    ]
    return ErrorRecord(
        id=error_id(RunId(run_id), "exception", number),
        group_id=ErrorGroupId(f"group-{group}"),
        run_id=RunId(run_id),
        kernel_id=KernelId("kernel"),
        kind=ErrorKind.exception,
        ename=name,
        evalue=f"'column_{group}' of row {number}",
        template=f"'column_{group}' of row <number>",
        category=list(Category)[group % len(Category)],
        nature=Nature.data,
        severity=list(Severity)[group % 3 + 1],
        flags=[],
        at=at,
        notebook_path=None,
        cell_id=CellId(f"cell-{group % 500}"),
        execution_count=7,
        line=3,
        column=0,
        frames=frames,
        chain=[],
        notes=[],
        advice=[],
        fingerprints=Fingerprints("s" * 64, f"{group:064}", f"{group // 3:064}", 1),
        environment_id=EnvironmentId(f"environment-{number % 3}"),
        collector="probe",
        diagnosis="The frame has no such column; its columns are listed with it.",
    )


async def opened(folder: Path) -> SqlStore:
    """Return an open store at the end of the time that was filled."""
    store = SqlStore(default_url(folder), HandClock(NOW))
    store.open()
    while not store.schema_version:  # noqa: ASYNC110 - the store tells other threads only
        await asyncio.sleep(0.01)
    return store


async def measure_recording(folder: Path, count: int) -> None:
    """Record that many errors of as many runs, each with its success in between."""
    random.seed(7)
    store = await opened(folder)
    changes: list[Change] = []
    for number in range(count):
        run = runs.record(number, RunStatus.error)
        found = error(number, group_of(GROUPS + number), run.id, run.queued_at)
        changes += [SaveRun(run), SaveError(found)]
    begin = time.perf_counter()
    for start in range(0, len(changes), 100):
        store.record(changes[start : start + 100])
        await asyncio.sleep(0)
    await store.flush()
    print(f"recorded errors, with their runs {count / (time.perf_counter() - begin):8,.0f} /s")
    good = [SaveRun(runs.record(number, RunStatus.ok)) for number in range(count, 2 * count)]
    begin = time.perf_counter()
    store.record(good)
    await store.flush()
    print(f"recorded successes               {count / (time.perf_counter() - begin):8,.0f} /s")
    await store.close()


def fill(folder: Path, count: int) -> None:
    """Put occurrences into the database by plain SQL: faster, and nothing else is measured."""
    random.seed(7)
    runs.fill(folder, min(RUNS, count))
    connection = sqlite3.connect(folder / "store.sqlite", isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-400000")
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("BEGIN IMMEDIATE")
    cells = connection.execute(
        "SELECT seq, id, experiment_seq FROM run WHERE kind = 'cell' ORDER BY seq"
    ).fetchall()
    connection.executemany(
        "INSERT INTO error(id, run_seq, group_seq, is_live, rank, at, category, document_seq, "
        "cell_id, environment_id, body) VALUES (?,?,?,1,0,?,?,?,?,?,?)",
        _occurrences(cells, count),
    )
    paths = connection.execute("SELECT path, seq FROM experiment").fetchall()
    connection.executemany(
        "UPDATE experiment SET document_key = ? WHERE seq = ?",
        [(document_key(DocumentKind.notebook, path), seq) for path, seq in paths],
    )
    for statement in _GROUPS:
        connection.execute(statement, {"hour": HOUR_S, "day": DAY_S})
    connection.execute("COMMIT")
    connection.close()


def _occurrences(cells: list[tuple[int, str, int]], count: int) -> Iterator[tuple[Any, ...]]:
    bodies: dict[int, bytes] = {}
    begin = NOW - timedelta(days=DAYS)
    for number in range(count):
        group = group_of(number)
        seq, run_id, document = cells[number * len(cells) // count]
        at = begin + timedelta(days=DAYS * number / count)
        found = error(0, group, run_id, at)
        # One body a group: making a million takes minutes, and they are alike.
        if group not in bodies:
            bodies[group] = pack_error(found)
        yield (
            f"{number:036}",
            seq,
            group + 1,
            to_microseconds(at),
            found.category.value,
            document,
            found.cell_id,
            found.environment_id,
            bodies[group],
        )


_BUCKET = "at / 1000000 / :{0} * :{0}"
_GROUPS = [
    # What lists show; the newest occurrence of each group is the one with the highest number.
    "INSERT INTO error_group(seq, id, is_shown, is_kept, last_at, first_at, state, severity, "
    "category, kind, count, notebook_count, notebook_seqs, severity_is_users, state_is_users, "
    "state_reason, ename, family, fingerprint_version, last_error_id, last_run_id, last_cell_id, "
    "words_digest, title, template, message, diagnosis, assignee, note, runbook) "
    "SELECT group_seq, 'group-' || (group_seq - 1), 1, 0, max(at), min(at), "
    "CASE WHEN group_seq % 5 = 0 THEN 'resolved' ELSE 'ongoing' END, "
    "CASE WHEN group_seq % 3 = 0 THEN 'critical' ELSE 'error' END, category, 'exception', "
    "count(*), count(DISTINCT document_seq), '[' || min(document_seq) || ']', 0, 0, '', "
    "'KeyError', printf('%064d', (group_seq - 1) / 3), 1, id, 'run', cell_id, 'x', "
    "'KeyError: column ' || group_seq, '', 'column ' || group_seq, 'There is none.', '', '', '' "
    "FROM error GROUP BY group_seq",
    *(
        f"INSERT INTO error_bucket SELECT group_seq, :{width}, {_BUCKET.format(width)} AS start, "
        "count(*) FROM error GROUP BY group_seq, start"
        for width in ("hour", "day")
    ),
    "DELETE FROM error_bucket WHERE bucket_s = :hour AND start_s < "
    "(SELECT max(start_s) FROM error_bucket) - 31 * :day",
    *(
        f"INSERT INTO error_trend SELECT :{width}, {_BUCKET.format(width)} AS start, category, "
        "count(*) FROM error GROUP BY start, category"
        for width in ("hour", "day")
    ),
    "INSERT INTO error_notebook SELECT group_seq, document_seq, count(*), max(at) FROM error "
    "GROUP BY group_seq, document_seq",
    "INSERT INTO error_cell SELECT group_seq, document_seq, cell_id, count(*), max(run_seq), "
    "group_seq % 5 != 0 FROM error GROUP BY group_seq, document_seq, cell_id",
    "INSERT INTO error_environment SELECT group_seq, environment_id, count(*), min(at), max(at) "
    "FROM error WHERE environment_id IS NOT NULL GROUP BY group_seq, environment_id",
    "INSERT INTO error_text(rowid, words) SELECT seq, 'keyerror ' || replace(message, '_', ' ') "
    "|| ' home ana work notebook ' || seq || ' ipynb' FROM error_group",
]


async def _panel(store: SqlStore) -> None:
    """Ask for what the panel asks for together when it opens."""
    await asyncio.gather(
        store.error_groups(ErrorQuery(is_open=True)),
        store.error_trend(ErrorTrendQuery()),
        store.error_groups(ErrorQuery(state=GroupState.new, limit=1)),
    )


def questions() -> dict[str, Ask]:
    """Return what is measured."""
    large, rare = ErrorGroupId("group-0"), ErrorGroupId(f"group-{GROUPS - 1}")

    def groups(**query: Any) -> Ask:
        return lambda store: store.error_groups(ErrorQuery(**query))

    return {
        "first page of groups": groups(),
        "panel opens": _panel,
        "open groups": groups(is_open=True),
        "500 groups": groups(limit=500),
        "resolved": groups(state=GroupState.resolved),
        "regressed (none)": groups(state=GroupState.regressed),
        "critical": groups(severity=Severity.critical),
        "memory": groups(category=Category.memory),
        "of a notebook": groups(notebook_path="/home/ana/work/notebook_7.ipynb"),
        "of a cell": groups(cell_id=CellId("cell-17")),
        "words (all)": groups(q="keyerror column"),
        "words (one)": groups(q="column 4711"),
        "since yesterday": groups(since=NOW - timedelta(days=1)),
        "one group": lambda store: store.error_group(large),
        "its occurrences": lambda store: store.occurrences(large, OccurrenceQuery()),
        "its history": lambda store: store.error_history(large),
        "history of a rare one": lambda store: store.error_history(rare),
        "its first failure": lambda store: store.first_failure(large),
        "trend by hour": lambda store: store.error_trend(ErrorTrendQuery()),
        "trend by day": lambda store: store.error_trend(ErrorTrendQuery(TrendBucket.day)),
        "newest 1,000 to export": lambda store: store.errors_to_export(ErrorExportQuery()),
        "a note on it": lambda store: store.patch_error_group(
            large, ErrorGroupPatch(note="x"), None
        ),
    }


async def measure_lists(folder: Path) -> bool:
    """Print the median time of each answer, cold caches left out; return if all are in time."""
    store = await opened(folder)
    is_met = True
    for name, ask in questions().items():
        times = []
        for _ in range(TIMES):
            begin = time.perf_counter()
            await ask(store)
            times.append((time.perf_counter() - begin) * 1_000)
        budget = BUDGETS_MS.get(name, OTHERS_MS)
        is_met &= median(times) <= budget
        print(f"{name:34}{median(times):8.1f} ms   budget {budget:.0f} ms")
    await store.close()
    return is_met


async def panel(stored: int) -> list[Row]:
    """Ask a store of many errors and one of few by turns for what the panel shows."""
    with tempfile.TemporaryDirectory(prefix="dsinfra-benchmark-") as name:
        stores = []
        for label, count in (("many", stored), ("few", FEW)):
            folder = Path(name) / label
            await (await opened(folder)).close()
            await asyncio.to_thread(fill, folder, count)
            stores.append(await opened(folder))
        many, few = stores
        rows = [await _compare(many, few, what, ask, stored) for what, ask in questions().items()]
        for store in stores:
            await store.close()
    return rows


async def _compare(many: SqlStore, few: SqlStore, what: str, ask: Ask, stored: int) -> Row:
    times: dict[SqlStore, list[float]] = {many: [], few: []}
    for _ in range(TIMES):
        for store, found in times.items():
            begin = time.perf_counter()
            await ask(store)
            found.append((time.perf_counter() - begin) * 1_000)
    ours, other = median(times[many]), median(times[few])
    budget = BUDGETS_MS.get(what, OTHERS_MS)
    return Row(
        f"{what}, of {stored:,} errors",
        f"{ours:.1f} ms",
        f"of {FEW:,} errors: {other:.1f} ms",
        f"{ours / other:.1f} ×",
        f"≤ {budget:.0f} ms",
        ours <= budget,
    )


async def main() -> int:
    """Measure both; return 1 if something took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--occurrences", type=int, default=1_000_000)
    parser.add_argument("--recorded", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, help="folder for the filled database")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        if options.recorded:
            await measure_recording(Path(temporary) / "recorded", options.recorded)
        folder = options.keep or Path(temporary) / "filled"
        if not (folder / "store.sqlite").exists():
            await (await opened(folder)).close()
            begin = time.perf_counter()
            await asyncio.to_thread(fill, folder, options.occurrences)
            print(f"filled in {time.perf_counter() - begin:.0f} s")
        size = (folder / "store.sqlite").stat().st_size
        print(f"database {size / 1e6:,.0f} MB, {size / options.occurrences:,.0f} bytes an error")
        return int(not await measure_lists(folder))


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
