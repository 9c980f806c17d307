"""Jobs and targets: two tables, and where a run ran.

Columns that are empty and an index of none of the runs there are, so nothing is rewritten.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Add columns and tables; there is no way back but the copy."""
    op.add_column("run", sa.Column("target", sa.Text(), nullable=True))
    op.add_column("run", sa.Column("job_id", sa.Text(), nullable=True))
    was_sent = sa.text("deleted_at IS NULL AND target IS NOT NULL")
    op.create_index(
        "ix_run_target",
        "run",
        ["target", "seq"],
        sqlite_where=was_sent,
        postgresql_where=was_sent,
    )
    _add_jobs()
    op.create_table(
        "target",
        sa.Column("home", KEY, nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("home", "name", name="pk_target"),
    )


def _add_jobs() -> None:
    op.create_table(
        "job",
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("notebook_path", KEY, nullable=True),
        sa.Column("cell_id", sa.Text(), nullable=True),
        sa.Column("kernel_id", sa.Text(), nullable=True),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("submitted_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_job"),
        sa.UniqueConstraint("id", name="uq_job_id"),
    )
    for column in ("target", "notebook_path", "kernel_id", "group_id"):
        op.create_index(f"ix_job_{column}_seq", "job", [column, "seq"])
    is_open = sa.text("ended_at IS NULL")
    op.create_index("ix_job_open", "job", ["seq"], sqlite_where=is_open, postgresql_where=is_open)
