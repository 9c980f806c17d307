"""The table of what runs took of the machine while they were going on."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ForeignKey, LargeBinary, Table
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, JsonText, Serial

__all__ = ["run_samples"]


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
