"""What the probe in a kernel sees: series of metrics, names, data, artifacts, flags.

Nothing is moved and no row is rewritten, so a store of a million runs is upgraded in the time
that four indexes take.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add columns and tables; there is no way back but the copy."""
    _columns_of_runs()
    _indexes_of_runs()
    _metrics()
    _what_was_seen()
    _artifacts()


def _run_seq() -> sa.Column[int]:
    return sa.Column("run_seq", SERIAL, autoincrement=False, nullable=False)


def _goes_with_run(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["run_seq"],
        ["run.seq"],
        name=f"fk_{table}_run_seq",
        onupdate="CASCADE",
        ondelete="CASCADE",
    )


def _columns_of_runs() -> None:
    # Not by Alembic's batches: they make the table anew, and what hangs on runs would go
    # with the old one.
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE run ADD COLUMN document_seq BIGINT REFERENCES experiment (seq)")
    else:
        op.add_column("run", sa.Column("document_seq", sa.BigInteger(), nullable=True))
        op.create_foreign_key("fk_run_document_seq", "run", "experiment", ["document_seq"], ["seq"])
    op.add_column("run", sa.Column("cpu_s", sa.Double(), nullable=True))
    op.add_column("run", sa.Column("gpu_peak_bytes", sa.BigInteger(), nullable=True))
    op.add_column("run", sa.Column("gpu_peak_kind", sa.Text(), nullable=True))
    op.add_column("run", sa.Column("flags", sa.Text(), nullable=True))


def _index_where(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "run", columns, sqlite_where=where, postgresql_where=where)


def _indexes_of_runs() -> None:
    _index_where("ix_run_trials", ["cell_id", "seq"], "deleted_at IS NULL AND kind = 'cell'")
    _index_where("ix_run_document_seq_seq", ["document_seq", "seq"], "document_seq IS NOT NULL")
    _index_where(
        "ix_run_environment_id_seq", ["environment_id", "seq"], "environment_id IS NOT NULL"
    )
    _index_where("ix_run_flagged", ["seq"], "flags IS NOT NULL")


def _metrics() -> None:
    op.add_column("run_metric", sa.Column("point_count", sa.BigInteger(), nullable=True))
    op.create_table(
        "metric_chunk",
        _run_seq(),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("is_packed", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _goes_with_run("metric_chunk"),
        sa.PrimaryKeyConstraint("run_seq", "key", "number", name="pk_metric_chunk"),
    )


def _what_was_seen() -> None:
    op.create_table(
        "run_tag_by_hand",
        _run_seq(),
        sa.Column("key", sa.Text(), nullable=False),
        _goes_with_run("run_tag_by_hand"),
        sa.PrimaryKeyConstraint("run_seq", "key", name="pk_run_tag_by_hand"),
    )
    op.create_table(
        "run_probe",
        _run_seq(),
        sa.Column("capture", sa.Text(), nullable=True),
        sa.Column("coverage", sa.Text(), nullable=True),
        _goes_with_run("run_probe"),
        sa.PrimaryKeyConstraint("run_seq", name="pk_run_probe"),
    )
    op.create_table(
        "run_data",
        _run_seq(),
        sa.Column("name_hash", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("file_key", KEY_TEXT, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("modified_at", sa.Text(), nullable=True),
        sa.Column("collector", sa.Text(), nullable=False),
        _goes_with_run("run_data"),
        sa.PrimaryKeyConstraint("run_seq", "name_hash", "mode", name="pk_run_data"),
    )
    op.create_index("ix_run_data_file_key_run_seq", "run_data", ["file_key", "run_seq"])
    op.create_index("ix_run_data_name_hash_run_seq", "run_data", ["name_hash", "run_seq"])
    has_digest = sa.text("digest IS NOT NULL")
    op.create_index(
        "ix_run_data_digest_run_seq",
        "run_data",
        ["digest", "run_seq"],
        sqlite_where=has_digest,
        postgresql_where=has_digest,
    )


def _artifacts() -> None:
    op.create_table(
        "artifact",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run_seq", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _goes_with_run("artifact"),
        sa.PrimaryKeyConstraint("id", name="pk_artifact"),
    )
    op.create_index("ix_artifact_run_seq_name", "artifact", ["run_seq", "name"])
    op.create_index("ix_artifact_digest", "artifact", ["digest"])
