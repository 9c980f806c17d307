"""How groups of errors stand after failures, successes and what users say, in every store."""

from __future__ import annotations

import dataclasses

import pytest

from dsinfra_jlab.domain.changes import (
    Change,
    SaveError,
    SaveRun,
)
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.errors.groups import (
    ErrorGroupPatch,
    ErrorTrendQuery,
    GroupState,
    IgnoreUntil,
    OccurrenceQuery,
)
from dsinfra_jlab.domain.errors.occurrences import ErrorKind, Severity, SeverityReason
from dsinfra_jlab.domain.exceptions import BadInput, NotFound
from dsinfra_jlab.domain.ids import CellId, ErrorGroupId
from dsinfra_jlab.domain.runs.records import RunStatus
from dsinfra_jlab.store import SqlStore
from tests.store.error_samples import failed, ok, seen
from tests.store.samples import at, notebook

from .failures import DAY, G, fails, group, listed, state, write


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


async def test_what_happens_again_after_it_was_resolved_weighs_more(store: SqlStore) -> None:
    async def severities() -> list[tuple[Severity, list[SeverityReason]]]:
        page = await store.occurrences(G, OccurrenceQuery())
        return [(each.severity, each.severity_reasons) for each in page.items]

    await write(store, *fails("a", 1), SaveRun(ok("b", 2)))
    assert await severities() == [(Severity.error, [])]
    for _ in range(2):  # the second time it is seen with more evidence
        await write(store, *fails("c", 3))
        assert (await group(store)).severity is Severity.critical
        newest, oldest = await severities()
        assert newest == (Severity.critical, [SeverityReason.regressed])
        assert oldest == (Severity.error, [])
    await store.patch_error_group(G, ErrorGroupPatch(severity=Severity.info), None)
    await write(store, *fails("d", 4))
    assert (await group(store)).severity is Severity.info
    assert (await severities())[0] == (Severity.info, [])


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
