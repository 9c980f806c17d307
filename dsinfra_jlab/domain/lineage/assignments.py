"""Which objects the assignments of a cell share between names, read from its code; pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeGuard

_MAGIC = re.compile(r"^(\s*)([%!?].*)$", re.MULTILINE)
_ASSIGNED_MAGIC = re.compile(r"^(\s*[\w., ]+=\s*)[%!].*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Assignments:
    """What the assignments of a cell make of its names."""

    shares: Mapping[str, set[str]] = field(default_factory=dict)
    """By name, the names whose objects it may mean or hold after the cell."""
    imports: Mapping[str, str] = field(default_factory=dict)
    """By name, the module it was bound to by ``import``."""
    definitions: frozenset[str] = frozenset()
    """Names bound by ``def`` and ``class``."""


NOTHING = Assignments()


def assignments_of(code: str) -> Assignments:
    """Return the assignments of a cell; none if its code cannot be read.

    An assignment shares objects if its value is a name, a part of one, or a display that holds
    some: ``x``, ``x.data``, ``x[0]``, ``[x, y]``. So does the call of a function or class by its
    name, which may give back or hold on to what it is given: ``Adam(model.parameters())``. So do
    methods such as ``append`` and ``fit``. Results of other methods are taken for new, or a table
    would be one object with every table that was ever made of it.
    """
    return _kept(code) if len(code) <= _KEPT_MAX_CHARS else _read(code)


_KEPT_MAX_CHARS = 2_000
"""Longer code is read each time: what is kept shall stay below some 16 MB."""


def _read(code: str) -> Assignments:
    plain = _ASSIGNED_MAGIC.sub(r"\1None", _MAGIC.sub(r"\1pass", code))
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return NOTHING
    nodes = list(ast.walk(tree))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    definitions = frozenset(node.name for node in nodes if isinstance(node, kinds))
    return Assignments(_shares(nodes), _imports(nodes), definitions)


_kept = lru_cache(maxsize=8_192)(_read)


def _imports(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """Return what is imported, by the name it gets."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for each in node.names:
                top = each.name.partition(".")[0]
                found[each.asname or top] = each.name if each.asname else top
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                found[each.asname or each.name] = f"{node.module}.{each.name}"
    return found


def _shares(nodes: Iterable[ast.AST]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for target, value in _pairs(nodes):
        roots = set(_roots(value))
        for name in _targets(target):
            found.setdefault(name, set()).update(roots)
    # What is assigned within the cell passes through: b = a; c = b shares c with a.
    # Each round doubles how far.
    for _ in range(10):
        grown = {
            name: roots.union(*(found.get(root, set()) for root in roots))
            for name, roots in found.items()
        }
        if grown == found:
            break
        found = grown
    return found


def _pairs(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Return what is assigned to what."""
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield target, node.value
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            yield node.target, node.value
        elif isinstance(node, ast.Call) and _is_taking_in(node.func):
            for argument in node.args:
                yield node.func.value, argument
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            holder = ast.Name(node.name)
            yield from ((holder, each) for each in _loaded(node))
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            yield node.target, node.iter
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if item.optional_vars is not None:
                    yield item.optional_vars, item.context_expr


def _targets(node: ast.expr) -> Iterator[str]:
    """Return the names that hold what is assigned: in ``x.y = z``, ``x`` holds it."""
    waiting: list[ast.expr] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, (ast.Attribute, ast.Subscript, ast.Starred)):
            waiting.append(each.value)
        elif isinstance(each, (ast.Tuple, ast.List)):
            waiting += each.elts


_PARTS = (ast.Attribute, ast.Subscript, ast.Starred, ast.Await, ast.NamedExpr)


def _roots(node: ast.expr) -> Iterator[str]:
    """Return the names whose objects a value is, is a part of, or holds."""
    waiting: list[ast.expr | None] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, _PARTS):
            waiting.append(each.value)
        elif isinstance(each, (ast.List, ast.Tuple, ast.Set)):
            waiting += each.elts
        elif isinstance(each, (ast.Dict, ast.BoolOp)):
            waiting += each.values
        elif isinstance(each, ast.IfExp):
            waiting += [each.body, each.orelse]
        elif isinstance(each, _COMPREHENSIONS):
            waiting += _loaded(each)
        elif isinstance(each, ast.Call):
            waiting += _shared_by_call(each)


_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)

_TAKING_IN = frozenset(
    ["add", "append", "appendleft", "extend", "insert", "put", "setdefault", "update"]
)
"""Methods after which an object holds what they were given."""

_GIVING_ITSELF = frozenset(
    [
        "compile",
        "cpu",
        "cuda",
        "eval",
        "fit",
        "get",
        "partial_fit",
        "pop",
        "set_params",
        "to",
        "train",
    ]
)
"""Methods that give back their object, or a part of it, and are used for that."""

_GIVING_NEW = frozenset(
    ["abs", "bool", "float", "hash", "id", "int", "len", "print", "range", "repr", "round", "str"]
)
"""Builtins whose results hold nothing of what they were given."""


def _is_taking_in(function: ast.expr) -> TypeGuard[ast.Attribute]:
    return isinstance(function, ast.Attribute) and function.attr in _TAKING_IN


def _shared_by_call(call: ast.Call) -> Iterable[ast.expr]:
    """Return what the result of a call may be, or hold."""
    function = call.func
    if isinstance(function, ast.Name):
        if function.id not in _GIVING_NEW:
            yield function
            yield from _given(call)
    elif isinstance(function, ast.Attribute):
        if function.attr[:1].isupper():
            yield from _given(call)
        elif function.attr in _GIVING_ITSELF:
            yield function.value


def _given(call: ast.Call) -> Iterable[ast.expr]:
    """Return what a call is given, and whose methods were called to make it."""
    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
        yield argument
        while isinstance(argument, ast.Call) and isinstance(argument.func, ast.Attribute):
            argument = argument.func.value
            yield argument


def _loaded(node: ast.AST) -> Iterator[ast.expr]:
    """Return every name that is read somewhere in a piece of code."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
            yield each
