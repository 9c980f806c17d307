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
from .parcel_rebuild import is_dispatching
from .scalars import name_of

_MADE_BY_CODE = 1 << 9
"""Of the flags of a class: ``Py_TPFLAGS_HEAPTYPE``. What others hold inside tells nobody much."""
_SLOTS = (types.MemberDescriptorType, types.GetSetDescriptorType)


class Culprit(NamedTuple):
    """The innermost part of a value that cannot be pickled, as far as it was looked for."""

    path: str
    type: str
    reason: str


def find_culprit(name: str, value: Any, namespace: Mapping[str, Any], reason: str) -> Culprit:
    """Return the part of a value because of which it cannot be pickled.

    Parts that fail are followed, those nearest first, each once: cycles end, and of two ways to
    the same part the shorter one is told. It ends after ``limits.SEARCH_S``, with what was found
    so far.
    """
    clock = _Clock()
    seen = {id(value)}
    held = [value]  # so that no other object gets the id of one that was seen
    best = (name, value, reason)
    waiting: deque[tuple[str, Any, str, int]] = deque([(name, value, reason, 0)])
    while waiting and clock.goes_on:
        path, thing, why, depth = waiting.popleft()
        every = _parts(thing)
        parts = [part for part in every if id(part.held) not in seen]
        failing = _failing(parts, namespace, clock) if depth < limits.SEARCH_DEPTH else []
        if not failing:
            # A part that was seen may be the one at fault: then the way to it was told there.
            if len(parts) == len(every) and clock.goes_on:
                return Culprit(path, name_of(type(thing)), why)
            best = (path, thing, why) if best[0] == name else best
            continue
        for part, inner in failing:
            if id(part.held) not in seen:
                seen.add(id(part.held))
                held.append(part.held)
                waiting.append((path + part.written, part.held, inner, depth + 1))
    return Culprit(best[0], name_of(type(best[1])), best[2])


class _Clock:
    """Counts the time of this thread alone, so that a busy machine finds as much."""

    def __init__(self) -> None:
        self._end = time.thread_time() + limits.SEARCH_S
        self._last = time.monotonic() + limits.SEARCH_MOST_S

    @property
    def goes_on(self) -> bool:
        return time.thread_time() < self._end and time.monotonic() < self._last


class _Part(NamedTuple):
    """What a thing holds, and where."""

    held: Any
    form: str
    """How it is written, as in ``[{}]``."""
    place: Any = ""

    @property
    def written(self) -> str:
        return self.form.replace("{}", _shown(self.place))


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
    parts: list[_Part], namespace: Mapping[str, Any], clock: _Clock
) -> list[tuple[_Part, str]]:
    """Return the parts that fail, found by halves where there are many."""
    found: list[tuple[_Part, str]] = []
    size = limits.SEARCH_GROUP
    waiting = [parts] if len(parts) > size * size else []
    waiting = waiting or [parts[n : n + size] for n in range(0, len(parts), size)][::-1]
    while waiting and clock.goes_on and len(found) < limits.UNPICKLABLE_MAX:
        group = waiting.pop()
        reason = failure_of([part.held for part in group], namespace)
        if reason is None:
            continue
        if len(group) > 1:
            half = len(group) // 2
            waiting += [group[half:], group[:half]]
        else:
            found.append((group[0], reason))
    return found


def _parts(thing: Any) -> list[_Part]:
    """Return what a thing holds, as far as its kind is known."""
    kind = type(thing)
    found: list[_Part] = []
    if issubclass(kind, dict):
        for key, held in list(dict.items(thing)):
            found += [_Part(held, "[{}]", key), _Part(key, ".keys() {}", key)]
    elif issubclass(kind, (list, tuple)):
        base = list if issubclass(kind, list) else tuple
        found += [_Part(held, "[{}]", n) for n, held in enumerate(base.__iter__(thing))]
    elif kind in (set, frozenset, deque):
        found += [_Part(held, "[{}]", n) for n, held in enumerate(thing)]
    elif is_dispatching(thing):
        registry = thing.registry.items()
        return [_Part(held, f".registry[{name_of(key)}]") for key, held in registry]
    elif kind is types.FunctionType:
        found += _of_function(thing)
    elif kind is functools.partial:
        found.append(_Part(thing.func, ".func"))
        found += [_Part(held, ".args[{}]", n) for n, held in enumerate(thing.args)]
        found += [_Part(held, ".keywords[{}]", name) for name, held in thing.keywords.items()]
    elif kind is types.MethodType:
        found.append(_Part(thing.__self__, ".__self__"))
    elif issubclass(kind, type):
        members = type.__dict__["__dict__"].__get__(thing)
        return [
            _Part(held, f".{name}")
            for name, held in dict(members).items()
            # They are written as attributes of the class: they fail with it, and are not why.
            if type(held) not in _SLOTS
        ]
    return found + _attributes(thing)


def _of_function(function: Any) -> list[_Part]:
    found: list[_Part] = []
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            found.append(_Part(cell.cell_contents, f".<{name}>"))
        except ValueError:  # not bound yet
            continue
    defaults = function.__defaults__ or ()
    found += [_Part(held, ".__defaults__[{}]", n) for n, held in enumerate(defaults)]
    named = (function.__kwdefaults__ or {}).items()
    return found + [_Part(held, ".__kwdefaults__[{}]", name) for name, held in named]


def _attributes(thing: Any) -> list[_Part]:
    found: list[_Part] = []
    try:
        members = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        members = None
    if type(members) is dict:
        found += [_Part(held, f".{name}") for name, held in list(members.items())]
    kind = type(thing)
    if type.__dict__["__dict__"].__get__(kind).get("__module__") == "__main__":
        found.append(_Part(kind, ".__class__"))  # it is written along
    for cls in type.__dict__["__mro__"].__get__(kind):
        if not cls.__flags__ & _MADE_BY_CODE or cls.__module__ == "_io":
            continue
        for name, slot in list(type.__dict__["__dict__"].__get__(cls).items()):
            if type(slot) is types.MemberDescriptorType:
                try:
                    found.append(_Part(slot.__get__(thing), f".{name}"))
                except AttributeError:  # not set
                    continue
    return found


def _shown(key: Any) -> str:
    if type(key) in (str, int, float, bool, type(None)):
        return repr(key)[:50]
    return f"<{name_of(type(key))}>"
