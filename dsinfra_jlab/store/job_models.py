"""The tables of jobs and targets."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, Boolean, Index, Table, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.compute.jobs import JobState
from .base import Base, EnumText, JsonText, KeyText, Serial, UtcTime

__all__ = ["job", "target"]

_OPEN = text("ended_at IS NULL")
_SINGLE = text("group_id IS NULL")
_SINGLE_OPEN = text("group_id IS NULL AND ended_at IS NULL")
_GROUPED = text("group_id IS NOT NULL")


class JobRow(Base):
    """A job: the columns are what is asked for, the body is the whole record."""

    __tablename__ = "job"
    __table_args__ = (
        Index(None, "target", "seq"),
        Index(None, "notebook_path", "seq"),
        Index(None, "kernel_id", "seq"),
        Index(None, "group_id", "seq"),
        Index("ix_job_open", "seq", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_job_single", "seq", sqlite_where=_SINGLE, postgresql_where=_SINGLE),
        Index(
            "ix_job_single_open", "seq", sqlite_where=_SINGLE_OPEN, postgresql_where=_SINGLE_OPEN
        ),
        Index("ix_job_group_open", "group_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        # All that the counts of a group are made of, so that no body is read for them.
        Index(
            "ix_job_group_counts",
            *("group_id", "is_retried", "state", "seq", "started_us", "worked_us", "ended_at"),
            sqlite_where=_GROUPED,
            postgresql_where=_GROUPED,
        ),
    )

    seq: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    home: Mapped[str] = mapped_column(Text)
    server_id: Mapped[str] = mapped_column(Text)
    """The server that works on it; another one takes it over when that one is gone."""
    run_id: Mapped[str] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text)
    state: Mapped[JobState] = mapped_column(EnumText(JobState))
    notebook_path: Mapped[str | None] = mapped_column(KeyText)
    """Here and not in the body: it goes along when the file is renamed."""
    cell_id: Mapped[str | None] = mapped_column(Text)
    kernel_id: Mapped[str | None] = mapped_column(Text)
    group_id: Mapped[str | None] = mapped_column(Text)
    submitted_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    started_us: Mapped[int | None] = mapped_column(BigInteger)
    """Microseconds since 1970: a number, because groups have them summed up."""
    worked_us: Mapped[int | None] = mapped_column(BigInteger)
    """From start to end, once it has ended."""
    is_retried: Mapped[bool] = mapped_column(Boolean, server_default=false())
    """It was sent again: in its group the newer one counts."""
    body: Mapped[Any] = mapped_column(JsonText)


class TargetRow(Base):
    """A target as somebody added or changed it."""

    __tablename__ = "target"

    home: Mapped[str] = mapped_column(KeyText, primary_key=True)
    """Whose it is: options hold paths of files, so others have no use for it."""
    name: Mapped[str] = mapped_column(KeyText, primary_key=True)
    body: Mapped[Any] = mapped_column(JsonText)


job = cast(Table, JobRow.__table__)
target = cast(Table, TargetRow.__table__)
