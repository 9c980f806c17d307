"""What each kind of statement does to the names of a cell.

The parts of a statement are visited in the order in which the interpreter evaluates them. Code
that cannot be reached is not visited.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any

from . import names_expressions
from .names_expressions import is_constant, visit_function_body
from .names_flow import LIKELY, Ends, Key, without
from .names_patterns import visit_match
from .names_scope import bound_in, defaults, parameters, type_parameters
from .names_walk import Loop, Visitors, Walk

# Binding


def _bind(walk: Walk, target: ast.AST, value: ast.AST | None, *, is_result: bool = True) -> None:
    """Bind a target, to ``value`` if that is known."""
    kind = type(target)
    if kind is ast.Name:
        is_literal = value is not None and is_constant(value)
        name = target.id  # type: ignore[attr-defined]
        roots = [] if value is None or is_literal else walk.roots(value)
        walk.alias(walk.store(name, is_result=is_result, is_literal=is_literal), roots)
    elif kind in (ast.Tuple, ast.List):
        targets: list[ast.expr] = target.elts  # type: ignore[attr-defined]
        values = _spread(targets, value)
        for place, each in enumerate(targets):
            _bind(walk, each, values[place], is_result=is_result)
    elif kind is ast.Starred:
        _bind(walk, target.value, value, is_result=is_result)  # type: ignore[attr-defined]
    else:  # an attribute or an item
        walk.visit_children(target)
        walk.change(target)


def _spread(targets: list[ast.expr], value: ast.AST | None) -> Sequence[ast.AST | None]:
    """Return what each of several targets gets."""
    if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(targets):
        every = [*value.elts, *targets]
        if not any(isinstance(each, ast.Starred) for each in every):
            return value.elts
    # Not a constant by itself even if it is text, which is taken apart.
    whole = None if isinstance(value, ast.Constant) else value
    return [whole] * len(targets)


def _assign(walk: Walk, node: ast.Assign) -> None:
    value = node.value
    first = node.targets[0]
    if isinstance(value, ast.Lambda) and len(node.targets) == 1 and isinstance(first, ast.Name):
        _define(walk, first.id, visit_function_body(walk, value), is_result=True)
        return
    walk.visit(value)
    for target in node.targets:
        _bind(walk, target, value)


def _annotated_assign(walk: Walk, node: ast.AnnAssign) -> None:
    walk.visit(node.value)
    if node.value is not None:
        _bind(walk, node.target, node.value)
    elif not isinstance(node.target, ast.Name):
        walk.visit_children(node.target)
    if walk.scope is None or walk.scope.is_class:
        walk.visit(node.annotation)


def _augmented_assign(walk: Walk, node: ast.AugAssign) -> None:
    target = node.target
    if isinstance(target, ast.Name):
        walk.load(target.id)
        walk.touch(target)
        walk.visit(node.value)
        walk.store(target.id)
    else:
        walk.visit_children(target)
        walk.visit(node.value)
        walk.change(target)


def _delete(walk: Walk, node: ast.Delete) -> None:
    waiting = list(reversed(node.targets))
    while waiting:
        target = waiting.pop()
        if isinstance(target, ast.Name):
            walk.load(target.id)
            walk.delete(target.id)
        elif isinstance(target, (ast.Tuple, ast.List)):
            waiting += reversed(target.elts)
        else:
            walk.visit_children(target)
            walk.change(target)


def _import(walk: Walk, node: Any) -> None:
    for alias in node.names:
        if alias.name != "*":
            walk.store((alias.asname or alias.name).partition(".")[0], is_result=False)


# Definitions


def _define(walk: Walk, name: str, free: set[str] | None, *, is_result: bool = False) -> None:
    """Bind a name to a function; what its body reads is read when the function is used."""
    key = walk.store(name, is_result=is_result)
    if free:
        walk.add_body(key, free)


def _function(walk: Walk, node: Any) -> None:
    walk.visit_each(node.decorator_list)
    walk.visit_each(defaults(node.args))
    annotations = [each.annotation for each in parameters(node.args)] + [node.returns]
    visit_without(walk, type_parameters(node), annotations)
    free = visit_function_body(walk, node)
    if node.decorator_list and free:  # the decorator may call it
        for name in free:
            walk.load(name)
    _define(walk, node.name, free)


def visit_without(walk: Walk, local: set[str], nodes: Iterable[ast.AST | None]) -> None:
    """Visit nodes in which the names ``local`` mean something else."""
    outer = walk.scope
    if local:
        walk.enter(local=local)
    walk.visit_each(nodes)
    walk.scope = outer


def _class(walk: Walk, node: ast.ClassDef) -> None:
    walk.visit_each(node.decorator_list)
    outer = walk.scope
    local = type_parameters(node)
    if local:
        walk.enter(local=local)
    walk.visit_each(node.bases)
    walk.visit_each(each.value for each in node.keywords)
    _, global_ = bound_in(node.body, walk.has_named)
    walk.enter(is_class=True, global_=global_)
    walk.class_bodies.append([])
    walk.block(node.body)
    bodies = walk.class_bodies.pop()
    walk.scope = outer
    if not walk.flow.is_alive:
        return
    if node.decorator_list or node.keywords:  # these may call its methods
        for name in set().union(*bodies):
            walk.load(name)
    key = walk.store(node.name, is_result=False)
    for free in bodies:
        walk.add_body(key, free)


def _type_alias(walk: Walk, node: Any) -> None:
    visit_without(walk, type_parameters(node), [node.value])
    walk.store(node.name.id, is_result=False)


# Branches


def _if(walk: Walk, node: ast.If) -> None:
    """Visit a chain of ``elif`` in a loop: they are nested, and there may be hundreds."""
    flow = walk.flow
    if _is_main(node.test):
        walk.block([node.test, *node.body])
        return
    chain: list[int] = []
    ends: list[Ends | None] = []
    while True:
        walk.visit(node.test)
        mark = flow.mark()
        walk.block(node.body)
        ends.append(flow.end_branch(mark))
        following = node.orelse
        if len(following) != 1 or not isinstance(following[0], ast.If):
            break
        chain.append(flow.mark())
        node = following[0]
    mark = flow.mark()
    walk.block(node.orelse)
    ends.append(flow.end_branch(mark))
    # What a test has bound by ``:=`` is bound for all branches after it, not for those before.
    while chain:
        last, before = ends.pop(), ends.pop()
        flow.join([before, last])
        ends.append(flow.end_branch(chain.pop()))
    flow.join(ends)


def _is_main(test: ast.AST) -> bool:
    """Return whether a test is ``__name__ == "__main__"``, which is so in a notebook."""
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and isinstance(test.ops[0], ast.Eq)
    )


def _is_endless(test: ast.AST) -> bool:
    return isinstance(test, ast.Constant) and bool(test.value)


def _while(walk: Walk, node: ast.While) -> None:
    walk.visit(node.test)
    _loop(walk, node, None, is_endless=_is_endless(node.test))


def _for(walk: Walk, node: Any) -> None:
    walk.visit(node.iter)
    roots = walk.roots(node.iter)
    _loop(walk, node, roots)


def _loop(walk: Walk, node: Any, roots: list[Key] | None, *, is_endless: bool = False) -> None:
    """Visit a loop: once, since later rounds can only see more names settled than the first."""
    flow = walk.flow
    loop, killed = Loop(flow.mark()), len(flow.killed)
    walk.loops.append(loop)
    if roots is not None:
        _bind(walk, node.target, None, is_result=False)
        for key in walk.roots(node.target):
            walk.alias(key, roots)
    walk.block(node.body)
    rounds = [*loop.continues, flow.end_branch(loop.mark)]
    walk.loops.pop()
    flow.forget_bound(killed)
    breaks = [without(each, flow.killed[killed:]) for each in loop.breaks]
    if is_endless:
        flow.join(breaks)
        return
    mark = flow.mark()
    for key in _in_all(rounds):
        if flow.status.get(key) is None:
            flow.set(key, LIKELY)
    walk.block(node.orelse)
    flow.join([flow.end_branch(mark), *breaks])


def _in_all(branches: list[Ends | None]) -> set[Key]:
    ends = [set(each) for each in branches if each is not None]
    return set.intersection(*ends) if ends else set()


def _break(walk: Walk, node: ast.AST) -> None:
    if walk.loops:
        walk.loops[-1].breaks.append(walk.flow.changes(walk.loops[-1].mark))
    walk.flow.is_alive = False


def _continue(walk: Walk, node: ast.AST) -> None:
    if walk.loops:
        walk.loops[-1].continues.append(walk.flow.changes(walk.loops[-1].mark))
    walk.flow.is_alive = False


def _leave(walk: Walk, node: ast.AST) -> None:
    walk.visit_children(node)
    walk.flow.is_alive = False


# Errors


def _assert(walk: Walk, node: ast.Assert) -> None:
    """Visit an ``assert``: what its message binds is not there when the cell goes on."""
    walk.visit(node.test)
    mark = walk.flow.mark()
    walk.visit(node.msg)
    walk.flow.rewind(mark)


def _try(walk: Walk, node: Any) -> None:
    """Visit a ``try``: an error may come anywhere, so handlers see what was bound before it."""
    flow = walk.flow
    start, killed = flow.mark(), len(flow.killed)
    walk.block(node.body)
    walk.block(node.orelse)
    ends = [flow.end_branch(start)]
    flow.forget_bound(killed)
    for handler in node.handlers:
        ends.append(_handler(walk, handler, start))
    killed_by_handlers = len(flow.killed)
    last: Ends | None = {}
    if node.finalbody:
        flow.forget_bound(killed)
        mark = flow.mark()
        walk.block(node.finalbody)
        last = flow.end_branch(mark)
    flow.rewind(start)
    if type(node).__name__ == "TryStar":  # several handlers may run, one after the other
        gone = flow.killed[killed:killed_by_handlers]
        ends = [None if each is None else without(each, gone) for each in ends]
    flow.join(ends)
    if last is None:
        flow.is_alive = False
    elif flow.is_alive:
        flow.forget_bound(killed_by_handlers)
        for key, status in last.items():
            if status != LIKELY or flow.status.get(key) is None:
                flow.set(key, status)


def _handler(walk: Walk, handler: Any, start: int) -> Ends | None:
    """Return what has changed since ``start`` when a handler ends."""
    flow = walk.flow
    mark = flow.mark()
    walk.visit(handler.type)
    if handler.name:
        walk.store(handler.name, is_result=False)
    walk.block(handler.body)
    if handler.name and flow.is_alive:
        walk.delete(handler.name)
    ends = flow.changes(start) if flow.is_alive else None
    flow.rewind(mark)
    flow.is_alive = True
    return ends


def _with(walk: Walk, node: Any) -> None:
    flow = walk.flow
    marks: list[int] = []
    for item in node.items:
        walk.visit(item.context_expr)
        walk.touch(item.context_expr)
        if item.optional_vars is not None:
            _bind(walk, item.optional_vars, None, is_result=False)
            for key in walk.roots(item.optional_vars):
                walk.alias(key, walk.roots(item.context_expr))
        if walk.may_suppress(item.context_expr):
            marks.append(flow.mark())
    killed = len(flow.killed)
    walk.block(node.body)
    while marks:
        ends = flow.end_branch(marks.pop())
        flow.forget_bound(killed)
        flow.join([ends, {}])


def _nothing(walk: Walk, node: ast.AST) -> None:
    pass


_BY_NAME: dict[str, Any] = {
    "Assign": _assign,
    "AnnAssign": _annotated_assign,
    "AugAssign": _augmented_assign,
    "Delete": _delete,
    "Import": _import,
    "ImportFrom": _import,
    "FunctionDef": _function,
    "AsyncFunctionDef": _function,
    "ClassDef": _class,
    "TypeAlias": _type_alias,
    "If": _if,
    "While": _while,
    "For": _for,
    "AsyncFor": _for,
    "Break": _break,
    "Continue": _continue,
    "Return": _leave,
    "Raise": _leave,
    "Assert": _assert,
    "Try": _try,
    "TryStar": _try,
    "With": _with,
    "AsyncWith": _with,
    "Match": visit_match,
    "Pass": _nothing,
    "Global": _nothing,
    "Nonlocal": _nothing,
}
_STATEMENTS: Visitors = {
    getattr(ast, name): visitor for name, visitor in _BY_NAME.items() if hasattr(ast, name)
}
VISITORS: Visitors = {**_STATEMENTS, **names_expressions.VISITORS}
