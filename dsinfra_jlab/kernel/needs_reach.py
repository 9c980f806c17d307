"""Which global names the user's functions and classes read, told by their byte code."""

from __future__ import annotations

import dis
import types
from collections.abc import Iterable
from typing import Any

from . import names

_READING = frozenset(["LOAD_GLOBAL", "LOAD_NAME", "DELETE_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"])
_CODES_KEPT = 2_000
_PARTS_MAX = 2_000
"""Functions, classes and code objects that one object leads to."""

_known: dict[int, tuple[types.CodeType, frozenset[str]]] = {}


def names_read(code: types.CodeType) -> frozenset[str]:
    """Return the global names that a code object and those inside of it look up."""
    known = _known.get(id(code))
    if known is not None:
        return known[1]
    found: set[str] = set()
    waiting = [code]
    while waiting:
        each = waiting.pop()
        found.update(
            str(step.argval) for step in dis.get_instructions(each) if step.opname in _READING
        )
        waiting += [inner for inner in each.co_consts if type(inner) is types.CodeType]
    if len(_known) >= _CODES_KEPT:
        _known.clear()
    _known[id(code)] = (code, frozenset(found))  # the code is kept: no other gets its place
    return _known[id(code)][1]


def codes_in(value: Any) -> list[types.CodeType]:
    """Return the code of a function, class or object of the notebook's, not of what it calls."""
    found: list[types.CodeType] = []
    waiting: list[Any] = [value]
    seen: set[int] = set()
    while waiting and len(seen) < _PARTS_MAX:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if type(thing) is types.CodeType:
            found.append(thing)
        else:
            waiting += names.parts_of(thing)
    return found


def read_by(codes: Iterable[types.CodeType]) -> set[str]:
    """Return the global names that some code looks up."""
    return set().union(*map(names_read, codes))
