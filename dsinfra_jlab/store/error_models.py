"""The tables of errors: occurrences, their groups, and the counts that lists show.

Nothing a panel asks for is counted by looking at occurrences: every write keeps the counts by
hour and day, by category, by notebook, by cell and by environment.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.errors.groups import GroupState, IgnoreUntil
from ..domain.errors.occurrences import Category, ErrorKind, Nature, Severity
from .base import Base, EnumText, JsonText, Serial, UtcTime

__all__ = [
    "error",
    "error_bucket",
    "error_cell",
    "error_environment",
    "error_group",
    "error_notebook",
    "error_text",
    "error_trend",
]


def _index_where(name: str, *columns: str, sqlite: str, postgresql: str) -> Index:
    return Index(name, *columns, sqlite_where=text(sqlite), postgresql_where=text(postgresql))


def _shown_index(name: str, *columns: str) -> Index:
    """Return an index over the groups that lists show."""
    return _index_where(name, *columns, sqlite="is_shown = 1", postgresql="is_shown")


class ErrorGroupRow(Base):
    """Errors of one cause. What lists show comes before what is long."""

    __tablename__ = "error_group"
    __table_args__ = (
        _shown_index("ix_error_group_shown", "last_at", "seq"),
        _shown_index("ix_error_group_states", "state", "first_at", "escalated_at"),
        _shown_index("ix_error_group_first_at", "first_at"),
        _shown_index("ix_error_group_family", "family", "last_at"),
        _index_where("ix_error_group_empty", "seq", sqlite="count = 0", postgresql="count = 0"),
    )

    seq: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    is_shown: Mapped[bool] = mapped_column(default=False)
    """Whether it has occurrences out of the trash, or a user has decided something about it."""
    is_kept: Mapped[bool] = mapped_column(default=False)
    """Whether it stays without occurrences: there is a note, a runbook or a user's decision."""
    last_at: Mapped[datetime] = mapped_column(UtcTime)
    first_at: Mapped[datetime] = mapped_column(UtcTime)
    """Stays when the occurrences of that time are erased for their age."""
    state: Mapped[GroupState] = mapped_column(EnumText(GroupState))
    """As it was last written; ``group_states.shown_state`` tells what it is now."""
    escalated_at: Mapped[datetime | None] = mapped_column(UtcTime)
    severity: Mapped[Severity] = mapped_column(EnumText(Severity))
    category: Mapped[Category] = mapped_column(EnumText(Category))
    nature: Mapped[Nature | None] = mapped_column(EnumText(Nature))
    kind: Mapped[ErrorKind] = mapped_column(EnumText(ErrorKind))
    count: Mapped[int] = mapped_column(BigInteger, default=0)
    """Occurrences out of the trash."""
    notebook_count: Mapped[int] = mapped_column(BigInteger, default=0)
    notebook_seqs: Mapped[Any] = mapped_column(JsonText)
    """The newest notebooks as ``experiment.seq``, that of the newest occurrence first."""
    severity_is_users: Mapped[bool] = mapped_column(default=False)
    state_is_users: Mapped[bool] = mapped_column(default=False)
    state_reason: Mapped[str] = mapped_column(Text, default="")
    resolved_at: Mapped[datetime | None] = mapped_column(UtcTime)
    resolved_run_id: Mapped[str | None] = mapped_column(Text)
    resolved_seq: Mapped[int | None] = mapped_column(BigInteger)
    """``run.seq`` of that run."""
    ignore_until: Mapped[IgnoreUntil | None] = mapped_column(EnumText(IgnoreUntil))
    ignore_remaining: Mapped[int | None] = mapped_column(BigInteger)
    ename: Mapped[str] = mapped_column(Text)
    family: Mapped[str] = mapped_column(Text)
    fingerprint_version: Mapped[int] = mapped_column(BigInteger)
    """Of the algorithm that made the group."""
    last_error_id: Mapped[str] = mapped_column(Text)
    last_run_id: Mapped[str] = mapped_column(Text)
    last_cell_id: Mapped[str | None] = mapped_column(Text)
    words_digest: Mapped[str] = mapped_column(Text, default="")
    """Of the words in the full-text index, to write them only when they change."""
    title: Mapped[str] = mapped_column(Text)
    template: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    """Of the newest occurrence, as much as can be searched."""
    diagnosis: Mapped[str] = mapped_column(Text)
    assignee: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    runbook: Mapped[str] = mapped_column(Text, default="")


class ErrorRow(Base):
    """One occurrence: what is searched and counted by, and the whole record, packed."""

    __tablename__ = "error"
    __table_args__ = (
        Index(None, "group_seq", "is_live", "at", "seq"),
        Index(None, "run_seq", "rank", "at"),
        _index_where("ix_error_newest", "at", "seq", sqlite="is_live = 1", postgresql="is_live"),
    )

    seq: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    run_seq: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("run.seq", ondelete="CASCADE", onupdate="CASCADE")
    )
    group_seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("error_group.seq"))
    is_live: Mapped[bool]
    """Whether its run is not in the trash; only then is it counted."""
    rank: Mapped[int] = mapped_column(BigInteger)
    """0 for what ended its run, 1 for what else happened in it."""
    at: Mapped[datetime] = mapped_column(UtcTime)
    category: Mapped[Category] = mapped_column(EnumText(Category))
    document_seq: Mapped[int] = mapped_column(BigInteger)
    """The experiment of its document: a notebook that is renamed keeps it."""
    cell_id: Mapped[str] = mapped_column(Text)
    """Empty if it was in no cell."""
    environment_id: Mapped[str | None] = mapped_column(Text)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """JSON of the record, by zlib."""


def _group_key() -> Any:
    """Return the column that ties a row to its group and goes with it."""
    return mapped_column(
        Serial,
        ForeignKey("error_group.seq", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )


class ErrorBucketRow(Base):
    """Occurrences of a group within an hour or a day."""

    __tablename__ = "error_bucket"
    __table_args__ = (Index(None, "bucket_s", "start_s"),)

    group_seq: Mapped[int] = _group_key()
    bucket_s: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    start_s: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """Seconds since 1970."""
    count: Mapped[int] = mapped_column(BigInteger)


class ErrorTrendRow(Base):
    """Occurrences of a category within an hour or a day."""

    __tablename__ = "error_trend"

    bucket_s: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    start_s: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    category: Mapped[Category] = mapped_column(EnumText(Category), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)


class ErrorNotebookRow(Base):
    """Occurrences of a group in one document."""

    __tablename__ = "error_notebook"
    __table_args__ = (Index(None, "document_seq"),)

    group_seq: Mapped[int] = _group_key()
    document_seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[datetime] = mapped_column(UtcTime)


class ErrorCellRow(Base):
    """Occurrences of a group in one cell, and whether the cell has succeeded since."""

    __tablename__ = "error_cell"
    __table_args__ = (Index(None, "cell_id", "is_failing", "group_seq"),)

    group_seq: Mapped[int] = _group_key()
    document_seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    cell_id: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    since_seq: Mapped[int] = mapped_column(BigInteger)
    """``run.seq`` of the newest failure: a success ends it that was asked for later."""
    is_failing: Mapped[bool]


class ErrorEnvironmentRow(Base):
    """Occurrences of a group in one environment."""

    __tablename__ = "error_environment"

    group_seq: Mapped[int] = _group_key()
    environment_id: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[datetime] = mapped_column(UtcTime)
    last_at: Mapped[datetime] = mapped_column(UtcTime)


def _table(row: type[Base]) -> Table:
    return cast(Table, row.__table__)


error_group = _table(ErrorGroupRow)
error = _table(ErrorRow)
error_bucket = _table(ErrorBucketRow)
error_trend = _table(ErrorTrendRow)
error_notebook = _table(ErrorNotebookRow)
error_cell = _table(ErrorCellRow)
error_environment = _table(ErrorEnvironmentRow)

error_text = Table(
    "error_text",
    MetaData(),
    Column("group_seq", BigInteger, primary_key=True),
    Column("words", Text().with_variant(TSVECTOR(), "postgresql")),
)
"""The words of each group, as ``run_text`` has those of runs."""
