"""The trash: runs go there with everything below them, and come back the same way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from .counts import Counts
from .error_removal import show_errors
from .models import run
from .written import Written

__all__ = ["bring_back", "put_away", "row_of", "wake_ancestors"]

_COLUMNS = [
    run.c[name]
    for name in [
        "seq",
        "id",
        "kind",
        "status",
        "experiment_seq",
        "parent_id",
        "deleted_at",
        "trash_id",
        "queued_at",
    ]
]
_CHUNK = 500
"""Ids in one statement: SQLite takes 32,766 parameters, and plans stay short."""


def put_away(
    connection: Connection, root: Row[Any], now: datetime, written: Written
) -> list[Row[Any]]:
    """Put a run and what is below it into the trash; return what was not there before."""
    rows = [row for row in _tree(connection, root) if row.deleted_at is None]
    counts = Counts()
    for row in rows:
        counts.take(row)
    _set(connection, rows, deleted_at=now, trash_id=root.id)
    counts.write(connection)
    _show_errors(connection, rows, False, written)
    return rows


def bring_back(connection: Connection, root: Row[Any], written: Written) -> list[Row[Any]]:
    """Take a run, and what was deleted with it, out of the trash; return what came back."""
    rows = [row for row in _tree(connection, root) if row.trash_id == root.trash_id]
    counts = Counts()
    for row in rows:
        counts.add(row, row.queued_at)
    _set(connection, rows, deleted_at=None, trash_id=None)
    counts.write(connection)
    _show_errors(connection, rows, True, written)
    if root.parent_id is not None:
        wake_ancestors(connection, {root.parent_id}, written)
    return rows


def wake_ancestors(connection: Connection, ids: Iterable[str], written: Written) -> None:
    """Take these runs and all above them out of the trash, each alone.

    A kernel goes on after its session was deleted. What it runs then is not in the trash,
    and must be found under its session.
    """
    waiting = set(ids)
    while waiting:
        found = select(*_COLUMNS).where(run.c.id.in_(waiting), run.c.deleted_at.is_not(None))
        rows = connection.execute(found).all()
        counts = Counts()
        for row in rows:
            counts.add(row, row.queued_at)
        _set(connection, rows, deleted_at=None, trash_id=None)
        counts.write(connection)
        _show_errors(connection, rows, True, written)
        waiting = {row.parent_id for row in rows if row.parent_id is not None}


def _set(connection: Connection, rows: Sequence[Row[Any]], **values: Any) -> None:
    for start in range(0, len(rows), _CHUNK):
        seqs = [row.seq for row in rows[start : start + _CHUNK]]
        connection.execute(update(run).where(run.c.seq.in_(seqs)).values(**values))


def _show_errors(
    connection: Connection, rows: Sequence[Row[Any]], is_live: bool, written: Written
) -> None:
    for start in range(0, len(rows), _CHUNK):
        seqs = [row.seq for row in rows[start : start + _CHUNK]]
        show_errors(connection, seqs, is_live, written)


def _tree(connection: Connection, root: Row[Any]) -> list[Row[Any]]:
    """Return a run and everything below it, level by level."""
    found, level, seen = [root], [root.id], {root.id}
    while level:
        below: list[Row[Any]] = []
        for start in range(0, len(level), _CHUNK):
            part = level[start : start + _CHUNK]
            below += connection.execute(select(*_COLUMNS).where(run.c.parent_id.in_(part)))
        # Parents are what kernels claim: a circle must not hold us.
        below = [row for row in below if row.id not in seen]
        seen.update(row.id for row in below)
        found += below
        level = [row.id for row in below]
    return found


def row_of(connection: Connection, run_id: str) -> Row[Any] | None:
    """Return what is needed of a run to move it in or out, ``None`` if there is none."""
    statement = select(*_COLUMNS).where(run.c.id == run_id)
    return connection.execute(statement.with_for_update()).first()
