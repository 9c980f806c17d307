"""Which servers write here, and what to do with the runs of those that are gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, exists, select, update

from ..domain.ids import ExperimentId, ServerId
from ..domain.limits import SERVER_STALE_S
from ..domain.runs.records import RunStatus
from .counts import Counts
from .job_models import job
from .models import experiment, run, server
from .records import Counted, Written

__all__ = ["Liveness", "alive_servers", "beat", "close_orphans", "register_server"]

Liveness = Callable[[int, str], bool]
"""Tells from pid and birth whether a process of this host still runs."""

_OPEN = (RunStatus.queued, RunStatus.running)
_REASON = "What recorded it ended first; how the run went on is not known."


def register_server(
    connection: Connection, server_id: ServerId, host: str, pid: int, birth: str, now: datetime
) -> None:
    """Say that this server writes here from now on."""
    connection.execute(server.delete().where(server.c.id == server_id))
    row = {"id": server_id, "host": host, "pid": pid, "birth": birth, "beat_at": now}
    connection.execute(server.insert(), row)


def beat(connection: Connection, server_id: ServerId, now: datetime) -> None:
    """Say that this server is still alive."""
    connection.execute(update(server).where(server.c.id == server_id).values(beat_at=now))


def close_orphans(
    connection: Connection, server_id: ServerId, now: datetime, alive: Liveness, written: Written
) -> int:
    """End, as ``lost``, the open runs of servers that are gone; return how many.

    A server of this host is gone when its process is; one of another host when it has not
    been heard of for a while; one that never registered when its run is as old as that.
    """
    servers = {row.id: row for row in connection.execute(select(server))}
    own = servers.get(server_id)
    silent_since = now - timedelta(seconds=SERVER_STALE_S)
    dead = {
        row.id
        for row in servers.values()
        if row.id != server_id and not _is_alive(row, own, silent_since, alive)
    }
    columns = [run.c[name] for name in (*Counted._fields, *_NEEDED)]
    # How a job goes on is known to whoever takes it over from the server that is gone.
    is_job_at_work = exists().where(job.c.run_id == run.c.id, job.c.ended_at.is_(None))
    found = select(*columns).where(
        run.c.status.in_(_OPEN), run.c.server_id != server_id, ~is_job_at_work
    )
    rows = [
        row
        for row in connection.execute(found.with_for_update())
        if row.server_id in dead or (row.server_id not in servers and row.queued_at < silent_since)
    ]
    _lose(connection, rows, written)
    if dead:
        still_open = exists().where(run.c.server_id == server.c.id, run.c.status.in_(_OPEN))
        connection.execute(server.delete().where(server.c.id.in_(dead), ~still_open))
    return len(rows)


def alive_servers(
    connection: Connection, server_id: ServerId, now: datetime, alive: Liveness
) -> Callable[[str], bool]:
    """Return what tells whether a server of this id still works."""
    servers = {row.id: row for row in connection.execute(select(server))}
    own, silent_since = servers.get(server_id), now - timedelta(seconds=SERVER_STALE_S)

    def is_alive(other_id: str) -> bool:
        row = servers.get(other_id)
        return row is not None and _is_alive(row, own, silent_since, alive)

    return is_alive


_NEEDED = ("seq", "id", "server_id", "queued_at", "deleted_at")


def _is_alive(row: Row[Any], own: Row[Any] | None, silent_since: datetime, alive: Liveness) -> bool:
    if own is not None and row.host == own.host:
        return alive(row.pid, row.birth)
    return bool(row.beat_at >= silent_since)


def _lose(connection: Connection, rows: list[Row[Any]], written: Written) -> None:
    counts = Counts()
    for row in rows:
        if row.deleted_at is None:
            counted = Counted(row.experiment_seq, row.parent_id, row.kind, RunStatus.lost)
            counts.replace(row, counted, row.queued_at)
    for start in range(0, len(rows), 500):
        seqs = [row.seq for row in rows[start : start + 500]]
        connection.execute(
            update(run)
            .where(run.c.seq.in_(seqs))
            .values(status=RunStatus.lost, status_reason=_REASON)
        )
    counts.write(connection)
    written.run_ids.update(row.id for row in rows)
    touched = {row.experiment_seq for row in rows}
    ids = connection.execute(select(experiment.c.id).where(experiment.c.seq.in_(touched)))
    written.experiment_ids.update(ExperimentId(found) for found in ids.scalars())
