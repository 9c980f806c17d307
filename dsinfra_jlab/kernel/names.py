"""Which names of the notebook a cell uses, read from its code alone.

Nothing of the user's is run, imported or compared. What cannot be known from the code is taken
to the safe side, for whoever runs again what led to a result: a name that *may* be read is read,
an object that *may* be changed is changed. What the code does not show at all is left out:
``exec``, ``globals()["x"]``, ``from m import *``, names bound by a function through ``global``.
"""

from __future__ import annotations

import ast
import functools
import types
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .kinds import Kinds
from .names_code import facts_of
from .names_data import is_data, may_change_arguments
from .names_flow import LIKELY
from .names_visit import VISITORS
from .names_walk import Walk

CODE_MAX_BYTES = 200_000
"""Longer code is generated code, and reading it would be felt."""
CACHE_MAX_CELLS = 256
"""Cells are run again and again; an entry is as large as its names."""
CACHED_CODE_MAX_BYTES = 20_000
"""Code is kept as the key of its entry: at most 5 MB in all."""
INDIRECT_MAX_OBJECTS = 2_000
"""Functions, classes and code objects that one cell's functions lead to."""
INDIRECT_MAX_DEPTH = 20

_NOTHING: frozenset[str] = frozenset()


class CellNames(NamedTuple):
    """The names of a cell; builtins are among those read, since a notebook may rebind them."""

    reads: frozenset[str] = _NOTHING
    """Their value from before the cell may reach it, or they are deleted without being bound."""
    writes: frozenset[str] = _NOTHING
    """Bound or deleted."""
    touches: frozenset[str] = _NOTHING
    """Their object may be changed in place: assigned into, called a method of, passed on."""
    literals: frozenset[str] = _NOTHING
    """Only ever bound to constants: numbers, text, booleans, ``None`` and their arithmetic."""
    definite: frozenset[str] = _NOTHING
    """Bound whenever the cell ends without an error."""
    results: frozenset[str] = _NOTHING
    """Bound to values, and not only by loops, imports, definitions, ``with`` or ``except``."""
    analysis: str = "ok"
    """``ok``; ``syntax`` if the code has none that is right; ``too_large``."""
    doubtful: frozenset[str] = _NOTHING
    """Of those read, the ones read from before only if a loop runs no time at all."""
    changed: frozenset[str] = _NOTHING
    """Of those touched, the ones that are assigned into or deleted from."""
    calls: frozenset[str] = _NOTHING
    """What is called, as dotted paths that begin with a name: ``np.random.seed``."""
    settled: frozenset[str] = _NOTHING
    """Bound whenever the cell ends without an error and its loops run at least once."""
    handled: frozenset[str] = _NOTHING
    """Of those touched, the ones that change even if they are data: ``x.append(1)``."""
    given: tuple[tuple[str, frozenset[str]], ...] = ()
    """Names that were passed to functions, by the name of the function."""


_cache: OrderedDict[str, CellNames] = OrderedDict()


def analyse(code: str) -> CellNames:
    """Return the names of a cell, given its code as IPython transformed it.

    Code of a cell that came before is not read again.
    """
    found = _cache.get(code)
    if found is not None:
        return found
    if len(code) > CODE_MAX_BYTES:
        return CellNames(analysis="too_large")
    found = _analyse(code)
    if len(code) <= CACHED_CODE_MAX_BYTES:
        _cache[code] = found
        while len(_cache) > CACHE_MAX_CELLS:
            try:
                _cache.popitem(last=False)
            except KeyError:  # another thread was faster
                break
    return found


def _analyse(code: str) -> CellNames:
    walk = Walk(VISITORS, has_named=":=" in code)
    try:
        walk.cell(ast.parse(code))
        touches = walk.touched_names()
    except SyntaxError:
        return CellNames(analysis="syntax")
    except ValueError:  # a NUL byte, before Python 3.12
        return CellNames(analysis="syntax")
    except (RecursionError, MemoryError):  # nested deeper than the interpreter bears
        return CellNames(analysis="too_large")
    bound = walk.bound_names()
    return CellNames(
        reads=frozenset(walk.reads | walk.doubtful),
        writes=frozenset(walk.writes),
        touches=frozenset(touches),
        literals=frozenset(walk.literals - walk.not_literals),
        definite=frozenset(bound),
        results=frozenset(walk.results),
        doubtful=frozenset(walk.doubtful - walk.reads),
        changed=frozenset(walk.changed_names()),
        calls=frozenset(walk.calls),
        settled=frozenset(walk.bound_names(LIKELY)),
        handled=frozenset(walk.handled_names()),
        given=walk.given_names(),
    )


def touched(cell: CellNames, namespace: Mapping[str, Any]) -> set[str]:
    """Return the names whose objects a cell may have changed, given the objects.

    What cannot change is left out: numbers, text, functions that are only called or passed, modules
    unless a setting of theirs or their random numbers are used. What the code does not show is
    added: iterators, which reading exhausts, and called objects that are no functions.
    """
    roots = {path.partition(".")[0] for path in cell.calls}
    found = set()
    for name in cell.touches | cell.reads | roots:
        if name not in namespace:
            continue
        kind = type(namespace[name])
        if name in cell.changed:
            is_touched = kind not in _UNCHANGING
        elif is_unchanging(kind):
            is_touched = False
        elif issubclass(kind, types.ModuleType):
            is_touched = any(_changes_module(path) for path in cell.calls if _is_in(path, name))
        else:
            is_touched = name in cell.touches or name in roots or _is_iterator(kind)
            is_touched = is_touched and not _is_left_alone(name, cell, namespace)
        if is_touched:
            found.add(name)
    return found


def _is_iterator(kind: type) -> bool:
    return any("__next__" in _MEMBERS(each) for each in _ORDER(kind))


def _is_left_alone(name: str, cell: CellNames, namespace: Mapping[str, Any]) -> bool:
    """Return whether an object is data that was only passed on, or asked for something."""
    if name in cell.handled or not is_data(namespace[name]):
        return False
    takers = [function for function, names in cell.given if name in names]
    return not any(_may_change_arguments(function, namespace) for function in takers)


def _may_change_arguments(function: str, namespace: Mapping[str, Any]) -> bool:
    """Return whether a call may change data; of the user's functions their code tells."""
    if not may_change_arguments(function, namespace):
        return False
    if type(namespace.get(function)) is not types.FunctionType:
        return True
    return any(facts_of(code).is_storing for code in codes_of([function], namespace))


_UNCHANGING = Kinds(
    [int, float, complex, bool, str, bytes, type(None), range, slice, type(...), frozenset]
)
_CODELESS = (
    _UNCHANGING.ids
    | Kinds([list, dict, set, tuple, types.ModuleType, types.BuiltinFunctionType]).ids
)
"""Ids of types of most of what a cell reads, which leads to no code of the user's."""
_CODE = Kinds(
    [types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, type(len)]
)
_CHANGING_WORDS = frozenset(
    [
        "seed",
        "set",
        "use",
        "random",
        "shuffle",
        "rc",
        "rcparams",
        "style",
        "config",
        "option",
        "options",
        "filterwarnings",
        "simplefilter",
        "register",
        "enable",
        "disable",
        "switch",
        "patch",
        "init",
        "update",
        "manual",
        "basicconfig",
    ]
)


def _is_in(path: str, name: str) -> bool:
    return path == name or path.startswith(name + ".")


def _changes_module(path: str) -> bool:
    """Return whether a call looks as if it changed what its module does from then on."""
    words = path.lower().replace("_", ".").split(".")
    return any(word in _CHANGING_WORDS or word.startswith("rand") for word in words)


def indirect(names: Iterable[str], namespace: Mapping[str, Any]) -> set[str]:
    """Return the global names that the user's own functions and classes among ``names`` use.

    Nothing is called: code objects say which names they look up, a few of which are attributes
    that happen to be named like a global.
    """
    codes = codes_of(names, namespace)
    return {name for code in codes for name in code.co_names if name in namespace}


def codes_of(names: Iterable[str], namespace: Mapping[str, Any]) -> list[types.CodeType]:
    """Return the code of the user's functions and classes among ``names``, and of what they use."""
    found: set[str] = set()
    codes: list[types.CodeType] = []
    given = [namespace[name] for name in names if name in namespace]
    waiting: list[Any] = [(each, 0) for each in given if id(type(each)) not in _CODELESS]
    seen: set[int] = set()
    while waiting and len(seen) < INDIRECT_MAX_OBJECTS:
        thing, depth = waiting.pop()
        if id(thing) in seen or depth > INDIRECT_MAX_DEPTH:
            continue
        seen.add(id(thing))
        if type(thing) is types.CodeType:
            codes.append(thing)
            for name in thing.co_names:
                if name not in found and name in namespace:
                    found.add(name)
                    waiting.append((namespace[name], depth + 1))
            waiting += [(each, depth) for each in thing.co_consts if type(each) is types.CodeType]
        else:
            waiting += [(each, depth + 1) for each in parts_of(thing)]
    return codes


def is_unchanging(kind: type) -> bool:
    """Return whether objects of a type cannot change, or are code of the user's."""
    return kind in _UNCHANGING or kind in _CODE or issubclass(kind, type)


def parts_of(thing: Any) -> list[Any]:
    """Return what makes up a function, a class or an object of the user's: code and members."""
    kind = type(thing)
    if kind in _BOUND:
        return [thing.__func__]
    if kind is property:
        return [each for each in (thing.fget, thing.fset, thing.fdel) if each is not None]
    if kind is functools.partial:
        return [thing.func]
    if kind is _CACHED:
        return [thing.__wrapped__]
    if kind is types.FunctionType:
        own = [thing.__code__] if thing.__module__ == "__main__" else []
        wrapped = thing.__dict__.get("__wrapped__")
        return [*own, *_cells(thing), *([] if wrapped is None else [wrapped])]
    cls = thing if issubclass(kind, type) else kind
    members = _MEMBERS(cls)
    if members.get("__module__") != "__main__":
        return []
    return [*members.values(), *_BASES(cls)] if cls is thing else [cls]


# As the interpreter sees them, whatever a metaclass answers.
_MEMBERS = type.__dict__["__dict__"].__get__
_BASES = type.__dict__["__bases__"].__get__
_ORDER = type.__dict__["__mro__"].__get__
_BOUND = Kinds([types.MethodType, staticmethod, classmethod])
_FUNCTIONS = Kinds([types.FunctionType, types.MethodType])
_CACHED = type(functools.lru_cache(None)(_is_in))


def _cells(function: types.FunctionType) -> list[Any]:
    """Return the functions that a function holds on to."""
    found = []
    for cell in function.__closure__ or ():
        try:
            held = cell.cell_contents
        except ValueError:  # not bound yet
            continue
        if type(held) in _FUNCTIONS:
            found.append(held)
    return found
