"""What is to be seen, at the moment of an error, of the objects it is about.

Only names, types, shapes and counts: no values of data, unless the user said so. Nothing of the
user's is imported or run, which objects are looked into is decided by their very types, and what
is not certain is left out. The facts are made into advice on the server, where the table of their
topics is (``domain/errors/advice/advising.py``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from . import (
    facts_calls,
    facts_memory,
    facts_names,
    facts_outside,
    facts_shapes,
    facts_values,
    limits,
)
from .facts_code import Frames
from .facts_look import Fact, Look


class _Row(NamedTuple):
    """When to look for what."""

    kinds: tuple[str, ...]
    """Classes of errors, any of them."""
    words: tuple[str, ...]
    """What the message has, any of it; none for whatever it says."""
    find: Callable[[Look], Iterator[Fact]]


_NUMBERS = ("ValueError", "TypeError", "RuntimeError", "IndexError", "ArrowInvalid", "PolarsError")
_FIND: tuple[_Row, ...] = (
    _Row(("NameError",), (), facts_names.missing_name),
    _Row(("AttributeError",), (), facts_names.missing_attribute),
    _Row(("KeyError",), (), facts_values.missing_in_merge),
    _Row(
        ("KeyError", "ColumnNotFoundError", "UndefinedVariableError"), (), facts_names.missing_key
    ),
    _Row(("IndexError",), (), facts_names.index_out_of_range),
    _Row(("ModuleNotFoundError",), (), facts_outside.missing_module),
    _Row(("ImportError",), ("cannot import name",), facts_outside.missing_member),
    _Row(("FileNotFoundError", "NotADirectoryError"), (), facts_outside.missing_file),
    _Row(("UnicodeDecodeError",), (), facts_outside.decoded),
    _Row(("JSONDecodeError",), (), facts_outside.document),
    _Row(("RequestException", "RequestError"), (), facts_outside.connection),
    _Row(("MemoryError", "OutOfMemoryError"), (), facts_memory.biggest_names),
    _Row(("RuntimeError",), ("out of memory", "can't allocate memory"), facts_memory.biggest_names),
    _Row(
        ("TypeError",),
        ("argument", "positional"),
        facts_calls.arguments,
    ),
    _Row(("TypeError",), ("not callable",), facts_calls.not_callable),
    _Row(("TypeError",), ("subscriptable", "indices must be"), facts_calls.subscripted),
    _Row(("ValueError", "TypeError"), ("unpack", "not iterable"), facts_calls.unpacking),
    _Row(("TypeError", "PicklingError", "AttributeError"), ("pickle",), facts_calls.pickled),
    _Row(("TypeError",), ("JSON serializable",), facts_calls.json_type),
    _Row(("NotFittedError",), (), facts_shapes.not_fitted),
    _Row(("ValueError",), ("feature",), facts_shapes.features),
    _Row(("ValueError",), ("inhomogeneous", "setting an array element"), facts_shapes.ragged),
    _Row(("ValueError",), ("Length of values", "Columns must be same"), facts_shapes.lengths),
    _Row(
        ("ValueError", "TypeError"),
        ("convert", "parse", "invalid literal", "doesn't match format", "Unknown datetime"),
        facts_values.conversion,
    ),
    _Row(("ValueError",), ("could not convert string",), facts_values.text_columns),
    _Row(
        ("ValueError",),
        ("NaN", "infinity", "infs", "non-finite", "missing values"),
        facts_values.nulls,
    ),
    _Row(("ValueError",), ("merge",), facts_values.merge),
    _Row(_NUMBERS, (), facts_shapes.operands),
    _Row(("AssertionError", "LinAlgError", "ZeroDivisionError"), (), facts_shapes.operands),
)


def find_facts(
    error: BaseException,
    tb_frames: Frames,
    user_ns: Mapping[str, Any],
    deadline: float,
    *,
    values: bool = False,
) -> list[dict[str, Any]]:
    """Return what was seen around an error; never raises.

    ``tb_frames`` are frames with their line, from the outermost to the innermost; ``deadline`` is a
    moment of ``time.perf_counter``; with ``values``, single values of data are told too.
    """
    found: list[Fact] = []
    try:
        look = Look(error, tb_frames, user_ns, deadline, values)
        for row in _FIND:
            if not look.has_time or len(found) >= limits.FACTS_MAX:
                break
            if look.is_a(*row.kinds) and (not row.words or look.says(*row.words)):
                found += _found(row, look)
    except Exception:
        return _fitting(found)
    return _fitting(found)


def _found(row: _Row, look: Look) -> list[Fact]:
    """Return the facts of one kind; what fails here costs these alone."""
    found: list[Fact] = []
    try:
        for fact in row.find(look):
            found.append(fact)
            if len(found) >= limits.FACTS_MAX:
                break
    except Exception:
        return found
    return found


def _fitting(facts: list[Fact]) -> list[Fact]:
    """Return the first facts that fit, and that can be sent at all."""
    kept: list[Fact] = []
    room = limits.FACTS_MAX_CHARS
    for fact in facts[: limits.FACTS_MAX]:
        try:
            room -= len(json.dumps(fact))
        except (TypeError, ValueError, RecursionError):
            continue
        if room < 0:
            break
        kept.append(fact)
    return kept
