"""What a function of the user's does, told by its code without calling it."""

from __future__ import annotations

import opcode
import types
from typing import NamedTuple

from .names_data import CHANGING_FUNCTIONS, CHANGING_METHODS

_STORE_GLOBAL = opcode.opmap["STORE_GLOBAL"]
_STORING = frozenset(
    opcode.opmap[name] for name in ("STORE_SUBSCR", "STORE_ATTR", "DELETE_SUBSCR", "DELETE_ATTR")
)
_IN_PLACE = frozenset(code for name, code in opcode.opmap.items() if name.startswith("INPLACE_"))
_BINARY = opcode.opmap.get("BINARY_OP", -1)
_FIRST_IN_PLACE = 13
"""Of the operations of ``BINARY_OP``, which has been in the place of the others since 3.11."""
_STORE_FAST = opcode.opmap["STORE_FAST"]
_STORE_FAST_PAIRS = frozenset(
    code for name, code in opcode.opmap.items() if name.startswith("STORE_FAST_")
)
_CHANGING = CHANGING_METHODS | CHANGING_FUNCTIONS


class Facts(NamedTuple):
    """What is told of a piece of code by its operations and the names in it."""

    code: types.CodeType
    """Kept, so that no other gets the place of it."""
    is_storing: bool
    is_random: bool
    stored: frozenset[str]
    """Names that it binds for the notebook."""


_CODES_KEPT = 2_000
_codes: dict[int, Facts] = {}


def facts_of(code: types.CodeType) -> Facts:
    """Return what a piece of code does, from memory if it is known."""
    known = _codes.get(id(code))
    if known is None:
        operations = code.co_code[::2]
        words = set(code.co_names)
        is_storing = not (_STORING.isdisjoint(operations) and _CHANGING.isdisjoint(words))
        is_storing = is_storing or _changes_argument(code)
        stored = _stored_globals(code) if _STORE_GLOBAL in operations else frozenset()
        known = Facts(code, is_storing, any(map(_is_random, words)), stored)
        if len(_codes) >= _CODES_KEPT:
            _codes.clear()
        _codes[id(code)] = known
    return known


def _changes_argument(code: types.CodeType) -> bool:
    """Return whether a function works on an argument in place, as by ``table += 1``."""
    arguments = code.co_argcount + code.co_kwonlyargcount
    is_in_place = is_bound = False
    for operation, argument in zip(code.co_code[::2], code.co_code[1::2]):
        if operation in _IN_PLACE or (operation == _BINARY and argument >= _FIRST_IN_PLACE):
            is_in_place = True
        elif operation == _STORE_FAST:
            is_bound = is_bound or argument < arguments
        elif operation in _STORE_FAST_PAIRS:  # of Python 3.13: two in one
            is_bound = is_bound or argument >> 4 < arguments or argument & 15 < arguments
    return is_in_place and is_bound


def _is_random(name: str) -> bool:
    return name.startswith("rand") or name in ("seed", "shuffle", "manual_seed")


def _stored_globals(code: types.CodeType) -> frozenset[str]:
    """Return the names that code binds for the notebook."""
    pairs = zip(code.co_code[::2], code.co_code[1::2])
    places = [argument for operation, argument in pairs if operation == _STORE_GLOBAL]
    return frozenset(code.co_names[place] for place in places if place < len(code.co_names))
