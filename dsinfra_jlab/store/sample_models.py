"""The tables of readings: of runs while they were going on, and of machines by the hour."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, JsonText, KeyText, Serial

__all__ = ["run_samples", "sample_hour"]


class RunSamplesRow(Base):
    """The series of a run, packed: they are read whole or not at all."""

    __tablename__ = "run_samples"

    run_seq: Mapped[int] = mapped_column(
        Serial,
        ForeignKey("run.seq", ondelete="CASCADE", onupdate="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    about: Mapped[Any] = mapped_column(JsonText)
    """What is no series."""
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """See ``sample_series``."""


run_samples = cast(Table, RunSamplesRow.__table__)


class SampleHourRow(Base):
    """One hour of a machine, a kernel or a GPU, a point a minute.

    By the hour and not by the minute, so that a week is some hundred rows for each of them:
    it is read in milliseconds, and nothing needs to be thinned when it gets older.
    """

    __tablename__ = "sample_hour"

    machine: Mapped[str] = mapped_column(KeyText, primary_key=True)
    hour_s: Mapped[int] = mapped_column(BigInteger, primary_key=True, index=True)
    """Unix seconds. With an index of its own: the oldest are erased, of whichever machine."""
    subject: Mapped[str] = mapped_column(KeyText, primary_key=True)
    """See ``sample_history.SubjectMinute``."""
    label: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """See ``sample_hours``."""


sample_hour = cast(Table, SampleHourRow.__table__)
