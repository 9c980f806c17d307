"""Which cell versions and which data a result came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..ids import CellId, RunId
from ..runs.capture import DataItem, RunCapture
from ..runs.records import Flag, RunStatus


@dataclass(frozen=True, slots=True)
class Step:
    """One cell run of a session, as the search for its origins needs it."""

    run_id: RunId
    cell_id: CellId | None
    execution_count: int | None
    status: RunStatus
    queued_at: datetime
    code: str
    code_sha256: str
    capture: RunCapture | None
    """``None`` if no probe looked: such a step is taken for one that may have done anything."""
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class LineageNode:
    """A cell version that a result came from."""

    run_id: RunId
    cell_id: CellId | None
    execution_count: int | None
    status: RunStatus
    queued_at: datetime
    code_line: str
    """The first line of its code that is not blank."""
    flags: list[Flag]
    is_target: bool
    """Whether it is the run that was asked about."""


@dataclass(frozen=True, slots=True)
class LineageEdge:
    """Names that one run wrote or changed and another read."""

    from_run_id: RunId
    to_run_id: RunId
    names: list[str]


@dataclass(frozen=True, slots=True)
class LineageData:
    """Data that a run of the graph read."""

    run_id: RunId
    item: DataItem


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a result came from."""

    nodes: list[LineageNode]
    """In the order they ran; the run asked about is the last."""
    edges: list[LineageEdge]
    data: list[LineageData]
    flags: list[Flag]
    """Those of all nodes."""
    is_complete: bool
    """Whether every name that was read is accounted for."""
    gaps: list[str]
    """Why it is not complete, one sentence each."""
    summary: str
    """One sentence: how many cell versions and files the result came from."""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A notebook that leads to a result again."""

    name: str
    """What to call its file."""
    notebook: dict[str, Any]
    """nbformat 4: the cell versions in the order they ran, below a cell that lists the
    environment, the data and what could not be seen."""
    run_ids: list[RunId]
    """The runs its code cells come from."""
    gaps: list[str]
    """Why it may not repeat, one sentence each."""
