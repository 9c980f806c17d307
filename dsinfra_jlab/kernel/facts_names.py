"""Facts on names, attributes, keys and indexes that are missing."""

from __future__ import annotations

import ast
import builtins
import collections
import os
import re
import types
from collections.abc import Iterator
from typing import Any

from . import limits
from .facts_code import (
    UNKNOWN,
    Failing,
    class_dict,
    is_a,
    is_frame,
    is_library,
    is_series,
    labels_of,
    own_dict,
    type_name,
    written,
    written_whole,
)
from .facts_look import Fact, Look, near
from .kinds import Kinds
from .scalars import name_of

_NAME = re.compile(r"(?:name|variable) '(\w+)'")
_SAID_COLUMN = re.compile(r"\"([^\"]*)\" not found|name '(\w+)' is not defined")
_HIDDEN = frozenset(("In", "Out", "exit", "quit", "get_ipython"))
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_KEYS = Kinds((str, int, float, bool, tuple))
_DICTS = Kinds((dict, collections.OrderedDict, collections.defaultdict, collections.Counter))
_SEQUENCES = Kinds((list, tuple, str, bytes))


def missing_name(look: Look) -> Iterator[Fact]:
    """What is there under names like the one that is not."""
    match = _NAME.search(look.message)
    if match is None or not look.frames:
        return
    name, (frame, _) = match[1], look.frames[-1]
    if look.is_a("UnboundLocalError"):
        yield {"topic": "unbound_local", "name": name, "is_global": name in frame.f_globals}
        return
    if is_library(frame.f_code.co_filename):
        return
    found = []
    places = [("namespace", frame.f_globals), ("builtins", vars(builtins))]
    if frame.f_locals is not frame.f_globals:
        places.insert(0, ("locals", frame.f_locals))
    for where, names in places:
        for each in near(name, [n for n in list(names) if _is_users(n) or where == "builtins"]):
            found.append({"name": each, "where": where})
    yield {"topic": "missing_name", "name": name, "near": found}


def _is_users(name: Any) -> bool:
    return type(name) is str and not name.startswith("_") and name not in _HIDDEN


def missing_attribute(look: Look) -> Iterator[Fact]:
    """What an object has that is named like the attribute it has not."""
    name = look.slot(AttributeError, "name")
    owner = look.slot(AttributeError, "obj", UNKNOWN)
    node = None
    if look.failing is not None:
        nodes = [n for n in look.failing.nodes(ast.Attribute) if name in (None, n.attr)]
        node = nodes[0] if len(nodes) == 1 else None
    if type(name) is not str:
        match = re.search(r"has no attribute '(\w+)'", look.message)
        name = match[1] if match else None
        owner = UNKNOWN
        if node is not None and look.failing is not None and node.attr == name:
            owner = look.failing.value(node.value)
    if type(name) is not str or owner is UNKNOWN:
        return
    fact: Fact = {"topic": "missing_attribute", "attribute": name, "owner": type_name(owner)}
    if type(owner) is types.ModuleType:
        own = vars(owner).get(str(vars(owner).get("__name__", "")).rpartition(".")[2])
        fact["in_member"] = isinstance(own, type) and name in class_dict(own)
    if node is not None:
        fact["expression"] = written(node.value)
    if type(owner) is types.ModuleType:
        fact["module"] = str(vars(owner).get("__name__", ""))
        fact["near"] = near(name, list(vars(owner)))
        fact["shadow"] = _shadow(owner)
    elif owner is None:
        called = node.value if node is not None else None
        if isinstance(called, ast.Call):
            fact["from_call"] = written(called.func)
            fact["in_place"] = _is_in_place(called)
    elif isinstance(owner, type):
        fact["is_class"] = True
        fact["owner"] = name_of(owner)
        fact["near"] = near(name, list(class_dict(owner)))
    else:
        fact["near"] = near(name, [*own_dict(owner), *class_dict(type(owner))])
        fact["columns_near"] = near(name, _columns(owner))
        if is_series(owner):
            fact["dtype"] = str(owner.dtype)
    yield fact


def _is_in_place(call: ast.Call) -> bool:
    return any(
        each.arg == "inplace" and isinstance(each.value, ast.Constant) and each.value.value is True
        for each in call.keywords
    )


def _shadow(module: types.ModuleType) -> str:
    """Return the file of a module if it is the user's own."""
    file = vars(module).get("__file__")
    return os.path.basename(file) if type(file) is str and not is_library(file) else ""


def _columns(value: Any) -> list[Any]:
    """Return the names of the columns of a table, or of the items of a column."""
    if is_frame(value):
        return labels_of(value.columns) or []
    if is_a(value, "polars", "DataFrame"):
        return list(value.columns)
    return []


def missing_key(look: Look) -> Iterator[Fact]:
    """What keys there are that are like the missing one."""
    args = BaseException.__dict__["args"].__get__(look.error)
    key = args[0] if args else UNKNOWN
    if look.is_a("ColumnNotFoundError", "UndefinedVariableError"):
        match = _SAID_COLUMN.match(look.message)
        key = (match[1] or match[2]) if match is not None else UNKNOWN
    if type(key) not in _KEYS:
        return
    code = written_whole(look.failing.statement) if look.failing is not None else ""
    is_item = look.failing is not None and bool(look.failing.nodes(ast.Subscript))
    for container, name in _containers(look, key):
        known = _known_keys(container)
        if known is None:
            continue
        wanted = [each for each in _wanted(key, known, look) if each not in known]
        if _is_table(container) and not is_item:  # or the key may be a sentence of the library's
            wanted = [each for each in wanted if str(each) in code or _is_plain(each, code)]
        for each in wanted[: limits.FACT_NEAR_MAX]:
            yield _about_key(each, known, container, name)
        if wanted:
            return


def _is_plain(key: Any, code: str) -> bool:
    """Whether a key is one, as far as it can be seen where there is no code to look at."""
    return not code and type(key) is str and re.fullmatch(r"[\w .-]{1,60}", key) is not None


def _about_key(key: Any, known: list[Any], container: Any, name: str) -> Fact:
    fact: Fact = {
        "topic": "missing_key",
        "container": "os.environ" if type(container) is os._Environ else type_name(container),
        "expression": name,
        "key": str(key)[: limits.FACT_NAME_MAX_CHARS],
        "key_type": type_name(key),
        "count": len(known),
    }
    if type(key) is str:
        fact["near"] = near(key, known)
        number = key.lstrip("-").isdigit() and len(key) < 19
        fact["other_type"] = "int" if number and int(key) in known else ""
    elif type(key) is int:
        fact["other_type"] = "str" if str(key) in known else ""
    if is_frame(container) or is_a(container, "polars", "DataFrame"):
        names = [each for each in known if type(each) is str]
        fact["columns"] = [each[: limits.FACT_NAME_MAX_CHARS] for each in names[:20]]
    if is_frame(container) and type(key) is str:
        fact["in_index"] = any(type(each) is str and each == key for each in container.index.names)
    return fact


def _wanted(key: Any, known: list[Any], look: Look) -> list[Any]:
    """Return the keys that were asked for: pandas writes several into one text."""
    if type(key) is not str:
        return [key]
    plain = re.match(r"Columns? not found: (.+)$", key)
    if plain is not None:
        return [each.strip(" '\"") for each in plain[1].split(",")]
    if re.search(r"\] not (in|found in)|are in the \[|do not exist|are in the columns", key):
        return [one or other for one, other in _QUOTED.findall(key)]
    return [key]


def _known_keys(container: Any) -> Any:
    """Return the keys of a container as a list, ``None`` if it is none that is known."""
    if type(container) in _DICTS:
        keys = list(dict.keys(container))[: limits.FACT_CANDIDATES_MAX]
        whole = len(keys) == len(container)
        return keys if whole and all(type(each) in _KEYS for each in keys) else None
    if is_frame(container):
        return labels_of(container.columns)
    if is_series(container):
        return labels_of(container.index)
    if is_a(container, "polars", "DataFrame"):
        return list(container.columns)
    if type(container) is os._Environ:
        return list(container)
    return None


def _containers(look: Look, key: Any) -> Iterator[tuple[Any, str]]:
    """Return what may lack a key: what the user's expression names, then what pandas was given."""
    failing = look.failing
    if failing is not None:
        for node in failing.nodes(ast.Subscript):
            if isinstance(node.value, ast.Attribute) and node.value.attr in _BY_LABEL:
                yield from _located(failing, node.value.value, node.slice, key)
                return
            yield failing.value(node.value), written(node.value)
        for call in failing.nodes(ast.Call):
            if isinstance(call.func, ast.Attribute):
                inner = call.func.value
                holder = failing.value(inner)
                if _is_table(holder) or call.func.attr == "pop":
                    yield holder, written(inner)
            for argument in [*call.args, *(each.value for each in call.keywords)]:
                value = failing.value(argument)
                if _is_table(value):
                    yield value, written(argument)
    for frame in look.library_frames()[:3]:
        if frame.f_code.co_name in ("xs", "_get_item_cache", "reindex"):
            return
        for name in ("self", "obj", "left", "right"):
            value = frame.f_locals.get(name)
            if value is not None and not is_frame(value):
                value = own_dict(value).get("obj")
            if is_frame(value):
                yield value, ""


_BY_LABEL = ("loc", "at", "iloc", "iat")


_MASKS = (ast.Slice, ast.Compare, ast.BinOp, ast.UnaryOp)


def _located(
    failing: Failing, table: ast.AST, index: ast.AST, key: Any
) -> Iterator[tuple[Any, str]]:
    """Return what ``table.loc[rows, columns]`` may lack: only if the rows cannot be meant."""
    value = failing.value(table)
    if is_series(value):
        yield value, written(table)
    elif isinstance(index, ast.Tuple) and len(index.elts) == 2:
        rows = index.elts[0]
        is_label = isinstance(rows, ast.Constant) and type(rows.value) in _KEYS
        if isinstance(rows, _MASKS) or (is_label and failing.value(rows) != key):
            yield value, written(table)


def _is_table(value: Any) -> bool:
    return is_frame(value) or is_series(value) or is_a(value, "polars", "DataFrame")


def index_out_of_range(look: Look) -> Iterator[Fact]:
    """How long a sequence is, and which item of it was asked for."""
    failing = look.failing
    if failing is None:
        return
    found: list[tuple[Any, Any, Any]] = []
    for node in failing.nodes(ast.Subscript):
        holder = failing.value(node.value)
        if type(holder) in _SEQUENCES:
            index = failing.value(node.slice)
            if type(index) is int and not -len(holder) <= index < len(holder):
                found.append((node, holder, index))
    for call in failing.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "pop":
            holder = failing.value(call.func.value)
            if type(holder) is list and not holder:
                found.append((call.func, holder, None))
    if len(found) == 1:
        node, holder, index = found[0]
        yield {
            "topic": "index",
            "expression": written(node.value),
            "type": type_name(holder),
            "length": len(holder),
            "index": index,
            "over": _range_over(failing, node),
        }


def _range_over(failing: Failing, node: ast.AST) -> str:
    """Return the name of what was counted, where a loop's own variable was the index."""
    index = getattr(node, "slice", None)
    return written(index) if isinstance(index, ast.Name) else ""
