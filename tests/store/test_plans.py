"""How SQLite gets to the runs of a list: by an index, never through the whole table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from dsinfra_jlab.domain.changes import SavePoints, SaveRun, SaveTags
from dsinfra_jlab.domain.errors import NotFound
from dsinfra_jlab.domain.ids import ArtifactId, CellId, KernelId, RunId
from dsinfra_jlab.domain.runs import RunKind, RunQuery, RunStatus
from dsinfra_jlab.domain.trials import TrialQuery
from dsinfra_jlab.store import SqlStore
from tests.store.samples import notebook, opened, record, sqlite_url

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
    {"q": "flag:any"},
    {"q": "flag:out_of_order"},
    {"q": "data:train"},
    {"q": "notebook:named"},
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
        named = notebook("/w/named.ipynb")
        store.record([SaveRun(record("x", 99, document=named, experiment="Big"))])
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


async def test_what_hangs_on_a_run_is_found_by_an_index(
    tmp_path: Path, statements: list[tuple[str, Any]]
) -> None:
    run, cell = RunId("r7"), CellId("cell")
    with opened(sqlite_url(tmp_path)) as store:
        for number in range(50):
            name = f"r{number}"
            one = record(name, number, parent_id=RunId("s"), cell_id=cell, experiment="Big")
            store.record([SaveRun(one), SavePoints(RunId(name), "loss", 0, bytes(48))])
        await store.flush()
        statements.clear()
        store.record([SavePoints(run, "loss", 2, bytes(48)), SaveTags(run, {"a": "b"})])
        await store.flush()
        await store.metrics(run, None, 10)
        await store.data(run)
        await store.capture(run)
        await store.artifacts(run)
        with pytest.raises(NotFound):
            await store.artifact(run, ArtifactId("x"))
        await store.trials(cell, TrialQuery("/home/ana/work/train.ipynb", limit=5))
        await store.steps(run)
        await store.steps_of_cells(run, [cell])
        await store.earlier_runs(run)
        await store.artifact_digests()
        asked = [(one, given) for one, given in statements if one.startswith("SELECT")]
        assert len(asked) > 20
        steps = [(step, one) for one, given in asked for step in _plan(store, one, given)]
    assert [found for found in steps if _is_walk(*found)] == []
    assert sum("ix_run_trials" in step for step, _ in steps) == 4


def _is_walk(step: str, statement: str) -> bool:
    """Whether a step reads through a table, sorts before it cuts, or passes by blocks."""
    if step.startswith("USE TEMP B-TREE"):
        return " LIMIT " in statement
    is_read_through = step.startswith("SCAN ") and "USING" not in step
    return "ix_run_cell_id_seq" in step or (is_read_through and not _is_constant(step))


def _is_constant(step: str) -> bool:
    return step == "SCAN CONSTANT ROW" or "-ROW VALUES CLAUSE" in step or "-ROWS VALUES" in step


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
