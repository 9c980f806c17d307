"""Runs side by side, and what changed from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any

from .. import limits
from ..bounds import ItemCount
from ..ids import CellId, RunId
from ..runs.records import Run


@dataclass(frozen=True, slots=True)
class ComparisonQuery:
    """Which runs are laid side by side."""

    id: Annotated[list[RunId], ItemCount(2, limits.COMPARED_RUNS_MAX)]
    """Given once for each run; the first is what the others are compared with."""


@dataclass(frozen=True, slots=True)
class CodeDiff:
    """How the code of a run differs from that of the first one."""

    run_id: RunId
    diff: str
    """Unified diff; empty if the code is the same."""


@dataclass(frozen=True, slots=True)
class EnvironmentDiff:
    """What differs between environments; a value per run, ``None`` where it has none."""

    python: list[str | None] = field(default_factory=list)
    platform: list[str | None] = field(default_factory=list)
    git: list[str | None] = field(default_factory=list)
    """Commit, with ``+`` where there were uncommitted changes."""
    packages: dict[str, list[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs side by side; every list has a place per run, in the order asked for."""

    runs: list[Run]
    params: dict[str, list[Any]]
    """Keys whose values differ come first."""
    metrics: dict[str, list[float | None]]
    code_diff: list[CodeDiff]
    """One for each run after the first."""
    environment_diff: EnvironmentDiff
    """Fields and packages that are equal everywhere are empty or absent."""


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A value before and after; ``None`` where there was none."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class UpstreamChange:
    """A cell that the result came from ran with other code than it did before."""

    cell_id: CellId | None
    before_run_id: RunId | None
    after_run_id: RunId | None
    diff: str


@dataclass(frozen=True, slots=True)
class RunDifference:
    """What differs between an earlier run of the same cell and this one."""

    run_id: RunId
    """The earlier run."""
    code_diff: str
    params: list[ValueChange]
    metrics: list[ValueChange]
    data: list[ValueChange]
    """By path or URL: digest, else size and time."""
    packages: list[ValueChange]
    upstream: list[UpstreamChange]
    python: ValueChange | None = None
    git: ValueChange | None = None
    is_code_only_seen: bool = False
    """Whether one of the two had no probe, so that only code and outputs could be compared."""


class StaleKind(str, Enum):
    """Why a result no longer follows from what stands in the notebook."""

    code = "code"
    """The cell itself was run again, or edited, since."""
    upstream = "upstream"
    """A cell that it came from was run again or edited since."""
    data = "data"
    """A file that it read has changed since."""


@dataclass(frozen=True, slots=True)
class StaleReason:
    """One reason why a result is stale."""

    kind: StaleKind
    detail: str
    """One sentence for a person."""
    run_id: RunId | None = None
    """The newer run, if it is one."""
    cell_id: CellId | None = None
    name: str | None = None
    """The file, if it is one."""


@dataclass(frozen=True, slots=True)
class RunChanges:
    """What is different about a run, unasked."""

    since_last: RunDifference | None
    """Against the run of the same cell before it; ``None`` if it is the first."""
    since_good: RunDifference | None
    """Against the last one that ended ``ok``, where that is another run; else ``None``."""
    stale: list[StaleReason]
    """Empty while the result stands."""
