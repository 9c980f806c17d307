"""Summaries of Python's own types, and of objects by their attributes."""

from __future__ import annotations

import datetime
import decimal
import fractions
import itertools
import math
import pathlib
from collections import Counter
from collections.abc import Iterable
from typing import Any, Callable

from . import limits
from .frames_kinds import is_library_module
from .summaries_data import Look, count_of
from .unbound import class_name, full_name, instance_names, module_of, mro_of, own_names


def _text(value: Any, look: Look) -> str:
    shown = look.value(str.__getitem__(value, slice(limits.VALUE_MAX_CHARS)))
    return count_of(str.__len__(value), "character") + shown


def _bytes(value: Any, look: Look) -> str:
    length = bytes.__len__ if issubclass(type(value), bytes) else bytearray.__len__
    return count_of(length(value), "byte")


def _int(value: Any, look: Look) -> str:
    number = int.__int__(value)
    is_long = int.bit_length(number) > 200
    return f"{int.bit_length(number):,} bits" if is_long else look.value(number).lstrip(" :")


def _float(value: Any, look: Look) -> str:
    number = float.__float__(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "infinite"
    return look.value(number).lstrip(" :")


def _bool(value: Any, look: Look) -> str:
    return look.value(value is True).lstrip(" :")


def _none(value: Any, look: Look) -> str:
    return "None"


def _sized(
    length: Callable[[Any], int], items: Callable[[Any], Iterable[Any]], unit: str = "item"
) -> Any:
    def describe(value: Any, look: Look) -> str:
        kinds = Counter(
            full_name(type(item))
            for item in itertools.islice(items(value), limits.CONTAINER_MAX_TYPES)
        )
        inside = ", ".join(kinds)
        return count_of(length(value), "item") + (f" of {inside}" if inside else "")

    return describe


def _dict(value: Any, look: Look) -> str:
    pairs = list(itertools.islice(dict.items(value), limits.CONTAINER_MAX_TYPES))
    keys = ", ".join(dict.fromkeys(full_name(type(key)) for key, _ in pairs))
    values = ", ".join(dict.fromkeys(full_name(type(each)) for _, each in pairs))
    count = count_of(dict.__len__(value), "item")
    if not pairs:
        return count
    shown = ""
    if look.is_showing_values and all(type(key) is str for key, _ in pairs):
        shown = ": " + ", ".join(str(key)[: limits.VALUE_MAX_CHARS] for key, _ in pairs)
    return f"{count}, {keys} to {values}{shown}"


def _range(value: Any, look: Look) -> str:
    return count_of(len(value), "item")


def _date(value: Any, look: Look) -> str:
    kind = type(value)
    if module_of(kind) not in ("datetime", "decimal", "fractions", "pathlib", "pathlib._local"):
        return ""
    return look.value(str(value)).lstrip(" :")


def describe_instance(value: Any, look: Look) -> str:
    """Return the attributes that an object of the user's own class holds, by name and type."""
    kind = type(value)
    if issubclass(kind, BaseException) or is_library_module(module_of(kind)):
        return ""
    names = _fields(kind) or list(instance_names(value))
    held = instance_names(value)
    words = [
        f"{name} {class_name(type(held[name]))}" if name in held else str(name)
        for name in names[: limits.CONTAINER_MAX_TYPES]
        if type(name) is str
    ]
    return f"has {', '.join(words)}" if words else ""


def _fields(kind: type) -> list[str]:
    for base in mro_of(kind):
        found = own_names(base).get("__dataclass_fields__")
        if type(found) is dict:
            return list(found)
    return []


_Row = Callable[[Any, Look], str]

PLAIN_ROWS: dict[int, _Row] = {
    id(kind): row
    for kind, row in (
        (str, _text),
        (bytes, _bytes),
        (bytearray, _bytes),
        (bool, _bool),
        (int, _int),
        (float, _float),
        (type(None), _none),
        (list, _sized(list.__len__, list.__iter__)),
        (tuple, _sized(tuple.__len__, tuple.__iter__)),
        (set, _sized(set.__len__, set.__iter__)),
        (frozenset, _sized(frozenset.__len__, frozenset.__iter__)),
        (dict, _dict),
        (range, _range),
        (datetime.date, _date),
        (datetime.timedelta, _date),
        (decimal.Decimal, _date),
        (fractions.Fraction, _date),
        (pathlib.PurePath, _date),
    )
}
"""By identity of a type: types of the user's are not asked for their hash."""
