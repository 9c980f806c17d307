"""Facts on data: what could not be converted, what is missing, what does not go together."""

from __future__ import annotations

import ast
import re
import sys
import types
from collections.abc import Iterator
from typing import Any

from . import limits
from .facts_code import (
    UNKNOWN,
    is_array,
    is_frame,
    is_series,
    item_of,
    labels_of,
    type_name,
    written,
)
from .facts_look import Fact, Look
from .facts_shapes import given
from .kinds import Kinds

_COLUMNS_MAX = 20
_COUNT_MAX_BYTES = 50_000_000
"""Larger columns are not looked through: a pass takes some 20 ms."""
_LABELS = Kinds((int, str))
_NUMBERS = Kinds((int, float, bool))
_TEXT = re.compile(r"str|object|string|category")
_NUMBER = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"
_KINDS = (
    (re.compile(r"\s*"), "empty text"),
    (
        re.compile(r"(?i)\s*(n/?a|nan|null|none|missing|unknown|\?|-+|\.+)\s*"),
        "a word for a missing value",
    ),
    (re.compile(r"\s*[-+]?\d{1,3}(,\d{3})+(\.\d+)?\s*"), "a number with commas between thousands"),
    (re.compile(r"\s*[-+]?\d+,\d+\s*"), "a number with a decimal comma"),
    (re.compile(rf"\s*{_NUMBER}\s*%\s*"), "a number with a percent sign"),
    (
        re.compile(rf"\s*[$€£¥]\s*{_NUMBER}\s*|\s*{_NUMBER}\s*[$€£¥]\s*"),
        "a number with a currency sign",
    ),
    (re.compile(r"\s*\d{4}-\d\d?-\d\d?([ T].*)?\s*"), "a date"),
    (re.compile(r"\s*\d\d?[./]\d\d?[./]\d{2,4}\s*"), "a date"),
    (re.compile(rf"\s*{_NUMBER}\s*[A-Za-z]{{1,4}}\s*"), "a number with a unit"),
)


def conversion(look: Look) -> Iterator[Fact]:
    """Which row of a column is the first that is no number or date, and what kind of text it is."""
    found = _converted(look)
    if found is None:
        return
    name, column, target = found
    if target == "date":
        place, seen = _first_bad_date(look, column)
    else:
        place, seen = _first_bad(look, column, target)
    if place is None:
        return
    fact: Fact = {
        "topic": "conversion",
        "expression": name,
        "target": target,
        "position": place,
        "kind": seen[0],
        "count": seen[1],
        "rows": len(column),
    }
    if is_series(column):
        label = column.index[place]
        plain = label.item() if hasattr(label, "item") else label
        if type(plain) in _LABELS:
            fact["label"] = str(plain)[: limits.FACT_NAME_MAX_CHARS]
        if type(column.name) is str:
            fact["column"] = column.name[: limits.FACT_NAME_MAX_CHARS]
    if look.values:
        fact["value"] = str(seen[2])[: limits.FACT_NAME_MAX_CHARS]
    yield fact


def _converted(look: Look) -> tuple[str, Any, str] | None:
    """Return the column that was being converted, and to what."""
    failing = look.failing
    if failing is None:
        return None
    for call in failing.nodes(ast.Call):
        function = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if function == "astype" and isinstance(call.func, ast.Attribute) and call.args:
            value = failing.value(call.func.value)
            target = _target(call.args[0])
            name = written(call.func.value)
            if is_frame(value):
                value = _column_in(look, value, call.args[0])
                target = target or _target_in(call.args[0], value)
                name = f"{name}[{value.name!r}]" if is_series(value) else name
            if target and (is_series(value) or is_array(value)):
                return name, value, target
        elif function in ("to_numeric", "to_datetime") and call.args:
            value = failing.value(call.args[0])
            if is_series(value) or type(value) is list:
                return (
                    written(call.args[0]),
                    value,
                    "date" if function == "to_datetime" else "float",
                )
        elif function in ("array", "asarray") and call.args:
            value = failing.value(call.args[0])
            target = next((_target(k.value) for k in call.keywords if k.arg == "dtype"), "")
            if target and type(value) is list:
                return written(call.args[0]), value, target
    return None


def _target(node: ast.AST) -> str:
    """Return ``int`` or ``float`` if that is what a type stands for."""
    text = written(node).strip("'\"").rpartition(".")[2].lower()
    if re.fullmatch(r"u?int(8|16|32|64)?", text):
        return "int"
    return "float" if re.fullmatch(r"float(16|32|64)?|double", text) else ""


def _column_in(look: Look, table: Any, types_of: ast.AST) -> Any:
    """Return the column of a table at which its conversion failed."""
    match = re.search(r"Error while type casting for column '([^']*)'", look.message)
    if match is not None:
        return item_of(table, match[1])
    if isinstance(types_of, ast.Dict) and len(types_of.keys) == 1:
        key = types_of.keys[0]
        if isinstance(key, ast.Constant):
            return item_of(table, key.value)
    return UNKNOWN


def _target_in(node: ast.AST, column: Any) -> str:
    if isinstance(node, ast.Dict) and is_series(column):
        for key, value in zip(node.keys, node.values):
            is_known = type(column.name) in _LABELS and isinstance(key, ast.Constant)
            if is_known and isinstance(key, ast.Constant) and key.value == column.name:
                return _target(value)
    return ""


_Seen = tuple[str, "int | None", Any]


def _first_bad(look: Look, column: Any, target: str) -> tuple[int | None, _Seen]:
    """Return the first value that is no number, its kind, and how many there are if known."""
    values = getattr(column, "array", column) if is_series(column) else column
    first: int | None = None
    seen: _Seen = ("", None, None)
    count = 0
    for start in range(0, len(values), limits.FACT_STRETCH_ROWS):
        if not look.has_time:
            return first, (seen[0], None, seen[2])
        for offset, value in enumerate(_plain(values[start : start + limits.FACT_STRETCH_ROWS])):
            kind = _why_not(value, target)
            if kind:
                count += 1
                if first is None:
                    first, seen = start + offset, (kind, None, value)
    return first, (seen[0], count, seen[2])


def _plain(values: Any) -> list[Any]:
    """Return values as Python has them."""
    return values if type(values) is list else list(values.tolist())


def _why_not(value: Any, target: str) -> str:
    """Return why a value is no number, empty if it is one."""
    if type(value) in _NUMBERS:
        is_missing = type(value) is float and (value != value or value in (_INFINITE, -_INFINITE))
        return "a missing value" if target == "int" and is_missing else ""
    if type(value) is str:
        try:
            int(value) if target == "int" else float(value)
        except ValueError:
            return kind_of_text(value, target)
        return ""
    if value is None:
        return "a missing value"
    name = type_name(value)
    if name in ("pandas.NAType", "pandas.NaTType"):
        return "a missing value"
    return f"a {name}" if type(value) in _STRUCTURES else ""


_INFINITE = float("inf")
_STRUCTURES = Kinds((list, tuple, dict, set))


def kind_of_text(value: str, target: str) -> str:
    """Return what a text looks like that is no number, without telling it."""
    if len(value) > 1_000:
        return "a long text"
    if target == "int" and re.fullmatch(rf"\s*{_NUMBER}\s*", value):
        return "a number with a decimal point"
    for pattern, kind in _KINDS:
        if pattern.fullmatch(value):
            return kind
    return "a text"


def _first_bad_date(look: Look, column: Any) -> tuple[int | None, _Seen]:
    """Return the row that pandas names; which texts are dates only pandas knows."""
    match = re.search(r"at position (\d+)", look.message)
    values = column.array if is_series(column) else column
    place = int(match[1]) if match is not None else _place_of(look, values)
    if place is None or place >= len(values) or type(values[place]) is not str:
        return None, ("", None, None)
    return place, (kind_of_text(values[place], "date"), None, values[place])


def _place_of(look: Look, values: Any) -> int | None:
    """Return the first row with the text that the message names."""
    match = re.match(r'time data "([^"]*)" doesn\'t match', look.message)
    for start in range(0, len(values) if match is not None else 0, limits.FACT_STRETCH_ROWS):
        if not look.has_time:
            return None
        stretch = _plain(values[start : start + limits.FACT_STRETCH_ROWS])
        for offset, value in enumerate(stretch):
            if type(value) is str and match is not None and value == match[1]:
                return start + offset
    return None


def text_columns(look: Look) -> Iterator[Fact]:
    """Which columns that an estimator was given hold no numbers."""
    for name, value in given(look):
        if is_frame(value):
            found = [
                str(column)[: limits.FACT_NAME_MAX_CHARS]
                for column, dtype in zip(labels_of(value.columns) or (), value.dtypes)
                if _TEXT.match(str(dtype))
            ]
            if found:
                yield {
                    "topic": "text_columns",
                    "expression": name,
                    "columns": found[:_COLUMNS_MAX],
                    "count": len(found),
                }


def nulls(look: Look) -> Iterator[Fact]:
    """Which columns hold missing or infinite values, and how many."""
    if sys.modules.get("numpy") is None:
        return
    seen: set[int] = set()
    found = list(given(look))
    if look.failing is not None and not found:
        return
    for name, value in found:
        if id(value) in seen or not look.has_time:
            continue
        seen.add(id(value))
        columns = _null_columns(look, value)
        if columns:
            shape = value.shape
            yield {
                "topic": "nulls",
                "expression": name,
                "type": type_name(value),
                "rows": int(shape[0]),
                "columns": columns[:_COLUMNS_MAX],
                "count": len(columns),
            }


def _null_columns(look: Look, value: Any) -> list[Fact]:
    if is_frame(value):
        names = labels_of(value.columns)
        if names is None or len(set(names)) < len(names):
            return []
        found = []
        for place, name in enumerate(names):
            if not look.has_time:
                return []  # a list that may lack some would say the others are fine
            counted = _counted(value.iloc[:, place])
            if counted is not None:
                found.append({"name": str(name)[: limits.FACT_NAME_MAX_CHARS], **counted})
        return found
    if is_series(value):
        counted = _counted(value)
        name = value.name if type(value.name) in _LABELS else ""
        return [{"name": str(name), **counted}] if counted is not None else []
    if is_array(value) and value.dtype.kind == "f" and value.nbytes <= _COUNT_MAX_BYTES:
        if value.ndim == 2 and value.shape[1] <= limits.FACT_CANDIDATES_MAX:
            every = [_counted(value[:, place]) for place in range(value.shape[1])]
            return [{"name": str(i), **each} for i, each in enumerate(every) if each is not None]
        counted = _counted(value)
        return [{"name": "", **counted}] if counted is not None else []
    return []


def _counted(column: Any) -> Fact | None:
    """Return how many values of a column are missing and infinite, ``None`` if none is."""
    numpy = sys.modules["numpy"]
    size = column.nbytes if is_array(column) else int(column.memory_usage(index=False))
    if size > _COUNT_MAX_BYTES:
        return None
    missing = numpy.isnan(column).sum() if is_array(column) else column.isna().sum()
    infinite = 0
    plain = column if is_array(column) else column.array
    if str(column.dtype).startswith("float"):
        infinite = int(numpy.isinf(numpy.asarray(plain)).sum())
    if not missing and not infinite:
        return None
    return {"missing": int(missing), "infinite": infinite}


def merge(look: Look) -> Iterator[Fact]:
    """Which keys of a merge have types that do not go together."""
    for frame in look.library_frames():
        names = frame.f_locals
        left, right = names.get("lk"), names.get("rk")
        if left is None or right is None or frame.f_code.co_name != "_maybe_coerce_merge_keys":
            continue
        tables = _merged(look)
        yield {
            "topic": "merge",
            "key": str(names.get("name"))[: limits.FACT_NAME_MAX_CHARS],
            "left_dtype": _dtype(left),
            "right_dtype": _dtype(right),
            "left": tables[0],
            "right": tables[1],
        }
        return


def _dtype(keys: Any) -> str:
    dtype = getattr(keys, "dtype", None)
    return str(dtype) if type(dtype).__module__.partition(".")[0] in ("numpy", "pandas") else ""


def _merged(look: Look) -> tuple[str, str]:
    names = [name for name, value in given(look) if is_frame(value)]
    failing = look.failing
    if len(names) != 2 or failing is None:
        return "", ""
    for call in failing.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and is_frame(failing.value(call.func.value)):
            return names[1], names[0]
    return names[0], names[1]


def missing_in_merge(look: Look) -> Iterator[Fact]:
    """Which of two merged tables lacks the key."""
    frames = [frame for frame in look.library_frames() if _is_merge(frame)]
    args = BaseException.__dict__["args"].__get__(look.error)
    if not frames or not args or type(args[0]) is not str:
        return
    left_name, right_name = _merged(look)
    found = {"left": left_name, "right": right_name}
    for frame in frames:
        left: Any = frame.f_locals.get("left")
        right: Any = frame.f_locals.get("right")
        if is_frame(left) and is_frame(right):
            tables = {"left": labels_of(left.columns), "right": labels_of(right.columns)}
            sides = [
                side
                for side, labels in tables.items()
                if labels is not None and args[0] not in labels
            ]
            if sides:
                yield {
                    "topic": "merge_key",
                    "key": args[0][: limits.FACT_NAME_MAX_CHARS],
                    "sides": [found[side] or f"the {side} table" for side in sides],
                }
            return


def _is_merge(frame: types.FrameType) -> bool:
    return frame.f_code.co_name == "merge" and "pandas" in frame.f_code.co_filename
