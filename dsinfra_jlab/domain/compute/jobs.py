"""Jobs: cells that are sent to a target."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, NewType

from ..bounds import Between, ItemCount, MaxChars
from ..ids import CellId, KernelId, MessageId, RunId, ServerId, cell_run_id
from ..runs.records import Document
from . import limits

JobId = NewType("JobId", str)


MAP_FOLDER = "map-"
"""Before the id of a group: see ``map_folder``."""


@dataclass(frozen=True, slots=True)
class RunOrigin:
    """What the run of a job has instead of a session of its kernel."""

    job_id: JobId
    target: str
    parent_run_id: RunId | None
    """The run that it stands below."""


def job_kernel_id(job_id: JobId) -> KernelId:
    """Return the id under which the kernel of a job is recorded.

    >>> job_kernel_id(JobId("a1"))
    'job-a1'
    """
    return KernelId(f"job-{job_id}")


def job_run_id(job_id: JobId) -> RunId:
    """Return the id of a job's run: the job's own id is that of the request that runs it."""
    return cell_run_id(job_kernel_id(job_id), MessageId(job_id))


def map_folder(group_id: str) -> JobId:
    """Return the name of the folder with what the items of a map share, beside those of jobs.

    >>> map_folder("a1")
    'map-a1'
    """
    return JobId(f"{MAP_FOLDER}{group_id}")


class JobState(str, Enum):
    """How a job stands, or how it ended."""

    queued = "queued"
    """Taken; it is being packed, waits for the user's word, or for a place."""
    starting = "starting"
    """A worker has it and starts its kernel."""
    running = "running"
    ok = "ok"
    error = "error"
    """Its code failed, or it could not be sent; ``detail`` says which."""
    cancelled = "cancelled"
    """Ended by the user. No process of it is left."""
    lost = "lost"
    """Its worker or its target went away: how far it came is not known."""

    @property
    def is_final(self) -> bool:
        """Whether a job in this state has ended."""
        return self in (JobState.ok, JobState.error, JobState.cancelled, JobState.lost)


NEXT_STATES: dict[JobState, frozenset[JobState]] = {
    # Also ok: an engine may tell of a job only when it is over.
    JobState.queued: frozenset(set(JobState) - {JobState.queued}),
    JobState.starting: frozenset(
        (JobState.running, JobState.ok, JobState.error, JobState.cancelled, JobState.lost)
    ),
    JobState.running: frozenset((JobState.ok, JobState.error, JobState.cancelled, JobState.lost)),
    JobState.ok: frozenset(),
    JobState.error: frozenset(),
    JobState.cancelled: frozenset(),
    JobState.lost: frozenset((JobState.ok, JobState.error, JobState.cancelled)),
}
"""What may follow what. A lost job may turn out to have ended: better evidence corrects it."""


class KernelMode(str, Enum):
    """Which kernel a job runs in."""

    fresh = "fresh"
    """One of its own: nothing is there but what was sent."""
    session = "session"
    """One kernel per notebook and target, which keeps its names between jobs."""
    group = "group"
    """One that the jobs of a group share, one after the other, on each worker; then it ends."""


class ShownBy(str, Enum):
    """Who puts the output into the cell."""

    browser = "browser"
    kernel = "kernel"
    """The cell waits for the job and prints as it goes (``%%remote --wait``)."""
    nobody = "nobody"
    """It belongs to no cell: a job of the Python API."""


class ResultState(str, Enum):
    """What became of the names a job brought back."""

    none = "none"
    """There are none."""
    waiting = "waiting"
    """They are in the job's folder; the kernel takes them before its next cell."""
    landed = "landed"
    conflict = "conflict"
    """Some were changed here meanwhile; the user is asked."""
    gone = "gone"
    """The folder was removed, or the kernel they were for has ended."""


@dataclass(frozen=True, slots=True)
class JobResources:
    """What a job asks for; null takes the target's default."""

    cpus: Annotated[int | None, Between(1, 4_096)] = None
    memory_bytes: Annotated[int | None, Between(1_000_000, 1e15)] = None
    gpus: Annotated[int | None, Between(0, 1_024)] = None


@dataclass(frozen=True, slots=True)
class ParcelName:
    """A name that was sent, or that came back."""

    name: str
    type: str
    size_bytes: int
    digest: str
    """blake2b of its own content where that could be told apart, else empty."""
    note: str = ""
    """``changed in place``, ``left out: larger than the limit``, … for a person."""


class PreflightKind(str, Enum):
    """What is noticed before a job is sent."""

    large = "large"
    unpicklable = "unpicklable"
    python = "python"
    """Another minor version of Python: pickles and byte code do not fit."""
    package = "package"
    """Another version of a package that the cell imports."""
    missing_package = "missing_package"
    dynamic = "dynamic"
    """The cell uses ``eval``, ``exec``, ``globals()``…: names may be missed."""
    missing_name = "missing_name"
    """A name the cell needs is not there."""


@dataclass(frozen=True, slots=True)
class PreflightItem:
    """One thing to know before a job is sent."""

    kind: PreflightKind
    text: str
    """What it is and what to do, for a person."""
    is_blocking: bool
    """It cannot be sent so."""
    needs_word: bool = False
    """The user is asked whether to go on."""
    name: str | None = None
    """The variable or package it is about."""
    path: str | None = None
    """Where in the variable: ``model.layers[2].lock``."""
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found before sending."""

    items: list[PreflightItem]
    sent_bytes: int
    expected_s: float | None = None
    """How long the transfer should take by what was measured before; null if nothing was."""
    is_waiting: bool = False
    """The user has not said yet whether to go on: ``POST jobs/{id}/confirm``, or cancel."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A cell, or some code, to be sent to a target."""

    target: Annotated[str, MaxChars(limits.TARGET_NAME_MAX_CHARS)]
    code: Annotated[str, MaxChars(limits.JOB_CODE_MAX_CHARS)]
    kernel_id: str | None = None
    """The kernel whose names it needs and that gets the results; null sends the code alone."""
    notebook_path: str | None = None
    cell_id: str | None = None
    resources: JobResources | None = None
    returns: Annotated[list[str] | None, ItemCount(0, limits.RETURNS_MAX)] = None
    """Names to bring back; null brings back what the code binds."""
    mode: KernelMode = KernelMode.fresh
    is_confirmed: bool = False
    """Do not ask about large variables and differing packages."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """Everything the server knows of a job; written whole, the newest replaces the one before."""

    id: JobId
    run_id: RunId
    target: str
    state: JobState
    code: str
    submitted_at: datetime
    home: str = ""
    """The installation that can reach its folder and its agent; several may share a store."""
    server_id: ServerId | None = None
    """The server that works on it; another one of the same home goes on when that one is gone."""
    kernel_id: KernelId | None = None
    """The kernel it was sent from."""
    kernel_name: str = ""
    document: Document | None = None
    """What that kernel belonged to when the job was sent; its path is as it was then."""
    notebook_path: str | None = None
    """Stored path, or null."""
    cell_id: CellId | None = None
    resources: JobResources = field(default_factory=JobResources)
    returns: tuple[str, ...] | None = None
    mode: KernelMode = KernelMode.fresh
    shown_by: ShownBy = ShownBy.browser
    user: str | None = None
    parent_run_id: RunId | None = None
    """The run it stands below: the session of the notebook's kernel, or the cell that sent it."""
    retry_of: JobId | None = None
    group_id: str | None = None
    """Items of one ``map`` share it."""
    name: str = ""
    detail: str = ""
    """One plain sentence: what it waits for, or why it ended so."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    worker: str | None = None
    queue_place: int | None = None
    progress_ratio: float | None = None
    progress_text: str | None = None
    cancel_asked_at: datetime | None = None
    preflight: Preflight | None = None
    sent: tuple[ParcelName, ...] = ()
    sent_bytes: int | None = None
    returned: tuple[ParcelName, ...] = ()
    returned_bytes: int | None = None
    changed_inputs: tuple[ParcelName, ...] = ()
    """Names that were sent and changed in place there; brought back when asked for."""
    result_state: ResultState = ResultState.none
    conflicts: tuple[str, ...] = ()
    log_seq: int = 0
    """Number of the newest event of its log that was taken in."""
    error_id: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the API shows it."""

    id: JobId
    run_id: RunId
    target: str
    state: JobState
    detail: str
    name: str
    code_line: str
    """The first line of its code that is not blank."""
    kernel_id: KernelId | None
    notebook_path: str | None
    cell_id: CellId | None
    resources: JobResources
    returns: list[str] | None
    mode: KernelMode
    shown_by: ShownBy
    user: str | None
    retry_of: JobId | None
    group_id: str | None
    submitted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    """From start to end, or to now."""
    worker: str | None
    queue_place: int | None
    """0 is next; null if it does not queue or the engine does not say."""
    progress_ratio: float | None
    progress_text: str | None
    cancel_asked_at: datetime | None
    kill_at: datetime | None
    """When it is killed if the interrupt does not end it."""
    preflight: Preflight | None
    sent: list[ParcelName]
    sent_bytes: int | None
    returned: list[ParcelName]
    returned_bytes: int | None
    changed_inputs: list[ParcelName]
    result_state: ResultState
    conflicts: list[str]
    log_seq: int
    error_id: str | None
    cost: float | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs to list, newest first."""

    target: str | None = None
    state: str | None = None
    """A state, several separated by commas, or ``open``."""
    notebook_path: str | None = None
    cell_id: str | None = None
    kernel_id: str | None = None
    group_id: str | None = None
    is_single: bool = False
    """Leave out the items of groups, which ``job-groups`` tells of together."""
    limit: Annotated[int, Between(1, 500)] = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class JobLogQuery:
    """Which part of a job's log."""

    after: Annotated[int, Between(0, 2**53)] = 0
    """Only messages with a higher number."""


@dataclass(frozen=True, slots=True)
class JobMessage:
    """What a job's kernel published, as the Jupyter protocol has it."""

    seq: int
    at: datetime
    type: str
    """``stream``, ``display_data``, ``execute_result``, ``update_display_data``, ``clear_output``,
    ``error``; the others are not shown."""
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class JobLog:
    """A stretch of what a job put out."""

    items: list[JobMessage]
    next_seq: int
    """Ask again with ``after`` this."""
    is_complete: bool
    """The job has ended and there is no more."""
    truncated: bool = False
    """Something was left out because of a limit."""


@dataclass(frozen=True, slots=True)
class LandRequest:
    """Which results of a job the kernel shall take now."""

    names: list[str] | None = None
    """Null takes all that are there, but no name that was changed here meanwhile."""
    overwrite: bool = False
    """Also names that were changed here meanwhile."""
