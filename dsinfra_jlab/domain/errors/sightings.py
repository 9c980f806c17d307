"""An error as it was seen, before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..ids import CellId, EnvironmentId, ErrorId, KernelId, RunId
from .occurrences import CauseFlag, ErrorKind, Frame, Operation, Relation, ResourceState

Fact = Mapping[str, Any]
"""Something seen about live objects that advice is made of: ``topic``, and by topic what
``facts`` lists. JSON values only."""


@dataclass(frozen=True, slots=True)
class SeenException:
    """One exception of a tree; the first of a tree is the one that came through."""

    ename: str
    """Class name without module."""
    module: str
    """Module of the class; empty if not known, ``builtins`` for Python's own."""
    bases: tuple[str, ...]
    """Names of its base classes with module, nearest first; empty if not known."""
    evalue: str
    evalue_chars: int
    """Length of the whole message: more than ``len(evalue)`` if it was cut."""
    notes: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    """From the outermost to the innermost."""
    frames_omitted: int = 0
    parent: int | None = None
    """Index of the exception it belongs to; ``None`` for the first."""
    relation: Relation | None = None


@dataclass(frozen=True, slots=True)
class ErrorSeen:
    """An error with its chain, from the probe or read from text."""

    kind: ErrorKind
    exceptions: tuple[SeenException, ...]
    """At least one."""
    at_s: float | None = None
    """Unix seconds, by the kernel's clock."""
    number: int = 0
    """Tells the errors of one run apart; 0 is the one that ended it."""
    count: int = 1
    facts: tuple[Fact, ...] = ()
    memory_held_bytes: int | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)
    collector: str = "probe"
    """``probe``, or ``server`` if it was read from text that the kernel sent."""


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What a kernel published of an error, for kernels that nobody looks into."""

    ename: str
    evalue: str
    traceback: str
    """Without colours; empty if there was none."""


@dataclass(frozen=True, slots=True)
class CellRun:
    """A run of a cell that the frames of an error may be in."""

    run_id: RunId
    cell_id: CellId | None
    code: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """Everything known of one error when its run ends, or it is seen after that."""

    error_id: ErrorId
    run_id: RunId
    kernel_id: KernelId
    language: str | None
    at: datetime
    notebook_path: str | None
    cell_id: CellId | None
    execution_count: int | None
    code: str
    """Of the cell that ran."""
    environment_id: EnvironmentId | None
    elapsed_s: float | None
    """How long the run took until then."""
    seen: ErrorSeen | None
    """By the probe."""
    text: ErrorText | None
    """As published, or as Python printed it on stderr."""
    death: str | None = None
    """One sentence on how the kernel died, if it did."""
    returncode: int | None = None
    """Of the kernel's process; negative is the number of a signal."""
    resources: ResourceState | None = None
    is_expected: bool = False
    """Whether the user said that the run may fail."""
    printed: str = ""
    """The end of what the cell printed, if a command of it failed."""
    is_remote: bool = False
    """Whether the run was sent away from the kernel of its notebook."""
    is_unattended: bool = False
    """Whether every client of the kernel had gone when it failed."""
    process: int = 0
    """Tells the processes of one kernel apart."""
    flags: tuple[CauseFlag, ...] = ()
    """Of the names the cell read."""
    operations: tuple[Operation, ...] = ()
    cells: Mapping[int, CellRun] = field(default_factory=dict)
    """Runs of the same kernel process by execution count, for frames that name one."""
    names: Mapping[str, Any] = field(default_factory=dict)
    """By name that is missing, what the history of cells says of it: ``cell_history``."""
