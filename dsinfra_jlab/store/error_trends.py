"""How often errors occurred, by time and category: sums of what was counted with each write."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from sqlalchemy import Connection, func, select

from ..domain.errors.group_states import shown_state
from ..domain.errors.groups import ErrorTrend, ErrorTrendQuery, GroupState, TrendBucket
from ..domain.errors.limits import ERROR_TREND_BUCKETS_MAX
from ..domain.errors.occurrences import Category
from .error_counts import DAY_S, HOUR_S, bucket_start
from .error_models import error_group, error_trend

__all__ = ["trend_of"]

_BUCKETS = {TrendBucket.hour: (HOUR_S, 24), TrendBucket.day: (DAY_S, 30)}
"""Seconds of a bucket, and how many are told by default."""


def trend_of(connection: Connection, query: ErrorTrendQuery, now: datetime) -> ErrorTrend:
    """Return occurrences by bucket until now, and the groups of each state."""
    bucket_s, count = _BUCKETS[query.bucket]
    last_s = bucket_start(now, bucket_s)
    if query.since is not None:
        since_s = bucket_start(_aware(query.since), bucket_s)
        count = (last_s - since_s) // bucket_s + 1
    count = max(1, min(count, ERROR_TREND_BUCKETS_MAX))
    first_s = last_s - (count - 1) * bucket_s
    return ErrorTrend(
        bucket_s=float(bucket_s),
        starts=[
            datetime.fromtimestamp(first_s + place * bucket_s, timezone.utc)
            for place in range(count)
        ],
        categories=_categories(connection, bucket_s, first_s, count),
        new_groups=_new_groups(connection, bucket_s, first_s, count),
        state_counts=_state_counts(connection, now),
    )


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)


def _categories(
    connection: Connection, bucket_s: int, first_s: int, count: int
) -> dict[Category, list[int]]:
    columns = error_trend.c
    statement = select(columns.start_s, columns.category, columns["count"]).where(
        columns.bucket_s == bucket_s,
        columns.start_s.between(first_s, first_s + (count - 1) * bucket_s),
    )
    found: dict[Category, list[int]] = {}
    for start_s, category, occurrences in connection.execute(statement):
        line = found.setdefault(category, [0] * count)
        line[(start_s - first_s) // bucket_s] = occurrences
    return {category: found[category] for category in Category if category in found}


def _new_groups(connection: Connection, bucket_s: int, first_s: int, count: int) -> list[int]:
    columns = error_group.c
    begin = datetime.fromtimestamp(first_s, timezone.utc)
    end = begin + timedelta(seconds=count * bucket_s)
    statement = select(columns.first_at).where(
        columns.is_shown, columns.first_at >= begin, columns.first_at < end
    )
    line = [0] * count
    for first_at in connection.execute(statement).scalars():
        line[(bucket_start(first_at, bucket_s) - first_s) // bucket_s] += 1
    return line


def _state_counts(connection: Connection, now: datetime) -> dict[GroupState, int]:
    """Return how many groups are in each state now; two states pass with time."""
    columns = error_group.c
    found = dict.fromkeys(GroupState, 0)
    passing = (GroupState.new, GroupState.escalating)
    lasting = (
        select(columns.state, func.count())
        .where(columns.is_shown, columns.state.in_(set(GroupState) - set(passing)))
        .group_by(columns.state)
    )
    for state, count in connection.execute(lasting):
        found[state] += count
    statement = select(columns.state, columns.first_at, columns.escalated_at).where(
        columns.is_shown, columns.state.in_(passing)
    )
    for row in connection.execute(statement):
        found[shown_state(row.state, row.first_at, row.escalated_at, now)] += 1
    return {state: count for state, count in found.items() if count}
