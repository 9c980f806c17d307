"""Errors that are the same again, and what users say of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

from .. import limits
from ..bounds import Between, MaxChars
from ..ids import CellId, EnvironmentId, ErrorGroupId, ErrorId, RunId
from . import limits as error_limits
from .occurrences import Category, ErrorKind, ErrorRecord, Nature, Severity


class GroupState(str, Enum):
    """How a group stands."""

    new = "new"
    """First seen less than a day ago, and nobody has said anything of it."""
    ongoing = "ongoing"
    escalating = "escalating"
    """It happens much more often than it used to."""
    regressed = "regressed"
    """It was resolved and has happened again."""
    resolved = "resolved"
    """By a user, or because the cell that failed has succeeded since."""
    ignored = "ignored"


class IgnoreUntil(str, Enum):
    """How long a group stays ignored."""

    forever = "forever"
    number = "count"
    """Until it has happened ``ignore_count`` more times."""
    escalating = "escalating"


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """A group as lists and its own page show it."""

    id: ErrorGroupId
    title: str
    """Class and message of the newest occurrence, in one line."""
    ename: str
    kind: ErrorKind
    category: Category
    nature: Nature | None
    severity: Severity
    state: GroupState
    state_reason: str
    """One sentence: who or what made it so; empty if there is nothing to say."""
    count: int
    """Errors of runs; one that repeats within a run, such as a warning in a loop, counts once."""
    notebooks: list[str]
    """Contents paths, that of the newest occurrence first; at most ``GROUP_NOTEBOOKS_MAX``."""
    notebook_count: int
    first_at: datetime
    last_at: datetime
    trend: list[int]
    """Occurrences in each of the last ``GROUP_TREND_BUCKETS`` buckets, oldest first."""
    trend_bucket_s: float
    last_error_id: ErrorId
    last_run_id: RunId
    last_cell_id: CellId | None
    diagnosis: str
    """Of the newest occurrence."""
    family: str
    """Fingerprint that groups of the same trouble elsewhere share."""
    note: str
    runbook: str
    """What to do when it happens, in Markdown; written by users."""
    assignee: str
    resolved_at: datetime | None
    resolved_run_id: RunId | None
    """The run whose success resolved it."""
    ignore_until: IgnoreUntil | None
    ignore_remaining: int | None
    """Occurrences until it is shown again."""


@dataclass(frozen=True, slots=True)
class ErrorGroupPatch:
    """What a user may change of a group; ``None`` leaves a field as it is."""

    state: GroupState | None = None
    """``resolved``, ``ignored``, or ``ongoing`` to open it again; the others come by themselves."""
    ignore_until: IgnoreUntil | None = None
    """With ``ignored``; ``forever`` if not given."""
    ignore_count: Annotated[int | None, Between(1, error_limits.IGNORE_COUNT_MAX)] = None
    severity: Severity | None = None
    """Outranks the one that is found, for this group's occurrences to come, too."""
    note: Annotated[str | None, MaxChars(limits.NOTE_MAX_CHARS)] = None
    runbook: Annotated[str | None, MaxChars(limits.NOTE_MAX_CHARS)] = None
    assignee: Annotated[str | None, MaxChars(limits.NAME_MAX_CHARS)] = None


@dataclass(frozen=True, slots=True)
class ErrorQuery:
    """Which groups a list shall hold, the one seen last first; ``None`` does not restrict."""

    q: Annotated[str, MaxChars(limits.QUERY_MAX_CHARS)] = ""
    """Words of class, message, notebook, note or runbook."""
    state: GroupState | None = None
    severity: Severity | None = None
    category: Category | None = None
    notebook_path: str | None = None
    cell_id: CellId | None = None
    is_open: bool | None = None
    """Neither resolved nor ignored."""
    since: datetime | None = None
    """Only groups that happened at or after this moment."""
    limit: Annotated[int, Between(1, limits.PAGE_MAX)] = limits.PAGE_DEFAULT
    cursor: str | None = None
    """The ``next_cursor`` of the page before; ``None`` for the first."""


@dataclass(frozen=True, slots=True)
class OccurrenceQuery:
    """A page of the occurrences of a group, newest first."""

    limit: Annotated[int, Between(1, limits.PAGE_MAX)] = limits.PAGE_DEFAULT
    cursor: str | None = None
    """The ``next_cursor`` of the page before; ``None`` for the first."""


class TrendBucket(str, Enum):
    """How wide the stretches of a trend are; all begin at full hours or midnight, UTC."""

    hour = "hour"
    day = "day"


@dataclass(frozen=True, slots=True)
class ErrorTrendQuery:
    """Which stretch of time to count errors in."""

    bucket: TrendBucket = TrendBucket.hour
    since: datetime | None = None
    """By default the last day for hours, the last 30 days for days."""


@dataclass(frozen=True, slots=True)
class ErrorTrend:
    """Occurrences by time and category, and what stands behind them."""

    bucket_s: float
    starts: list[datetime]
    """The beginning of each bucket, oldest first."""
    categories: dict[Category, list[int]]
    """Occurrences in each bucket; categories that did not occur are left out."""
    new_groups: list[int]
    """Groups that were first seen in each bucket."""
    state_counts: dict[GroupState, int]
    """Groups of each state now, whenever they were seen."""


@dataclass(frozen=True, slots=True)
class NotebookShare:
    """How often a group was seen in one notebook."""

    notebook_path: str | None
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class EnvironmentShare:
    """How often a group was seen in one environment."""

    environment_id: EnvironmentId
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ErrorHistory:
    """Where a group was seen, and what was different when the cell last succeeded."""

    notebooks: list[NotebookShare]
    environments: list[EnvironmentShare]
    params: dict[str, list[Any]]
    """Values of parameters of the newest runs in it, by name; only those that differ."""
    began_after: list[str]
    """What changed between the last success before it was first seen, and that:
    ``pandas 2.2.3 → 3.0.1``."""
    last_success_run_id: RunId | None
    """Of the cell that failed last, before that failure."""
    failed_run_id: RunId | None
    changes: list[str] = field(default_factory=list)
    """One sentence each: code, parameters, data, packages that differ between the two."""
    family: list[ErrorGroup] = field(default_factory=list)
    """Other groups of the same trouble."""


class ExportFormat(str, Enum):
    """What errors can be exported as."""

    otlp = "otlp"
    """OpenTelemetry log records, as OTLP/JSON."""
    sentry = "sentry"
    """Envelopes, as Sentry and what is compatible with it take them."""
    jsonl = "jsonl"
    """One JSON object a line."""
    markdown = "markdown"


@dataclass(frozen=True, slots=True)
class ErrorExportQuery:
    """Which errors to export, newest first; nothing is sent anywhere."""

    format: ExportFormat = ExportFormat.jsonl
    group_id: ErrorGroupId | None = None
    error_id: ErrorId | None = None
    run_id: RunId | None = None
    since: datetime | None = None
    limit: Annotated[int, Between(1, error_limits.EXPORT_ERRORS_MAX)] = 1_000


@dataclass(frozen=True, slots=True)
class RunErrors:
    """The errors of one run, the one that ended it first."""

    items: list[ErrorRecord]
