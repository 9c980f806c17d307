"""The parameters and metrics of a cell, found without a call: what it read and what it made.

Only names that the code of the cell shows are looked up, so that the cost does not grow with the
notebook. A metric is claimed only where the cell is known to have made it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from . import limits
from .names import CellNames, indirect
from .names_reach import Standing, standing
from .scalars import NotScalar, float_for_json, numeric_ids, plain_ids, to_float, to_plain

_NOT_THE_USERS = frozenset(("In", "Out", "exit", "quit", "get_ipython", "open"))
_ABSENT = object()


class Plan(NamedTuple):
    """What to look at when some code runs; made once for each code."""

    names: CellNames
    reads: list[str]
    makes: list[str]
    """Names that may become metrics or, being bound to constants, params."""
    known: dict[str, Any]
    """What can be said of the cell from its code alone."""


class Before(NamedTuple):
    """What was seen before a cell ran."""

    plan: Plan
    params: dict[str, Any]
    scalars: dict[str, Any]
    """Scalars of names that the cell may bind, to tell later whether it did."""
    standing: Standing | None = None
    """What was there of its names."""


class Found(NamedTuple):
    """What a cell read and made."""

    params: dict[str, Any]
    metrics: dict[str, Any]


def plan_for(names: CellNames) -> Plan:
    """Return what to look at around code with these names."""
    return Plan(
        names,
        # A loop's result is no parameter because the loop might have run no time.
        sorted(_users(names.reads - names.doubtful)),
        sorted(_users(names.results | names.literals)),
        {
            "reads": sorted(names.reads)[: limits.CELL_NAMES_MAX],
            "writes": sorted(names.writes)[: limits.CELL_NAMES_MAX],
            "analysis": names.analysis,
        },
    )


def look_before(plan: Plan, namespace: Mapping[str, Any], dropped: Counter[str]) -> Before:
    """Return the scalars that a cell is about to read, also through the functions it calls."""
    params: dict[str, Any] = {}
    _add_params(params, plan.reads, namespace, dropped)
    through_functions = indirect(plan.reads, namespace)
    if through_functions:
        more = _users(through_functions).difference(plan.reads)
        _add_params(params, sorted(more), namespace, dropped)
    scalars = {}
    plain = plain_ids()
    for name in plan.makes:
        value = namespace.get(name, _ABSENT)
        if id(type(value)) in plain:
            scalars[name] = value
    return Before(plan, params, scalars, standing(plan.names, namespace))


def look_after(
    before: Before, namespace: Mapping[str, Any], has_failed: bool, dropped: Counter[str]
) -> Found:
    """Return the parameters and metrics of a cell that has ended."""
    names, params = before.plan.names, before.params
    metrics: dict[str, Any] = {}
    plain, numeric = plain_ids(), numeric_ids()
    for name in before.plan.makes:
        value = namespace.get(name, _ABSENT)
        kind = id(type(value))
        if kind not in plain or not _is_made(name, value, before, has_failed):
            continue
        if name in names.literals:
            if name not in params:
                _add_params(params, (name,), namespace, dropped)
        elif kind in numeric:
            if len(metrics) == limits.CELL_METRICS_MAX:
                dropped["metrics"] += 1
            else:
                metrics[name] = float_for_json(to_float(value))
    return Found(params, metrics)


def _is_made(name: str, value: Any, before: Before, has_failed: bool) -> bool:
    """Whether the cell has bound a name, as far as it can be known."""
    if name in before.plan.names.definite and not has_failed:
        return True
    return value is not before.scalars.get(name, _ABSENT)


def _users(names: Iterable[str]) -> set[str]:
    return {name for name in names if not name.startswith("_") and name not in _NOT_THE_USERS}


def _add_params(
    params: dict[str, Any],
    names: Iterable[str],
    namespace: Mapping[str, Any],
    dropped: Counter[str],
) -> None:
    plain = plain_ids()
    for name in names:
        value = namespace.get(name, _ABSENT)
        kind = type(value)
        if id(kind) not in plain:
            continue
        if len(params) == limits.CELL_PARAMS_MAX:
            dropped["params"] += 1
        elif kind is str and len(value) > limits.TEXT_MAX_CHARS:
            dropped["long_texts"] += 1
        else:
            try:
                params[name] = to_plain(value)
            except NotScalar:
                dropped["long_numbers"] += 1
