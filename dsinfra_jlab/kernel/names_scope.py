"""Scopes inside a cell, and which names a function has to itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_EMPTY: frozenset[str] = frozenset()


class Scope:
    """A function, class or comprehension in the cell; the cell itself is ``None``."""

    __slots__ = ("globals", "is_class", "is_comprehension", "locals", "number", "parent")

    def __init__(
        self,
        number: int,
        parent: Scope | None,
        *,
        local: Iterable[str] = (),
        global_: Iterable[str] = (),
        is_class: bool = False,
        is_comprehension: bool = False,
    ) -> None:
        self.number = number
        self.parent = parent
        self.locals = set(local)
        self.globals = set(global_)
        self.is_class = is_class
        self.is_comprehension = is_comprehension


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Return all parameters of a function."""
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    if arguments.vararg is not None:
        found.append(arguments.vararg)
    if arguments.kwarg is not None:
        found.append(arguments.kwarg)
    return found


def defaults(arguments: ast.arguments) -> list[ast.expr]:
    """Return the defaults of a function's parameters."""
    return [*arguments.defaults, *(each for each in arguments.kw_defaults if each is not None)]


def type_parameters(node: ast.AST) -> set[str]:
    """Return the names between the brackets of ``def f[T]``, ``class C[T]``, ``type A[T]``."""
    return {each.name for each in getattr(node, "type_params", ())}


def bound_in(body: Iterable[ast.AST], has_named: bool = True) -> tuple[set[str], set[str]]:
    """Return the names that a function's body binds for itself, and those it declares global.

    ``has_named`` says whether there is any ``:=``, which alone binds names out of comprehensions.
    """
    local: set[str] = set()
    global_: set[str] = set()
    outer: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        kind = type(node)
        if kind is ast.Name:
            if type(node.ctx) is not ast.Load:  # type: ignore[attr-defined]
                local.add(node.id)  # type: ignore[attr-defined]
        elif kind in _FUNCTIONS or kind is ast.ClassDef:
            local.add(node.name)  # type: ignore[attr-defined]
            waiting += node.decorator_list  # type: ignore[attr-defined]
            if kind is not ast.ClassDef:
                waiting += defaults(node.args)  # type: ignore[attr-defined]
        elif kind is ast.Lambda:
            waiting += defaults(node.args)  # type: ignore[attr-defined]
        elif kind in _COMPREHENSIONS:
            if has_named:
                local |= named_in(node)
        elif kind is ast.Global:
            global_.update(node.names)  # type: ignore[attr-defined]
        elif kind is ast.Nonlocal:
            outer.update(node.names)  # type: ignore[attr-defined]
        else:
            local |= _own_names(node)
            waiting += ast.iter_child_nodes(node)
    return local - global_ - outer, global_


def named_in(comprehension: ast.AST) -> set[str]:
    """Return what ``:=`` inside a comprehension binds outside of it."""
    return {
        node.target.id
        for node in ast.walk(comprehension)
        if type(node) is ast.NamedExpr and isinstance(node.target, ast.Name)
    }


def _own_names(node: ast.AST) -> set[str]:
    """Return the names a node binds that are not nodes themselves."""
    kind = type(node).__name__
    if kind == "alias":
        return {(node.asname or node.name).partition(".")[0]}  # type: ignore[attr-defined]
    if kind in ("ExceptHandler", "MatchAs", "MatchStar"):
        return {node.name} if node.name else set()  # type: ignore[attr-defined]
    if kind == "MatchMapping":
        return {node.rest} if node.rest else set()  # type: ignore[attr-defined]
    return set()
