"""Errors: occurrences, their groups, and the counts that lists show.

Only new tables: a store of a million runs is upgraded at once.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0003"
down_revision = "0002"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the tables; there is no way back but the copy."""
    _groups()
    _occurrences()
    _counts_by_time()
    _counts_by_place()
    _texts()


def _index_where(name: str, table: str, columns: list[str], sqlite: str, postgresql: str) -> None:
    op.create_index(
        name,
        table,
        columns,
        sqlite_where=sa.text(sqlite),
        postgresql_where=sa.text(postgresql),
    )


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _time(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, TIME, nullable=nullable)


def _yes_or_no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _groups() -> None:
    op.create_table(
        "error_group",
        sa.Column("seq", SERIAL, nullable=False),
        _text("id"),
        _yes_or_no("is_shown"),
        _yes_or_no("is_kept"),
        _time("last_at"),
        _time("first_at"),
        _text("state"),
        _time("escalated_at", nullable=True),
        _text("severity"),
        _text("category"),
        _text("nature", nullable=True),
        _text("kind"),
        _number("count"),
        _number("notebook_count"),
        _text("notebook_seqs"),
        _yes_or_no("severity_is_users"),
        _yes_or_no("state_is_users"),
        _text("state_reason"),
        _time("resolved_at", nullable=True),
        _text("resolved_run_id", nullable=True),
        _number("resolved_seq", nullable=True),
        _text("ignore_until", nullable=True),
        _number("ignore_remaining", nullable=True),
        _text("ename"),
        _text("family"),
        _number("fingerprint_version"),
        _text("last_error_id"),
        _text("last_run_id"),
        _text("last_cell_id", nullable=True),
        _text("words_digest"),
        _text("title"),
        _text("template"),
        _text("message"),
        _text("diagnosis"),
        _text("assignee"),
        _text("note"),
        _text("runbook"),
        sa.PrimaryKeyConstraint("seq", name="pk_error_group"),
        sa.UniqueConstraint("id", name="uq_error_group_id"),
    )
    for name, columns in {
        "shown": ["last_at", "seq"],
        "states": ["state", "first_at", "escalated_at"],
        "first_at": ["first_at"],
        "family": ["family", "last_at"],
    }.items():
        _index_where(f"ix_error_group_{name}", "error_group", columns, "is_shown = 1", "is_shown")
    _index_where("ix_error_group_empty", "error_group", ["seq"], "count = 0", "count = 0")


def _occurrences() -> None:
    op.create_table(
        "error",
        sa.Column("seq", SERIAL, nullable=False),
        _text("id"),
        _number("run_seq"),
        _number("group_seq"),
        _yes_or_no("is_live"),
        _number("rank"),
        _time("at"),
        _text("category"),
        _number("document_seq"),
        _text("cell_id"),
        _text("environment_id", nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_error"),
        sa.UniqueConstraint("id", name="uq_error_id"),
        sa.ForeignKeyConstraint(
            ["run_seq"],
            ["run.seq"],
            name="fk_error_run_seq",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["group_seq"], ["error_group.seq"], name="fk_error_group_seq"),
    )
    op.create_index(
        "ix_error_group_seq_is_live_at_seq", "error", ["group_seq", "is_live", "at", "seq"]
    )
    op.create_index("ix_error_run_seq_rank_at", "error", ["run_seq", "rank", "at"])
    _index_where("ix_error_newest", "error", ["at", "seq"], "is_live = 1", "is_live")


def _group_seq() -> sa.Column[int]:
    return sa.Column("group_seq", SERIAL, autoincrement=False, nullable=False)


def _goes_with_group(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["group_seq"], ["error_group.seq"], name=f"fk_{table}_group_seq", ondelete="CASCADE"
    )


def _counts_by_time() -> None:
    op.create_table(
        "error_bucket",
        _group_seq(),
        _number("bucket_s"),
        _number("start_s"),
        _number("count"),
        sa.PrimaryKeyConstraint("group_seq", "bucket_s", "start_s", name="pk_error_bucket"),
        _goes_with_group("error_bucket"),
    )
    op.create_index("ix_error_bucket_bucket_s_start_s", "error_bucket", ["bucket_s", "start_s"])
    op.create_table(
        "error_trend",
        _number("bucket_s"),
        _number("start_s"),
        _text("category"),
        _number("count"),
        sa.PrimaryKeyConstraint("bucket_s", "start_s", "category", name="pk_error_trend"),
    )


def _counts_by_place() -> None:
    op.create_table(
        "error_notebook",
        _group_seq(),
        _number("document_seq"),
        _number("count"),
        _time("last_at"),
        sa.PrimaryKeyConstraint("group_seq", "document_seq", name="pk_error_notebook"),
        _goes_with_group("error_notebook"),
    )
    op.create_index("ix_error_notebook_document_seq", "error_notebook", ["document_seq"])
    op.create_table(
        "error_cell",
        _group_seq(),
        _number("document_seq"),
        _text("cell_id"),
        _number("count"),
        _number("since_seq"),
        _yes_or_no("is_failing"),
        sa.PrimaryKeyConstraint("group_seq", "document_seq", "cell_id", name="pk_error_cell"),
        _goes_with_group("error_cell"),
    )
    op.create_index(
        "ix_error_cell_cell_id_is_failing_group_seq",
        "error_cell",
        ["cell_id", "is_failing", "group_seq"],
    )
    op.create_table(
        "error_environment",
        _group_seq(),
        _text("environment_id"),
        _number("count"),
        _time("first_at"),
        _time("last_at"),
        sa.PrimaryKeyConstraint("group_seq", "environment_id", name="pk_error_environment"),
        _goes_with_group("error_environment"),
    )


def _texts() -> None:
    """Make the full-text index as that of runs is made."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE error_text USING fts5(words, tokenize='ascii', prefix='2 3')"
        )
        return
    op.create_table(
        "error_text",
        _group_seq(),
        sa.Column("words", TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("group_seq", name="pk_error_text"),
        _goes_with_group("error_text"),
    )
    op.create_index("ix_error_text_words", "error_text", ["words"], postgresql_using="gin")
