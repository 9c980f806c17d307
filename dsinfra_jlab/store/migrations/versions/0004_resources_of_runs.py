"""What runs took of the machine: peaks, energy, samples.

Columns that are empty and a new table, so a store of a million runs is upgraded in the time
that one index takes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add columns and a table; there is no way back but the copy."""
    op.add_column("run", sa.Column("peak_rss_bytes", sa.BigInteger(), nullable=True))
    op.add_column("run", sa.Column("peak_rss_kind", sa.Text(), nullable=True))
    op.add_column("run", sa.Column("energy_j", sa.Double(), nullable=True))
    is_live = sa.text("deleted_at IS NULL")
    op.create_index(
        "ix_run_peak_rss_bytes_seq",
        "run",
        ["peak_rss_bytes", "seq"],
        sqlite_where=is_live,
        postgresql_where=is_live,
    )
    op.create_table(
        "run_samples",
        sa.Column("run_seq", SERIAL, autoincrement=False, nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_seq"],
            ["run.seq"],
            name="fk_run_samples_run_seq",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_seq", name="pk_run_samples"),
    )
    _forget_statistics()


def _forget_statistics() -> None:
    """Let SQLite forget how many rows there once were.

    Earlier versions had it count them at each end. Where there were few, it has since sorted
    lists of many instead of walking an index; without counts it plans as is written down in the
    tests.
    """
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE IF EXISTS sqlite_stat1")
        op.execute("DROP TABLE IF EXISTS sqlite_stat4")
