"""Inserting rows over those with the same key, on either database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from ..domain.limits import STORED_KEY_MAX_CHARS
from ..domain.storable import storable_text
from .models import run

__all__ = ["seqs_of", "stored_key", "upsert"]


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[dict[str, Any]],
    where: ColumnElement[bool] | None = None,
    is_kept: bool = False,
) -> None:
    """Insert rows, over those with the same key.

    Parameters
    ----------
    rows
        All with the same columns; columns that are not among them stay as they are.
    where
        Which rows may be written over.
    is_kept
        Leave every row that is there as it is.
    """
    if not rows:
        return
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    keys = [column.name for column in table.primary_key]
    if is_kept:
        connection.execute(statement.on_conflict_do_nothing(index_elements=keys), rows)
        return
    others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=others, where=where), rows
    )


def stored_key(name: str) -> str:
    """Return a key of a parameter, metric or tag as it is stored."""
    return storable_text(name)[:STORED_KEY_MAX_CHARS]


def seqs_of(
    connection: Connection, run_ids: Sequence[str], is_locking: bool = False
) -> dict[str, int]:
    """Return ``run.seq`` of those of these runs that are stored, by id.

    Parameters
    ----------
    is_locking
        Let no other server write to these runs until the end of the transaction.
    """
    if not run_ids:
        return {}
    ids = {storable_text(run_id) for run_id in run_ids}
    statement = select(run.c.id, run.c.seq).where(run.c.id.in_(ids)).order_by(run.c.seq)
    if is_locking:
        statement = statement.with_for_update()
    return {row.id: row.seq for row in connection.execute(statement)}
