"""What every store does with errors, whatever the database."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from dsinfra_jlab.domain.changes import (
    MoveDocument,
    SaveError,
    SaveRun,
)
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.errors.groups import (
    ErrorGroupPatch,
    ErrorQuery,
    ErrorTrendQuery,
    GroupState,
    OccurrenceQuery,
)
from dsinfra_jlab.domain.errors.limits import GROUP_TREND_BUCKETS
from dsinfra_jlab.domain.errors.occurrences import (
    Category,
    ErrorKind,
    ErrorRecord,
    MemoryPoint,
    ResourceState,
    Severity,
)
from dsinfra_jlab.domain.events import ErrorsChanged, Event
from dsinfra_jlab.domain.exceptions import BadInput, NotFound
from dsinfra_jlab.domain.ids import CellId, ErrorGroupId, RunId
from dsinfra_jlab.domain.runs.records import RunPatch, RunQuery, RunStatus
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.store import SqlStore
from tests.store.error_samples import CELL, failed, ok, seen, whole
from tests.store.samples import NOTEBOOK, at, notebook, record

from .failures import DAY, G, fails, group, listed, write


def test_it_keeps_the_port(store: SqlStore) -> None:
    from dsinfra_jlab.services.error_ports import ErrorStore
    from dsinfra_jlab.services.ports import RecordStore

    port: ErrorStore = store
    whole_port: RecordStore = store
    assert port is whole_port


# Occurrences


async def test_an_error_is_read_back_whole(store: SqlStore) -> None:
    one = whole("a", 1)
    await write(store, SaveRun(failed("a", 0)), SaveError(one))
    assert (await store.occurrences(G, OccurrenceQuery())).items == [one]
    assert await store.run_errors(RunId("a")) == [one]
    found = await group(store)
    assert (found.title, found.ename, found.count) == ("KeyError: 'price'", "KeyError", 1)
    assert (found.category, found.nature, found.severity) == (
        one.category,
        one.nature,
        Severity.error,
    )
    assert (found.first_at, found.last_at) == (one.at, one.at)
    assert (found.last_error_id, found.last_run_id, found.last_cell_id) == (one.id, "a", CELL)
    assert (found.notebooks, found.notebook_count) == ([NOTEBOOK.path], 1)
    assert (found.state, found.state_reason, found.diagnosis) == (
        GroupState.new,
        "",
        "Use 'Price'.",
    )
    assert found.trend == [0] * (GROUP_TREND_BUCKETS - 2) + [1, 0]  # it is an hour later


async def test_an_error_written_again_replaces_itself(store: SqlStore) -> None:
    one = seen("a", 1)
    await write(store, SaveRun(failed("a", 0)), SaveError(one))
    better = dataclasses.replace(one, evalue="'cost'", diagnosis="Run cell 2 first.")
    for _ in range(3):
        await write(store, SaveError(better))
    assert (await store.occurrences(G, OccurrenceQuery())).items == [better]
    found = await group(store)
    assert (found.count, found.state, sum(found.trend)) == (1, GroupState.new, 1)
    assert (found.title, found.diagnosis) == ("KeyError: 'cost'", "Run cell 2 first.")
    assert await listed(store, q="cost") == ["g"]
    assert await listed(store, q="price") == []


async def test_an_error_that_changes_its_group_is_counted_in_that_one_only(
    store: SqlStore,
) -> None:
    await write(store, *fails("a", 1), *fails("b", 2))
    moved = seen("b", 2.5, group="h", category=Category.name, ename="NameError")
    await write(store, SaveError(moved))
    assert ((await group(store)).count, (await group(store, "h")).count) == (1, 1)
    assert (await group(store)).last_run_id == "a"
    trend = await store.error_trend(ErrorTrendQuery())
    assert {key: sum(line) for key, line in trend.categories.items()} == {
        Category.lookup: 1,
        Category.name: 1,
    }
    back = seen("b", 2.5)
    await write(store, SaveError(back))
    with pytest.raises(NotFound):
        await group(store, "h")
    assert (await group(store)).count == 2


async def test_an_error_before_the_last_record_of_its_run(store: SqlStore) -> None:
    running = failed("a", 0, status=RunStatus.running, ended_at=None)
    await write(store, SaveRun(running), SaveError(seen("a", 1)))
    await write(store, SaveRun(failed("a", 0)))
    assert (await store.run(RunId("a"))).error_ids == [seen("a", 1).id]
    assert (await group(store)).count == 1


async def test_an_error_of_no_run_is_given_up_and_counted(store: SqlStore) -> None:
    await write(store, SaveError(seen("nowhere", 1)))
    assert store.health().dropped == {"errors_of_unknown_run": 1}
    assert await listed(store) == []
    with pytest.raises(NotFound):
        await store.run_errors(RunId("nowhere"))


async def test_the_error_that_ended_a_run_comes_first(store: SqlStore) -> None:
    await write(
        store,
        SaveRun(failed("a", 0)),
        SaveError(seen("a", 1, kind=ErrorKind.warning, group="w")),
        SaveError(seen("a", 2, kind=ErrorKind.thread, group="t")),
        SaveError(seen("a", 3)),
        SaveRun(ok("b", 5)),
    )
    kinds = [one.kind for one in await store.run_errors(RunId("a"))]
    assert kinds == [ErrorKind.exception, ErrorKind.warning, ErrorKind.thread]
    assert await store.run_errors(RunId("b")) == []
    ids = [one.id for one in await store.run_errors(RunId("a"))]
    summaries = {one.id: one for one in (await store.runs(RunQuery())).items}
    assert (summaries[RunId("a")].error_ids, summaries[RunId("b")].error_ids) == (ids, [])
    assert (await store.run(RunId("a"))).error_ids == ids


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\U0001f600", "x" * 9_000])
async def test_hostile_text_is_stored_everywhere(store: SqlStore, text: str) -> None:
    one = seen("a", 1, evalue=text, ename=text, template=text, diagnosis=text, notes=[text])
    await write(store, SaveRun(failed("a", 0)), SaveError(one))
    assert store.health().dropped == {}
    assert (await group(store)).count == 1
    (found,) = (await store.occurrences(G, OccurrenceQuery())).items
    assert found.notes[0].encode("utf-8")
    patch = ErrorGroupPatch(note=text, runbook=text, assignee=text, state=GroupState.resolved)
    assert (await store.patch_error_group(G, patch, text)).state is GroupState.resolved
    for q in (text, text[:100]):
        await store.error_groups(ErrorQuery(q=q, notebook_path=q, cell_id=CellId(q)))


async def test_what_cannot_be_an_error_is_given_up_and_counted(store: SqlStore) -> None:
    trail = ResourceState(trail=[MemoryPoint(float("nan"), 1)])
    endless = seen("a", 1, resources=trail)
    await write(store, SaveRun(failed("a", 0)), SaveError(endless))
    assert store.health().dropped == {"unstorable_error": 1}
    assert await listed(store) == []


# Lists


async def test_groups_come_by_the_moment_they_were_seen_last(store: SqlStore) -> None:
    for number in range(7):
        await write(store, *fails(f"r{number}", number, group=f"g{number % 5}"))
    assert await listed(store) == ["g1", "g0", "g4", "g3", "g2"]
    found: list[str] = []
    cursor = None
    while True:
        page = await store.error_groups(ErrorQuery(limit=2, cursor=cursor))
        found += [one.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == ["g1", "g0", "g4", "g3", "g2"]
    with pytest.raises(BadInput):
        await store.error_groups(ErrorQuery(cursor="nonsense"))


async def test_occurrences_come_in_pages(store: SqlStore) -> None:
    for number in range(5):
        await write(store, *fails(f"r{number}", number))
    page = await store.occurrences(G, OccurrenceQuery(limit=3))
    assert [one.run_id for one in page.items] == ["r4", "r3", "r2"]
    page = await store.occurrences(G, OccurrenceQuery(limit=3, cursor=page.next_cursor))
    assert [one.run_id for one in page.items] == ["r1", "r0"]
    assert page.next_cursor is None
    with pytest.raises(NotFound):
        await store.occurrences(ErrorGroupId("no"), OccurrenceQuery())


async def test_filters(store: SqlStore) -> None:
    other = notebook("/w/eval.ipynb")
    await write(
        store,
        *fails("a", 1, group="a"),
        *fails("b", 2, group="b", severity=Severity.critical, category=Category.memory),
        *fails("c", 3, group="c", cell_id=CellId("cell-2"), document=other),
        *fails("d", 4, group="a", cell_id=CellId("cell-2")),
    )
    await store.patch_error_group(
        ErrorGroupId("b"), ErrorGroupPatch(state=GroupState.ignored), None
    )
    assert await listed(store, severity=Severity.critical) == ["b"]
    assert await listed(store, category=Category.lookup) == ["a", "c"]
    assert await listed(store, notebook_path="/w/eval.ipynb") == ["c"]
    assert await listed(store, notebook_path=NOTEBOOK.path) == ["a", "b"]
    assert await listed(store, notebook_path="/nowhere") == []
    assert await listed(store, cell_id=CellId("cell-2")) == ["a", "c"]
    found = {"cell_id": CellId("cell-2"), "notebook_path": NOTEBOOK.path}
    assert await listed(store, **found) == ["a"]
    assert await listed(store, is_open=True) == ["a", "c"]
    assert await listed(store, is_open=False) == ["b"]
    assert await listed(store, since=at(3)) == ["a", "c"]
    assert await listed(store, state=GroupState.new) == ["c", "b"][:1]
    assert await listed(store, state=GroupState.ongoing) == ["a"]
    assert await listed(store, state=GroupState.ignored) == ["b"]


async def test_words(store: SqlStore) -> None:
    other = notebook("/w/evaluation.ipynb")
    await write(
        store,
        *fails("a", 1, group="a", evalue="no column named price_eur"),
        *fails("b", 2, group="b", ename="ZeroDivisionError", document=other),
    )
    await store.patch_error_group(
        ErrorGroupId("b"), ErrorGroupPatch(note="Ask Grüß", runbook="restart the **pump**"), "ana"
    )
    searches = {
        "KeyError": ["a"],
        "price_eur": ["a"],
        "column named": ["a"],
        "column pump": [],
        "zerodiv": ["b"],
        "evaluation": ["b"],
        "grüß pump": ["b"],
        "train.ipynb": ["a"],
        "!!": [],
        "  ": ["b", "a"],
    }
    for q, found in searches.items():
        assert await listed(store, q=q) == found, q
    await write(store, MoveDocument("/w/evaluation.ipynb", "/w/final.ipynb"))
    assert await listed(store, q="evaluation") == []
    assert await listed(store, q="final") == ["b"]


# What goes, and what is left


async def test_the_trash_hides_errors_and_gives_them_back(store: SqlStore) -> None:
    await write(store, *fails("a", 1), *fails("b", 2, evalue="'other'"), *fails("c", 3, group="h"))
    before = [(await store.error_groups(ErrorQuery())).items, await _trend(store)]
    await store.delete_run(RunId("b"))
    await store.delete_run(RunId("c"))
    found = await group(store)
    assert (found.count, found.last_run_id, found.title) == (1, "a", "KeyError: 'price'")
    assert await listed(store) == ["g"]
    assert await listed(store, q="other") == []
    assert await _trend(store) == {Category.lookup: 1}
    with pytest.raises(NotFound):
        await store.run_errors(RunId("b"))
    with pytest.raises(NotFound):
        await group(store, "h")
    await write(store, SaveError(seen("b", 2.5, evalue="'other'")))
    assert (await group(store)).count == 1
    for name in ("b", "c"):
        await store.patch_run(RunId(name), RunPatch(is_deleted=False))
    assert [(await store.error_groups(ErrorQuery())).items, await _trend(store)] == before


async def _trend(store: SqlStore) -> dict[Category, int]:
    trend = await store.error_trend(ErrorTrendQuery())
    return {key: sum(line) for key, line in trend.categories.items()}


async def test_errors_go_with_their_runs(store: SqlStore, clock: HandClock) -> None:
    await write(store, *fails("a", 1), *fails("b", 2, group="h"), *fails("k", 3, group="kept"))
    await write(store, *fails("z", 40 * DAY))
    note = ErrorGroupPatch(note="call the plant")
    await store.patch_error_group(ErrorGroupId("kept"), note, None)
    clock.advance(40 * DAY)
    await store.erase_expired(clock.now(), Settings(runs_retention_days=30))
    found = await group(store)
    assert (found.count, found.first_at, found.last_run_id) == (1, at(1.5), "z")
    assert await listed(store) == ["g", "kept"]
    kept = await group(store, "kept")
    assert (kept.count, kept.note, kept.notebooks) == (0, "call the plant", [])
    assert (await store.occurrences(ErrorGroupId("kept"), OccurrenceQuery())).items == []
    assert await store.first_failure(G) == (None, None)
    history = await store.error_history(ErrorGroupId("kept"))
    assert (history.failed_run_id, history.notebooks) == (None, [])
    await write(store, *fails("y", 41 * DAY, group="kept"))
    assert (await group(store, "kept")).count == 1


# Telling


async def test_what_changed_is_told_after_the_commit(store: SqlStore) -> None:
    told: list[ErrorsChanged] = []

    def listen(event: Event) -> None:
        if isinstance(event, ErrorsChanged):
            told.append(event)

    store.listen(listen)
    await write(store, *fails("a", 1))
    assert told.pop() == ErrorsChanged(frozenset({G}), frozenset({RunId("a")}))
    await write(store, SaveError(seen("a", 1.5)))
    assert told.pop() == ErrorsChanged(frozenset({G}), frozenset())
    await write(store, SaveRun(ok("b", 2)))
    assert told.pop() == ErrorsChanged(frozenset({G}), frozenset())
    await store.patch_error_group(G, ErrorGroupPatch(note="x"), None)
    assert told.pop().group_ids == {G}
    await store.delete_run(RunId("a"))
    assert told.pop().group_ids == {G}
    await write(store, SaveRun(ok("c", 3)), SaveRun(record("d", 4)))
    assert told == []


async def test_a_moment_far_off_breaks_nothing(store: SqlStore) -> None:
    await write(store, *fails("a", 1), *fails("b", 1))
    ahead: ErrorRecord = seen("b", 1.5, number=7)
    await write(store, SaveError(dataclasses.replace(ahead, at=ahead.at + timedelta(days=400))))
    assert (await group(store)).count == 3
    assert len((await group(store)).trend) == GROUP_TREND_BUCKETS
    await store.error_trend(ErrorTrendQuery())
