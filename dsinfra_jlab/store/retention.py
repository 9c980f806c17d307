"""What is forgotten, and when; in small steps, so that records are not held up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, exists, select, text

from ..domain.compute.limits import JOB_FOLDER_KEPT_S
from ..domain.ids import ExperimentId
from ..domain.limits import UNDO_DAYS
from ..domain.runs.records import RunStatus
from ..domain.settings import Settings
from .base import to_microseconds
from .counts import Counts
from .error_removal import erase_empty_groups, erase_hours, forget_errors
from .jobs import erase_jobs
from .models import environment, experiment, run, run_outputs
from .records import Counted
from .sample_hours import erase_hours_of_samples
from .search_sql import live, seq_floor
from .words import erase_words
from .written import Written

__all__ = ["erase_some", "merge_words"]

_STEP = 200
"""Rows erased in one transaction: some ten milliseconds."""

_PAGES = 500
"""Pages of the full-text index rewritten in one transaction."""


def erase_some(connection: Connection, now: datetime, settings: Settings, written: Written) -> int:
    """Erase some of what is past its time; return how many rows went, 0 when done."""
    return (
        _erase_trash(connection, now, written)
        or _erase_runs(connection, now, settings.runs_retention_days, written)
        or _erase_outputs(connection, now, settings.outputs_retention_days, written)
        or _erase_experiments(connection, written)
        or _erase_environments(connection)
        or erase_empty_groups(connection, _STEP, written)
        or erase_hours(connection, now, _STEP)
        or erase_hours_of_samples(connection, now, _STEP)
        or erase_jobs(connection, now - timedelta(seconds=JOB_FOLDER_KEPT_S), _STEP)
    )


def _cutoff(now: datetime, days: int) -> int:
    """Return the ``seq`` below which runs are older than so many days."""
    return seq_floor(to_microseconds(now - timedelta(days=days)))


def _erase_trash(connection: Connection, now: datetime, written: Written) -> int:
    old = select(run.c.seq).where(run.c.deleted_at < now - timedelta(days=UNDO_DAYS))
    seqs = connection.execute(old.limit(_STEP)).scalars().all()
    _erase(connection, seqs, written)
    return len(seqs)


def _erase_runs(connection: Connection, now: datetime, days: int, written: Written) -> int:
    """Erase old runs from the leaves up: what stays keeps everything above it."""
    if days <= 0:
        return 0
    columns = [run.c[name] for name in (*Counted._fields, "seq", "id", "queued_at")]
    old = select(*columns).where(
        live(),
        run.c.seq < _cutoff(now, days),
        run.c.is_starred.is_(False),
        run.c.child_count == 0,
        run.c.status.not_in((RunStatus.queued, RunStatus.running)),
    )
    rows = connection.execute(old.order_by(run.c.seq).limit(_STEP)).all()
    counts = Counts()
    for row in rows:
        counts.take(row)
    _erase(connection, [row.seq for row in rows], written)
    counts.write(connection)
    _tell(connection, rows, written)
    return len(rows)


def _erase(connection: Connection, seqs: Sequence[int], written: Written) -> None:
    """Erase runs; what hangs on them goes by their foreign keys."""
    if seqs:
        forget_errors(connection, seqs, written)
        erase_words(connection, seqs)
        connection.execute(delete(run).where(run.c.seq.in_(seqs)))


def _erase_outputs(connection: Connection, now: datetime, days: int, written: Written) -> int:
    if days <= 0:
        return 0
    old = (
        select(run.c.seq, run.c.id, run.c.experiment_seq)
        .join_from(run_outputs, run, run_outputs.c.run_seq == run.c.seq)
        .where(run_outputs.c.run_seq < _cutoff(now, days), run.c.is_starred.is_(False))
    )
    rows = connection.execute(old.limit(_STEP)).all()
    if rows:
        seqs = [row.seq for row in rows]
        connection.execute(delete(run_outputs).where(run_outputs.c.run_seq.in_(seqs)))
        _tell(connection, rows, written)
    return len(rows)


def _erase_experiments(connection: Connection, written: Written) -> int:
    """Erase experiments with no run left, not even in the trash."""
    columns = experiment.c
    empty = select(columns.seq, columns.id).where(
        columns.live_count <= 0,
        ~exists().where(run.c.experiment_seq == columns.seq),
        ~exists().where(run.c.document_seq == columns.seq),
    )
    rows = connection.execute(empty.limit(_STEP)).all()
    if rows:
        seqs = [row.seq for row in rows]
        connection.execute(delete(experiment).where(columns.seq.in_(seqs)))
        written.experiment_ids.update(ExperimentId(row.id) for row in rows)
    return len(rows)


def _erase_environments(connection: Connection) -> int:
    """Erase environments that no run has; where one is still in use, it is saved again."""
    columns = environment.c
    unused = select(columns.id).where(~exists().where(run.c.environment_id == columns.id))
    ids = connection.execute(unused.limit(_STEP)).scalars().all()
    if ids:
        connection.execute(delete(environment).where(columns.id.in_(ids)))
    return len(ids)


def _tell(connection: Connection, rows: Sequence[Any], written: Written) -> None:
    written.run_ids.update(row.id for row in rows)
    seqs = {row.experiment_seq for row in rows}
    ids = connection.execute(select(experiment.c.id).where(experiment.c.seq.in_(seqs)))
    written.experiment_ids.update(ExperimentId(found) for found in ids.scalars())


def merge_words(connection: Connection, _: Written, *, is_first: bool) -> bool:
    """Rewrite a part of the full-text indexes; return whether there is more to rewrite.

    FTS5 only notes that a row is gone. Its words leave the file when the parts of the
    index are merged into one.
    """
    if connection.dialect.name != "sqlite":
        return False
    pages = -_PAGES if is_first else _PAGES
    goes_on = False
    for index in ("run_text", "error_text"):
        before = _total_changes(connection)
        merge = f"INSERT INTO {index}({index}, rank) VALUES ('merge', :pages)"  # noqa: S608
        connection.execute(text(merge), {"pages": pages})
        goes_on |= _total_changes(connection) - before >= 2
    return goes_on


def _total_changes(connection: Connection) -> int:
    return int(connection.execute(text("SELECT total_changes()")).scalar_one())
