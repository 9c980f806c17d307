"""The first tables: experiments, runs and what hangs on them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

revision = "0001"
down_revision = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def _where(condition: sa.TextClause) -> dict[str, Any]:
    return {"sqlite_where": condition, "postgresql_where": condition}


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


LIVE = _where(sa.text("deleted_at IS NULL"))


def upgrade() -> None:
    """Make the tables; there is no way back but the copy."""
    _experiments()
    _runs()
    _indexes_of_runs()
    _values_of_runs()
    _texts_of_runs()
    _the_rest()


def _experiments() -> None:
    op.create_table(
        "experiment",
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("path_key", sa.Text(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("name_is_users", sa.Boolean(), nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("run_count", sa.BigInteger(), nullable=False),
        sa.Column("error_count", sa.BigInteger(), nullable=False),
        sa.Column("live_count", sa.BigInteger(), nullable=False),
        sa.Column("last_run_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_experiment"),
        sa.UniqueConstraint("document_key", name="uq_experiment_document_key"),
        sa.UniqueConstraint("id", name="uq_experiment_id"),
    )
    op.create_index("ix_experiment_last_run_at_seq", "experiment", ["last_run_at", "seq"])


def _runs() -> None:
    op.create_table(
        "run",
        sa.Column("seq", SERIAL, autoincrement=False, nullable=False),
        sa.Column("deleted_at", TIME, nullable=True),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("experiment_seq", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("trash_id", sa.Text(), nullable=True),
        sa.Column("is_starred", sa.Boolean(), nullable=False),
        sa.Column("child_count", sa.BigInteger(), nullable=False),
        sa.Column("error_count", sa.BigInteger(), nullable=False),
        sa.Column("queued_at", TIME, nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("duration_s", sa.Double(), nullable=True),
        sa.Column("kernel_id", sa.Text(), nullable=False),
        sa.Column("kernel_name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("cell_id", sa.Text(), nullable=True),
        sa.Column("execution_count", sa.BigInteger(), nullable=True),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.Column("error_key", KEY_TEXT, nullable=True),
        sa.Column("error_name", sa.Text(), nullable=True),
        sa.Column("missed_messages", sa.BigInteger(), nullable=True),
        sa.Column("environment_id", sa.Text(), nullable=True),
        sa.Column("user", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code_sha256", sa.Text(), nullable=False),
        sa.Column("code_line", sa.Text(), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_seq"], ["experiment.seq"], name="fk_run_experiment_seq"
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_run"),
        sa.UniqueConstraint("id", name="uq_run_id"),
    )


def _indexes_of_runs() -> None:
    op.create_index("ix_run_cell_id_seq", "run", ["cell_id", "seq"], **LIVE)
    op.create_index(
        "ix_run_deleted_at", "run", ["deleted_at"], **_where(sa.text("deleted_at IS NOT NULL"))
    )
    op.create_index("ix_run_duration_s_seq", "run", ["duration_s", "seq"], **LIVE)
    op.create_index(
        "ix_run_error_key_seq",
        "run",
        ["error_key", "seq"],
        **_where(sa.text("error_key IS NOT NULL")),
    )
    op.create_index(
        "ix_run_experiment_seq_kind_seq", "run", ["experiment_seq", "kind", "seq"], **LIVE
    )
    op.create_index("ix_run_experiment_seq_seq", "run", ["experiment_seq", "seq"], **LIVE)
    op.create_index(
        "ix_run_experiment_seq_status_seq", "run", ["experiment_seq", "status", "seq"], **LIVE
    )
    op.create_index("ix_run_kernel_id_seq", "run", ["kernel_id", "seq"], **LIVE)
    op.create_index("ix_run_kind_seq", "run", ["kind", "seq"], **LIVE)
    op.create_index("ix_run_parent_id_seq", "run", ["parent_id", "seq"])
    op.create_index(
        "ix_run_starred",
        "run",
        ["seq"],
        sqlite_where=sa.text("is_starred = 1"),
        postgresql_where=sa.text("is_starred"),
    )
    op.create_index("ix_run_started_at_seq", "run", ["started_at", "seq"], **LIVE)
    op.create_index("ix_run_user_seq", "run", ["user", "seq"], **LIVE)
    op.create_index("ix_run_ended_at_seq", "run", ["ended_at", "seq"], **LIVE)
    op.create_index("ix_run_status_seq", "run", ["status", "seq"], **LIVE)


def _values_of_runs() -> None:
    op.create_table(
        "run_outputs",
        _run_seq(),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _goes_with_run("run_outputs"),
        sa.PrimaryKeyConstraint("run_seq", name="pk_run_outputs"),
    )
    op.create_table(
        "run_tag",
        _run_seq(),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        _goes_with_run("run_tag"),
        sa.PrimaryKeyConstraint("run_seq", "key", name="pk_run_tag"),
    )
    op.create_index("ix_run_tag_key_value_run_seq", "run_tag", ["key", "value", "run_seq"])
    op.create_table(
        "run_param",
        _run_seq(),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("word", KEY_TEXT, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        _goes_with_run("run_param"),
        sa.PrimaryKeyConstraint("run_seq", "key", name="pk_run_param"),
    )
    op.create_index("ix_run_param_key_number_run_seq", "run_param", ["key", "number", "run_seq"])
    op.create_index("ix_run_param_key_word_run_seq", "run_param", ["key", "word", "run_seq"])
    op.create_table(
        "run_metric",
        _run_seq(),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("word", sa.Text(), nullable=True),
        _goes_with_run("run_metric"),
        sa.PrimaryKeyConstraint("run_seq", "key", name="pk_run_metric"),
    )
    op.create_index("ix_run_metric_key_number_run_seq", "run_metric", ["key", "number", "run_seq"])
    op.create_index("ix_run_metric_key_run_seq_number", "run_metric", ["key", "run_seq", "number"])


def _texts_of_runs() -> None:
    """Make the full-text index.

    What goes in is lower-cased words between single spaces, so FTS5's simplest tokeniser
    gives back exactly them. Prefixes of two and three letters have an index of their own:
    they match much, and are what a search begins with.
    """
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE run_text USING fts5(words, tokenize='ascii', prefix='2 3')"
        )
        return
    op.create_table(
        "run_text",
        _run_seq(),
        sa.Column("words", TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("run_seq", name="pk_run_text"),
        _goes_with_run("run_text"),
    )
    op.create_index("ix_run_text_words", "run_text", ["words"], postgresql_using="gin")


def _the_rest() -> None:
    op.create_table(
        "environment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_environment"),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_setting"),
    )
    op.create_table(
        "server",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("birth", sa.Text(), nullable=False),
        sa.Column("beat_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_server"),
    )
    op.create_table(
        "drop_counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_drop_counter"),
    )
