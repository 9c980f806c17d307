"""Runs: what was run and recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Generic, TypeVar

from .. import limits
from ..bounds import Between, MaxChars
from ..ids import CellId, EnvironmentId, ExperimentId, KernelId, RunId, ServerId

Item = TypeVar("Item")


class RunKind(str, Enum):
    """What kind of thing was run."""

    session = "session"
    """One kernel process from start to end."""
    cell = "cell"
    """One execution of one cell."""
    block = "block"
    """A ``with dsinfra.run("name"):`` block inside a cell."""


class RunStatus(str, Enum):
    """How a run stands, or how it ended."""

    queued = "queued"
    """Asked for; the kernel has not begun."""
    running = "running"
    """The kernel is at it."""
    ok = "ok"
    """Ended as it should."""
    error = "error"
    """Ended by an exception, ``SystemExit`` included."""
    aborted = "aborted"
    """Never begun: it was queued behind something that failed or ended."""
    interrupted = "interrupted"
    """Cut off by the user: interrupt, restart or shutdown."""
    kernel_died = "kernel_died"
    """Cut off by the death of the kernel."""
    lost = "lost"
    """We stopped seeing it: how it ended is not known."""

    @property
    def is_final(self) -> bool:
        """Whether a run with this status has ended."""
        return self not in (RunStatus.queued, RunStatus.running)


class DocumentKind(str, Enum):
    """What kind of document a kernel belongs to."""

    notebook = "notebook"
    console = "console"
    kernel = "kernel"
    """No document: a kernel started by a program or over REST."""
    script = "script"
    """A Python program that runs outside of Jupyter and logs by the Python API."""
    named = "named"
    """No document: an experiment that a user named with ``experiment("name")``."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a kernel belongs to; decides the experiment of its runs."""

    kind: DocumentKind
    path: str
    """Absolute path where the server's files are local, else the contents path.
    For a kernel without a document, the kernel's name."""
    name: str
    """What a person calls it."""

    @property
    def notebook_path(self) -> str | None:
        """The path, if this is a notebook."""
        return self.path if self.kind is DocumentKind.notebook else None


@dataclass(frozen=True, slots=True)
class PeakMemory:
    """The most memory a run held."""

    bytes: int
    kind: str
    """``exact``, ``at_least`` or ``at_most``."""


def better_peak(known: PeakMemory | None, new: PeakMemory | None) -> PeakMemory | None:
    """Return which of two figures of the same peak to keep, in whatever order they come.

    What was measured exactly outranks what was seen from time to time, and that outranks what
    is only known not to have been exceeded. Of two of a kind the one that says more is kept, of
    two exact ones the new one. An exact figure below what was seen was of a part only: torch knows
    of its own memory on a GPU, the driver of all that the process holds.

    >>> better_peak(PeakMemory(700, "exact"), PeakMemory(900, "at_most"))
    PeakMemory(bytes=700, kind='exact')
    >>> better_peak(PeakMemory(700, "at_least"), PeakMemory(600, "at_least"))
    PeakMemory(bytes=700, kind='at_least')
    >>> better_peak(PeakMemory(700, "exact"), PeakMemory(900, "at_least"))
    PeakMemory(bytes=900, kind='at_least')
    """
    if known is None or new is None:
        return new if known is None else known
    if {known.kind, new.kind} == {"exact", "at_least"}:
        return max(known, new, key=lambda peak: (peak.bytes, peak.kind == "exact"))
    if known.kind != new.kind:
        return max(known, new, key=lambda peak: _SURENESS.get(peak.kind, 0))
    if known.kind == "exact":
        return new
    best = max if known.kind == "at_least" else min
    return best(known, new, key=lambda peak: peak.bytes)


_SURENESS = {"exact": 3, "at_least": 2, "at_most": 1}


class FlagKind(str, Enum):
    """Why a run may not repeat when the notebook is run from top to bottom."""

    out_of_order = "out_of_order"
    """It read a name written by a cell that stands below it."""
    edited_cell = "edited_cell"
    """It read a name written by a cell whose code has been edited since it ran."""
    deleted_cell = "deleted_cell"
    """It read a name written by a cell that the notebook no longer has."""
    before_restart = "before_restart"
    """It read a name last written before the kernel was restarted."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One reason to doubt that a run repeats."""

    kind: FlagKind
    name: str
    """The name that was read."""
    run_id: RunId | None = None
    """The run that wrote it."""
    cell_id: CellId | None = None
    """The cell of that run."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Everything the server has seen of one run so far.

    Written whole and keyed by ``id``: the newest record of a run replaces the one
    before, so records can be repeated and merged on their way to the store.
    What users add (name, note, tags, star) is not part of it.
    """

    id: RunId
    kind: RunKind
    kernel_id: KernelId
    kernel_name: str
    document: Document
    server_id: ServerId
    status: RunStatus
    queued_at: datetime
    """When it was asked for; lists are ordered by it."""
    parent_id: RunId | None = None
    language: str | None = None
    cell_id: CellId | None = None
    execution_count: int | None = None
    status_reason: str | None = None
    code: str = ""
    code_sha256: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_s: float | None = None
    """Seconds between start and end by the monotonic clock."""
    error_name: str | None = None
    error_message: str | None = None
    missed_messages: int | None = None
    """Messages the kernel sent during the run that we never saw; ``None`` if it cannot be known."""
    environment_id: EnvironmentId | None = None
    user: str | None = None
    """Who asked for it, as the server knows them; ``None`` if the request was not seen."""
    name: str = ""
    """The name a block was given in code; the user's own word later outranks it."""
    experiment: str | None = None
    """The experiment a user named in code; ``None`` for the one of the document."""
    cpu_s: float | None = None
    """CPU seconds of the kernel's process and of its children that ended."""
    peak_rss: PeakMemory | None = None
    peak_gpu_memory: PeakMemory | None = None
    rss_marks: tuple[int, int] | None = None
    """What the probe read for ``peak_rss``: the most the kernel's process had held before the run,
    and after it. Not stored."""
    flags: tuple[Flag, ...] = ()
    target: str | None = None
    """Where it ran, if it was sent somewhere."""
    job_id: str | None = None


@dataclass(frozen=True, slots=True)
class RunOutputs:
    """The outputs of a run in nbformat 4 form."""

    items: list[dict[str, Any]]
    truncated: bool = False
    """Whether something was left out because of a limit."""


@dataclass(frozen=True, slots=True)
class GitState:
    """The state of the repository a notebook lies in."""

    commit: str | None
    branch: str | None
    dirty: bool | None
    """Whether tracked files had uncommitted changes; ``None`` if it was not looked at."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run as lists show it."""

    id: RunId
    kind: RunKind
    name: str
    """The user's name for it, else empty."""
    experiment_id: ExperimentId
    parent_id: RunId | None
    kernel_id: KernelId
    kernel_name: str
    language: str | None
    notebook_path: str | None
    """Contents path below the server's root, or an absolute path outside of it."""
    cell_id: CellId | None
    execution_count: int | None
    status: RunStatus
    status_reason: str | None
    code_line: str
    """The first line of the code that is not blank."""
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    params: dict[str, Any]
    metrics: dict[str, float]
    """The last value of each metric."""
    tags: dict[str, str]
    note: str
    is_starred: bool
    error_ids: list[str]
    error_name: str | None
    error_message: str | None
    child_count: int
    """Runs directly below this one."""
    error_count: int
    """Runs directly below this one that ended in ``error`` or ``kernel_died``."""
    missed_messages: int | None
    cpu_s: float | None
    peak_rss: PeakMemory | None
    """The most resident memory of the kernel with every process below it, meanwhile."""
    flags: list[Flag]
    user: str | None
    target: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run with everything known of it but its outputs."""

    id: RunId
    kind: RunKind
    name: str
    """The user's name for it, else empty."""
    experiment_id: ExperimentId
    experiment_name: str
    parent_id: RunId | None
    kernel_id: KernelId
    kernel_name: str
    language: str | None
    notebook_path: str | None
    """Contents path below the server's root, or an absolute path outside of it."""
    cell_id: CellId | None
    execution_count: int | None
    status: RunStatus
    status_reason: str | None
    """One plain sentence."""
    code: str
    code_sha256: str
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    params: dict[str, Any]
    metrics: dict[str, float]
    """The last value of each metric."""
    tags: dict[str, str]
    note: str
    is_starred: bool
    error_ids: list[str]
    error_name: str | None
    error_message: str | None
    child_count: int
    """Runs directly below this one."""
    error_count: int
    """Runs directly below this one that ended in ``error`` or ``kernel_died``."""
    cpu_s: float | None
    peak_rss: PeakMemory | None
    """The most resident memory of the kernel with every process below it, meanwhile."""
    peak_gpu_memory: PeakMemory | None
    energy_j: float | None
    """Of GPUs while it ran, as far as it was the run's; null if it was not measured."""
    missed_messages: int | None
    """Messages the kernel sent during the run that were never seen; null if it cannot be known."""
    dropped: dict[str, int]
    """What the probe left out because of a limit, counted by kind: ``params``, ``points`` …"""
    flags: list[Flag]
    environment_id: EnvironmentId | None
    git: GitState | None
    user: str | None
    target: str | None
    job_id: str | None


@dataclass(frozen=True, slots=True)
class RunPatch:
    """What a user may change of a run; ``None`` leaves a field as it is."""

    name: Annotated[str | None, MaxChars(limits.NAME_MAX_CHARS)] = None
    note: Annotated[str | None, MaxChars(limits.NOTE_MAX_CHARS)] = None
    tags: dict[str, str] | None = None
    """Replaces all tags."""
    is_starred: bool | None = None
    is_deleted: bool | None = None
    """False takes a deleted run, and what was deleted with it, back out of the trash."""


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs a list shall hold; ``None`` does not restrict."""

    q: Annotated[str, MaxChars(limits.QUERY_MAX_CHARS)] = ""
    """The search language: free words and terms such as ``status:error`` or ``metric.acc>=0.9``."""
    experiment_id: ExperimentId | None = None
    kind: RunKind | None = None
    status: RunStatus | None = None
    kernel_id: KernelId | None = None
    cell_id: CellId | None = None
    parent_id: RunId | None = None
    order: str = "-queued_at"
    """One of ``queued_at``, ``started_at``, ``ended_at``, ``duration_s``, ``peak_rss``,
    ``metric.<key>`` and ``param.<key>``; a leading minus means descending."""
    limit: Annotated[int, Between(1, limits.PAGE_MAX)] = limits.PAGE_DEFAULT
    cursor: str | None = None
    """The ``next_cursor`` of the page before; ``None`` for the first."""


@dataclass(frozen=True, slots=True)
class ExperimentQuery:
    """Which experiments a list shall hold."""

    q: Annotated[str, MaxChars(limits.QUERY_MAX_CHARS)] = ""
    """Words of the name or the notebook's path."""
    limit: Annotated[int, Between(1, limits.PAGE_MAX)] = limits.PAGE_DEFAULT
    cursor: str | None = None
    """The ``next_cursor`` of the page before; ``None`` for the first."""


@dataclass(frozen=True, slots=True)
class ExperimentPatch:
    """What a user may change of an experiment."""

    name: Annotated[str, MaxChars(limits.NAME_MAX_CHARS)]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A stretch of a list."""

    items: list[Item]
    next_cursor: str | None = None
    """Give it back as ``cursor`` for the next stretch; ``None`` at the end."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """A named series of runs."""

    id: ExperimentId
    name: str
    notebook_path: str | None
    """Contents path below the server's root, or an absolute path outside of it."""
    run_count: int
    """Cell runs in it, deleted ones not counted."""
    error_count: int
    """Cell runs in it that ended in ``error`` or ``kernel_died``."""
    last_run_at: datetime | None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Environment:
    """What a run had around it."""

    python: str | None
    """Version of the kernel's language where that is Python, else ``None``."""
    platform: str
    packages: dict[str, str]
    """Name to version, as installed where the kernel's interpreter looks."""
    git: GitState | None
    language: str | None = None
    language_version: str | None = None
    interpreter: str | None = None
    """Path of the program that runs the kernel."""
    coverage: str = "server"
    """Who looked: ``server`` saw what is installed, not what was imported; ``kernel`` saw both."""
    loaded: list[str] = field(default_factory=list)
    """Packages of ``packages`` that the kernel had imported by then; empty if nobody looked."""
