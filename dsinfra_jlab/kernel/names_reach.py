"""What a cell used beyond what its code shows.

Its functions look up names when they are called, draw random numbers and change objects. And a
name that it binds only in a branch may still be the older one.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from . import names
from .names_code import facts_of
from .names_data import is_data


class Standing(NamedTuple):
    """What was there when a cell began."""

    names: frozenset[str]
    """Of the names it may read; others are bound by it, or read by functions it only defines."""
    ids: Mapping[str, int]
    """What tells later whether it bound the names that it binds only in a branch."""


class Reach(NamedTuple):
    """Names of the notebook that a cell used."""

    reads: frozenset[str]
    touches: frozenset[str]


def standing(cell: names.CellNames, namespace: Mapping[str, Any]) -> Standing:
    """Return what is there of the names of a cell that is about to run."""
    doubtful = cell.writes - cell.settled
    return Standing(
        # Not by intersection, which walks through the whole namespace.
        frozenset(name for name in cell.reads if name in namespace),
        {name: id(namespace[name]) for name in doubtful if name in namespace},
    )


def reach(
    cell: names.CellNames,
    before: Standing | None,
    namespace: Mapping[str, Any],
    has_failed: bool,
) -> Reach:
    """Return what a cell that has ended used, also through functions and without binding it.

    What a failed cell read in vain is said, since that may be why it failed.
    """
    called = {path.partition(".")[0] for path in cell.calls}
    reads, touches = _through_functions(cell.reads | called, namespace)
    reads -= cell.definite - cell.results  # functions and modules that it brings itself
    touches |= names.touched(cell, namespace)
    if before is None:
        return Reach(cell.reads | reads, frozenset(touches))
    old = {
        name for name, was in before.ids.items() if name in namespace and id(namespace[name]) == was
    }
    own = cell.reads if has_failed else before.names
    return Reach(own | reads | old, frozenset(touches))


def _through_functions(
    used: Iterable[str], namespace: Mapping[str, Any]
) -> tuple[set[str], set[str]]:
    reads: set[str] = set()
    touches: set[str] = set()
    for code in names.codes_of(used, namespace):
        facts = facts_of(code)
        touches |= facts.stored
        for name in code.co_names:
            if name in namespace:
                reads.add(name)
                if _may_change(namespace[name], facts.is_storing, facts.is_random):
                    touches.add(name)
    return reads, touches


def _may_change(value: Any, is_storing: bool, is_random: bool) -> bool:
    """Return whether code that names an object may change it."""
    kind = type(value)
    if names.is_unchanging(kind):
        return False
    if issubclass(kind, types.ModuleType):
        return is_random
    return is_storing or not is_data(value)
