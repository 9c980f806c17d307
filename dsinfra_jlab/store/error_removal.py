"""Errors of runs that go into the trash, come back, or are erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, literal_column, select, tuple_, update

from ..domain.errors.limits import ERROR_HOURS_KEPT_DAYS
from ..domain.ids import ErrorGroupId
from .error_counts import HOUR_S, ErrorCounts, Spot, bucket_start
from .error_groups import Draft, lock_groups, refresh, write_groups
from .error_models import error, error_bucket, error_group, error_text, error_trend
from .words import erase_words
from .written import Written

__all__ = ["erase_empty_groups", "erase_hours", "forget_errors", "show_errors"]

_COLUMNS = [column for column in error.c if column.name != "body"]


def show_errors(
    connection: Connection, run_seqs: Sequence[int], is_live: bool, written: Written
) -> None:
    """Count the errors of runs again that came out of the trash, or no more if they went in."""
    columns = error.c
    found = select(*_COLUMNS).where(columns.run_seq.in_(run_seqs), columns.is_live.is_(not is_live))
    rows = connection.execute(found).all()
    if not rows:
        return
    drafts = lock_groups(connection, seqs={row.group_seq for row in rows})
    counts = ErrorCounts()
    for row in rows:
        (counts.add if is_live else counts.take)(Spot.of(row._mapping))
        drafts[row.group_seq].values["count"] += 1 if is_live else -1
    seqs = [row.seq for row in rows]
    connection.execute(update(error).where(columns.seq.in_(seqs)).values(is_live=is_live))
    counts.write(connection)
    for draft in drafts.values():
        refresh(connection, draft)
    write_groups(connection, list(drafts.values()), written)


def forget_errors(connection: Connection, run_seqs: Sequence[int], written: Written) -> None:
    """Erase the errors of runs that are about to be erased."""
    columns = error.c
    rows = connection.execute(select(*_COLUMNS).where(columns.run_seq.in_(run_seqs))).all()
    if not rows:
        return
    drafts = lock_groups(connection, seqs={row.group_seq for row in rows})
    counts = ErrorCounts()
    for row in rows:
        if row.is_live:
            counts.take(Spot.of(row._mapping))
            drafts[row.group_seq].values["count"] -= 1
    connection.execute(delete(error).where(columns.seq.in_([row.seq for row in rows])))
    counts.write(connection)
    for draft in drafts.values():
        _after_loss(connection, draft, rows)
    write_groups(connection, list(drafts.values()), written)


def _after_loss(connection: Connection, draft: Draft, rows: Sequence[Row[Any]]) -> None:
    """Let a group show the newest occurrence that is left, and nothing of those erased."""
    if draft.values["count"] > 0:
        if draft.values["last_error_id"] in {row.id for row in rows}:
            refresh(connection, draft, is_first_kept=True)
        draft.has_stale_notebooks = True
        return
    draft.has_stale_notebooks = True
    last = select(error.c.seq).where(error.c.id == draft.values["last_error_id"])
    if connection.execute(last).first() is None:
        draft.forget_content()


def erase_empty_groups(connection: Connection, limit: int, written: Written) -> int:
    """Erase groups with no occurrence left, not even in the trash, that nobody wants to keep."""
    columns = error_group.c
    empty = select(columns.seq, columns.id).where(
        literal_column("error_group.count = 0"),
        columns.is_kept.is_(False),
        ~exists().where(error.c.group_seq == columns.seq),
    )
    rows = connection.execute(empty.limit(limit)).all()
    if rows:
        seqs = [row.seq for row in rows]
        erase_words(connection, seqs, error_text)
        connection.execute(delete(error_group).where(columns.seq.in_(seqs)))
        written.group_ids.update(ErrorGroupId(row.id) for row in rows)
    return len(rows)


def erase_hours(connection: Connection, now: datetime, limit: int) -> int:
    """Erase some of the counts by hour of long ago; those by day stay."""
    before_s = bucket_start(now - timedelta(days=ERROR_HOURS_KEPT_DAYS), HOUR_S)
    total = 0
    for table in (error_bucket, error_trend):
        keys = list(table.primary_key)
        old = select(*keys).where(table.c.bucket_s == HOUR_S, table.c.start_s < before_s)
        rows = connection.execute(old.limit(limit)).all()
        if rows:
            connection.execute(delete(table).where(tuple_(*keys).in_([tuple(r) for r in rows])))
        total += len(rows)
    return total
