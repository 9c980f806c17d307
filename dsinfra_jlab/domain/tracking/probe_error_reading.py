"""Reads the errors that a probe tells of; every field is checked and capped on the way."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from .. import limits
from ..errors import limits as error_limits
from ..errors.occurrences import ErrorKind, Frame, FrameKind, Relation, Variable
from ..errors.sightings import ErrorSeen, Fact, SeenException
from ..ids import CellId, RunId

MESSAGE_PREFIX = "message:"
"""Before the id of a request where the id of its run will stand."""

_INT_MAX = 2**53
_Item = TypeVar("_Item")


def read_error(given: Mapping[str, Any]) -> ErrorSeen | None:
    """Return an error, ``None`` if what was sent is none.

    In its frames the run is named by the request that it was run for, see ``MESSAGE_PREFIX``.
    """
    kind, number = _text(given, "error"), _count(given.get("number"))
    exceptions = _items(given.get("exceptions"), error_limits.EXCEPTIONS_MAX, _exception)
    if kind not in ErrorKind.__members__ or kind == "kernel_death" or number is None:
        return None
    if not exceptions or exceptions[0].parent is not None:
        return None
    dropped = given.get("dropped")
    return ErrorSeen(
        kind=ErrorKind(kind),
        exceptions=tuple(_attached(each, place) for place, each in enumerate(exceptions)),
        at_s=_moment(given.get("at")),
        number=number,
        count=max(1, _count(given.get("count")) or 1),
        facts=_facts(given.get("facts")),
        memory_held_bytes=_count(given.get("memory_held_bytes")),
        dropped=_counts(dropped) if isinstance(dropped, dict) else {},
    )


def _exception(given: Mapping[str, Any]) -> SeenException | None:
    evalue = _text(given, "evalue", limits.ERROR_MESSAGE_MAX_CHARS)
    notes = given.get("notes")
    relation = _text(given, "relation")
    return SeenException(
        ename=_text(given, "ename"),
        module=_text(given, "module"),
        bases=tuple(
            _texts(given.get("bases"), error_limits.ERROR_BASES_MAX, limits.NAME_MAX_CHARS)
        ),
        evalue=evalue,
        evalue_chars=max(len(evalue), _count(given.get("evalue_chars")) or 0),
        notes=tuple(_texts(notes, error_limits.ERROR_NOTES_MAX, error_limits.ERROR_NOTE_MAX_CHARS)),
        frames=tuple(_items(given.get("frames"), error_limits.FRAMES_MAX, _frame)),
        frames_omitted=_count(given.get("frames_omitted")) or 0,
        parent=_count(given.get("parent")),
        relation=Relation(relation) if relation in Relation.__members__ else None,
    )


def _attached(exception: SeenException, place: int) -> SeenException:
    """Return an exception whose parent comes before it; else it belongs to the first."""
    if place == 0 or (exception.parent is not None and exception.parent < place):
        return exception
    return replace(exception, parent=0)


def _frame(given: Mapping[str, Any]) -> Frame | None:
    kind = _text(given, "kind")
    if kind not in FrameKind.__members__:
        return None
    cell, request = _text(given, "cell_id"), _text(given, "request")
    return Frame(
        kind=FrameKind(kind),
        file=_text(given, "file", limits.PATH_MAX_CHARS),
        function=_text(given, "function"),
        module=_text(given, "module"),
        line=_count(given.get("line")) or None,
        column=_count(given.get("column")),
        end_line=_count(given.get("end_line")) or None,
        end_column=_count(given.get("end_column")),
        source=_text(given, "source", error_limits.FRAME_SOURCE_MAX_CHARS),
        cell_id=CellId(cell) if cell else None,
        run_id=RunId(MESSAGE_PREFIX + request) if request else None,
        variables=_items(given.get("variables"), error_limits.FRAME_VARIABLES_MAX, _variable),
        repeated=_count(given.get("repeated")) or 0,
    )


def _variable(given: Mapping[str, Any]) -> Variable | None:
    name = _text(given, "name")
    if not name:
        return None
    summary = _text(given, "summary", error_limits.VARIABLE_SUMMARY_MAX_CHARS)
    return Variable(name, _text(given, "type"), summary)


def _facts(given: Any) -> tuple[Fact, ...]:
    """Return facts as long as there is room for them."""
    room = error_limits.FACTS_MAX_CHARS
    found: list[Fact] = []
    for each in given[: error_limits.FACTS_MAX] if isinstance(given, list) else ():
        if not isinstance(each, dict) or not isinstance(each.get("topic"), str):
            continue
        room -= len(json.dumps(each))
        if room < 0:
            break
        found.append(each)
    return tuple(found)


def _items(given: Any, most: int, read: Callable[[Mapping[str, Any]], _Item | None]) -> list[_Item]:
    if not isinstance(given, list):
        return []
    found = (read(each) for each in given[:most] if isinstance(each, dict))
    return [each for each in found if each is not None]


def _texts(given: Any, most: int, most_chars: int) -> list[str]:
    if not isinstance(given, list):
        return []
    return [each[:most_chars] for each in given[:most] if isinstance(each, str)]


def _text(given: Mapping[str, Any], name: str, most: int = limits.NAME_MAX_CHARS) -> str:
    value = given.get(name)
    return value[:most] if isinstance(value, str) else ""


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < _INT_MAX else None


def _counts(given: Mapping[Any, Any]) -> dict[str, int]:
    known = list(given.items())[: limits.FLAGS_MAX]
    return {
        key[: limits.STORED_KEY_MAX_CHARS]: value
        for key, value in known
        if isinstance(key, str) and key and _count(value)
    }


def _moment(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    is_real = math.isfinite(value) and 0 <= value < limits.MOMENT_MAX_S
    return float(value) if is_real else None
