"""The trial table: the runs of one cell over time, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from .. import limits
from ..bounds import Between, MaxChars
from ..ids import RunId
from .records import Flag, RunStatus


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of the cell."""

    run_id: RunId
    execution_count: int | None
    queued_at: datetime
    duration_s: float | None
    status: RunStatus
    code_sha256: str
    """Equal for runs of the same code."""
    params: dict[str, Any]
    metrics: dict[str, float]
    name: str
    note: str
    tags: dict[str, str]
    is_starred: bool
    flags: list[Flag]
    error_name: str | None


@dataclass(frozen=True, slots=True)
class TrialColumns:
    """Keys that any trial of the page has, in alphabetical order."""

    params: list[str]
    metrics: list[str]


@dataclass(frozen=True, slots=True)
class Trials:
    """A page of the trial table, newest first."""

    columns: TrialColumns
    items: list[Trial]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class TrialQuery:
    """Which trials of a cell are asked for."""

    notebook_path: Annotated[str, MaxChars(limits.PATH_MAX_CHARS)] = ""
    """Contents path of the notebook; copies of a notebook share the ids of their cells.
    Empty takes the cell wherever it was run."""
    limit: Annotated[int, Between(1, limits.PAGE_MAX)] = limits.PAGE_MAX
    cursor: str | None = None
