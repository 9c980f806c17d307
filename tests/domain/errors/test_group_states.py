from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.errors import limits
from dsinfra_jlab.domain.errors.group_states import (
    CLOSED,
    Failure,
    Rate,
    Standing,
    Success,
    after_failure,
    after_patch,
    after_success,
    first_standing,
    rate_at,
    shown_state,
)
from dsinfra_jlab.domain.errors.groups import ErrorGroupPatch, GroupState, IgnoreUntil
from dsinfra_jlab.domain.exceptions import BadInput
from dsinfra_jlab.domain.ids import RunId

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
HOUR = int(NOON.timestamp() // 3_600)
LONG_AGO = NOON - timedelta(days=30)
STEEP = Rate(10.0, 0.1)


def failure(
    order: int = 5,
    *,
    is_news: bool = True,
    is_other_run: bool = True,
    is_ignored: bool = False,
    rate: Rate | None = None,
    minutes: int = 0,
) -> Failure:
    at = NOON + timedelta(minutes=minutes)
    return Failure(at, order, is_news, is_other_run, is_ignored, rate)


def success(order: int = 7) -> Success:
    return Success(RunId(f"run-{order}"), order, NOON)


def resolved(order: int = 7) -> Standing:
    return after_success(first_standing(False), success(order))


# How often


def test_a_rate_needs_a_day_of_history() -> None:
    hours = {HOUR: 100}
    assert rate_at(NOON, hours, NOON - timedelta(hours=23)) is None
    assert rate_at(NOON, hours, NOON - timedelta(hours=25)) is not None


def test_the_last_hour_reaches_into_the_hour_before() -> None:
    at = NOON + timedelta(minutes=15)
    rate = rate_at(at, {HOUR: 2, HOUR - 1: 8}, LONG_AGO)
    assert rate == Rate(2 + 0.75 * 8, 0.25 * 8 / 167)


def test_the_mean_is_over_the_life_of_a_young_group() -> None:
    rate = rate_at(NOON, {HOUR - 10: 48}, NOON - timedelta(hours=49))
    assert rate == Rate(0.0, 1.0)


def test_what_is_older_than_a_week_does_not_count() -> None:
    week = limits.ESCALATION_WEEK_HOURS
    rate = rate_at(NOON, {HOUR - week - 1: 1_000, HOUR - week: 167}, LONG_AGO)
    assert rate == Rate(0.0, 1.0)


@pytest.mark.parametrize(
    ("last_hour", "before", "is_escalating"),
    [(4.9, 0.0, False), (5.0, 0.0, True), (5.0, 1.6, True), (6.0, 2.0, False), (90.0, 30.0, False)],
)
def test_escalation_is_many_and_many_more(
    last_hour: float, before: float, is_escalating: bool
) -> None:
    assert Rate(last_hour, before).is_escalating is is_escalating


# By failures


def test_one_run_alone_keeps_a_group_new() -> None:
    first = first_standing(False)
    assert first.state is GroupState.new
    assert after_failure(first, failure(is_other_run=False)) == first
    assert after_failure(first, failure()).state is GroupState.ongoing


def test_a_failure_of_before_the_success_is_no_regression() -> None:
    assert after_failure(resolved(7), failure(8)).state is GroupState.regressed
    assert after_failure(resolved(7), failure(7)).state is GroupState.ongoing
    assert after_failure(resolved(7), failure(6)).state is GroupState.ongoing
    assert after_failure(resolved(7), failure(6, is_news=False)) == resolved(7)


def test_a_failure_of_before_the_users_word_changes_nothing() -> None:
    closed = after_patch(Standing(), ErrorGroupPatch(state=GroupState.resolved), None, NOON)
    assert after_failure(closed, failure(minutes=0)) == closed
    assert after_failure(closed, failure(minutes=1)).state is GroupState.regressed


@pytest.mark.parametrize("state", [GroupState.new, GroupState.ongoing, GroupState.regressed])
def test_every_open_group_can_escalate(state: GroupState) -> None:
    now = after_failure(Standing(state), failure(rate=STEEP, minutes=3))
    assert (now.state, now.escalated_at) == (GroupState.escalating, NOON + timedelta(minutes=3))
    assert "10 times in the last hour" in now.reason


def test_a_group_ignored_until_it_escalates() -> None:
    patch = ErrorGroupPatch(state=GroupState.ignored, ignore_until=IgnoreUntil.escalating)
    ignored = after_patch(Standing(), patch, None, NOON)
    assert after_failure(ignored, failure(rate=Rate(4, 0))) == ignored
    assert after_failure(ignored, failure(rate=STEEP)).state is GroupState.escalating


def test_a_group_ignored_for_ever_does_not_escalate() -> None:
    ignored = after_patch(Standing(), ErrorGroupPatch(state=GroupState.ignored), None, NOON)
    assert after_failure(ignored, failure(rate=STEEP)) == ignored


@given(st.integers(1, 50))
def test_a_group_ignored_for_a_number_of_times(count: int) -> None:
    patch = ErrorGroupPatch(
        state=GroupState.ignored, ignore_until=IgnoreUntil.number, ignore_count=count
    )
    standing = after_patch(Standing(), patch, None, NOON)
    for left in range(count - 1, 0, -1):
        standing = after_failure(standing, failure())
        assert (standing.state, standing.ignore_remaining) == (GroupState.ignored, left)
    standing = after_failure(standing, failure())
    assert (standing.state, standing.ignore_until) == (GroupState.ongoing, None)


# By successes and users


@given(st.sampled_from(GroupState))
def test_a_success_resolves_what_is_open(state: GroupState) -> None:
    before = Standing(state)
    after = after_success(before, success())
    if state in CLOSED:
        assert after == before
    else:
        assert (after.state, after.resolved_run_id) == (GroupState.resolved, "run-7")


@given(st.sampled_from(GroupState), st.sampled_from(GroupState))
def test_only_three_states_can_be_set(before: GroupState, wanted: GroupState) -> None:
    patch = ErrorGroupPatch(state=wanted)
    if wanted in (GroupState.resolved, GroupState.ignored, GroupState.ongoing):
        after = after_patch(Standing(before), patch, "ana", NOON)
        assert (after.state, after.is_users) == (wanted, True)
        assert "ana" in after.reason
    else:
        with pytest.raises(BadInput):
            after_patch(Standing(before), patch, "ana", NOON)


def test_a_patch_without_a_state_leaves_it() -> None:
    before = Standing(GroupState.regressed, "why")
    assert after_patch(before, ErrorGroupPatch(note="x"), "ana", NOON) == before


# By time


def test_two_states_pass() -> None:
    day = timedelta(days=1)
    second = timedelta(seconds=1)
    assert shown_state(GroupState.new, NOON - day, None, NOON) is GroupState.new
    assert shown_state(GroupState.new, NOON - day - second, None, NOON) is GroupState.ongoing
    steep = GroupState.escalating
    assert shown_state(steep, LONG_AGO, NOON - day, NOON) is steep
    assert shown_state(steep, LONG_AGO, NOON - day - second, NOON) is GroupState.ongoing
    for state in set(GroupState) - {GroupState.new, steep}:
        assert shown_state(state, LONG_AGO, None, NOON) is state


@given(
    st.lists(
        st.one_of(
            st.builds(
                failure,
                st.integers(0, 9),
                is_news=st.booleans(),
                is_other_run=st.booleans(),
                is_ignored=st.booleans(),
                rate=st.sampled_from([None, STEEP, Rate(1, 1)]),
                minutes=st.integers(-5, 5),
            ),
            st.builds(success, st.integers(0, 9)),
            st.sampled_from(
                [
                    ErrorGroupPatch(state=GroupState.resolved),
                    ErrorGroupPatch(state=GroupState.ongoing),
                    ErrorGroupPatch(state=GroupState.ignored),
                    ErrorGroupPatch(
                        state=GroupState.ignored,
                        ignore_until=IgnoreUntil.number,
                        ignore_count=2,
                    ),
                ]
            ),
        )
    )
)
def test_what_belongs_to_a_state_is_there_and_nothing_else(
    events: list[Failure | Success | ErrorGroupPatch],
) -> None:
    standing = first_standing(False)
    for event in events:
        if isinstance(event, Failure):
            standing = after_failure(standing, event)
        elif isinstance(event, Success):
            standing = after_success(standing, event)
        else:
            standing = after_patch(standing, event, None, NOON)
        is_resolved = standing.state is GroupState.resolved
        assert (standing.resolved_at is not None) == is_resolved
        assert (standing.ignore_until is not None) == (standing.state is GroupState.ignored)
        is_counted = standing.ignore_until is IgnoreUntil.number
        assert (standing.ignore_remaining is not None) == is_counted
        if standing.state is GroupState.escalating:
            assert standing.escalated_at is not None
        assert dataclasses.replace(standing) == standing
