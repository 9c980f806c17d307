"""How SQLite gets to the runs of a list: by an index, never through the whole table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from dsinfra_jlab.domain.changes import SaveError, SavePoints, SaveRun, SaveSamples, SaveTags
from dsinfra_jlab.domain.errors.groups import (
    ErrorExportQuery,
    ErrorGroupPatch,
    ErrorQuery,
    ErrorTrendQuery,
    GroupState,
    OccurrenceQuery,
)
from dsinfra_jlab.domain.errors.occurrences import Category, Severity
from dsinfra_jlab.domain.exceptions import NotFound
from dsinfra_jlab.domain.ids import ArtifactId, CellId, ErrorGroupId, KernelId, RunId
from dsinfra_jlab.domain.resources.samples import RunSamples
from dsinfra_jlab.domain.runs.records import PeakMemory, RunKind, RunQuery, RunStatus
from dsinfra_jlab.domain.runs.trials import TrialQuery
from dsinfra_jlab.store import SqlStore
from tests.store.error_samples import failed, ok, seen
from tests.store.samples import at, notebook, opened, record, sqlite_url

NO_SAMPLES = RunSamples([], [], [], [], memory_limit_bytes=None, is_complete=False)

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
    {"order": "-peak_rss"},
    {"order": "peak_rss", "q": "peak_rss>2GB"},
    {"q": "peak_rss>2GB"},
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
        store.record(
            SaveRun(record(f"r{number}", number, peak_rss=PeakMemory(number * 10**9, "exact")))
            for number in range(50)
        )
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


async def test_a_store_that_was_closed_with_few_runs_plans_no_worse(
    tmp_path: Path, statements: list[tuple[str, Any]]
) -> None:
    with opened(sqlite_url(tmp_path)) as store:
        store.record([SaveRun(record("first"))])
        await store.flush()
    with opened(sqlite_url(tmp_path)) as store:
        statements.clear()
        await store.runs(RunQuery())
        asked = [(one, given) for one, given in statements if one.startswith("SELECT")]
        steps = [(step, one) for one, given in asked for step in _plan(store, one, given)]
    assert steps
    assert [found for found in steps if _is_bad(*found, probe_rows=0)] == []


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
        store.record([SaveSamples(run, NO_SAMPLES, PeakMemory(1, "exact"))])
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
        await store.run_samples(run)
        await store.cell_peaks(cell, "/home/ana/work/train.ipynb")
        asked = [(one, given) for one, given in statements if one.startswith("SELECT")]
        assert len(asked) > 20
        steps = [(step, one) for one, given in asked for step in _plan(store, one, given)]
    assert [found for found in steps if _is_walk(*found)] == []
    assert sum("ix_run_trials" in step for step, _ in steps) == 5


GROUP_QUERIES: list[dict[str, Any]] = [
    {},
    {"is_open": True},
    {"state": GroupState.new},
    {"state": GroupState.ongoing},
    {"severity": Severity.error},
    {"category": Category.lookup},
    {"notebook_path": "/home/ana/work/train.ipynb"},
    {"cell_id": CellId("cell-1")},
    {"cell_id": CellId("cell-1"), "notebook_path": "/home/ana/work/train.ipynb"},
    {"since": at(3)},
    {"q": "keyerror price"},
]


async def test_no_panel_looks_through_occurrences_or_sorts_groups(
    tmp_path: Path, statements: list[tuple[str, Any]]
) -> None:
    with opened(sqlite_url(tmp_path)) as store:
        for number in range(50):
            one = SaveError(seen(f"r{number}", number, group=f"g{number % 7}"))
            store.record([SaveRun(failed(f"r{number}", number)), one])
        await store.flush()
        group = ErrorGroupId("g1")
        cursor = (await store.error_groups(ErrorQuery(limit=3))).next_cursor
        statements.clear()
        for fields in GROUP_QUERIES:
            await store.error_groups(ErrorQuery(**fields))
        await store.error_groups(ErrorQuery(cursor=cursor))
        page = await store.occurrences(group, OccurrenceQuery(limit=2))
        await store.occurrences(group, OccurrenceQuery(cursor=page.next_cursor))
        await store.run_errors(RunId("r1"))
        await store.error_trend(ErrorTrendQuery())
        await store.error_history(group)
        await store.first_failure(group)
        await store.errors_to_export(ErrorExportQuery())
        await store.errors_to_export(ErrorExportQuery(group_id=group))
        await store.errors_to_export(ErrorExportQuery(run_id=RunId("r1")))
        await store.patch_error_group(group, ErrorGroupPatch(state=GroupState.resolved), None)
        store.record([SaveRun(ok("later", 99)), SaveError(seen("r1", 1.5, group="g2"))])
        await store.flush()
        await store.delete_run(RunId("r3"))
        asked = [(one, given) for one, given in statements if one.startswith("SELECT")]
        assert len(asked) > 50
        steps = [(step, one) for one, given in asked for step in _plan(store, one, given)]
    bad = [found for found in steps if _is_walk(*found) and "error_text" not in found[0]]
    # What one group was seen in is sorted, and the errors of one run: dozens of rows.
    few = ("FROM error_notebook", "FROM error_environment", "error.run_seq IN")
    assert [found for found in bad if not any(name in found[1] for name in few)] == []


async def test_successes_cost_one_query_where_nothing_failed(
    tmp_path: Path, statements: list[tuple[str, Any]]
) -> None:
    def about_errors() -> list[str]:
        return [one for one, _ in statements if "error_" in one and "FROM run" not in one]

    with opened(sqlite_url(tmp_path)) as store:
        store.record([SaveRun(failed("a", 0)), SaveError(seen("a", 0.5))])
        await store.flush()
        for cell in ("cell-1", "other"):
            await store.patch_error_group(
                ErrorGroupId("g"), ErrorGroupPatch(state=GroupState.resolved), None
            )
            statements.clear()
            store.record(
                SaveRun(ok(f"{cell}{number}", number, cell_id=CellId(cell))) for number in range(9)
            )
            await store.flush()
            found = [one for one in about_errors() if "INSERT" not in one and "UPDATE" not in one]
            assert len(found) == 1, found
            (plan,) = _plan(store, *next(each for each in statements if each[0] == found[0]))
            assert (
                "COVERING INDEX ix_error_cell_cell_id_is_failing_group_seq (cell_id=? AND" in plan
            )


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
