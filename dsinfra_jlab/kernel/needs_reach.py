"""Which global names the user's functions and classes read, told by their byte code."""

from __future__ import annotations

import dis
import re
import types
from collections.abc import Iterable
from typing import Any, NamedTuple

from . import names

_READING = frozenset(["LOAD_GLOBAL", "LOAD_NAME", "DELETE_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"])
_STORING = frozenset(["STORE_GLOBAL", "DELETE_GLOBAL"])
_BY_TEXT = frozenset(["eval", "exec", "globals", "locals", "vars"])
"""A function that uses one of these may read any name that is in its texts."""
_WORD = re.compile(r"[^\W\d]\w*")
_CODES_KEPT = 2_000
_PARTS_MAX = 2_000
"""Functions, classes and code objects that one object leads to."""


class Globals(NamedTuple):
    """What a code object and those inside of it do with global names."""

    code: types.CodeType
    """Kept, so that no other gets the place of it."""
    read: frozenset[str]
    stored: frozenset[str]


_known: dict[int, Globals] = {}


def globals_of(code: types.CodeType) -> Globals:
    """Return the global names that a code object looks up and binds, from memory if known.

    Where it looks them up by texts, these are the words in its texts, too.
    """
    known = _known.get(id(code))
    if known is not None:
        return known
    read: set[str] = set()
    stored: set[str] = set()
    words: set[str] = set()
    waiting = [code]
    while waiting:
        each = waiting.pop()
        for step in dis.get_instructions(each):
            if step.opname in _READING:
                read.add(str(step.argval))
            elif step.opname in _STORING:
                stored.add(str(step.argval))
        waiting += [inner for inner in each.co_consts if type(inner) is types.CodeType]
        words.update(word for text in each.co_consts for word in _words_of(text))
    if not _BY_TEXT.isdisjoint(read):
        read |= words
    if len(_known) >= _CODES_KEPT:
        _known.clear()
    _known[id(code)] = Globals(code, frozenset(read), frozenset(stored))
    return _known[id(code)]


def _words_of(constant: Any) -> list[str]:
    return _WORD.findall(constant) if type(constant) is str else []


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
    return set().union(*(globals_of(code).read for code in codes))


def stored_by(codes: Iterable[types.CodeType]) -> set[str]:
    """Return the global names that some code binds or deletes."""
    return set().union(*(globals_of(code).stored for code in codes))
