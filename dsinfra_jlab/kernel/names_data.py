"""Which calls leave data as they are: tables and arrays are passed on all the time.

A training cell passes its table to the model each time it is run. Were each run taken for one
that may have changed the table, every earlier trial would be an origin of every later one.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from itertools import islice
from typing import Any

from .kinds import Kinds

CHANGING_METHODS = frozenset(
    [
        "add",
        "append",
        "appendleft",
        "byteswap",
        "clear",
        "difference_update",
        "discard",
        "drop_in_place",
        "extend",
        "extendleft",
        "fill",
        "insert",
        "insert_column",
        "intersection_update",
        "itemset",
        "partition",
        "pop",
        "popitem",
        "popleft",
        "put",
        "remove",
        "replace_column",
        "resize",
        "reverse",
        "rotate",
        "setdefault",
        "setfield",
        "setflags",
        "sort",
        "symmetric_difference_update",
        "update",
    ]
)
"""Methods of lists, dicts, sets, arrays and tables that change them."""

CHANGING_FUNCTIONS = frozenset(
    [
        "copyto",
        "fill_diagonal",
        "heapify",
        "heappop",
        "heappush",
        "heappushpop",
        "heapreplace",
        "insort",
        "insort_left",
        "insort_right",
        "place",
        "put",
        "put_along_axis",
        "putmask",
        "shuffle",
    ]
)
"""Functions of libraries that change the data they are given."""

CHANGING_KEYWORDS = frozenset(["inplace", "out"])

_TABLES = {
    "numpy": frozenset(["ndarray"]),
    "pandas": frozenset(["DataFrame", "Series", "Index", "RangeIndex", "DatetimeIndex"]),
    "polars": frozenset(["DataFrame", "LazyFrame", "Series"]),
    "torch": frozenset(["Tensor"]),
    "jaxlib": frozenset(["ArrayImpl"]),
    "pyarrow": frozenset(["Table", "RecordBatch", "ChunkedArray"]),
}
_PLAIN = Kinds([int, float, complex, bool, str, bytes, type(None)])
_SEQUENCES = Kinds([list, tuple, set])
_MODULE: Any = type.__dict__["__module__"]
_NAME: Any = type.__dict__["__name__"]
_LOOKED_AT = 20
"""Elements of a container that are looked at to see whether it holds plain data."""


def is_data(value: Any) -> bool:
    """Return whether an object is a table, an array, or a plain container of plain values."""
    kind = type(value)
    if _is_table(kind):
        return True
    if kind in _SEQUENCES:
        return _holds_data(value)
    return kind is dict and _holds_data(value.values())


def may_change_arguments(name: str, namespace: Mapping[str, Any]) -> bool:
    """Return whether a function called by this name may change the data it is given.

    Functions and classes of the user may; those of libraries are known by their names. Objects
    that are called, such as models, are taken not to.
    """
    if name in CHANGING_FUNCTIONS:
        return True
    function: Any = namespace.get(name)
    kind: Any = type(function)
    if kind is types.FunctionType:
        return bool(function.__module__ == "__main__")
    return issubclass(kind, type) and bool(_module_of(function) == "__main__")


def _is_table(kind: type) -> bool:
    module = _module_of(kind)
    if type(module) is not str:
        return False
    return _NAME.__get__(kind) in _TABLES.get(module.partition(".")[0], ())


def _module_of(kind: type) -> Any:
    """Return where a class comes from, past whatever its metaclass makes of the question."""
    return _MODULE.__get__(kind)


def _holds_data(values: Any, depth: int = 2) -> bool:
    """Return whether the first elements are plain, tables, or tuples of such."""
    try:
        elements = list(islice(values, _LOOKED_AT))
    except RuntimeError:  # another thread is changing it
        return False
    return all(
        type(each) in _PLAIN
        or _is_table(type(each))
        or (type(each) is tuple and depth > 0 and _holds_data(each, depth - 1))
        for each in elements
    )
