"""What a cell used beyond what its code shows.

Its functions look up names when they are called, draw random numbers and change objects. And a
name that it binds only in a branch may still be the older one.
"""

from __future__ import annotations

import opcode
import types
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from . import names
from .names_data import CHANGING_FUNCTIONS, CHANGING_METHODS, is_data

_STORE_GLOBAL = opcode.opmap["STORE_GLOBAL"]
_STORING = frozenset(
    opcode.opmap[name] for name in ("STORE_SUBSCR", "STORE_ATTR", "DELETE_SUBSCR", "DELETE_ATTR")
)
_CHANGING = CHANGING_METHODS | CHANGING_FUNCTIONS


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
    touches |= names.touched(cell, namespace)
    if before is None:
        return Reach(cell.reads | reads, frozenset(touches))
    old = {
        name for name, was in before.ids.items() if name in namespace and id(namespace[name]) == was
    }
    own = cell.reads if has_failed else before.names
    return Reach(own | reads | old, frozenset(touches))


class _Code(NamedTuple):
    """What is told of a piece of code by its operations and the names in it."""

    code: types.CodeType
    """Kept, so that no other gets the place of it."""
    is_storing: bool
    is_random: bool
    stored: frozenset[str]
    """Names that it binds for the notebook."""


_CODES_KEPT = 2_000
_codes: dict[int, _Code] = {}


def _through_functions(
    used: Iterable[str], namespace: Mapping[str, Any]
) -> tuple[set[str], set[str]]:
    reads: set[str] = set()
    touches: set[str] = set()
    for code in names.codes_of(used, namespace):
        facts = _facts_of(code)
        touches |= facts.stored
        for name in code.co_names:
            if name in namespace:
                reads.add(name)
                if _may_change(namespace[name], facts.is_storing, facts.is_random):
                    touches.add(name)
    return reads, touches


def _facts_of(code: types.CodeType) -> _Code:
    known = _codes.get(id(code))
    if known is None:
        operations = code.co_code[::2]
        words = set(code.co_names)
        is_storing = not (_STORING.isdisjoint(operations) and _CHANGING.isdisjoint(words))
        stored = _stored_globals(code) if _STORE_GLOBAL in operations else frozenset()
        known = _Code(code, is_storing, any(map(_is_random, words)), stored)
        if len(_codes) >= _CODES_KEPT:
            _codes.clear()
        _codes[id(code)] = known
    return known


def _may_change(value: Any, is_storing: bool, is_random: bool) -> bool:
    """Return whether code that names an object may change it."""
    kind = type(value)
    if names.is_unchanging(kind):
        return False
    if issubclass(kind, types.ModuleType):
        return is_random
    return is_storing or not is_data(value)


def _is_random(name: str) -> bool:
    return name.startswith("rand") or name in ("seed", "shuffle", "manual_seed")


def _stored_globals(code: types.CodeType) -> frozenset[str]:
    """Return the names that code binds for the notebook."""
    pairs = zip(code.co_code[::2], code.co_code[1::2])
    places = [argument for operation, argument in pairs if operation == _STORE_GLOBAL]
    return frozenset(code.co_names[place] for place in places if place < len(code.co_names))
