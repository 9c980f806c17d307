"""What follows for errors when notebooks are renamed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Table, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from .error_groups import lock_groups, write_groups
from .error_models import error, error_cell, error_notebook
from .models import run
from .written import Written

__all__ = ["merge_documents", "rewrite_groups_of"]


def rewrite_groups_of(
    connection: Connection, document_seqs: Collection[int], written: Written
) -> None:
    """Let groups be found by the new names of these documents."""
    found = (
        select(error_notebook.c.group_seq)
        .distinct()
        .where(error_notebook.c.document_seq.in_(list(document_seqs)))
    )
    drafts = lock_groups(connection, seqs=set(connection.execute(found).scalars()))
    for draft in drafts.values():
        draft.has_stale_notebooks = True
    write_groups(connection, list(drafts.values()), written)


def merge_documents(connection: Connection, source: int, target: int) -> None:
    """Count what happened in one document to another, whose runs are about to become one's."""
    columns = error.c
    seqs = select(run.c.seq).where(
        or_(run.c.experiment_seq == source, run.c.document_seq == source)
    )
    connection.execute(
        update(error)
        .where(columns.run_seq.in_(seqs), columns.document_seq == source)
        .values(document_seq=target)
    )
    groups = select(error_notebook.c.group_seq).where(error_notebook.c.document_seq == source)
    group_seqs = list(connection.execute(groups).scalars())
    for table in (error_notebook, error_cell):
        _merge_rows(connection, table, group_seqs, source, target)


def _merge_rows(
    connection: Connection, table: Table, group_seqs: Sequence[int], source: int, target: int
) -> None:
    own = (table.c.document_seq == source, table.c.group_seq.in_(group_seqs))
    found = connection.execute(select(table).where(*own))
    rows = [{**row._mapping, "document_seq": target} for row in found]
    connection.execute(delete(table).where(*own))
    if not rows:
        return
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    old, new = table.c, statement.excluded
    values: dict[str, Any] = {"count": old["count"] + new["count"]}
    for name in ("last_at", "since_seq"):
        if name in old:
            values[name] = case((new[name] > old[name], new[name]), else_=old[name])
    if "is_failing" in old:
        values["is_failing"] = or_(old["is_failing"], new["is_failing"])
    keys = [column.name for column in table.primary_key]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), rows)
