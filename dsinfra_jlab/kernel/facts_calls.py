"""Facts on calls: arguments, unpacking, names that hide others, what cannot be sent elsewhere."""

from __future__ import annotations

import ast
import builtins
import re
import types
from collections.abc import Iterator
from typing import Any

from . import limits
from .facts_code import (
    UNKNOWN,
    Failing,
    class_dict,
    is_frame,
    is_series,
    own_dict,
    type_name,
    written,
)
from .facts_look import Fact, Look, near
from .kinds import Kinds

_UNEXPECTED = re.compile(r"unexpected keyword argument '(\w+)'")
_SIZED = Kinds((list, tuple, dict, set, str, bytes))
_TEXT_OF_FILE_MAX = 200


def arguments(look: Look) -> Iterator[Fact]:
    """What a function of the user's or a library's takes that was called wrongly."""
    failing = look.failing
    if failing is None:
        return
    match = _UNEXPECTED.search(look.message)
    calls = failing.nodes(ast.Call)
    for call in calls if failing.node is not None or len(calls) == 1 else ():
        code, is_bound, kind = _code_of(_callee(failing, call.func))
        if code is None or not _is_named(look.message, code.co_name, kind):
            continue
        count = code.co_argcount
        names = list(code.co_varnames[: count + code.co_kwonlyargcount])
        first = names[0] if names and count else ""
        fact: Fact = {
            "topic": "arguments",
            "function": written(call.func),
            "parameters": names[1 if is_bound else 0 :][:30],
            "keyword_only": names[count:][:30],
            "is_bound": is_bound,
            "first": first,
        }
        if match is not None:
            fact["unexpected"] = match[1]
            fact["near"] = near(match[1], names)
        yield fact
        return


def _callee(failing: Failing, node: ast.AST) -> Any:
    """Return what was called, also where it is a method of a new object: ``Model().fit``."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
        kind = failing.value(node.value.func)
        method = class_dict(kind).get(node.attr) if isinstance(kind, type) else None
        if type(method) is types.FunctionType:
            return types.MethodType(method, object())
    return failing.value(node)


def _is_named(message: str, function: str, kind: str) -> bool:
    """Whether a message is about a function, so that it is not one that this one called."""
    return re.match(rf"(?:[\w.<>]+\.)?{re.escape(function)}\(\)", message) is not None or (
        bool(kind) and message.startswith(f"{kind}.__init__()")
    )


def _code_of(callee: Any) -> tuple[types.CodeType | None, bool, str]:
    """Return the code of a plain function, whether its first argument is given, and its class."""
    if type(callee) is types.FunctionType:
        return callee.__code__, False, ""
    if type(callee) is types.MethodType and type(callee.__func__) is types.FunctionType:
        return callee.__func__.__code__, True, ""
    if isinstance(callee, type):
        made = class_dict(callee).get("__init__")
        if type(made) is types.FunctionType:
            return made.__code__, True, str(type.__dict__["__name__"].__get__(callee))
    return None, False, ""


def not_callable(look: Look) -> Iterator[Fact]:
    """What was called that cannot be."""
    failing = look.failing
    if failing is None:
        return
    found = []
    for call in failing.nodes(ast.Call):
        value = failing.value(call.func)
        if value is UNKNOWN or f"'{type_name(value).rpartition('.')[2]}'" not in look.message:
            continue
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        fact: Fact = {
            "topic": "not_callable",
            "expression": written(call.func),
            "type": type_name(value),
            "hides_builtin": bool(name) and name in vars(builtins) and name in look.user_ns,
            "is_table": is_frame(value) or is_series(value),
        }
        if type(value) is types.ModuleType:
            own = str(vars(value).get("__name__", "")).rpartition(".")[2]
            inner = vars(value).get(own)
            fact["member"] = (
                own if inner is not None and type(inner) is not types.ModuleType else ""
            )
            fact["module"] = str(vars(value).get("__name__", ""))
        found.append(fact)
    if len(found) == 1:
        yield found[0]


def unpacking(look: Look) -> Iterator[Fact]:
    """How long a value is that was taken apart."""
    failing = look.failing
    statement = failing.statement if failing is not None else None
    if failing is None:
        return
    if isinstance(statement, ast.Assign) and isinstance(
        statement.targets[0], (ast.Tuple, ast.List)
    ):
        value = failing.value(statement.value)
        if value is None and not isinstance(statement.value, ast.Constant):
            yield {
                "topic": "unpacking",
                "expression": written(statement.value),
                "type": "NoneType",
            }
        elif type(value) in _SIZED:
            yield {
                "topic": "unpacking",
                "expression": written(statement.value),
                "type": type_name(value),
                "length": len(value),
                "targets": len(statement.targets[0].elts),
            }
    elif isinstance(statement, ast.For) and isinstance(statement.target, (ast.Tuple, ast.List)):
        value = failing.value(statement.iter)
        if value is not UNKNOWN and (type(value) is dict or is_frame(value)):
            yield {
                "topic": "unpacking",
                "expression": written(statement.iter),
                "type": type_name(value),
                "targets": len(statement.target.elts),
                "is_loop": True,
            }
    elif isinstance(statement, ast.For):
        value = failing.value(statement.iter)
        if value is None or type(value) is int:
            yield {
                "topic": "unpacking",
                "expression": written(statement.iter),
                "type": type_name(value),
                "is_loop": True,
            }


def subscripted(look: Look) -> Iterator[Fact]:
    """What an item was asked of."""
    failing = look.failing
    if failing is None:
        return
    found = []
    for node in failing.nodes(ast.Subscript):
        value = failing.value(node.value)
        if value is UNKNOWN:
            continue
        fact: Fact = {
            "topic": "subscripted",
            "expression": written(node.value),
            "type": type_name(value),
            "index_type": _type_of_index(failing.value(node.slice)),
        }
        if type(value) is list and value:
            fact["item_type"] = type_name(value[0])
        elif type(value) is str:
            start = value[:_TEXT_OF_FILE_MAX].lstrip()[:1]
            fact["is_json"] = start in ("{", "[") and value.rstrip()[-1:] in ("}", "]")
        found.append(fact)
    if len(found) == 1:
        yield found[0]


def _type_of_index(value: Any) -> str:
    return "" if value is UNKNOWN else type_name(value)


def pickled(look: Look) -> Iterator[Fact]:
    """Which attribute of an object cannot be pickled."""
    match = re.search(r"cannot pickle '([\w.]+)' object", look.message)
    failing = look.failing
    if match is None or failing is None:
        return
    wanted = match[1].rpartition(".")[2]
    for call in failing.nodes(ast.Call):
        for node in [*call.args, *(each.value for each in call.keywords)]:
            value = failing.value(node)
            if value is UNKNOWN:
                continue
            paths = list(_paths_to(value, wanted, written(node)))
            if paths:
                yield {"topic": "pickled", "type": match[1], "paths": paths[: limits.FACT_NEAR_MAX]}
                return


def _paths_to(value: Any, kind: str, name: str, depth: int = 3) -> Iterator[str]:
    """Return where an object of a type is held within another one."""
    if type_name(value).rpartition(".")[2] == kind:
        yield name
        return
    if depth == 0:
        return
    inner: list[tuple[str, Any]] = []
    if type(value) is dict:
        inner = [(f"{name}[{k!r}]", v) for k, v in list(value.items())[:100] if type(k) is str]
    elif type(value) in (list, tuple):
        inner = [(f"{name}[{i}]", v) for i, v in enumerate(value[:100])]
    else:
        inner = [(f"{name}.{k}", v) for k, v in list(own_dict(value).items())[:100]]
    for path, each in inner:
        if len(path) <= limits.FACT_NAME_MAX_CHARS:
            yield from _paths_to(each, kind, path, depth - 1)


def json_type(look: Look) -> Iterator[Fact]:
    """Which key of a dict holds what cannot become JSON."""
    match = re.search(r"Object of type (\w+) is not JSON serializable", look.message)
    failing = look.failing
    if match is None or failing is None:
        return
    for call in failing.nodes(ast.Call):
        for node in call.args[:1]:
            value = failing.value(node)
            if value is not UNKNOWN:
                paths = list(_paths_to(value, match[1], written(node)))
                yield {"topic": "json", "type": match[1], "paths": paths[: limits.FACT_NEAR_MAX]}
