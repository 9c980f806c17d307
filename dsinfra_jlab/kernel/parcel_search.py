"""Where in a value the part is that cannot be pickled: ``model.layers[2].lock``."""

from __future__ import annotations

import functools
import time
import types
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

from . import parcel_limits as limits
from .parcel_digest import HashingFile, TooLong
from .parcel_pickle import Met, pickler
from .scalars import name_of

_MADE_BY_CODE = 1 << 9
"""Of the flags of a class: ``Py_TPFLAGS_HEAPTYPE``. What others hold inside tells nobody much."""


class Culprit(NamedTuple):
    """The innermost part of a value that cannot be pickled, as far as it was looked for."""

    path: str
    type: str
    reason: str


def find_culprit(name: str, value: Any, namespace: Mapping[str, Any], reason: str) -> Culprit:
    """Return the part of a value because of which it cannot be pickled.

    Parts that fail are followed, those nearest first, each once: cycles end, and of two ways to
    the same part the shorter one is told. Takes ``limits.SEARCH_S`` at most for each trial.
    """
    deadline = time.monotonic() + limits.SEARCH_S
    seen = {id(value)}
    held = [value]  # so that no other object gets the id of one that was seen
    best = (name, value, reason)
    waiting: deque[tuple[str, Any, str, int]] = deque([(name, value, reason, 0)])
    while waiting and time.monotonic() < deadline:
        path, thing, why, depth = waiting.popleft()
        parts = [(label, part) for label, part in _parts(thing) if id(part) not in seen]
        failing = _failing(parts, namespace, deadline) if depth < limits.SEARCH_DEPTH else []
        if not failing:
            if _fails_alone(thing, seen):
                return Culprit(path, name_of(type(thing)), why)
            best = (path, thing, why) if best[0] == name else best
            continue
        for label, part, inner in failing:
            if id(part) not in seen:
                seen.add(id(part))
                held.append(part)
                waiting.append((path + label, part, inner, depth + 1))
    return Culprit(best[0], name_of(type(best[1])), best[2])


def _fails_alone(thing: Any, seen: set[int]) -> bool:
    """Return whether no part of a thing is one that was seen: then the fault is its own."""
    return not any(id(part) in seen for _, part in _parts(thing))


def failure_of(value: Any, namespace: Mapping[str, Any]) -> str | None:
    """Return why a value cannot be pickled, ``None`` if it can."""
    try:
        pickler(HashingFile(limits.DIGEST_MAX_BYTES), namespace, Met(), _ignore).dump(value)
    except TooLong:
        return None
    except Exception as failure:  # what it may be is up to the object
        return text_of(failure)
    return None


def text_of(failure: BaseException) -> str:
    """Return an exception in words; its own message may fail."""
    try:
        text = str(failure)
    except Exception:
        text = ""
    kind = name_of(type(failure))
    return f"{kind}: {text[: limits.TEXT_MAX_CHARS]}" if text else kind


def _ignore(_buffer: Any) -> bool:
    return False


def _failing(
    parts: list[tuple[str, Any]], namespace: Mapping[str, Any], deadline: float
) -> list[tuple[str, Any, str]]:
    """Return the parts that fail, found by halves where there are many."""
    found: list[tuple[str, Any, str]] = []
    size = max(limits.SEARCH_GROUP, 1)
    waiting = [parts[n : n + size] for n in range(0, len(parts), size)]
    if len(waiting) > size:
        waiting = [parts]
    waiting.reverse()
    while waiting and time.monotonic() < deadline and len(found) < limits.UNPICKLABLE_MAX:
        group = waiting.pop()
        if len(group) > 1:
            if failure_of([part for _, part in group], namespace) is not None:
                half = len(group) // 2
                waiting += [group[half:], group[:half]]
        else:
            for label, part in group:
                reason = failure_of(part, namespace)
                if reason is not None:
                    found.append((label, part, reason))
    return found


def _parts(thing: Any) -> list[tuple[str, Any]]:
    """Return what a thing holds, with how it is written: ``[2]``, ``.lock``."""
    kind = type(thing)
    found: list[tuple[str, Any]] = []
    if issubclass(kind, dict):
        for key, held in list(dict.items(thing)):
            found += [(f"[{_shown(key)}]", held), (f".keys() {_shown(key)}", key)]
    elif issubclass(kind, (list, tuple)):
        base = list if issubclass(kind, list) else tuple
        found += [(f"[{n}]", held) for n, held in enumerate(base.__iter__(thing))]
    elif kind in (set, frozenset, deque):
        found += [(f"[{n}]", held) for n, held in enumerate(thing)]
    elif kind is types.FunctionType:
        names = thing.__code__.co_freevars
        for name, cell in zip(names, thing.__closure__ or ()):
            try:
                found.append((f".<{name}>", cell.cell_contents))
            except ValueError:  # not bound yet
                continue
        found += [(f".__defaults__[{n}]", held) for n, held in enumerate(thing.__defaults__ or ())]
        found += [(f".{name}", held) for name, held in (thing.__kwdefaults__ or {}).items()]
    elif kind is functools.partial:
        found += [(".func", thing.func)]
        found += [(f".args[{n}]", held) for n, held in enumerate(thing.args)]
        found += [(f".keywords[{name!r}]", held) for name, held in thing.keywords.items()]
    elif kind is types.MethodType:
        found += [(".__self__", thing.__self__)]
    elif issubclass(kind, type):
        members = type.__dict__["__dict__"].__get__(thing)
        return [(f".{name}", held) for name, held in dict(members).items()]
    return found + _attributes(thing)


def _attributes(thing: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    try:
        members = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        members = None
    if type(members) is dict:
        found += [(f".{name}", held) for name, held in list(members.items())]
    for cls in type.__dict__["__mro__"].__get__(type(thing)):
        if not cls.__flags__ & _MADE_BY_CODE or cls.__module__ == "_io":
            continue
        for name, slot in list(type.__dict__["__dict__"].__get__(cls).items()):
            if type(slot) is types.MemberDescriptorType:
                try:
                    found.append((f".{name}", slot.__get__(thing)))
                except AttributeError:  # not set
                    continue
    return found


def _shown(key: Any) -> str:
    if type(key) in (str, int, float, bool, type(None)):
        return repr(key)[:50]
    return f"<{name_of(type(key))}>"
