"""How errors go over time, and their way out, in every store."""

from __future__ import annotations

from typing import Any

import pytest

from dsinfra_jlab.domain.changes import (
    MoveDocument,
    SaveRun,
    SaveValues,
)
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.errors.groups import (
    ErrorExportQuery,
    ErrorTrendQuery,
    GroupState,
    OccurrenceQuery,
    TrendBucket,
)
from dsinfra_jlab.domain.errors.occurrences import Category
from dsinfra_jlab.domain.exceptions import NotFound
from dsinfra_jlab.domain.ids import EnvironmentId, ErrorGroupId, RunId
from dsinfra_jlab.store import SqlStore
from tests.store.error_samples import ok, seen
from tests.store.samples import NOTEBOOK, at, notebook

from .failures import DAY, G, fails, group, listed, state, write


async def test_trends(store: SqlStore, clock: HandClock) -> None:
    await write(
        store,
        *fails("a", 0),
        *fails("b", 3_700, group="h", category=Category.name),
        *fails("c", 3_800),
        *fails("old", -3 * DAY, group="o"),
    )
    clock.advance(120)  # 13:02
    trend = await store.error_trend(ErrorTrendQuery())
    assert (trend.bucket_s, len(trend.starts), trend.starts[-1]) == (3_600.0, 24, at(3_600))
    assert trend.categories[Category.lookup][-2:] == [1, 1]
    assert trend.categories[Category.name][-2:] == [0, 1]
    assert (sum(trend.new_groups), trend.new_groups[-2:]) == (2, [1, 1])
    assert trend.state_counts == {GroupState.new: 1, GroupState.ongoing: 2}
    days = await store.error_trend(ErrorTrendQuery(TrendBucket.day))
    assert (days.bucket_s, len(days.starts)) == (86_400.0, 30)
    assert days.categories[Category.lookup][-4:] == [1, 0, 0, 2]
    since = await store.error_trend(ErrorTrendQuery(TrendBucket.hour, at(-3 * DAY)))
    assert (len(since.starts), since.starts[0]) == (74, at(-3 * DAY))
    assert since.categories[Category.lookup][0] == 1
    later = await store.error_trend(ErrorTrendQuery(TrendBucket.hour, at(9 * DAY)))
    assert len(later.starts) == 1
    long = await store.error_trend(ErrorTrendQuery(TrendBucket.hour, at(-9_000 * DAY)))
    assert len(long.starts) == 1_000


async def test_history(store: SqlStore) -> None:
    other = notebook("/w/eval.ipynb")
    one, two = EnvironmentId("e1"), EnvironmentId("e2")
    await write(
        store,
        SaveRun(ok("good", 0)),
        *fails("a", 1, environment_id=one),
        SaveValues(RunId("a"), {"lr": 0.1, "n": 5, "on": True}, {}),
        SaveRun(ok("good2", 2)),
        *fails("b", 3, environment_id=two, document=other),
        SaveValues(RunId("b"), {"lr": 0.2, "n": 5, "on": 1}, {}),
        *fails("c", 4, environment_id=two),
        *fails("d", 5, group="same"),
        *fails(
            "e",
            6,
            group="apart",
            fingerprints=seen("e", 6).fingerprints.__class__("s", "i", "elsewhere", 1),
        ),
    )
    history = await store.error_history(G)
    assert [(share.notebook_path, share.count) for share in history.notebooks] == [
        (NOTEBOOK.path, 2),
        ("/w/eval.ipynb", 1),
    ]
    assert [(share.environment_id, share.count) for share in history.environments] == [
        (two, 2),
        (one, 1),
    ]
    assert history.environments[0].first_at == at(3.5)
    assert history.params == {"lr": [0.2, 0.1], "on": [1, True]}
    assert (history.failed_run_id, history.last_success_run_id) == ("c", "good2")
    assert [other.id for other in history.family] == ["same"]
    assert (history.began_after, history.changes) == ([], [])
    assert await store.first_failure(G) == ("good", "a")
    with pytest.raises(NotFound):
        await store.error_history(ErrorGroupId("no"))
    with pytest.raises(NotFound):
        await store.first_failure(ErrorGroupId("no"))


async def test_export(store: SqlStore) -> None:
    for number in range(4):
        await write(store, *fails(f"r{number}", number, group=f"g{number % 2}"))
    await store.delete_run(RunId("r3"))

    async def exported(**query: Any) -> list[str]:
        return [one.run_id for one in await store.errors_to_export(ErrorExportQuery(**query))]

    assert await exported() == ["r2", "r1", "r0"]
    assert await exported(limit=1) == ["r2"]
    assert await exported(group_id=ErrorGroupId("g0")) == ["r2", "r0"]
    assert await exported(run_id=RunId("r1")) == ["r1"]
    assert await exported(error_id=seen("r2", 0).id) == ["r2"]
    assert await exported(since=at(1)) == ["r2", "r1"]
    assert await exported(group_id=ErrorGroupId("no")) == []
    assert await exported(run_id=RunId("r3")) == []


async def test_errors_follow_their_notebook(store: SqlStore) -> None:
    other = notebook("/w/there.ipynb")
    await write(store, *fails("a", 1), *fails("b", 2, document=other))
    await write(store, MoveDocument(NOTEBOOK.path, "/w/new.ipynb"))
    assert (await group(store)).notebooks == ["/w/there.ipynb", "/w/new.ipynb"]
    page = await store.occurrences(G, OccurrenceQuery())
    assert [one.notebook_path for one in page.items] == ["/w/there.ipynb", "/w/new.ipynb"]
    await write(store, MoveDocument("/w/new.ipynb", "/w/there.ipynb"))
    found = await group(store)
    assert (found.notebooks, found.notebook_count) == (["/w/there.ipynb"], 1)
    assert (await store.error_history(G)).notebooks[0].count == 2
    await write(store, SaveRun(ok("c", 3, document=other)))
    assert await state(store) is GroupState.resolved
    for name in ("a", "b"):
        await store.delete_run(RunId(name))
    assert await listed(store) == []


async def test_many_notebooks(store: SqlStore) -> None:
    for number in range(8):
        path = f"/w/n{number}.ipynb"
        await write(store, *fails(f"r{number}", number, document=notebook(path)))
    await write(store, *fails("again", 9, document=notebook("/w/n0.ipynb")))
    found = await group(store)
    assert found.notebook_count == 8
    assert found.notebooks == [f"/w/n{number}.ipynb" for number in (0, 7, 6, 5, 4)]
