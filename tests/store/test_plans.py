"""How SQLite gets to the runs of a list: by an index, never through the whole table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from dsinfra_jlab.domain.changes import SaveRun
from dsinfra_jlab.domain.ids import CellId, KernelId, RunId
from dsinfra_jlab.domain.runs import RunKind, RunQuery, RunStatus
from dsinfra_jlab.store import SqlStore
from tests.store.samples import opened, record, sqlite_url

QUERIES: list[dict[str, Any]] = [
    {},
    {"kind": RunKind.session},
    {"status": RunStatus.error},
    {"kernel_id": KernelId("k")},
    {"cell_id": CellId("c")},
    {"parent_id": RunId("s")},
    {"parent_id": RunId("s"), "kind": RunKind.cell},
    {"experiment_id": "yes"},
    {"experiment_id": "yes", "kind": RunKind.session},
    {"experiment_id": "yes", "status": RunStatus.error},
    {"experiment_id": "yes", "q": "print"},
    {"q": "print"},
    {"q": "print metric.acc>0.5"},
    {"q": "metric.acc>0.5 param.lr<1"},
    {"q": "tag.team:nlp"},
    {"q": "notebook:train"},
    {"q": "is:starred"},
    {"order": "queued_at"},
    {"order": "-duration_s"},
    {"order": "started_at"},
    {"order": "-metric.acc"},
    {"order": "param.lr"},
]


@pytest.fixture(params=[0, 10_000], ids=["walked", "fetched"])
def probe_rows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How few runs are few: with none, every list is walked."""
    monkeypatch.setattr("dsinfra_jlab.store.queries.SEARCH_PROBE_ROWS", request.param)
    return int(request.param)


@pytest.fixture
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database."""
    sent: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


async def test_no_list_is_read_through_or_sorted(
    tmp_path: Path, statements: list[tuple[str, Any]], probe_rows: int
) -> None:
    with opened(sqlite_url(tmp_path)) as store:
        store.record(SaveRun(record(f"r{number}", number)) for number in range(50))
        await store.flush()
        experiment_id = (await store.experiments("", 1, None)).items[0].id
        problems = []
        for fields in QUERIES:
            asked = {
                **fields,
                **({"experiment_id": experiment_id} if "experiment_id" in fields else {}),
            }
            statements.clear()
            await store.runs(RunQuery(**asked))
            for statement, parameters in list(statements):
                if statement.startswith("SELECT"):
                    problems += [
                        (fields, step)
                        for step in _plan(store, statement, parameters)
                        if _is_bad(step, statement, probe_rows)
                    ]
        assert problems == []


def _plan(store: SqlStore, statement: str, parameters: Any) -> list[str]:
    engines = store._writer.usable(is_to_write=False).engines
    connection = engines.reader.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [row[3] for row in cursor.fetchall()]
    finally:
        connection.close()


def _is_bad(step: str, statement: str, probe_rows: int) -> bool:
    """Whether a step costs more the more runs there are."""
    if step.startswith("USE TEMP B-TREE FOR ORDER BY"):
        # What is few may be sorted; values of one run are, too.
        return probe_rows == 0 and " LIMIT " in statement
    # Walking the table from its newest end is the list itself; it stops at the page's end.
    return step == "SCAN run" and "ORDER BY run.seq" not in statement
