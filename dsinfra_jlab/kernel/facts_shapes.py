"""Facts on what an operation was given: types, shapes, lengths, features."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator
from typing import Any

from .facts_code import (
    UNKNOWN,
    Failing,
    is_array,
    is_frame,
    is_polars,
    is_series,
    is_tensor,
    labels_of,
    own_dict,
    type_name,
    written,
)
from .facts_look import Fact, Look
from .kinds import Kinds

_OPERANDS_MAX = 6
_NAMES_MAX = 30
_SIZED = Kinds((list, tuple, dict, set, frozenset, str, bytes, range))
_PLAIN = Kinds((int, float, bool, complex, str, bytes, type(None)))


def described(value: Any) -> Fact | None:
    """Return type and shape of a value, ``None`` if it is not known."""
    if value is UNKNOWN:
        return None
    fact: Fact = {"type": type_name(value)}
    if is_array(value) or is_frame(value) or is_series(value) or is_polars(value):
        fact["shape"] = [int(each) for each in value.shape]
    elif is_tensor(value):
        fact["shape"] = [int(each) for each in value.shape]
        fact["device"] = str(value.device)
    elif type(value) in _SIZED:
        fact["length"] = len(value)
    if is_array(value) or is_series(value) or is_tensor(value):
        fact["dtype"] = str(value.dtype).replace("torch.", "")
    return fact


def operands(look: Look) -> Iterator[Fact]:
    """What the failing operation or call was given."""
    failing = look.failing
    if failing is None:
        return
    for operation, nodes in _operations(failing):
        found = []
        for node in nodes[:_OPERANDS_MAX]:
            fact = described(failing.value(node))
            if fact is not None:
                fact["expression"] = written(node)
                fact["constant"] = isinstance(node, ast.Constant)
                found.append(fact)
        if found:
            yield {"topic": "operands", "operation": operation, "operands": found}


_SIGNS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.MatMult: "@",
    ast.Mod: "%",
    ast.FloorDiv: "//",
    ast.Pow: "**",
    ast.BitAnd: "&",
    ast.BitOr: "|",
}


def _operations(failing: Failing) -> list[tuple[str, list[ast.AST]]]:
    """Return what may have failed; where Python does not tell, only if there is one of it."""
    found: list[tuple[str, list[ast.AST]]] = []
    for binary in failing.nodes(ast.BinOp):
        found.append((_SIGNS.get(type(binary.op), ""), [binary.left, binary.right]))
    for added in failing.nodes(ast.AugAssign):
        found.append((_SIGNS.get(type(added.op), ""), [added.target, added.value]))
    for compared in failing.nodes(ast.Compare):
        found.append(("compare", [compared.left, *compared.comparators]))
    for call in failing.nodes(ast.Call):
        given: list[ast.AST] = [*call.args, *(each.value for each in call.keywords)]
        if isinstance(call.func, ast.Attribute):
            given.insert(0, call.func.value)
        if len(given) > 1 and isinstance(given[1], (ast.List, ast.Tuple)):
            given[1:2] = given[1].elts
        found.append((f"call:{written(call.func)}", given))
    for item in failing.nodes(ast.Subscript):
        found.append(("item", [item.value, item.slice]))
    return found if failing.node is not None or len(found) == 1 else []


def lengths(look: Look) -> Iterator[Fact]:
    """How long a new column is, and how many rows the table has."""
    failing = look.failing
    if failing is None or not isinstance(failing.statement, ast.Assign):
        return
    value = described(failing.value(failing.statement.value))
    if isinstance(failing.statement.value, (ast.List, ast.Tuple)):
        value = {"length": len(failing.statement.value.elts)}
    for target in failing.statement.targets:
        if not isinstance(target, (ast.Subscript, ast.Attribute)):
            continue
        table = failing.value(target.value)
        if is_frame(table):
            shape = (value or {}).get("shape")
            yield {
                "topic": "lengths",
                "table": written(target.value),
                "rows": int(table.shape[0]),
                "columns": int(table.shape[1]),
                "expression": written(failing.statement.value),
                "given": (value or {}).get("length") if shape is None else shape[0],
            }


def features(look: Look) -> Iterator[Fact]:
    """Which features an estimator of scikit-learn was fitted with, and which it was given."""
    for frame in look.library_frames():
        for name in ("self", "estimator", "_estimator"):
            estimator = frame.f_locals.get(name)
            if estimator is None or not _is_of(estimator, "sklearn"):
                continue
            known = own_dict(estimator)
            count = known.get("n_features_in_")
            if type(count) is not int:
                continue
            fact: Fact = {
                "topic": "features",
                "estimator": type_name(estimator),
                "expected": count,
            }
            given = _given_table(look, frame)
            names: Any = known.get("feature_names_in_")
            if is_array(names) and given is not None:
                fitted = [each for each in names.tolist() if type(each) is str]
                passed = [each for each in labels_of(given.columns) or () if type(each) is str]
                fact["missing"] = [each for each in fitted if each not in passed][:_NAMES_MAX]
                fact["unexpected"] = [each for each in passed if each not in fitted][:_NAMES_MAX]
                fact["same_names"] = sorted(fitted) == sorted(passed)
            yield fact
            return


def _is_of(value: Any, library: str) -> bool:
    module = type.__dict__["__module__"].__get__(type(value))
    return type(module) is str and module.partition(".")[0] == library


def _given_table(look: Look, frame: types.FrameType) -> Any:
    for name in ("X", "_X", "X_test"):
        if is_frame(frame.f_locals.get(name)):
            return frame.f_locals[name]
    for _, value in given(look):
        if is_frame(value):
            return value
    return None


def given(look: Look) -> Iterator[tuple[str, Any]]:
    """Return what the failing call of the user's was given, by expression."""
    failing = look.failing
    if failing is None:
        return
    for call in failing.nodes(ast.Call):
        nodes: list[ast.AST] = [*call.args, *(each.value for each in call.keywords)]
        if isinstance(call.func, ast.Attribute):
            nodes.append(call.func.value)
        for node in nodes:
            value = failing.value(node)
            if value is not UNKNOWN:
                yield written(node), value


def ragged(look: Look) -> Iterator[Fact]:
    """Where the rows of a nested list begin to differ in length."""
    for name, value in given(look):
        if type(value) is not list or not value or type(value[0]) not in (list, tuple):
            continue
        first = len(value[0])
        for place, row in enumerate(value[:100_000]):
            if type(row) not in (list, tuple) or len(row) != first:
                fact: Fact = {"topic": "ragged", "expression": name, "row": place, "first": first}
                fact["length"] = len(row) if type(row) in (list, tuple) else None
                yield fact
                return


def not_fitted(look: Look) -> Iterator[Fact]:
    """Which estimator was asked before it had learned."""
    failing = look.failing
    if failing is None:
        return
    for call in failing.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute):
            owner = failing.value(call.func.value)
            if owner is not UNKNOWN and _is_of(owner, "sklearn"):
                yield {
                    "topic": "not_fitted",
                    "estimator": type_name(owner),
                    "expression": written(call.func.value),
                    "method": call.func.attr,
                    "inner": _inner(look, owner),
                }
                return


def _inner(look: Look, owner: Any) -> str:
    """Return the class of the part that was not fitted, if it is not the whole."""
    for frame in reversed(look.library_frames()):
        estimator = frame.f_locals.get("estimator")
        if estimator is not None and _is_of(estimator, "sklearn"):
            return "" if estimator is owner else type_name(estimator)
    return ""
