"""What is kept of one error: where it happened, what it is, what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from ..ids import CellId, EnvironmentId, ErrorGroupId, ErrorId, KernelId, RunId


class ErrorKind(str, Enum):
    """How an error showed itself."""

    exception = "exception"
    """It ended the run."""
    warning = "warning"
    """A warning of Python's ``warnings``."""
    log = "log"
    """A record of ``logging`` at level ERROR or above."""
    shell = "shell"
    """A ``!command`` that failed, which does not end a cell."""
    thread = "thread"
    """It ended a thread."""
    task = "task"
    """It ended an asyncio task that nobody waited for."""
    unraisable = "unraisable"
    """Python could not raise it, as in ``__del__``."""
    kernel_death = "kernel_death"
    """The kernel's process ended while it ran."""


class Category(str, Enum):
    """What went wrong."""

    syntax = "syntax"
    name = "name"
    attribute = "attribute"
    type = "type"
    value = "value"
    shape = "shape"
    lookup = "lookup"
    file_io = "file_io"
    import_env = "import_env"
    memory = "memory"
    device = "device"
    network = "network"
    permission = "permission"
    database = "database"
    interrupt = "interrupt"
    logic = "logic"
    numerical = "numerical"
    kernel_crash = "kernel_crash"
    unknown = "unknown"


class Nature(str, Enum):
    """Where the cause is to be looked for; ``unknown`` has none."""

    syntax = "syntax"
    logic = "logic"
    data = "data"
    runtime = "runtime"


class Severity(str, Enum):
    """How much an error costs, the least first."""

    info = "info"
    warning = "warning"
    error = "error"
    critical = "critical"


class SeverityReason(str, Enum):
    """Why an error weighs another level than errors of its category do."""

    lost_compute = "lost_compute"
    """The run took long until it failed."""
    remote = "remote"
    """It was sent away from the kernel of its notebook."""
    unattended = "unattended"
    """No client was connected to the kernel when it failed: nobody saw it."""
    repeated = "repeated"
    """It has failed so again and again in one kernel process."""
    regressed = "regressed"
    """Its group had been resolved."""
    expected = "expected"
    """One level less: its cell is tagged as one that may fail."""
    rule = "rule"
    """A rule in the settings says so, and nothing else counts."""


class CauseFlag(str, Enum):
    """What the notebook, the environment, the data or the machine had to do with it."""

    unexecuted = "nb.unexecuted"
    """The cell that defines a missing name was not run in this process."""
    stale_definition = "nb.stale_definition"
    """What it used was defined by a cell that has been edited since."""
    deleted_cell = "nb.deleted_cell"
    """What it used was defined by a cell that the notebook no longer has."""
    order = "nb.order"
    """What it used is defined by a cell that stands below."""
    after_failed_cell = "nb.after_failed_cell"
    """The cell that defines what it used has failed."""
    kernel_restarted = "nb.kernel_restarted"
    """What it used was defined before the kernel was restarted."""
    environment_changed = "env.changed_since_last_success"
    data_changed = "data.changed"
    pressure = "res.pressure"
    """Memory was nearly used up."""


class FrameKind(str, Enum):
    """Whose code a frame runs."""

    cell = "cell"
    user = "user"
    """The user's own module: neither a cell nor installed."""
    library = "library"


class Relation(str, Enum):
    """How one exception belongs to another."""

    cause = "cause"
    """``raise … from`` it."""
    context = "context"
    """It was being handled when the other was raised."""
    group = "group"
    """It is one of an exception group."""


@dataclass(frozen=True, slots=True)
class Variable:
    """What a name stood for at a frame: type and shape, and values only if the user said so."""

    name: str
    type: str
    """Such as ``pandas.DataFrame``."""
    summary: str
    """One line, such as ``1,000 rows, 4 columns, 12 nulls``."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One call on the way to an error."""

    kind: FrameKind
    file: str
    function: str
    """Empty where it is not known; ``<module>`` at the top of a cell or module."""
    module: str = ""
    line: int | None = None
    """From 1. Of a cell's frame: within the version of the cell that ran."""
    column: int | None = None
    """From 0, in characters."""
    end_line: int | None = None
    end_column: int | None = None
    source: str = ""
    """The statement that was running."""
    cell_id: CellId | None = None
    run_id: RunId | None = None
    """The run whose code the frame is of, where it is the code of a cell."""
    variables: list[Variable] = field(default_factory=list)
    repeated: int = 0
    """How often the same call stood here again, left out: recursion."""


@dataclass(frozen=True, slots=True)
class LinkedException:
    """An exception behind or below another one."""

    relation: Relation
    ename: str
    evalue: str
    frames: list[Frame]
    parent: int | None = None
    """Index in ``chain`` of the one it belongs to; null for the error itself."""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that may help, and why we think so."""

    text: str
    evidence: str
    action: str | None = None
    """What a click may do: ``run_cell:<cell id>``, ``run_above``, ``show_cell:<cell id>``,
    ``insert_code:<code>``, ``restart``; null if there is nothing to click."""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What tells errors of one cause from others; hex digests."""

    strict: str
    """The same statement of the same cell."""
    issue: str
    """The same cause: errors with it are one group."""
    family: str
    """The same trouble with the same library anywhere."""
    version: int


@dataclass(frozen=True, slots=True)
class Operation:
    """A run before the error that wrote names the failing statement used."""

    run_id: RunId
    cell_id: CellId | None
    execution_count: int | None
    names: list[str]
    code_line: str


@dataclass(frozen=True, slots=True)
class MemoryPoint:
    """The memory of a kernel at one moment before an error."""

    before_s: float
    """Seconds before the error."""
    rss_bytes: int
    """Of the kernel's process and those below it."""


@dataclass(frozen=True, slots=True)
class ResourceState:
    """How the machine stood when it happened; null is what could not be read."""

    rss_bytes: int | None = None
    """Of the kernel's process and those below it, as last read."""
    memory_used_bytes: int | None = None
    """Of the machine, or of the tightest control group the kernel lives in."""
    memory_limit_bytes: int | None = None
    memory_limit_source: str = ""
    """What sets the limit: ``machine``, or the path of a control group."""
    oom_kills: int | None = None
    """Kills for want of memory that the control group counted while the kernel ran."""
    trail: list[MemoryPoint] = field(default_factory=list)
    """The last minute, oldest first."""


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """One error, whole."""

    id: ErrorId
    group_id: ErrorGroupId
    run_id: RunId
    kernel_id: KernelId
    kind: ErrorKind
    ename: str
    """Class name; of a carrier such as an exception group of one kind that of the inner one."""
    evalue: str
    """The message, at most ``limits.ERROR_MESSAGE_MAX_CHARS`` characters of it."""
    template: str
    """The message with what varies between occurrences blanked."""
    category: Category
    nature: Nature | None
    severity: Severity
    flags: list[CauseFlag]
    at: datetime
    notebook_path: str | None
    cell_id: CellId | None
    execution_count: int | None
    line: int | None
    """Line of the failing cell, from 1, at which the error left the user's code."""
    column: int | None
    frames: list[Frame]
    """From the outermost to the innermost."""
    chain: list[LinkedException]
    notes: list[str]
    advice: list[Advice]
    fingerprints: Fingerprints
    environment_id: EnvironmentId | None
    collector: str
    """Who saw it: ``probe``, in the kernel; ``server``, which reads what a kernel sends."""
    diagnosis: str = ""
    """One sentence: the first advice, else what is known; for the line below the cell."""
    carrier: str = ""
    """Class name of what it came wrapped in."""
    evalue_chars: int | None = None
    """Length of the whole message, where it was cut."""
    frames_omitted: int = 0
    """Frames in the middle of a very deep stack that were left out."""
    operations: list[Operation] = field(default_factory=list)
    resources: ResourceState | None = None
    memory_held_bytes: int | None = None
    """About how much the last traceback keeps from being freed."""
    count: int = 1
    """How often it happened in this run; warnings in loops are one record."""
    dropped: dict[str, int] = field(default_factory=dict)
    """What was left out because of a limit, counted by kind."""
    severity_reasons: list[SeverityReason] = field(default_factory=list)
    """Why it weighs another level than its category; empty if it does not."""
