"""How each database gets to the past of a machine and of a notebook: by an index, however long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from dsinfra_jlab.domain.changes import SaveMinute, SaveRun
from dsinfra_jlab.domain.resources.sample_history import Minute, SubjectMinute
from dsinfra_jlab.domain.resources.sample_series import READINGS
from dsinfra_jlab.domain.runs.records import PeakMemory
from dsinfra_jlab.store import SqlStore
from tests.store.samples import notebook, record

BEGUN = datetime(2026, 11, 1, tzinfo=timezone.utc)
HOURS, MACHINES, SUBJECTS = 48, 5, 12
NOTEBOOKS, RUNS = 40, 2_000

Statements = list[tuple[str, Any]]


@pytest.fixture
def statements() -> Iterator[Statements]:
    """What is sent to the database."""
    sent: Statements = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


def plan(store: SqlStore, statement: str, parameters: Any) -> list[str]:
    """Return the steps by which the database answers."""
    engines = store._writer.usable(is_to_write=False).engines
    connection = engines.reader.raw_connection()
    word = "EXPLAIN QUERY PLAN" if engines.is_sqlite else "EXPLAIN"
    try:
        cursor = connection.cursor()
        cursor.execute(f"{word} {statement}", parameters)
        return [str(row[-1]) for row in cursor.fetchall()]
    finally:
        connection.close()


def count(store: SqlStore) -> None:
    """Have PostgreSQL count its rows, as it does by itself; SQLite plans without."""
    engines = store._writer.usable(is_to_write=False).engines
    if not engines.is_sqlite:
        with engines.writer.begin() as connection:
            connection.execute(text("ANALYZE"))


def reads_through(step: str, table: str) -> bool:
    """Return whether a step looks at every row of a table, or sorts what it would cut."""
    is_sqlite_scan = step == f"SCAN {table}"
    return is_sqlite_scan or f"Seq Scan on {table}" in step or step.startswith("USE TEMP B-TREE")


async def test_the_past_of_a_machine_is_found_by_its_key(
    store: SqlStore, statements: Statements
) -> None:
    nothing = tuple(0.5 for _ in READINGS["kernel"])
    kernels = tuple(SubjectMinute(f"kernel.k{n}", "", nothing) for n in range(SUBJECTS))
    start_s = int(BEGUN.timestamp())
    store.record(
        SaveMinute(f"box{machine}", Minute(start_s + 3600 * hour, kernels))
        for machine in range(MACHINES)
        for hour in range(HOURS)
    )
    await store.flush()
    count(store)
    statements.clear()
    window = await store.sample_history("box2", BEGUN + timedelta(hours=HOURS - 6), 60)
    assert len(window.series) == SUBJECTS * len(READINGS["kernel"])
    asked = [each for each in statements if "FROM sample_hour" in each[0]]
    assert len(asked) == 1
    steps = plan(store, *asked[0])
    assert any("sample_hour" in step for step in steps), steps
    assert [step for step in steps if reads_through(step, "sample_hour")] == [], steps


async def test_the_last_sessions_of_a_notebook_are_found_by_an_index(
    store: SqlStore, statements: Statements
) -> None:
    def cell(number: int) -> SaveRun:
        document = notebook(f"/w/n{number % NOTEBOOKS}.ipynb")
        # Every other run of a notebook is in an experiment that its code has named.
        named = "Big" if number % (2 * NOTEBOOKS) >= NOTEBOOKS else None
        peak = PeakMemory(number + 1, "exact")
        return SaveRun(
            record(f"r{number}", number, document=document, experiment=named, peak_rss=peak)
        )

    store.record(cell(number) for number in range(RUNS))
    await store.flush()
    count(store)
    statements.clear()
    (session, *_) = await store.notebook_peaks("/w/n7.ipynb")
    assert session.rss == PeakMemory(RUNS - NOTEBOOKS + 7 + 1, "exact")
    asked = [each for each in statements if "peak_rss_bytes" in each[0]]
    assert len(asked) == 2, "of runs in experiments with a name, and of those in their notebook's"
    for each in asked:
        steps = plan(store, *each)
        assert any(" run" in step for step in steps), steps
        assert [step for step in steps if reads_through(step, "run")] == [], steps
