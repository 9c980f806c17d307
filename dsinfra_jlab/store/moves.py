"""Experiments follow the files that are renamed, with everything counted by document."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from ..domain.changes import MoveDocument
from ..domain.ids import ExperimentId
from ..domain.runs.records import DocumentKind
from ..domain.storable import storable_text
from .error_moves import merge_documents, rewrite_groups_of
from .experiments import document_key, file_name, name_columns, path_columns
from .jobs import move_jobs
from .models import experiment, run
from .written import Written

__all__ = ["move_document"]


def move_document(connection: Connection, move: MoveDocument, written: Written) -> None:
    """Let experiments follow a file, or every file below a folder, to another path.

    Where an experiment stands at the new path already, both become one.
    """
    old, new = storable_text(move.old_path), storable_text(move.new_path)
    if old == new or not old:
        return
    columns = experiment.c
    below = or_(
        columns.path.startswith(old.rstrip("/") + "/", autoescape=True),
        columns.path.startswith(old.rstrip("\\") + "\\", autoescape=True),
    )
    found = select(experiment).where(
        columns.kind.not_in((DocumentKind.kernel, DocumentKind.named)),
        or_(columns.path == old, below),
    )
    rows = connection.execute(found.order_by(columns.seq)).all()
    moved = [_move(connection, row, new + row.path[len(old) :]) for row in rows]
    written.experiment_ids.update(ExperimentId(each.id) for each in moved)
    rewrite_groups_of(connection, {each.seq for each in moved}, written)
    move_jobs(connection, move)


def _move(connection: Connection, row: Row[Any], path: str) -> Row[Any]:
    """Give one experiment another path, and return the experiment that is there then."""
    key = document_key(row.kind, path)
    columns = experiment.c
    there = connection.execute(select(experiment).where(columns.document_key == key)).first()
    if there is not None:
        _merge(connection, row, there)
        return there
    values = {"document_key": key, **path_columns(path)}
    if not row.name_is_users:
        values |= name_columns(_name_after_move(row.name, row.path, path))
    connection.execute(update(experiment).where(columns.seq == row.seq).values(values))
    return row


def _name_after_move(name: str, old: str, new: str) -> str:
    """Return the name a document has at its new path; one that did not come from it stays."""
    before, after = file_name(old), file_name(new)
    if name == before:
        return after
    if name == before.rpartition(".")[0]:
        return after.rpartition(".")[0] or after
    return name


def _merge(connection: Connection, source: Row[Any], target: Row[Any]) -> None:
    """Put the runs of one experiment into another, and forget the empty one."""
    columns = experiment.c
    merge_documents(connection, source.seq, target.seq)
    connection.execute(
        update(run).where(run.c.experiment_seq == source.seq).values(experiment_seq=target.seq)
    )
    connection.execute(
        update(run).where(run.c.document_seq == source.seq).values(document_seq=target.seq)
    )
    moments = [at for at in (source.last_run_at, target.last_run_at) if at is not None]
    connection.execute(
        update(experiment)
        .where(columns.seq == target.seq)
        .values(
            run_count=columns.run_count + source.run_count,
            error_count=columns.error_count + source.error_count,
            live_count=columns.live_count + source.live_count,
            last_run_at=max(moments, default=None),
        )
    )
    connection.execute(experiment.delete().where(columns.seq == source.seq))
