"""What each kind of expression does to the names of a cell."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from . import names_magics
from .names_data import CHANGING_FUNCTIONS, CHANGING_KEYWORDS, CHANGING_METHODS
from .names_flow import Key
from .names_scope import bound_in, defaults, named_in, parameters, type_parameters
from .names_walk import PURE, Visitors, Walk

_CONSTANTS = (int, float, complex, str, bool, type(None))


def is_constant(node: ast.AST) -> bool:
    """Return whether an expression is made of numbers, text, booleans and ``None`` alone."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.Constant):
            if not isinstance(each.value, _CONSTANTS):
                return False
        elif isinstance(each, ast.UnaryOp):
            waiting.append(each.operand)
        elif isinstance(each, ast.BinOp):
            waiting += [each.left, each.right]
        else:
            return False
    return True


def _name(walk: Walk, node: ast.Name) -> None:
    walk.load(node.id)


def _constant(walk: Walk, node: ast.AST) -> None:
    pass


def _attribute(walk: Walk, node: Any) -> None:
    walk.visit(node.value)


def _binary(walk: Walk, node: ast.BinOp) -> None:
    """Visit a long sum from the left without nesting."""
    right: list[ast.expr] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp):
        right.append(left.right)
        left = left.left
    walk.visit(left)
    while right:
        walk.visit(right.pop())


def _perhaps(walk: Walk, nodes: Iterable[ast.AST]) -> None:
    """Visit what may not be evaluated at all."""
    mark = walk.flow.mark()
    walk.visit_each(nodes)
    walk.flow.join([walk.flow.end_branch(mark), {}])


def _boolean(walk: Walk, node: ast.BoolOp) -> None:
    walk.visit(node.values[0])
    _perhaps(walk, node.values[1:])


def _compare(walk: Walk, node: ast.Compare) -> None:
    walk.visit(node.left)
    walk.visit(node.comparators[0])
    if len(node.comparators) > 1:
        _perhaps(walk, node.comparators[1:])


def _conditional(walk: Walk, node: ast.IfExp) -> None:
    walk.visit(node.test)
    flow, ends = walk.flow, []
    for each in (node.body, node.orelse):
        mark = flow.mark()
        walk.visit(each)
        ends.append(flow.end_branch(mark))
    flow.join(ends)


def _named(walk: Walk, node: ast.NamedExpr) -> None:
    walk.visit(node.value)
    is_literal = is_constant(node.value)
    roots = [] if is_literal else walk.roots(node.value)
    walk.alias(walk.store(node.target.id, is_literal=is_literal), roots)


def _call(walk: Walk, node: ast.Call) -> None:
    if names_magics.visit(walk, node):
        return
    function = node.func
    walk.visit(function)
    walk.visit_each(node.args)
    walk.visit_each(each.value for each in node.keywords)
    roots: list[Key] = []
    for argument in node.args:
        roots += walk.roots(argument)
    for keyword in node.keywords:
        roots += walk.roots(keyword.value)
    if isinstance(function, ast.Name):
        key = walk.find(function.id)
        if isinstance(key, str):
            walk.calls.add(key)
            if key in PURE and not node.keywords:
                walk.touched_by.append((key, roots))
                return
            walk.given.append((key, roots))
        else:
            walk.handled.update(roots)
    else:
        _note_path(walk, function)
        receivers = walk.roots(function)
        _note_handled(walk, function, receivers, roots)
        roots += receivers
    if any(each.arg is None or each.arg in CHANGING_KEYWORDS for each in node.keywords):
        walk.handled.update(roots)
    walk.touched.update(roots)


def _note_handled(
    walk: Walk, function: ast.expr, receivers: list[Key], arguments: list[Key]
) -> None:
    """Keep what a method changes even if it is data, as far as its name says so."""
    if not isinstance(function, ast.Attribute):  # f()(x), f[0](x)
        walk.handled.update(arguments)
        return
    name = function.attr
    if name in CHANGING_METHODS or name.endswith("_"):
        walk.handled.update(receivers)
    if name in CHANGING_FUNCTIONS or name.endswith("_"):
        walk.handled.update(arguments)


def _note_path(walk: Walk, function: ast.expr) -> None:
    """Keep ``np.random.seed`` of a call, by which a module is told from an object."""
    path: list[str] = []
    node: ast.AST = function
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        key = walk.find(node.id)
        if isinstance(key, str):
            walk.calls.add(".".join([key, *reversed(path)]))


def _lambda(walk: Walk, node: ast.Lambda) -> None:
    for name in visit_function_body(walk, node) or ():
        walk.load(name)


def visit_function_body(walk: Walk, node: Any) -> set[str] | None:
    """Return the global names that a function's body reads; ``None`` inside of another function.

    A lambda's defaults are visited too; those of other functions come before their annotations.
    """
    is_lambda = isinstance(node, ast.Lambda)
    if is_lambda:
        walk.visit_each(defaults(node.args))
    body = [node.body] if is_lambda else node.body
    local, global_ = bound_in(body, walk.has_named)
    local.update(each.arg for each in parameters(node.args))
    outer, outer_free, outer_loops = walk.scope, walk.free, walk.loops
    free: set[str] = set() if outer_free is None else outer_free
    types = type_parameters(node)
    if types:
        walk.enter(local=types)
    walk.enter(local=local - global_, global_=global_)
    walk.free, walk.loops = free, []
    mark, killed = walk.flow.mark(), len(walk.flow.killed)
    walk.block(body)
    walk.flow.is_alive = True
    walk.flow.rewind(mark)
    del walk.flow.killed[killed:]
    walk.scope, walk.free, walk.loops = outer, outer_free, outer_loops
    return free if outer_free is None else None


def _comprehension(walk: Walk, node: Any) -> None:
    first = node.generators[0]
    walk.visit(first.iter)
    roots = walk.roots(first.iter)
    local: set[str] = set()
    for each in node.generators:
        if isinstance(each.target, ast.Name):
            local.add(each.target.id)
        else:
            local |= {part.id for part in ast.walk(each.target) if isinstance(part, ast.Name)}
    if walk.has_named:
        local -= named_in(node)
    outer, mark = walk.scope, walk.flow.mark()
    walk.enter(local=local, is_comprehension=True)
    for each in node.generators:
        if each is not first:
            walk.visit(each.iter)
            roots = walk.roots(each.iter)
        for key in walk.roots(each.target):
            walk.alias(key, roots)
        walk.visit_each(each.ifs)
    parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    walk.visit_each(part for part in parts if part is not None)
    walk.scope = outer
    walk.flow.join([walk.flow.end_branch(mark), {}])


_BY_NAME: dict[str, Any] = {
    "Name": _name,
    "Constant": _constant,
    "Attribute": _attribute,
    "BinOp": _binary,
    "BoolOp": _boolean,
    "Compare": _compare,
    "IfExp": _conditional,
    "NamedExpr": _named,
    "Call": _call,
    "Lambda": _lambda,
    "ListComp": _comprehension,
    "SetComp": _comprehension,
    "DictComp": _comprehension,
    "GeneratorExp": _comprehension,
}
VISITORS: Visitors = {getattr(ast, name): visitor for name, visitor in _BY_NAME.items()}
