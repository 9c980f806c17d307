"""How a group of errors stands, and what makes it stand otherwise.

=============  ==========================================================================
new            seen first less than a day ago, and by one run only
ongoing        seen by another run too, older than a day, or opened again by a user
escalating     the last hour has ``ESCALATION_LEAST`` occurrences and more than
               ``ESCALATION_FACTOR`` times the hourly mean of the week before; for a day
resolved       by a user, or because every cell it was seen in has succeeded since
regressed      seen again after it was resolved
ignored        by a user or a rule, for ever, for a number of occurrences, or until it
               escalates
=============  ==========================================================================

Runs have an order, that in which they were asked for. What is late does not count as news:
a failure of a run from before the success that resolved a group is no regression.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..exceptions import BadInput
from ..ids import RunId
from . import limits
from .groups import ErrorGroupPatch, GroupState, IgnoreUntil

__all__ = [
    "CLOSED",
    "Failure",
    "Rate",
    "Standing",
    "Success",
    "after_failure",
    "after_patch",
    "after_success",
    "first_standing",
    "rate_at",
    "shown_state",
]

CLOSED = (GroupState.resolved, GroupState.ignored)
"""States of groups that ask for nobody's attention."""

_BY_RULE = "Ignored by a rule in the settings."
_SETTABLE = (GroupState.resolved, GroupState.ignored, GroupState.ongoing)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a group stands, and what has to be known to go on from there."""

    state: GroupState = GroupState.new
    reason: str = ""
    is_users: bool = False
    """Whether a user decided it."""
    escalated_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_run_id: RunId | None = None
    resolved_order: int | None = None
    """The place of that run in the order of runs."""
    ignore_until: IgnoreUntil | None = None
    ignore_remaining: int | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened."""

    last_hour: float
    before: float
    """An hour, in the mean of the week before it."""

    @property
    def is_escalating(self) -> bool:
        """Whether that is much more often than before."""
        enough = self.last_hour >= limits.ESCALATION_LEAST
        return enough and self.last_hour > limits.ESCALATION_FACTOR * self.before


@dataclass(frozen=True, slots=True)
class Failure:
    """An occurrence that was not known before."""

    at: datetime
    order: int
    """The place of its run in the order of runs."""
    is_news: bool
    """Whether it is the newest failure of its cell: an older one that comes late opens nothing."""
    is_other_run: bool
    """Whether the occurrence before it was of another run."""
    is_ignored: bool = False
    """Whether a rule of the user's ignores it."""
    rate: Rate | None = None
    """``None`` for a group too young to escalate."""


@dataclass(frozen=True, slots=True)
class Success:
    """A run that succeeded, after which no cell of the group is left failing."""

    run_id: RunId
    order: int
    at: datetime


def rate_at(at: datetime, hours: Mapping[int, int], first_at: datetime) -> Rate | None:
    """Return how often a group happens at a moment, ``None`` while it is younger than a day.

    Parameters
    ----------
    hours
        Occurrences by full hour, as hours since 1970. Of the hour before the current one so
        much counts as lies within the last 60 minutes, as if they were spread evenly.
    """
    age = at - first_at
    if age < timedelta(seconds=limits.GROUP_NEW_S):
        return None
    seconds = at.timestamp()
    current = int(seconds // 3_600)
    share = 1.0 - (seconds % 3_600) / 3_600
    last = hours.get(current, 0) + share * hours.get(current - 1, 0)
    week = range(current - limits.ESCALATION_WEEK_HOURS, current - 1)
    earlier = sum(count for hour, count in hours.items() if hour in week)
    earlier_share = (1.0 - share) * hours.get(current - 1, 0)
    length = min(len(week), max(1.0, age.total_seconds() / 3_600 - 1))
    return Rate(last, (earlier + earlier_share) / length)


def first_standing(is_ignored: bool) -> Standing:
    """Return how a group stands that was just seen for the first time."""
    return _ignored_by_rule(Standing()) if is_ignored else Standing()


def after_failure(was: Standing, seen: Failure) -> Standing:
    """Return how a group stands after one more occurrence."""
    if was.state is GroupState.ignored:
        now = _after_ignored(was, seen)
    elif seen.is_ignored and not was.is_users:
        now = _ignored_by_rule(was)
    elif was.state is GroupState.resolved:
        now = _after_resolved(was, seen)
    elif was.state is GroupState.new and seen.is_other_run:
        now = replace(was, state=GroupState.ongoing)
    else:
        now = was
    if now.state not in CLOSED and seen.rate is not None and seen.rate.is_escalating:
        now = _escalating(now, seen, seen.rate)
    return now


def _ignored_by_rule(was: Standing) -> Standing:
    return Standing(
        GroupState.ignored,
        _BY_RULE,
        escalated_at=was.escalated_at,
        ignore_until=IgnoreUntil.forever,
    )


def _opened(was: Standing, state: GroupState, reason: str = "") -> Standing:
    return Standing(state, reason, escalated_at=was.escalated_at)


def _after_ignored(was: Standing, seen: Failure) -> Standing:
    if not was.is_users:
        return was if seen.is_ignored else _opened(was, GroupState.ongoing)
    if was.ignore_until is IgnoreUntil.number:
        remaining = (was.ignore_remaining or 1) - 1
        if remaining > 0:
            return replace(was, ignore_remaining=remaining)
        reason = "It was ignored for a number of times, which are over."
        return _opened(was, GroupState.ongoing, reason)
    if was.ignore_until is IgnoreUntil.escalating and seen.rate and seen.rate.is_escalating:
        return _opened(was, GroupState.ongoing)
    return was


def _after_resolved(was: Standing, seen: Failure) -> Standing:
    """Return how a group that was resolved stands after it was seen again."""
    if was.resolved_order is None:
        is_later = was.resolved_at is None or seen.at > was.resolved_at
        return _regressed(was) if is_later else was
    if seen.order > was.resolved_order:
        return _regressed(was)
    # Of the very run that succeeded, such as a warning, or of an older one in another cell.
    return _opened(was, GroupState.ongoing) if seen.is_news else was


def _regressed(was: Standing) -> Standing:
    since = "" if was.resolved_at is None else f" on {_moment(was.resolved_at)}"
    return _opened(was, GroupState.regressed, f"It happened again after it was resolved{since}.")


def _escalating(was: Standing, seen: Failure, rate: Rate) -> Standing:
    reason = (
        f"About {rate.last_hour:.0f} times in the last hour, {rate.before:.1f} times an hour "
        "in the week before."
    )
    return replace(was, state=GroupState.escalating, reason=reason, escalated_at=seen.at)


def after_success(was: Standing, success: Success) -> Standing:
    """Return how a group stands when each cell it was seen in has succeeded since."""
    if was.state in CLOSED:
        return was
    return Standing(
        GroupState.resolved,
        f"Resolved: the cell succeeded on {_moment(success.at)}.",
        escalated_at=was.escalated_at,
        resolved_at=success.at,
        resolved_run_id=success.run_id,
        resolved_order=success.order,
    )


def after_patch(was: Standing, patch: ErrorGroupPatch, user: str | None, now: datetime) -> Standing:
    """Return how a group stands after a user decided.

    Raises
    ------
    BadInput
        It is a state that only comes by itself, or what is said of ignoring does not fit.
    """
    _check(patch)
    by = f" by {user}" if user else ""
    if patch.state is None:
        return was
    if patch.state is GroupState.resolved:
        reason = f"Resolved{by} on {_moment(now)}."
        return Standing(
            GroupState.resolved, reason, True, escalated_at=was.escalated_at, resolved_at=now
        )
    if patch.state is GroupState.ongoing:
        return Standing(GroupState.ongoing, f"Opened again{by}.", True)
    until = patch.ignore_until or IgnoreUntil.forever
    return Standing(
        GroupState.ignored,
        f"Ignored{by}{_UNTIL[until].format(patch.ignore_count)}.",
        True,
        escalated_at=was.escalated_at,
        ignore_until=until,
        ignore_remaining=patch.ignore_count,
    )


_UNTIL = {
    IgnoreUntil.forever: "",
    IgnoreUntil.number: " for {:,} more occurrences",
    IgnoreUntil.escalating: " until it escalates",
}


def _check(patch: ErrorGroupPatch) -> None:
    if patch.state is not None and patch.state not in _SETTABLE:
        known = ", ".join(state.value for state in _SETTABLE)
        raise BadInput(
            f"A group becomes {patch.state.value} by itself; what can be set is {known}."
        )
    speaks_of_ignoring = patch.ignore_until is not None or patch.ignore_count is not None
    if speaks_of_ignoring and patch.state is not GroupState.ignored:
        raise BadInput("ignore_until and ignore_count go with the state ignored.")
    if (patch.ignore_until is IgnoreUntil.number) != (patch.ignore_count is not None):
        raise BadInput("ignore_count goes with ignore_until: count, and that needs it.")


def shown_state(
    state: GroupState, first_at: datetime, escalated_at: datetime | None, now: datetime
) -> GroupState:
    """Return a state as it is now: two of them pass with time."""
    if state is GroupState.new and first_at < now - timedelta(seconds=limits.GROUP_NEW_S):
        return GroupState.ongoing
    if state is GroupState.escalating and (
        escalated_at is None or escalated_at < now - timedelta(seconds=limits.ESCALATION_LASTS_S)
    ):
        return GroupState.ongoing
    return state


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
