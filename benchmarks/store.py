"""What the store costs: recorded runs a second, and lists out of a million runs.

    python benchmarks/store.py [--runs 1000000] [--keep FOLDER]

Prints medians. The list part goes through ``SqlStore`` as the services do, without HTTP.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from dsinfra_jlab.domain.changes import SaveRun
from dsinfra_jlab.domain.clock import SystemClock
from dsinfra_jlab.domain.ids import ExperimentId, KernelId, RunId, ServerId, cell_run_id
from dsinfra_jlab.domain.runs.records import (
    Document,
    DocumentKind,
    RunKind,
    RunQuery,
    RunRecord,
    RunStatus,
)
from dsinfra_jlab.store import SqlStore, default_url
from dsinfra_jlab.store.base import to_microseconds
from dsinfra_jlab.store.search_sql import seq_floor

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
CODE = [
    "import pandas as pd\nimport numpy as np\ndf = pd.read_csv('train_{0}.csv')\ndf.head()",
    "model = RandomForestClassifier(n_estimators={0}, max_depth=8)\nmodel.fit(X_train, y_train)",
    "loss = train(epochs={0}, lr=1e-3)\nprint('loss', loss)\nplot(loss)",
    "for step in range({0}):\n    optimizer.zero_grad()\n    out = net(batch)\n    out.backward()",
]
EXPERIMENTS = 200
CELLS_PER_SESSION = 100


def record(number: int, status: RunStatus) -> RunRecord:
    """Return a cell run like those of a working day."""
    at = START + timedelta(milliseconds=37 * number)
    session = number // CELLS_PER_SESSION
    kernel = KernelId(f"kernel-{session}")
    path = f"/home/ana/work/notebook_{session % EXPERIMENTS}.ipynb"
    return RunRecord(
        id=cell_run_id(kernel, f"message-{number}"),  # type: ignore[arg-type]
        kind=RunKind.cell,
        kernel_id=kernel,
        kernel_name="python3",
        document=Document(DocumentKind.notebook, path, path.rpartition("/")[2]),
        server_id=ServerId("server"),
        status=status,
        queued_at=at,
        parent_id=RunId(f"session-{session}"),
        language="python",
        cell_id=f"cell-{number % 2_000}",  # type: ignore[arg-type]
        execution_count=number % CELLS_PER_SESSION,
        code=CODE[number % len(CODE)].format(number % 97),
        code_sha256=f"{number % 388:064x}",
        started_at=at,
        ended_at=at + timedelta(milliseconds=20),
        duration_s=0.02,
        missed_messages=0,
    )


async def opened(folder: Path) -> SqlStore:
    """Return an open store."""
    store = SqlStore(default_url(folder), SystemClock())
    store.open()
    while not store.schema_version:  # noqa: ASYNC110 - the store tells other threads only
        await asyncio.sleep(0.01)
    return store


async def measure_recording(folder: Path, count: int) -> None:
    """Print how many runs a second are recorded, queued, begun and ended each."""
    store = await opened(folder)
    records = [record(number, RunStatus.ok) for number in range(count)]
    begin = time.perf_counter()
    for one in records:
        store.record([SaveRun(one)])
    queued_s = time.perf_counter() - begin
    await store.flush()
    took_s = time.perf_counter() - begin
    print(f"recorded, one record each   {count / took_s:10,.0f} runs/s")
    print(f"cost of record()            {queued_s / count * 1e6:10.1f} us")
    await store.close()


def fill(folder: Path, runs: int) -> None:
    """Put runs into the database by plain SQL: faster, and nothing else is measured here."""
    random.seed(7)
    connection = sqlite3.connect(folder / "store.sqlite", isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-400000")
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("BEGIN IMMEDIATE")
    columns = [row[1] for row in connection.execute("PRAGMA table_info(run)")]
    places = ",".join(f":{name}" for name in columns)
    names = ",".join(f'"{name}"' for name in columns)
    connection.executemany(f"INSERT INTO run({names}) VALUES ({places})", _rows(columns, runs))
    connection.execute(
        "INSERT INTO run_text(rowid, words) SELECT seq, replace(replace(replace(lower("
        "code || ' ' || coalesce(error_name, '')), '_', ' '), char(10), ' '), '.', ' ') FROM run"
    )
    connection.execute(
        "INSERT INTO run_metric(run_seq, key, number) "
        "SELECT seq, 'acc', abs(random() % 1000000) / 1000000.0 FROM run WHERE execution_count=3"
    )
    connection.execute(
        "INSERT INTO run_param(run_seq, key, number, word, value) "
        "SELECT seq, 'lr', 0.1, '0.1', '0.1' FROM run WHERE execution_count=3"
    )
    connection.executemany(
        "INSERT INTO experiment(seq, id, document_key, kind, path, path_key, file_key, name, "
        "name_key, name_is_users, tags, run_count, error_count, live_count, last_run_at) "
        "VALUES (?,?,?,'notebook',?,?,?,?,?,0,'{}',?,0,?,?)",
        _experiments(connection),
    )
    connection.execute("COMMIT")
    connection.close()


def _rows(columns: list[str], runs: int) -> Iterator[dict[str, Any]]:
    for number in range(runs):
        if number % CELLS_PER_SESSION == 0:
            yield _row(columns, record(number, RunStatus.interrupted), RunKind.session)
        failed = number % 50 == 49
        yield _row(
            columns, record(number, RunStatus.error if failed else RunStatus.ok), RunKind.cell
        )


def _row(columns: list[str], one: RunRecord, kind: RunKind) -> dict[str, Any]:
    at = to_microseconds(one.queued_at)
    is_session = kind is RunKind.session
    failed = one.status is RunStatus.error
    name = random.choice(["KeyError", "ValueError", "ZeroDivisionError"]) if failed else None
    values = {
        "seq": seq_floor(at) + (0 if is_session else 1),
        "id": one.parent_id if is_session else one.id,
        "kind": kind.value,
        "status": one.status.value,
        "experiment_seq": int(one.document.path.rpartition("_")[2].partition(".")[0]) + 1,
        "parent_id": None if is_session else one.parent_id,
        "is_starred": 0,
        "child_count": CELLS_PER_SESSION if is_session else 0,
        "error_count": 0,
        "queued_at": at,
        "started_at": at,
        "ended_at": at + 20_000,
        "duration_s": random.random() * 20,
        "kernel_id": one.kernel_id,
        "kernel_name": one.kernel_name,
        "language": "python",
        "server_id": one.server_id,
        "cell_id": None if is_session else one.cell_id,
        "execution_count": None if is_session else one.execution_count,
        "error_key": name.lower() if name else None,
        "error_name": name,
        "name": "",
        "note": "",
        "code_sha256": one.code_sha256,
        "code_line": one.code.partition("\n")[0],
        "code": "" if is_session else one.code,
    }
    return dict.fromkeys(columns) | values


def _experiments(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    found = connection.execute(
        "SELECT experiment_seq, count(*), max(queued_at) FROM run GROUP BY experiment_seq"
    )
    rows = []
    for seq, count, last in found.fetchall():
        name = f"notebook_{seq - 1}.ipynb"
        path = f"/home/ana/work/{name}"
        row = (seq, f"experiment-{seq}", f"key-{seq}", path, path, name, name, name)
        rows.append((*row, count, count, last))
    return rows


def queries() -> dict[str, RunQuery]:
    """Return the lists that are measured."""
    experiment = ExperimentId("experiment-42")
    return {
        "newest 50": RunQuery(),
        "of an experiment": RunQuery(experiment_id=experiment),
        "sessions of an experiment": RunQuery(experiment_id=experiment, kind=RunKind.session),
        "errors of an experiment": RunQuery(experiment_id=experiment, status=RunStatus.error),
        "cells of a session": RunQuery(parent_id=RunId("session-42"), kind=RunKind.cell),
        "errors": RunQuery(status=RunStatus.error),
        "sessions": RunQuery(kind=RunKind.session),
        "cells": RunQuery(kind=RunKind.cell),
        "of a kernel": RunQuery(kernel_id=KernelId("kernel-17")),
        "of a cell": RunQuery(cell_id="cell-17"),  # type: ignore[arg-type]
        "none (running)": RunQuery(status=RunStatus.running),
        "word in 1 of 4": RunQuery(q="pandas "),
        "prefix (pan)": RunQuery(q="pan"),
        "prefix (im)": RunQuery(q="im"),
        "phrase read_csv": RunQuery(q='"read_csv"'),
        "rare word": RunQuery(q="train_96"),
        "no such word": RunQuery(q="nowhere"),
        "word and error": RunQuery(q="pandas KeyError"),
        "word of an experiment": RunQuery(q="pandas", experiment_id=experiment),
        "error:Key": RunQuery(q="error:Key"),
        "metric.acc>=0.5": RunQuery(q="metric.acc>=0.5"),
        "metric.acc>=0.9999": RunQuery(q="metric.acc>=0.9999"),
        "metric and word": RunQuery(q="metric.acc>=0.9 optimizer"),
        "metric, param and status": RunQuery(q="metric.acc>0.9 param.lr<1 status:ok"),
        "notebook:notebook_7.": RunQuery(q="notebook:notebook_7."),
        "notebook:7 (many)": RunQuery(q="notebook:7"),
        "NOT kind:cell": RunQuery(q="NOT kind:cell"),
        "started>1d (all old)": RunQuery(q="started>1m"),
        "duration>19.99": RunQuery(q="duration>19.99"),
        "top 50 by metric.acc": RunQuery(order="-metric.acc"),
        "top 50 by metric, of a notebook": RunQuery(order="-metric.acc", experiment_id=experiment),
        "longest 50": RunQuery(order="-duration_s"),
        "longest 50 errors": RunQuery(order="-duration_s", status=RunStatus.error),
    }


async def measure_lists(folder: Path) -> None:
    """Print the median time of each list, cold caches left out."""
    store = await opened(folder)
    worst = 0.0
    for name, query in queries().items():
        times = []
        for _ in range(9):
            begin = time.perf_counter()
            page = await store.runs(query)
            times.append((time.perf_counter() - begin) * 1_000)
        worst = max(worst, statistics.median(times))
        print(f"{name:34}{statistics.median(times):8.1f} ms   {len(page.items):3} runs")
    page = await store.runs(RunQuery())
    for _ in range(200):
        page = await store.runs(RunQuery(limit=500, cursor=page.next_cursor))
    begin = time.perf_counter()
    await store.runs(RunQuery(cursor=page.next_cursor))
    print(f"{'page after 100,000 runs':34}{(time.perf_counter() - begin) * 1_000:8.1f} ms")
    begin = time.perf_counter()
    await store.experiments("", 50, None)
    print(f"{'50 of 200 experiments':34}{(time.perf_counter() - begin) * 1_000:8.1f} ms")
    print(f"{'worst list':34}{worst:8.1f} ms")
    await store.close()


async def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--recorded", type=int, default=30_000)
    parser.add_argument("--keep", type=Path, help="folder for the filled database")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        if options.recorded:
            await measure_recording(Path(temporary) / "recorded", options.recorded)
        folder = options.keep or Path(temporary) / "filled"
        if not (folder / "store.sqlite").exists():
            await (await opened(folder)).close()
            begin = time.perf_counter()
            fill(folder, options.runs)
            print(f"filled in {time.perf_counter() - begin:.0f} s")
        size = (folder / "store.sqlite").stat().st_size
        print(f"database {size / 1e6:,.0f} MB, {size / options.runs:,.0f} bytes a run")
        await measure_lists(folder)


if __name__ == "__main__":
    asyncio.run(main())
