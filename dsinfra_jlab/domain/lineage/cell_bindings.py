"""Which names the code of a cell binds at its top level, and where; pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from .. import limits


@dataclass(frozen=True, slots=True)
class CellBindings:
    """What a cell does to the names that all cells share."""

    lines: Mapping[str, int] = field(default_factory=dict)
    """By name it binds, the first line at which it does, from 1."""
    imports: Mapping[str, str] = field(default_factory=dict)
    """By name it imports, a statement that does."""
    removes: frozenset[str] = frozenset()
    """Names that it deletes and does not bind again."""
    clears: bool = False
    """Whether it takes all names away, by ``%reset``."""


NOTHING = CellBindings()

_CODE_MAGICS = re.compile(
    "capture|debug|heat|lprun|memit|mprun|prun|pyinstrument|scalene|snakeviz|time|timeit"
)
"""Cell magics whose body is Python that runs in the notebook's names."""
_CELL_MAGIC = re.compile(r"\s*%%(\w+)([^\n]*)(?:\n|$)")
_MAGIC = re.compile(r"^([ \t]*)([%!?].*|[\w.]+\?{1,2}[ \t]*)$", re.MULTILINE)
_ASSIGNED_MAGIC = re.compile(r"^([ \t]*[\w., \t]+=[ \t]*)[%!].*$", re.MULTILINE)
_RESET = re.compile(r"^[ \t]*%reset(?![\w_])(?![^\n]*\b(?:in|out|dhist|array)\b)", re.MULTILINE)


def bindings_of(code: str) -> CellBindings:
    """Return what a cell binds and removes; nothing if its code cannot be read."""
    return _kept(code) if len(code) <= _KEPT_MAX_CHARS else _read(code)


_KEPT_MAX_CHARS = 5_000
"""Longer code is read each time: what is kept shall stay below some 10 MB."""


def parse_cell(code: str) -> ast.Module | None:
    """Return the syntax tree of a cell, its lines being those of the cell.

    Magics and shell commands are taken for ``pass``. ``None`` if it is no Python.
    """
    magic = _CELL_MAGIC.match(code)
    if magic is not None:
        if _CODE_MAGICS.fullmatch(magic[1]) is None:
            return None
        code = "\n" * code[: magic.end()].count("\n") + code[magic.end() :]
    if len(code) > limits.CODE_MAX_CHARS:
        return None
    tree = _parse(code)
    if tree is None:
        tree = _parse(_ASSIGNED_MAGIC.sub(r"\1None", _MAGIC.sub(r"\1pass", code)))
    return tree


def _parse(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _read(code: str) -> CellBindings:
    clears = _RESET.search(code) is not None
    tree = parse_cell(code)
    captured = _captured(code)
    if tree is None:
        return CellBindings(captured, clears=clears)
    lines = dict(captured)
    imports: dict[str, str] = {}
    removed: set[str] = set()
    for statement in _statements(tree.body):
        if isinstance(statement, ast.Delete):
            removed.update(each.id for each in statement.targets if isinstance(each, ast.Name))
            continue
        for name in _bound(statement):
            removed.discard(name)
            if len(lines) < limits.CELL_NAMES_MAX:
                lines.setdefault(name, statement.lineno)
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            imports.update(_import_statements(statement))
    return CellBindings(
        MappingProxyType(lines), MappingProxyType(imports), frozenset(removed), clears
    )


_kept = lru_cache(maxsize=1_024)(_read)


def _captured(code: str) -> dict[str, int]:
    """Return the name that ``%%capture name`` binds."""
    magic = _CELL_MAGIC.match(code)
    if magic is None or magic[1] != "capture":
        return {}
    return {word: 1 for word in magic[2].split() if word.isidentifier()}


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Return the statements that run in the notebook's names, in their order."""
    waiting = list(body)[::-1]
    while waiting:
        each = waiting.pop()
        yield each
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        inner: list[ast.stmt] = []
        for part in ("body", "handlers", "cases", "orelse", "finalbody"):
            for node in getattr(each, part, ()):
                inner += [node] if isinstance(node, ast.stmt) else node.body
        waiting += inner[::-1]


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Return the names that a statement itself binds, without those inside it."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            if alias.name != "*":
                yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(statement, ast.AugAssign) or (
        isinstance(statement, ast.AnnAssign) and statement.value is None
    ):
        yield from _stored(statement.value) if statement.value is not None else ()
    else:
        for part in ast.iter_child_nodes(statement):
            if isinstance(part, (ast.expr, ast.withitem, ast.match_case)):
                yield from _stored(part)


def _stored(part: ast.AST) -> Iterator[str]:
    """Return the names stored within an expression; those of comprehensions are their own."""
    waiting: list[ast.AST] = [part]
    while waiting:
        each = waiting.pop()
        if isinstance(each, (ast.Lambda, ast.stmt)):
            continue
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id
        elif isinstance(each, (ast.MatchAs, ast.MatchStar)) and each.name:
            yield each.name
        elif isinstance(each, ast.MatchMapping) and each.rest:
            yield each.rest
        for child in ast.iter_child_nodes(each):
            if isinstance(child, ast.comprehension):
                waiting += [child.iter, *child.ifs]
            else:
                waiting.append(child)


def _import_statements(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        if alias.name == "*":
            continue
        tail = f" as {alias.asname}" if alias.asname else ""
        name = alias.asname or alias.name.partition(".")[0]
        if isinstance(node, ast.Import):
            yield name, f"import {alias.name}{tail}"
        else:
            yield name, f"from {'.' * node.level}{node.module or ''} import {alias.name}{tail}"
