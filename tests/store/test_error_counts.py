"""Whatever happens, in whatever order: what is counted is what a recount finds."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dsinfra_jlab.domain.changes import Change, MoveDocument, SaveError, SaveRun
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.errors.groups import (
    ErrorGroupPatch,
    ErrorQuery,
    ErrorTrendQuery,
    GroupState,
    IgnoreUntil,
    OccurrenceQuery,
    TrendBucket,
)
from dsinfra_jlab.domain.errors.occurrences import Category, ErrorKind
from dsinfra_jlab.domain.exceptions import NotFound
from dsinfra_jlab.domain.ids import CellId, EnvironmentId, ErrorGroupId, RunId
from dsinfra_jlab.domain.runs.records import RunPatch, RunStatus
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.store import SqlStore
from dsinfra_jlab.store.error_bodies import unpack_error
from dsinfra_jlab.store.error_models import (
    error,
    error_bucket,
    error_cell,
    error_environment,
    error_group,
    error_notebook,
    error_trend,
)
from tests.postgres import PostgresServer
from tests.store.error_samples import ok, seen
from tests.store.samples import at, notebook, opened, sqlite_url

PATHS = ["/w/a.ipynb", "/w/b.ipynb"]
CELLS = [CellId("one"), CellId("two"), None]
GROUPS = ["g", "h"]
LAST_S = 40 * 86_400
Step = tuple[Any, ...]

RUNS = 4
_runs = st.integers(0, RUNS - 1)
_errors = st.tuples(
    st.just("error"),
    _runs,
    st.integers(0, 1),
    st.sampled_from(GROUPS),
    st.sampled_from([Category.name, Category.lookup]),
    st.sampled_from([None, "e1", "e2"]),
    st.integers(-5, 5),
    st.booleans(),
    st.booleans(),
)
_others = st.one_of(
    st.tuples(st.just("run"), _runs, st.sampled_from(list(RunStatus))),
    st.tuples(st.just("flush")),
    st.tuples(st.just("delete"), _runs),
    st.tuples(st.just("restore"), _runs),
    st.tuples(st.just("move"), st.permutations(PATHS)),
    st.tuples(st.just("erase")),
    st.tuples(
        st.just("patch"),
        st.sampled_from(GROUPS),
        st.sampled_from(
            [
                ErrorGroupPatch(state=GroupState.resolved),
                ErrorGroupPatch(state=GroupState.ongoing),
                ErrorGroupPatch(note="x"),
                ErrorGroupPatch(note=""),
                ErrorGroupPatch(
                    state=GroupState.ignored, ignore_until=IgnoreUntil.number, ignore_count=2
                ),
            ]
        ),
    ),
)
STEPS = st.lists(st.one_of(_errors, _errors, _others), min_size=3, max_size=40)


@contextmanager
def fresh_store(kind: str, request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    """Return a store with nothing in it; some of what it is given is long past for it."""
    clock = HandClock(at(LAST_S))
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(request.getfixturevalue("migrated_file"), Path(folder) / "store.sqlite")
            with opened(sqlite_url(Path(folder)), clock) as store:
                yield store
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.make_database(request.getfixturevalue("migrated_database"))
    try:
        with opened(url, clock) as store:
            yield store
    finally:
        server.drop_database(url)


def moment_of(number: int) -> float:
    """Return when a run was asked for: half of them are old enough to be erased."""
    return float(100 * number if number < RUNS // 2 else LAST_S - 1_000 + 100 * number)


def run_change(number: int, status: RunStatus) -> Change:
    document = notebook(PATHS[number % 2])
    cell_id = CELLS[number % 3]
    return SaveRun(
        ok(f"r{number}", moment_of(number), status=status, cell_id=cell_id, document=document)
    )


def error_change(step: Step) -> Change:
    _, number, which, group, category, environment, seconds, is_ignored, _ = step
    one = seen(
        f"r{number}",
        moment_of(number) + 10 + seconds,
        group=group,
        number=which,
        kind=ErrorKind.exception if which == 0 else ErrorKind.warning,
        category=category,
        evalue=f"of {number}",
        environment_id=None if environment is None else EnvironmentId(environment),
        cell_id=CELLS[number % 3],
    )
    return SaveError(one, is_ignored)


async def play(store: SqlStore, steps: list[Step]) -> None:
    for step in steps:
        try:
            await _do(store, step)
        except NotFound:
            continue
    await store.flush()


async def _do(store: SqlStore, step: Step) -> None:
    what, *rest = step
    if what == "error":
        store.record([error_change(step)])
        if rest[-1]:
            await store.flush()
    elif what == "run":
        store.record([run_change(*rest)])
    elif what == "flush":
        await store.flush()
    elif what == "delete":
        await store.delete_run(RunId(f"r{rest[0]}"))
    elif what == "restore":
        await store.patch_run(RunId(f"r{rest[0]}"), RunPatch(is_deleted=False))
    elif what == "move":
        store.record([MoveDocument(*rest[0])])
    elif what == "erase":
        await store.erase_expired(at(LAST_S), Settings(runs_retention_days=30))
    else:
        await store.patch_error_group(ErrorGroupId(rest[0]), rest[1], "ana")


def rows_of(store: SqlStore, table: Any) -> list[dict[str, Any]]:
    engines = store._writer.usable(is_to_write=False).engines
    with engines.reader.begin() as connection:
        return [dict(row._mapping) for row in connection.execute(select(table))]


def counted(rows: list[dict[str, Any]], *names: str) -> Counter[Any]:
    return Counter({tuple(row[name] for name in names): row["count"] for row in rows})


def recounted(rows: list[dict[str, Any]], key: Callable[[dict[str, Any]], Any]) -> Counter[Any]:
    return Counter(found for row in rows if (found := key(row)) is not None)


def check(store: SqlStore) -> None:
    """Compare every count with the occurrences."""
    rows = [row for row in rows_of(store, error) if row["is_live"]]
    groups = rows_of(store, error_group)
    assert len({row["id"] for row in rows}) == len(rows)
    assert {row["seq"]: row["count"] for row in groups if row["count"]} == recounted(
        rows, lambda row: row["group_seq"]
    )
    for bucket_s in (3_600, 86_400):

        def start(row: dict[str, Any], bucket_s: int = bucket_s) -> int:
            return int(row["at"].timestamp() // bucket_s) * bucket_s

        # Hours of long ago are given up.
        kept = int(at(LAST_S - 31 * 86_400).timestamp()) if bucket_s == 3_600 else 0
        inside = [row for row in rows if start(row) >= kept]
        of_width = [
            row
            for row in rows_of(store, error_bucket)
            if row["bucket_s"] == bucket_s and row["start_s"] >= kept
        ]
        assert counted(of_width, "group_seq", "start_s") == recounted(
            inside, lambda row: (row["group_seq"], start(row))
        )
        trend = [
            row
            for row in rows_of(store, error_trend)
            if row["bucket_s"] == bucket_s and row["start_s"] >= kept
        ]
        assert counted(trend, "category", "start_s") == recounted(
            inside, lambda row: (row["category"], start(row))
        )
    notebooks = rows_of(store, error_notebook)
    assert counted(notebooks, "group_seq", "document_seq") == recounted(
        rows, lambda row: (row["group_seq"], row["document_seq"])
    )
    assert counted(rows_of(store, error_cell), "group_seq", "document_seq", "cell_id") == recounted(
        rows, lambda row: (row["group_seq"], row["document_seq"], row["cell_id"])
    )
    assert counted(rows_of(store, error_environment), "group_seq", "environment_id") == recounted(
        rows,
        lambda row: row["environment_id"] and (row["group_seq"], row["environment_id"]),
    )
    for group in groups:
        _check_group(group, [row for row in rows if row["group_seq"] == group["seq"]], notebooks)


def _check_group(
    group: dict[str, Any], own: list[dict[str, Any]], notebooks: list[dict[str, Any]]
) -> None:
    assert group["is_shown"] == (bool(own) or group["is_kept"])
    documents = {row["document_seq"] for row in notebooks if row["group_seq"] == group["seq"]}
    assert set(group["notebook_seqs"]) == documents
    assert group["notebook_count"] == len(documents)
    if own:
        newest = max(own, key=lambda row: (row["at"], row["id"] == group["last_error_id"]))
        assert (group["last_at"], group["last_error_id"]) == (newest["at"], newest["id"])
        assert group["message"] == unpack_error(newest["body"]).evalue
        assert group["first_at"] <= min(row["at"] for row in own)


@pytest.mark.parametrize(
    ("kind", "examples"),
    [pytest.param("sqlite", 60, id="sqlite"), pytest.param("postgresql", 15, id="postgresql")],
)
def test_counts_are_those_of_a_recount(
    request: pytest.FixtureRequest, kind: str, examples: int
) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(STEPS)
    def hold(steps: list[Step]) -> None:
        with fresh_store(kind, request) as store:
            # All runs are there to begin with, so that most steps do something.
            store.record([run_change(number, RunStatus.running) for number in range(RUNS)])
            asyncio.run(play(store, steps))
            assert set(store.health().dropped) <= {"errors_of_unknown_run"}
            check(store)
            asyncio.run(_look(store))

    hold()


async def _look(store: SqlStore) -> None:
    """Compare what is served with the rows, too."""
    groups = {row["id"]: row for row in rows_of(store, error_group)}
    page = await store.error_groups(ErrorQuery())
    assert {one.id for one in page.items} == {
        name for name, row in groups.items() if row["is_shown"]
    }
    for one in page.items:
        found = await store.occurrences(one.id, OccurrenceQuery(limit=500))
        assert len(found.items) == one.count
    since = datetime(2026, 2, 20, tzinfo=timezone.utc)
    trend = await store.error_trend(ErrorTrendQuery(TrendBucket.day, since))
    assert sum(map(sum, trend.categories.values())) == sum(one.count for one in page.items)
