"""What every store does with errors, whatever the database."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from dsinfra_jlab.domain.changes import (
    Change,
    MoveDocument,
    SaveError,
    SaveRun,
    SaveValues,
)
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.errors.groups import (
    ErrorExportQuery,
    ErrorGroup,
    ErrorGroupPatch,
    ErrorQuery,
    ErrorTrendQuery,
    GroupState,
    IgnoreUntil,
    OccurrenceQuery,
    TrendBucket,
)
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
from dsinfra_jlab.domain.ids import CellId, EnvironmentId, ErrorGroupId, RunId
from dsinfra_jlab.domain.limits import GROUP_TREND_BUCKETS
from dsinfra_jlab.domain.runs.records import RunPatch, RunQuery, RunStatus
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.store import SqlStore
from tests.store.error_samples import CELL, failed, ok, seen, whole
from tests.store.samples import NOTEBOOK, at, notebook, record

G = ErrorGroupId("g")
DAY = 86_400


async def write(store: SqlStore, *changes: Change) -> None:
    store.record(changes)
    await store.flush()


def fails(name: str, seconds: float, **changes: Any) -> list[Change]:
    """Return what is recorded of a run that fails."""
    names = [name for name in ("document", "status") if name in changes]
    of_run: dict[str, Any] = {name: changes.pop(name) for name in names}
    if "cell_id" in changes:
        of_run["cell_id"] = changes["cell_id"]
    return [
        SaveRun(failed(name, seconds, **of_run)),
        SaveError(seen(name, seconds + 0.5, **changes)),
    ]


async def group(store: SqlStore, group_id: str = "g") -> ErrorGroup:
    return await store.error_group(ErrorGroupId(group_id))


async def state(store: SqlStore, group_id: str = "g") -> GroupState:
    return (await group(store, group_id)).state


async def listed(store: SqlStore, **query: Any) -> list[str]:
    return [one.id for one in (await store.error_groups(ErrorQuery(**query))).items]


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


# States


async def test_a_group_is_new_for_a_day_or_until_another_run_has_it(
    store: SqlStore, clock: HandClock
) -> None:
    await write(store, *fails("a", 1), *fails("b", 2, group="h"))
    await write(store, SaveError(seen("a", 1.7, number=1)))
    assert await state(store) is GroupState.new
    await write(store, *fails("c", 3))
    assert await state(store) is GroupState.ongoing
    assert await state(store, "h") is GroupState.new
    clock.advance(DAY)
    assert await state(store, "h") is GroupState.ongoing
    assert await listed(store, state=GroupState.new) == []
    assert await listed(store, state=GroupState.ongoing) == ["g", "h"]
    assert (await store.error_trend(ErrorTrendQuery())).state_counts == {GroupState.ongoing: 2}


@pytest.mark.parametrize("together", [True, False])
async def test_a_success_of_the_cell_resolves_and_a_failure_after_it_is_a_regression(
    store: SqlStore, together: bool
) -> None:
    changes: list[list[Change]] = [fails("a", 1), [SaveRun(ok("b", 2))], fails("c", 3)]
    if together:
        await write(store, *[one for part in changes for one in part])
    else:
        await write(store, *changes[0])
        await write(store, *changes[1])
        found = await group(store)
        assert found.state is GroupState.resolved
        assert (found.resolved_run_id, found.resolved_at) == ("b", at(3))
        assert found.state_reason == "Resolved: the cell succeeded on 2026-03-01 12:00 UTC."
        await write(store, *changes[2])
    found = await group(store)
    assert (found.state, found.resolved_run_id) == (GroupState.regressed, None)
    assert found.state_reason == (
        "It happened again after it was resolved on 2026-03-01 12:00 UTC."
    )
    await write(store, SaveRun(ok("d", 4)))
    assert await state(store) is GroupState.resolved


async def test_only_a_success_of_the_same_cell_of_the_same_notebook_counts(
    store: SqlStore,
) -> None:
    await write(store, *fails("a", 1))
    await write(store, SaveRun(ok("b", 2, cell_id=CellId("cell-2"))))
    await write(store, SaveRun(ok("c", 3, document=notebook("/w/copy.ipynb"))))
    await write(store, SaveRun(ok("d", 0.5)))  # asked for before it failed
    await write(store, SaveRun(failed("e", 4, status=RunStatus.interrupted)))
    assert await state(store) is GroupState.new
    await write(store, SaveRun(ok("f", 5, experiment="Big")))
    assert await state(store) is GroupState.resolved


async def test_every_cell_has_to_succeed(store: SqlStore) -> None:
    other = CellId("cell-2")
    await write(store, *fails("a", 1), *fails("b", 2, cell_id=other))
    await write(store, SaveRun(ok("c", 3)))
    assert await state(store) is GroupState.ongoing
    await write(store, SaveRun(ok("d", 4, cell_id=other)))
    assert (await group(store)).resolved_run_id == "d"
    # Seen again in one of them, that one has to succeed, the other already has.
    await write(store, *fails("e", 5, cell_id=other))
    assert await state(store) is GroupState.regressed
    await write(store, SaveRun(ok("f", 6, cell_id=other)))
    assert (await group(store)).resolved_run_id == "f"


@pytest.mark.parametrize("order", ["before", "with", "after"])
async def test_a_warning_is_not_resolved_by_the_run_that_warned(
    store: SqlStore, order: str
) -> None:
    async def warns(name: str, seconds: float) -> None:
        end: list[Change] = [SaveRun(ok(name, seconds))]
        warning: list[Change] = [
            SaveError(seen(name, seconds + 0.5, kind=ErrorKind.warning, severity=Severity.warning))
        ]
        start = SaveRun(ok(name, seconds, status=RunStatus.running, ended_at=None))
        if order == "with":
            await write(store, *end, *warning)
        elif order == "before":
            await write(store, start, *warning)
            await write(store, *end)
        else:
            await write(store, *end)
            await write(store, *warning)

    await warns("a", 1)
    assert await state(store) is GroupState.new
    await warns("b", 2)
    assert await state(store) is GroupState.ongoing
    await write(store, SaveRun(ok("c", 3)))
    assert (await group(store)).resolved_run_id == "c"


async def test_an_error_that_comes_after_the_success_that_resolves_it(store: SqlStore) -> None:
    await write(store, SaveRun(failed("a", 1)), SaveRun(ok("b", 2)))
    await write(store, SaveError(seen("a", 1.5)))
    found = await group(store)
    assert (found.state, found.resolved_run_id) == (GroupState.resolved, "b")
    # So does an older one of a group that a later run resolved.
    await write(store, SaveRun(failed("c", 0.5)), SaveError(seen("c", 0.6)))
    found = await group(store)
    assert (found.state, found.count) == (GroupState.resolved, 2)


async def test_an_error_in_no_cell_is_resolved_by_no_success(store: SqlStore) -> None:
    await write(store, *fails("a", 1, cell_id=None))
    await write(store, SaveRun(ok("b", 2, cell_id=None)))
    assert await state(store) is GroupState.new


async def test_a_user_resolves_and_opens_again(store: SqlStore, clock: HandClock) -> None:
    await write(store, *fails("a", 1))
    clock.advance(60)
    found = await store.patch_error_group(G, ErrorGroupPatch(state=GroupState.resolved), "ana")
    assert (found.state, found.state_reason) == (
        GroupState.resolved,
        "Resolved by ana on 2026-03-01 13:01 UTC.",
    )
    assert (found.resolved_at, found.resolved_run_id) == (clock.now(), None)
    await write(store, *fails("late", 1.5))
    assert await state(store) is GroupState.resolved
    await write(store, *fails("b", 4_000))
    assert await state(store) is GroupState.regressed
    await store.patch_error_group(G, ErrorGroupPatch(state=GroupState.resolved), None)
    found = await store.patch_error_group(G, ErrorGroupPatch(state=GroupState.ongoing), "ana")
    assert (found.state, found.state_reason) == (GroupState.ongoing, "Opened again by ana.")
    assert (found.resolved_at, found.ignore_until) == (None, None)
    await write(store, SaveRun(ok("c", 5_000)))
    assert await state(store) is GroupState.resolved


async def test_a_group_opened_again_waits_for_a_success_from_then_on(
    store: SqlStore, clock: HandClock
) -> None:
    await write(store, *fails("a", 1), SaveRun(ok("b", 2)))
    await store.patch_error_group(G, ErrorGroupPatch(state=GroupState.ongoing), None)
    await write(store, SaveRun(ok("b", 2)), SaveRun(ok("c", 3)))
    assert await state(store) is GroupState.ongoing
    await write(store, SaveRun(ok("d", 3_601)))
    assert await state(store) is GroupState.resolved


async def test_a_group_is_ignored_for_ever_or_for_a_number_of_times(store: SqlStore) -> None:
    await write(store, *fails("a", 1))
    found = await store.patch_error_group(G, ErrorGroupPatch(state=GroupState.ignored), "ana")
    assert (found.state_reason, found.ignore_until) == ("Ignored by ana.", IgnoreUntil.forever)
    await write(store, *fails("b", 2), SaveRun(ok("c", 3)), *fails("d", 4))
    assert await state(store) is GroupState.ignored
    patch = ErrorGroupPatch(
        state=GroupState.ignored, ignore_until=IgnoreUntil.number, ignore_count=2
    )
    found = await store.patch_error_group(G, patch, None)
    assert (found.state_reason, found.ignore_remaining) == ("Ignored for 2 more occurrences.", 2)
    await write(store, *fails("e", 5))
    found = await group(store)
    assert (found.state, found.ignore_remaining) == (GroupState.ignored, 1)
    await write(store, *fails("f", 6))
    found = await group(store)
    assert (found.state, found.ignore_until, found.ignore_remaining) == (
        GroupState.ongoing,
        None,
        None,
    )


async def test_escalation(store: SqlStore, clock: HandClock) -> None:
    patch = ErrorGroupPatch(state=GroupState.ignored, ignore_until=IgnoreUntil.escalating)
    for day in range(3):
        await write(store, *fails(f"d{day}", day * DAY), *fails(f"i{day}", day * DAY, group="i"))
    await store.patch_error_group(ErrorGroupId("i"), patch, None)
    begin = 3 * DAY
    for number in range(4):
        await write(store, *fails(f"r{number}", begin + number))
        await write(store, *fails(f"s{number}", begin + number, group="i"))
    assert (await state(store), await state(store, "i")) == (
        GroupState.ongoing,
        GroupState.ignored,
    )
    await write(store, *fails("r4", begin + 4), *fails("s4", begin + 4, group="i"))
    clock.advance(begin - 3_600 + 10)
    found = await group(store)
    assert found.state is GroupState.escalating
    assert found.state_reason == (
        "About 5 times in the last hour, 0.0 times an hour in the week before."
    )
    assert await state(store, "i") is GroupState.escalating
    assert await listed(store, state=GroupState.escalating) == ["i", "g"]
    clock.advance(2 * DAY)
    found = await group(store)
    assert (found.state, found.state_reason) == (GroupState.ongoing, "")
    assert await listed(store, state=GroupState.ongoing) == ["i", "g"]


async def test_trying_again_on_the_first_day_is_no_escalation(store: SqlStore) -> None:
    for number in range(20):
        await write(store, *fails(f"r{number}", number))
    assert await state(store) is GroupState.ongoing


async def test_a_rule_ignores_groups(store: SqlStore) -> None:
    def by_rule(name: str, seconds: float) -> list[Change]:
        run, error = fails(name, seconds)
        assert isinstance(error, SaveError)
        return [run, dataclasses.replace(error, is_ignored=True)]

    await write(store, *by_rule("a", 1))
    found = await group(store)
    assert (found.state, found.state_reason) == (
        GroupState.ignored,
        "Ignored by a rule in the settings.",
    )
    await write(store, *by_rule("b", 2))
    assert await state(store) is GroupState.ignored
    await write(store, *fails("c", 3))  # the rule is gone
    assert await state(store) is GroupState.ongoing
    await write(store, *by_rule("d", 4))
    assert await state(store) is GroupState.ignored
    await store.patch_error_group(G, ErrorGroupPatch(state=GroupState.ongoing), None)
    await write(store, *by_rule("e", 5))  # the user's own word outranks it
    assert await state(store) is GroupState.ongoing


@pytest.mark.parametrize(
    "patch",
    [
        ErrorGroupPatch(state=GroupState.new),
        ErrorGroupPatch(state=GroupState.regressed),
        ErrorGroupPatch(state=GroupState.escalating),
        ErrorGroupPatch(ignore_count=3),
        ErrorGroupPatch(state=GroupState.resolved, ignore_until=IgnoreUntil.forever),
        ErrorGroupPatch(state=GroupState.ignored, ignore_until=IgnoreUntil.number),
        ErrorGroupPatch(state=GroupState.ignored, ignore_count=3),
    ],
)
async def test_what_nobody_can_set(store: SqlStore, patch: ErrorGroupPatch) -> None:
    await write(store, *fails("a", 1))
    with pytest.raises(BadInput):
        await store.patch_error_group(G, patch, None)
    with pytest.raises(NotFound):
        await store.patch_error_group(ErrorGroupId("no"), ErrorGroupPatch(note="x"), None)


async def test_a_users_severity_outranks_what_is_found(store: SqlStore) -> None:
    await write(store, *fails("a", 1))
    await store.patch_error_group(G, ErrorGroupPatch(severity=Severity.info), None)
    await write(store, *fails("b", 2, severity=Severity.critical))
    assert (await group(store)).severity is Severity.info
    page = await store.occurrences(G, OccurrenceQuery())
    assert [one.severity for one in page.items] == [Severity.info, Severity.error]


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


# Trends, history, export


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
