"""The walk over a cell's syntax tree, in the order in which the interpreter evaluates it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from .names_flow import BOUND, DELETED, LIKELY, Ends, Flow, Key
from .names_scope import Scope

PURE = frozenset(
    [
        "abs",
        "all",
        "any",
        "ascii",
        "bin",
        "bool",
        "bytes",
        "callable",
        "chr",
        "complex",
        "dict",
        "dir",
        "display",
        "divmod",
        "enumerate",
        "float",
        "format",
        "frozenset",
        "hasattr",
        "hash",
        "hex",
        "id",
        "int",
        "isinstance",
        "issubclass",
        "len",
        "list",
        "max",
        "min",
        "oct",
        "ord",
        "pow",
        "print",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
        "type",
        "zip",
    ]
)
"""Builtins that change nothing they are given, unless it is an iterator."""


_SUPPRESSING = ("suppress", "raises", "exitstack", "ignor", "swallow", "catch")
"""Parts of the names of context managers after which the cell goes on in spite of an error."""


class Loop:
    """A loop that is being walked, and how it was left by ``break``."""

    __slots__ = ("breaks", "continues", "mark")

    def __init__(self, mark: int) -> None:
        self.mark = mark
        self.breaks: list[Ends] = []
        self.continues: list[Ends] = []


class Walk:
    """What is known of a cell so far; ``names_visit`` tells it what each node does."""

    def __init__(self, visitors: Visitors, has_named: bool = True) -> None:
        self.has_named = has_named
        self._visitors = visitors
        self.reads: set[str] = set()
        self.doubtful: set[str] = set()
        self.expanded: set[str] = set()
        """Read by ``$name`` in commands: one that is not there is the shell's."""
        self.writes: set[str] = set()
        self.literals: set[str] = set()
        self.not_literals: set[str] = set()
        self.results: set[str] = set()
        self.calls: set[str] = set()
        self.flow = Flow()
        self.scope: Scope | None = None
        self._scopes = 0
        self.loops: list[Loop] = []
        self.touched: set[Key] = set()
        self._changed: set[Key] = set()
        self.touched_by: list[tuple[str, list[Key]]] = []
        self.handled: set[Key] = set()
        self.given: list[tuple[str, list[Key]]] = []
        self._aliases: dict[Key, set[Key]] = {}
        self.free: set[str] | None = None
        self.bodies: dict[Key, list[set[str]]] = {}
        self.class_bodies: list[list[set[str]]] = []
        self.used: set[Key] = set()
        self._using: set[Key] = set()

    # What was found

    def cell(self, tree: ast.Module) -> None:
        """Walk a whole cell."""
        self.block(tree.body)
        for bodies in list(self.bodies.values()):
            for free in bodies:
                for name in free:
                    self.use(name)

    def touched_names(self) -> set[str]:
        """Return the global names whose objects may change, other names of them included."""
        for function, roots in self.touched_by:
            if function in self.writes:
                self.touched.update(roots)
        return self._with_aliases(self.touched | self._changed)

    def handled_names(self) -> set[str]:
        """Return the global names that may change even if they are data: see ``names_data``."""
        return self._with_aliases(self.handled | self._changed)

    def given_names(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """Return the global names that were given to functions, by the functions' names."""
        return tuple(
            (name, frozenset(self._with_aliases(set(roots)))) for name, roots in self.given
        )

    def changed_names(self) -> set[str]:
        """Return the global names whose objects are assigned into."""
        return self._with_aliases(self._changed)

    def bound_names(self, *also: int) -> set[str]:
        """Return the global names that are bound at the end, or settled in one of these ways."""
        enough = (BOUND, *also)
        found = self.flow.status.items()
        return {key for key, each in found if each in enough and isinstance(key, str)}

    def _with_aliases(self, keys: set[Key]) -> set[str]:
        found = set(keys)
        waiting = list(found)
        while waiting:
            for other in self._aliases.get(waiting.pop(), ()):
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return {key for key in found if isinstance(key, str)}

    # Names

    def find(self, name: str) -> Key:
        """Return what a name means here."""
        scope, is_innermost = self.scope, True
        while scope is not None:
            if scope.is_class:
                key = (scope.number, name)
                if (
                    is_innermost
                    and name not in scope.globals
                    and self.flow.status.get(key) == BOUND
                ):
                    return key
            elif name in scope.locals:
                return (scope.number, name)
            elif name in scope.globals:
                break
            is_innermost = False
            scope = scope.parent
        return name

    def load(self, name: str) -> None:
        """Note that a name is looked up here."""
        key = name if self.scope is None else self.find(name)
        if key is not name:
            if key in self.bodies:
                self.use(key)
        elif self.free is not None:
            self.free.add(name)
        else:
            self.use(name)

    def use(self, key: Key) -> None:
        """Note that a value is used here, and with it what a function of the cell reads."""
        if isinstance(key, str):
            status = self.flow.status.get(key)
            if status is None:
                self.reads.add(key)
            elif status == LIKELY:
                self.doubtful.add(key)
        self.used.add(key)
        bodies = self.bodies.get(key)
        if bodies and key not in self._using:
            self._using.add(key)
            for free in bodies:
                for name in free:
                    self.use(name)
            self._using.discard(key)

    def store(self, name: str, *, is_result: bool = True, is_literal: bool = False) -> Key:
        """Bind a name, and return what it means here."""
        scope = self.scope
        while scope is not None and scope.is_comprehension:
            scope = scope.parent
        if scope is not None and name not in scope.globals:
            key = (scope.number, name)
            if scope.is_class:
                self.flow.set(key, BOUND)
            return key if scope.is_class or name in scope.locals else self.find(name)
        if self.free is None:
            self.flow.set(name, BOUND)
            self.writes.add(name)
            (self.literals if is_literal else self.not_literals).add(name)
            if is_result:
                self.results.add(name)
        return name

    def add_body(self, key: Key, free: set[str]) -> None:
        """Note that the object of ``key`` may read ``free`` whenever it is used."""
        self.bodies.setdefault(key, []).append(free)
        if self.class_bodies and isinstance(key, tuple):
            self.class_bodies[-1].append(free)
        if self.loops and key in self.used:  # by an earlier line, in the next round
            self.use(key)

    def delete(self, name: str) -> None:
        """Delete a name."""
        scope = self.scope
        if scope is not None and name not in scope.globals:
            if scope.is_class:
                self.flow.set((scope.number, name), DELETED)
            return
        if self.free is None:
            self.flow.set(name, DELETED)
            self.writes.add(name)

    def enter(self, **what: Any) -> Scope:
        """Enter a new scope; to leave it, set ``scope`` to what it was."""
        self._scopes += 1
        self.scope = Scope(self._scopes, self.scope, **what)
        return self.scope

    # Objects

    def roots(self, node: ast.AST | None) -> list[Key]:
        """Return the names whose objects an expression may be, be a part of, or hold."""
        found: list[Key] = []
        waiting: list[ast.AST | None] = [node]
        while waiting:
            each = waiting.pop()
            kind = type(each)
            if kind is ast.Name:
                found.append(self.find(each.id))  # type: ignore[union-attr]
            elif kind in (ast.Attribute, ast.Subscript, ast.Starred, ast.Await, ast.NamedExpr):
                waiting.append(each.value)  # type: ignore[union-attr]
            elif kind in (ast.List, ast.Tuple, ast.Set):
                waiting += each.elts  # type: ignore[union-attr]
            elif kind is ast.Dict or kind is ast.BoolOp:
                waiting += each.values  # type: ignore[union-attr]
            elif kind is ast.IfExp:
                waiting += [each.body, each.orelse]  # type: ignore[union-attr]
            elif kind is ast.Call and _is_pure(each):
                waiting += each.args  # type: ignore[union-attr]
        return found

    def alias(self, key: Key, roots: list[Key]) -> None:
        """Note that a name may now be another one for a part of the objects of ``roots``."""
        for root in roots:
            if root != key:
                self._aliases.setdefault(key, set()).add(root)

    def touch(self, node: ast.AST) -> None:
        """Note that the object of an expression may change."""
        self.touched.update(self.roots(node))

    def change(self, node: ast.AST) -> None:
        """Note that something is assigned into the object of an expression."""
        self._changed.update(self.roots(node))

    def may_suppress(self, node: ast.AST) -> bool:
        """Return whether a context manager may have the cell go on in spite of an error."""
        for each in ast.walk(node):
            name = getattr(each, "id", None) or getattr(each, "attr", None)
            if isinstance(name, str) and any(part in name.lower() for part in _SUPPRESSING):
                return True
        return False

    # Statements

    def block(self, body: Iterable[ast.AST]) -> None:
        """Visit nodes for as long as they can be reached."""
        flow = self.flow
        for node in body:
            if not flow.is_alive:
                return
            self.visit(node)

    def visit(self, node: ast.AST | None) -> None:
        """Visit a node, if there is one."""
        if node is None:
            return
        visitor = self._visitors.get(type(node))
        if visitor is not None:
            visitor(self, node)
        else:
            self.visit_children(node)

    def visit_children(self, node: ast.AST) -> None:
        """Visit what a node holds, in its order."""
        for name in node._fields:
            value = getattr(node, name, None)
            if type(value) is list:
                for each in value:
                    if isinstance(each, ast.AST):
                        self.visit(each)
            elif isinstance(value, ast.AST):
                self.visit(value)

    def visit_each(self, nodes: Iterable[ast.AST | None]) -> None:
        """Visit nodes one after the other."""
        for node in nodes:
            self.visit(node)


def _is_pure(node: Any) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id in PURE


Visitors = dict[type, Callable[[Walk, Any], None]]
"""What to do at a node of each type; at others, what they hold is visited."""
