"""What ``match`` does to the names of a cell."""

from __future__ import annotations

import ast
from typing import Any

from .names_flow import Ends, Key
from .names_walk import Walk


def visit_match(walk: Walk, node: Any) -> None:
    """Visit a ``match``: names bound by a pattern that fails may stay bound."""
    flow = walk.flow
    walk.visit(node.subject)
    roots = walk.roots(node.subject)
    start = flow.mark()
    ends: list[Ends | None] = []
    falls_through = True
    for case in node.cases:
        mark = flow.mark()
        _pattern(walk, case.pattern, roots)
        walk.visit(case.guard)
        walk.block(case.body)
        ends.append(flow.end_branch(mark))
        if case.guard is None and _is_irrefutable(case.pattern):
            falls_through = False
            break
    flow.rewind(start)
    flow.join([*ends, {}] if falls_through else ends)


def _is_irrefutable(pattern: Any) -> bool:
    kind = type(pattern).__name__
    if kind == "MatchOr":
        return any(_is_irrefutable(each) for each in pattern.patterns)
    return kind == "MatchAs" and (pattern.pattern is None or _is_irrefutable(pattern.pattern))


def _pattern(walk: Walk, pattern: Any, roots: list[Key]) -> None:
    kind = type(pattern).__name__
    if kind == "MatchOr":
        flow = walk.flow
        ends = []
        for each in pattern.patterns:
            mark = flow.mark()
            _pattern(walk, each, roots)
            ends.append(flow.end_branch(mark))
        flow.join(ends)
        return
    for name in pattern._fields:
        part = getattr(pattern, name)
        for each in part if isinstance(part, list) else [part]:
            if isinstance(each, ast.expr):
                walk.visit(each)
            elif isinstance(each, ast.AST):
                _pattern(walk, each, roots)
    name = (
        getattr(pattern, "rest", None) if kind == "MatchMapping" else getattr(pattern, "name", None)
    )
    if name is not None:
        walk.alias(walk.store(name), roots)
