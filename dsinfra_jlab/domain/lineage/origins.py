"""Puts the graph of a result's origins together; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .. import limits
from ..ids import RunId
from ..runs.capture import DataItem, DataKind, DataMode
from .graph import Lineage, LineageData, LineageEdge, LineageNode, Step
from .slicing import Slice


def lineage_of(found: Slice, data: Mapping[RunId, Sequence[DataItem]]) -> Lineage:
    """Return the graph of a slice, with the data its steps read."""
    nodes = [_node(step, step is found.steps[-1]) for step in found.steps]
    read = [
        LineageData(step.run_id, item)
        for step in found.steps
        for item in data.get(step.run_id, ())
        if item.mode is not DataMode.write
    ]
    return Lineage(
        nodes=nodes,
        edges=[LineageEdge(*ends, names) for ends, names in found.edges.items()],
        data=read,
        flags=list(dict.fromkeys(flag for node in nodes for flag in node.flags)),
        is_complete=not found.gaps,
        gaps=found.gaps,
        summary=summary_of(len(nodes), read),
    )


def summary_of(versions: int, data: Sequence[LineageData]) -> str:
    """Return in one sentence what a result came from."""
    by_kind: dict[DataKind, set[str]] = {}
    for each in data:
        by_kind.setdefault(each.item.kind, set()).add(each.item.name)
    words = [_counted(len(by_kind[kind]), *_WORDS[kind]) for kind in DataKind if kind in by_kind]
    this = "this cell version" if versions == 1 else f"these {versions:,} cell versions"
    if not words:
        return f"This result came from {this}."
    return f"This result came from {', '.join([this, *words[:-1]])} and {words[-1]}."


_WORDS = {
    DataKind.file: ("file", "files"),
    DataKind.database: ("database", "databases"),
    DataKind.url: ("address", "addresses"),
    DataKind.process: ("program", "programs"),
}


def _counted(count: int, one: str, many: str) -> str:
    return f"this {one}" if count == 1 else f"these {count:,} {many}"


def first_line(code: str) -> str:
    """Return the first line of code that is not blank."""
    return next((line.rstrip() for line in code.splitlines() if line.strip()), "")


def _node(step: Step, is_target: bool) -> LineageNode:
    return LineageNode(
        run_id=step.run_id,
        cell_id=step.cell_id,
        execution_count=step.execution_count,
        status=step.status,
        queued_at=step.queued_at,
        code_line=first_line(step.code)[: limits.CODE_LINE_MAX_CHARS],
        flags=list(step.flags),
        is_target=is_target,
    )
