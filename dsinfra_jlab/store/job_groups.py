"""Groups of jobs: found by walking an index from group to group, counted in one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    case,
    exists,
    false,
    func,
    select,
    tuple_,
)

from ..domain.compute.job_groups import (
    ITEM_ORDER,
    GroupItemsQuery,
    JobCounts,
    JobGroupId,
    JobGroupQuery,
    JobGroupRecord,
    JobGroupState,
)
from ..domain.compute.jobs import JobRecord
from ..domain.exceptions import NotFound
from ..domain.runs.records import Page
from .base import from_microseconds
from .cursors import Place, checked_limit, decode_cursor, encode_cursor
from .job_models import job
from .jobs import record_of

__all__ = ["group_of", "groups_page", "items_page"]

_ORDER = "-submitted_at"
_ITEM_ORDER = "attention"


def groups_page(connection: Connection, query: JobGroupQuery) -> Page[JobGroupRecord]:
    """Return groups, newest first; raises ``BadInput``."""
    limit = checked_limit(query.limit)
    found = _begun()
    statement = select(found.c.id, found.c.first_seq)
    if query.state is not None:
        item = job.alias("item")
        is_open = exists().where(item.c.group_id == found.c.id, item.c.ended_at.is_(None))
        statement = statement.where(is_open if query.state is JobGroupState.open else ~is_open)
    if query.cursor:
        statement = statement.where(found.c.first_seq < decode_cursor(query.cursor, _ORDER).seq)
    rows = connection.execute(statement.order_by(found.c.first_seq.desc()).limit(limit + 1)).all()
    items = _records(connection, rows[:limit])
    last = Place(_ORDER, 0, None, rows[limit - 1].first_seq) if len(rows) > limit else None
    return Page(items, encode_cursor(last) if last is not None else None)


def group_of(connection: Connection, group_id: JobGroupId) -> JobGroupRecord:
    """Return one group; raises ``NotFound``."""
    first = select(func.min(job.c.seq)).where(job.c.group_id == group_id).scalar_subquery()
    row = connection.execute(
        select(job.c.group_id.label("id"), job.c.seq.label("first_seq")).where(job.c.seq == first)
    ).first()
    if row is None:
        raise NotFound(f"There is no group {group_id[:100]!r}; it may have been forgotten.")
    return _records(connection, [row])[0]


def items_page(
    connection: Connection, group_id: JobGroupId, query: GroupItemsQuery
) -> Page[JobRecord]:
    """Return items of a group that were not sent again, as ``ITEM_ORDER`` has them."""
    limit = checked_limit(query.limit)
    # Numbers, which the index has, are sorted; bodies are read for those of the page only.
    rank = _rank()
    chosen = select(rank.label("rank"), job.c.seq.label("seq")).where(
        job.c.group_id == group_id, job.c.is_retried == false()
    )
    if query.cursor:
        place = decode_cursor(query.cursor, _ITEM_ORDER)
        chosen = chosen.where(tuple_(rank, job.c.seq) > (place.phase, place.seq))
    places = connection.execute(chosen.order_by(rank, job.c.seq).limit(limit + 1)).all()
    seqs = [place.seq for place in places[:limit]]
    rows = {
        row.seq: record_of(row)
        for row in connection.execute(select(job).where(job.c.seq.in_(seqs)))
    }
    items = [rows[seq] for seq in seqs if seq in rows]
    if len(places) <= limit:
        return Page(items, None)
    last = places[limit - 1]
    return Page(items, encode_cursor(Place(_ITEM_ORDER, last.rank, None, last.seq)))


def _rank() -> ColumnElement[int]:
    order = {state: rank for rank, state in enumerate(ITEM_ORDER)}
    return case(*((job.c.state == state, rank) for state, rank in order.items()), else_=0)


def _begun() -> Any:
    """Return every group with the number of its first item.

    From one group to the next by the index, and not through their items: there may be ten thousand
    of these in each.
    """
    first = select(func.min(job.c.group_id).label("id"))
    walk = first.cte("walk", recursive=True)
    after = job.alias("after")
    following = select(func.min(after.c.group_id)).where(after.c.group_id > walk.c.id)
    walk = walk.union_all(select(following.scalar_subquery()).where(walk.c.id.is_not(None)))
    item = job.alias("head")
    begin = select(func.min(item.c.seq)).where(item.c.group_id == walk.c.id).scalar_subquery()
    return select(walk.c.id, begin.label("first_seq")).where(walk.c.id.is_not(None)).subquery()


def _records(connection: Connection, rows: Sequence[Any]) -> list[JobGroupRecord]:
    if not rows:
        return []
    counted: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_counts([row.id for row in rows])):
        counted[row.group_id].append(row)
    heads = select(job).where(job.c.seq.in_([row.first_seq for row in rows]))
    firsts = {row.group_id: record_of(row) for row in connection.execute(heads)}
    return [_record(row.id, firsts[row.id], counted[row.id]) for row in rows]


def _counts(ids: Sequence[str]) -> Select[Any]:
    """Ask for what groups are told of, one row for each state of each."""
    return (
        select(
            job.c.group_id,
            job.c.state,
            func.count().label("items"),
            func.min(job.c.started_us).label("first_start"),
            func.count(job.c.started_us).label("starts"),
            # No sum: of five thousand such numbers it has more than 64 bits.
            func.avg(job.c.started_us).label("mean_start"),
            func.sum(job.c.worked_us).label("worked"),
            func.max(job.c.ended_at).label("last_end"),
        )
        .where(job.c.group_id.in_(ids), job.c.is_retried == false())
        .group_by(job.c.group_id, job.c.state)
    )


def _record(group_id: str, first: JobRecord, rows: Sequence[Any]) -> JobGroupRecord:
    starts = [row.first_start for row in rows if row.first_start is not None]
    ends = [row.last_end for row in rows if row.last_end is not None]
    begun = [row for row in rows if not row.state.is_final and row.starts]
    running = sum(row.starts for row in begun)
    mean_us = sum(int(row.mean_start) * row.starts for row in begun) // running if running else None
    return JobGroupRecord(
        id=JobGroupId(group_id),
        first=first,
        counts=JobCounts.of({row.state: row.items for row in rows}),
        started_at=from_microseconds(int(min(starts))) if starts else None,
        ended_at=max(ends) if ends else None,
        worked=timedelta(microseconds=sum(int(row.worked or 0) for row in rows)),
        running=running,
        mean_start=from_microseconds(mean_us) if mean_us is not None else None,
    )
