"""Lays runs side by side; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from ..runs.records import Environment, GitState, Run
from .code_diff import unified_diff
from .comparison import CodeDiff, Comparison, EnvironmentDiff

Value = TypeVar("Value")


def compare(runs: Sequence[Run], environments: Sequence[Environment | None]) -> Comparison:
    """Return runs side by side; ``environments`` has a place for each of them."""
    first = runs[0]
    return Comparison(
        runs=list(runs),
        params=columns([run.params for run in runs]),
        metrics=columns([run.metrics for run in runs]),
        code_diff=[
            CodeDiff(run.id, unified_diff(first.code, run.code, title_of(first), title_of(run)))
            for run in runs[1:]
        ],
        environment_diff=environment_diff(environments),
    )


def columns(rows: Sequence[Mapping[str, Value]]) -> dict[str, list[Value | None]]:
    """Return the values of each key, those that differ first, then by name."""
    keys = {key for row in rows for key in row}
    found = {key: [row.get(key) for row in rows] for key in keys}
    return dict(sorted(found.items(), key=lambda item: (is_same(item[1]), item[0])))


def is_same(values: Iterable[Any]) -> bool:
    """Return whether all values are the same; NaN is the same as NaN, and 1 is not ``True``."""
    return len({_identity(value) for value in values}) <= 1


def environment_diff(environments: Sequence[Environment | None]) -> EnvironmentDiff:
    """Return what differs between environments; those that are not known differ in nothing."""
    known = [each for each in environments if each is not None]
    names = {name for each in known for name in each.packages}
    versions = {
        name: [None if each is None else each.packages.get(name) for each in environments]
        for name in sorted(names)
        if not is_same(each.packages.get(name) for each in known)
    }
    return EnvironmentDiff(
        python=_differing(environments, [None if e is None else e.python for e in environments]),
        platform=_differing(
            environments, [None if e is None else e.platform for e in environments]
        ),
        git=_differing(
            environments, [None if e is None else commit_of(e.git) for e in environments]
        ),
        packages=versions,
    )


def commit_of(git: GitState | None) -> str | None:
    """Return the commit, with ``+`` where there were uncommitted changes."""
    if git is None or git.commit is None:
        return None
    return f"{git.commit}+" if git.dirty else git.commit


def title_of(run: Run) -> str:
    """Return what to call a run in the head of a diff."""
    count = "" if run.execution_count is None else f" [{run.execution_count}]"
    return f"{run.name or 'run'}{count} {run.queued_at:%Y-%m-%d %H:%M:%S}"


def _differing(
    environments: Sequence[Environment | None], values: list[str | None]
) -> list[str | None]:
    known = [value for each, value in zip(environments, values, strict=True) if each is not None]
    return [] if is_same(known) else values


def _identity(value: Any) -> tuple[str, Any]:
    """Return something hashable that only the same value has."""
    if isinstance(value, float) and value != value:
        return "nan", None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return type(value).__name__, repr(value)
    return "number", value
