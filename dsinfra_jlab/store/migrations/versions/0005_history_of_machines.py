"""What machines, kernels and GPUs took, by the hour: a new table, nothing is rewritten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add a table; there is no way back but the copy."""
    op.create_table(
        "sample_hour",
        sa.Column("machine", KEY, nullable=False),
        sa.Column("hour_s", sa.BigInteger(), nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("machine", "hour_s", "subject", name="pk_sample_hour"),
    )
    op.create_index("ix_sample_hour_hour_s", "sample_hour", ["hour_s"])
