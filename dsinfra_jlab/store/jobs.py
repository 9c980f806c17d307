"""Jobs and targets: rows to records and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Row, Select, delete, exists, insert, select, update

from ..domain.changes import MoveDocument
from ..domain.compute.jobs import JobId, JobQuery, JobRecord, JobState
from ..domain.compute.targets import TargetRecord
from ..domain.exceptions import BadInput, NotFound
from ..domain.ids import ServerId
from ..domain.runs.records import Page
from ..domain.storable import storable_text, to_storable
from .base import to_microseconds
from .cursors import Place, checked_limit, decode_cursor, encode_cursor
from .job_models import job, target
from .models import run
from .upserts import upsert

__all__ = [
    "adopt_jobs",
    "delete_jobs",
    "delete_target",
    "erase_jobs",
    "job_of",
    "jobs_page",
    "move_jobs",
    "open_jobs",
    "record_of",
    "save_job",
    "save_jobs",
    "save_target",
    "targets_of",
]

Value = TypeVar("Value")

_ORDER = "-submitted_at"
_SAME = ("home", "target", "state", "cell_id", "kernel_id", "group_id", "submitted_at", "ended_at")
"""Fields of a record that are columns of the same name."""


def save_job(connection: Connection, record: JobRecord) -> None:
    """Write a job over what was written of it before."""
    values = _values(record)
    known = connection.execute(update(job).where(job.c.id == record.id).values(values))
    if known.rowcount == 0:
        connection.execute(insert(job), _new(record, values))
        if record.retry_of is not None:
            before = job.c.id == storable_text(record.retry_of)
            connection.execute(update(job).where(before).values(is_retried=True))


def save_jobs(connection: Connection, records: Iterable[JobRecord]) -> None:
    """Write jobs, most of them new ones, each over what was written of it before."""
    wanted = {record.id: record for record in records}
    known = set(connection.execute(select(job.c.id).where(job.c.id.in_(wanted))).scalars())
    known |= {record.id for record in wanted.values() if record.retry_of is not None}
    new = [_new(record, _values(record)) for record in wanted.values() if record.id not in known]
    if new:
        connection.execute(insert(job), new)
    for job_id in known:
        save_job(connection, wanted[job_id])


def _new(record: JobRecord, values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "id": record.id, "notebook_path": _stored(record.notebook_path)}


def _values(record: JobRecord) -> dict[str, Any]:
    """Return the columns of a job that may change."""
    body = _body_of(replace(record, notebook_path=None))
    values = {name: _stored(getattr(record, name)) for name in _SAME}
    values |= {
        "run_id": storable_text(record.run_id),
        "server_id": storable_text(record.server_id or ""),
        **_times_of(record),
        "body": body,
    }
    return values


def job_of(connection: Connection, job_id: JobId) -> JobRecord:
    """Return one job; raises ``NotFound``."""
    row = connection.execute(select(job).where(job.c.id == job_id)).first()
    if row is None:
        raise NotFound(f"There is no job {job_id[:100]!r}; it may have been forgotten.")
    return record_of(row)


def jobs_page(connection: Connection, query: JobQuery) -> Page[JobRecord]:
    """Return jobs that match, newest first; raises ``BadInput``."""
    limit = checked_limit(query.limit)
    statement = _narrowed(select(job), query)
    if query.cursor:
        statement = statement.where(job.c.seq < decode_cursor(query.cursor, _ORDER).seq)
    rows = connection.execute(statement.order_by(job.c.seq.desc()).limit(limit + 1)).all()
    items = [record_of(row) for row in rows[:limit]]
    last = Place(_ORDER, 0, None, rows[limit - 1].seq) if len(rows) > limit else None
    return Page(items, encode_cursor(last) if last is not None else None)


def _times_of(record: JobRecord) -> dict[str, int | None]:
    """Return what groups have summed up of a job."""
    started, ended = record.started_at, record.ended_at
    if started is None:
        return {"started_us": None, "worked_us": None}
    worked_us = None if ended is None else max(0, to_microseconds(ended) - to_microseconds(started))
    return {"started_us": to_microseconds(started), "worked_us": worked_us}


def _narrowed(statement: Select[Any], query: JobQuery) -> Select[Any]:
    for name in ("target", "notebook_path", "cell_id", "kernel_id", "group_id"):
        wanted = getattr(query, name)
        if wanted is not None:
            statement = statement.where(job.c[name] == storable_text(wanted))
    if query.is_single:
        statement = statement.where(job.c.group_id.is_(None))
    if query.state == "open":
        return statement.where(job.c.ended_at.is_(None))
    if query.state is not None:
        states = [_state(word.strip()) for word in query.state.split(",")]
        return statement.where(job.c.state.in_(states))
    return statement


def _state(word: str) -> JobState:
    try:
        return JobState(word)
    except ValueError:
        known = ["open", *(state.value for state in JobState)]
        raise BadInput(
            f"state cannot be {word[:50]!r}; known are {', '.join(known)}.",
            {"field": "state", "known": known},
        ) from None


def open_jobs(connection: Connection) -> list[JobRecord]:
    """Return every job that has not ended, oldest first."""
    found = select(job).where(job.c.ended_at.is_(None)).order_by(job.c.seq)
    return [record_of(row) for row in connection.execute(found)]


def adopt_jobs(
    connection: Connection, home: str, server_id: ServerId, is_alive: Callable[[str], bool]
) -> list[JobRecord]:
    """Give a server the open jobs of its home whose own server is gone, and return them."""
    found = select(job).where(
        job.c.ended_at.is_(None), job.c.home == home, job.c.server_id != server_id
    )
    rows = connection.execute(found.order_by(job.c.seq).with_for_update()).all()
    adopted = [
        replace(record_of(r), server_id=server_id) for r in rows if not is_alive(r.server_id)
    ]
    for record in adopted:
        save_job(connection, record)
    return adopted


def delete_jobs(connection: Connection, ids: Iterable[JobId]) -> None:
    """Remove jobs that have ended."""
    wanted = [storable_text(job_id) for job_id in ids]
    connection.execute(delete(job).where(job.c.id.in_(wanted), job.c.ended_at.is_not(None)))


def move_jobs(connection: Connection, move: MoveDocument) -> None:
    """Let jobs follow a notebook, or every notebook below a folder, to another path."""
    old = storable_text(move.old_path)
    paths = select(job.c.notebook_path).where(job.c.notebook_path >= old).distinct()
    # Whatever begins with the path sorts behind it, and before this.
    within = paths.where(job.c.notebook_path < old + "\U0010ffff")
    for path in connection.execute(within).scalars().all():
        moved = move.applied_to(path)
        if moved is not None:
            at_path = update(job).where(job.c.notebook_path == path)
            connection.execute(at_path.values(notebook_path=storable_text(moved)))


def erase_jobs(connection: Connection, before: datetime, most: int) -> int:
    """Erase some jobs that ended before a moment and whose runs are erased; say how many."""
    old = select(job.c.seq).where(
        job.c.ended_at < before, ~exists().where(run.c.id == job.c.run_id)
    )
    seqs = connection.execute(old.limit(most)).scalars().all()
    if seqs:
        connection.execute(delete(job).where(job.c.seq.in_(seqs)))
    return len(seqs)


# Targets


def targets_of(connection: Connection, home: str) -> list[TargetRecord]:
    """Return the targets that were added or changed here, by name."""
    found = select(target.c.body).where(target.c.home == home).order_by(target.c.name)
    return [_value(body, TargetRecord) for body in connection.execute(found).scalars()]


def save_target(connection: Connection, home: str, record: TargetRecord) -> None:
    """Write a target over one of the same name."""
    row = {"home": home, "name": storable_text(record.name), "body": _body_of(record)}
    upsert(connection, target, [row])


def delete_target(connection: Connection, home: str, name: str) -> None:
    """Remove a target; raises ``NotFound``."""
    key = (target.c.home == home, target.c.name == storable_text(name))
    if connection.execute(delete(target).where(*key)).rowcount == 0:
        raise NotFound(f"There is no target {name[:100]!r}.")


# Values


def _stored(value: Any) -> Any:
    is_word = isinstance(value, str) and not isinstance(value, JobState)
    return storable_text(value) if is_word else value


def _body_of(value: Any) -> Any:
    return to_storable(msgspec.to_builtins(value))


def record_of(row: Row[Any]) -> JobRecord:
    """Return the job that a row holds."""
    return replace(_value(row.body, JobRecord), notebook_path=row.notebook_path)


def _value(body: Any, kind: type[Value]) -> Value:
    """Return a value as it was written, perhaps by a version that knew fewer or more fields."""
    assert dataclasses.is_dataclass(kind)
    return msgspec.convert(body, kind)
