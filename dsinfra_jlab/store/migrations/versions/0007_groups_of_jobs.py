"""Groups of jobs: what their counts are made of, and the indexes that find them.

The columns are filled for items of groups alone: nobody counts other jobs.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

AT_ONCE = 500
"""Rows read and written at once: enough to be quick, few enough to hold."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def upgrade() -> None:
    """Add columns and indexes; there is no way back but the copy."""
    op.add_column("job", sa.Column("started_us", sa.BigInteger(), nullable=True))
    op.add_column("job", sa.Column("worked_us", sa.BigInteger(), nullable=True))
    op.add_column(
        "job",
        sa.Column("is_retried", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _fill(op.get_bind())
    _index("ix_job_single", ["seq"], "group_id IS NULL")
    _index("ix_job_single_open", ["seq"], "group_id IS NULL AND ended_at IS NULL")
    _index("ix_job_group_open", ["group_id"], "ended_at IS NULL")
    _index(
        "ix_job_group_counts",
        ["group_id", "is_retried", "state", "seq", "started_us", "worked_us", "ended_at"],
        "group_id IS NOT NULL",
    )


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, "job", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def _fill(connection: sa.Connection) -> None:
    """Take out of the bodies of items what their columns now hold."""
    last = 0
    while True:
        rows = connection.execute(
            sa.text(
                "SELECT seq, body FROM job WHERE group_id IS NOT NULL AND seq > :last "
                "ORDER BY seq LIMIT :most"
            ),
            {"last": last, "most": AT_ONCE},
        ).all()
        if not rows:
            return
        last = rows[-1].seq
        for row in rows:
            _fill_row(connection, row.seq, json.loads(row.body))


def _fill_row(connection: sa.Connection, seq: int, body: dict[str, Any]) -> None:
    started, ended = _microseconds(body.get("started_at")), _microseconds(body.get("ended_at"))
    if started is not None:
        connection.execute(
            sa.text("UPDATE job SET started_us = :started, worked_us = :worked WHERE seq = :seq"),
            {
                "started": started,
                "worked": None if ended is None else max(0, ended - started),
                "seq": seq,
            },
        )
    if body.get("retry_of"):
        connection.execute(
            sa.text("UPDATE job SET is_retried = :yes WHERE id = :id"),
            {"yes": True, "id": body["retry_of"]},
        )


def _microseconds(moment: str | None) -> int | None:
    if moment is None:
        return None
    # Before Python 3.11 the letter for UTC was not understood.
    at = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
