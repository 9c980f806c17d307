"""Says what the variables at a failing statement were: their types and shapes.

Values are only shown where the user wants them. Nothing of the user's is called for it: what a
summary is made of depends on the type alone, see ``summaries_plain`` and ``summaries_data``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import limits
from .errors_budget import Budget
from .frames import Call, Stack, Wire
from .summaries_data import DATA_ROWS, Look, is_offered_as
from .summaries_plain import PLAIN_ROWS, describe_instance
from .unbound import class_name, full_name, instance_names, module_of, mro_of

_WORD = re.compile(r"[^\W\d]\w*")
_ATTRIBUTE = re.compile(r"([^\W\d]\w*)\.([^\W\d]\w*)")
_HAS_OWN_LOCALS = 0x2
"""``inspect.CO_NEWLOCALS``: a function's frame, not that of a cell or module."""
_FUNCTION_KINDS = ("function", "builtin_function_or_method", "type", "module", "method")


class Summarizer:
    """Summarises values, as long as there is time and room."""

    def __init__(self, is_capturing_values: bool, budget: Budget) -> None:
        self._look = Look(is_capturing_values, budget)
        self._budget = budget

    def variable(self, name: str, value: Any) -> Wire:
        """Return what is sent of a variable."""
        return {
            "name": name[: limits.KEY_MAX_CHARS],
            "type": full_name(type(value))[: limits.KEY_MAX_CHARS],
            "summary": self._budget.text(self._summary(value), limits.VARIABLE_SUMMARY_MAX_CHARS),
        }

    def _summary(self, value: Any) -> str:
        if not self._budget.has_time:
            self._budget.dropped["summaries"] += 1
            return ""
        try:
            return describe(value, self._look)
        except Exception:  # a state or a version of a library that no row knows
            self._budget.dropped["summaries"] += 1
            return ""


def describe(value: Any, look: Look) -> str:
    """Return one line on a value; empty if nothing is known of its type."""
    for base in mro_of(type(value)):
        row = PLAIN_ROWS.get(id(base))
        if row is not None:
            return row(value, look)
        data = DATA_ROWS.get((module_of(base).partition(".")[0], class_name(base)))
        if data is not None and is_offered_as(base):
            return data(value, base, look)
    return describe_instance(value, look)


def add_variables(frames: list[Wire], stack: Stack, summarizer: Summarizer) -> None:
    """Put the variables into the frames of the user's that are nearest to the failure."""
    pairs = [(f, c) for f, c in zip(frames, stack.calls) if f["kind"] != "library"]
    for frame, call in reversed(pairs[-limits.DATA_FRAMES_MAX :]):
        chosen = _variables(call, frame["source"])
        left_out = len(chosen) - limits.FRAME_VARIABLES_MAX
        if left_out > 0:
            summarizer._budget.dropped["variables"] += left_out
        frame["variables"] = [
            summarizer.variable(name, value)
            for name, value in list(chosen.items())[: limits.FRAME_VARIABLES_MAX]
        ]


def _variables(call: Call, source: str) -> dict[str, Any]:
    """Return variables of a call, those first that its statement mentions."""
    frame = call.frame
    mentioned = list(dict.fromkeys(_WORD.findall(source)))
    names: Mapping[str, Any] = frame.f_globals
    found: dict[str, Any] = {}
    is_function = bool(frame.f_code.co_flags & _HAS_OWN_LOCALS)
    own: dict[str, Any] = dict(frame.f_locals) if is_function else {}
    for name in mentioned:
        if name in own:
            found[name] = own[name]
        elif name in names and not name.startswith("__"):
            found[name] = names[name]
    for owner, attribute in dict.fromkeys(_ATTRIBUTE.findall(source)):
        inside = _attributes(found[owner]) if owner in found else {}
        if attribute in inside and not _is_code(found[owner]):
            found[f"{owner}.{attribute}"] = inside[attribute]
    plain = {name: value for name, value in found.items() if not _is_code(value)}
    for name, value in own.items():
        if not _is_code(value):
            plain.setdefault(name, value)
    return {name: value for name, value in plain.items() if type(name) is str}


def _attributes(value: Any) -> dict[str, Any]:
    """Return the attributes that an object holds; torch keeps some in dicts of their own."""
    held = dict(instance_names(value))
    for name in ("_modules", "_parameters", "_buffers"):
        part = held.get(name)
        if type(part) is dict:
            held.update(part)
    return held


def _is_code(value: Any) -> bool:
    """Return whether a value is a function, class or module, which explains little."""
    return class_name(type(value)) in _FUNCTION_KINDS or issubclass(type(value), type)
