"""What differs between two runs of one cell; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..comparing.code_diff import unified_diff
from ..comparing.comparison import RunDifference, UpstreamChange, ValueChange
from ..comparing.side_by_side import commit_of, is_same, title_of
from ..ids import CellId
from ..runs.capture import DataItem, DataMode
from ..runs.records import Environment, Run
from .graph import Step


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one of the two."""

    run: Run
    steps: Sequence[Step]
    """The cell versions its result came from; the last is its own."""
    data: Sequence[DataItem]
    environment: Environment | None
    is_seen: bool
    """Whether a probe looked."""


def difference(before: Facts, after: Facts) -> RunDifference:
    """Return what differs between an earlier run and this one."""
    one, other = before.run, after.run
    is_seen = before.is_seen and after.is_seen
    return RunDifference(
        run_id=one.id,
        code_diff=unified_diff(one.code, other.code, title_of(one), title_of(other)),
        params=changed(one.params, other.params),
        metrics=changed(one.metrics, other.metrics),
        data=changed(_states(before.data), _states(after.data)) if is_seen else [],
        packages=_packages(before.environment, after.environment),
        upstream=_upstream(before.steps, after.steps) if is_seen else [],
        python=_environment_change("python", before, after),
        git=_environment_change("git", before, after),
        is_code_only_seen=not is_seen,
    )


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ValueChange]:
    """Return the keys whose values differ, by name."""
    return [
        ValueChange(key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if not is_same([before.get(key), after.get(key)])
    ]


def _states(data: Sequence[DataItem]) -> dict[str, str]:
    """Return what tells one state of each source from another."""
    return {item.name: _state(item) for item in data if item.mode is not DataMode.write}


def _state(item: DataItem) -> str:
    if item.digest is not None:
        return item.digest
    if item.size_bytes is None:
        return "read"
    size = f"{item.size_bytes:,} bytes"
    return size if item.modified_at is None else f"{size}, {item.modified_at}"


def _packages(before: Environment | None, after: Environment | None) -> list[ValueChange]:
    if before is None or after is None:
        return []
    return changed(before.packages, after.packages)


def _environment_change(key: str, before: Facts, after: Facts) -> ValueChange | None:
    if before.environment is None or after.environment is None:
        return None
    values = [
        commit_of(each.git) if key == "git" else each.python
        for each in (before.environment, after.environment)
    ]
    return None if is_same(values) else ValueChange(key, *values)


def _upstream(before: Sequence[Step], after: Sequence[Step]) -> list[UpstreamChange]:
    """Return the cells that the two came from in different versions, in the order they ran."""
    old, new = _by_cell(before[:-1]), _by_cell(after[:-1])
    order = [*new, *(cell for cell in old if cell not in new)]
    changes: list[UpstreamChange] = []
    for cell in order:
        one, other = old.get(cell), new.get(cell)
        if one is None or other is None:
            step = one or other
            assert step is not None
            before_id = None if one is None else one.run_id
            after_id = None if other is None else other.run_id
            changes.append(UpstreamChange(step.cell_id, before_id, after_id, diff=""))
        elif one.code_sha256 != other.code_sha256:
            diff = unified_diff(one.code, other.code, _title_of(one), _title_of(other))
            changes.append(UpstreamChange(other.cell_id, one.run_id, other.run_id, diff))
    return changes


def _by_cell(steps: Sequence[Step]) -> dict[CellId | str, Step]:
    """Return the last version of each cell; cells without an id are told by their code."""
    return {step.cell_id or f"code:{step.code_sha256}": step for step in steps}


def _title_of(step: Step) -> str:
    count = "cell" if step.execution_count is None else f"cell [{step.execution_count}]"
    return f"{count} {step.queued_at:%Y-%m-%d %H:%M:%S}"
