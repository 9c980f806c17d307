"""How much the last error keeps from being freed, and how to free it.

IPython keeps the traceback of the last error, and with it all variables of all its calls.
"""

from __future__ import annotations

import gc
import itertools
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from . import limits
from .errors_chain import Link, links_of, traceback_of
from .frames_kinds import is_shell, module_of_frame
from .unbound import class_name, instance_names, module_of, mro_of

_SMALL = (int, float, bool, type(None), list, dict, tuple)
_HAS_OWN_LOCALS = 0x2
"""``inspect.CO_NEWLOCALS``."""


def held_by(links: list[Link], namespace: dict[str, Any], deadline: float) -> int:
    """Return about how many bytes the calls of tracebacks hold that the notebook does not."""
    known = set(map(id, list(namespace.values())))
    total = 0
    values = itertools.islice(_values(links), limits.HELD_OBJECTS_MAX)
    for value in values:
        if time.perf_counter() > deadline:
            break
        try:
            sizes = _sizes(value)
        except Exception:  # noqa: S112 - a version of a library that is not known here
            continue
        for place, size in sizes:
            if size and place not in known and id(value) not in known:
                known.add(place)
                total += size
    return total


def release(shell: Any) -> int:
    """Forget the last error, and return about how many bytes that frees."""
    error = getattr(sys, "last_value", None)
    held = 0
    if isinstance(error, BaseException):
        deadline = time.perf_counter() + limits.ERROR_CAPTURE_S
        held = held_by(links_of(error)[0], shell.user_ns, deadline)
    del error
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
    for name in ("InteractiveTB", "SyntaxTB", "sys_excepthook"):
        shown = getattr(shell, name, None)
        if getattr(shown, "tb", None) is not None:
            shown.tb = None  # type: ignore[union-attr]
        debugger = getattr(shown, "pdb", None)
        if debugger is not None:
            debugger.forget()
    if hasattr(shell, "_last_traceback"):
        shell._last_traceback = None
    gc.collect()
    return held


def _values(links: list[Link]) -> Iterator[Any]:
    """Go through the variables of calls, and what lists and dicts among them hold."""
    for frame in itertools.islice(_frames(links), limits.HELD_FRAMES_MAX):
        if not frame.f_code.co_flags & _HAS_OWN_LOCALS:
            continue
        for value in list(frame.f_locals.values()):
            yield value
            yield from itertools.islice(_inside(value), limits.CONTAINER_MAX_TYPES)


def _frames(links: list[Link]) -> Iterator[Any]:
    for link in links:
        traceback: Any = traceback_of(link.error)
        while traceback is not None:
            if not is_shell(module_of_frame(traceback.tb_frame)):
                yield traceback.tb_frame
            traceback = traceback.tb_next


def _inside(value: Any) -> Iterable[Any]:
    kind = type(value)
    if kind is list or kind is tuple:
        found: Iterable[Any] = value
        return found
    return list(dict.values(value)) if kind is dict else ()


def _sizes(value: Any) -> list[tuple[int, int]]:
    """Return the pieces of memory a value has: what tells each from others, and its size."""
    kind = type(value)
    if any(kind is each for each in _SMALL):
        return []
    if kind is str or kind is bytes or kind is bytearray:
        return [(id(value), len(value))]
    bases: tuple[Any, ...] = mro_of(kind)
    for base in bases:
        top, name = module_of(base).partition(".")[0], class_name(base)
        if (top, name) == ("numpy", "ndarray"):
            return [_array_size(value, base)]
        if (top, name) in (("pandas", "DataFrame"), ("pandas", "Series")):
            blocks = [block.values for block in instance_names(value)["_mgr"].blocks]
            arrays = [each for block in blocks for each in _sizes(block)]
            return arrays or [(id(each), int(each.nbytes)) for each in blocks]
        if (top, name) == ("polars", "DataFrame"):
            return [(id(value), int(base.estimated_size(value)))]
        if (top, name) == ("torch", "Tensor"):
            storage = base.untyped_storage(value)
            return [(storage._cdata, int(storage.nbytes()))]
        if top == "pyarrow" and name in ("Table", "RecordBatch", "Array"):
            return [(id(value), int(value.nbytes))]
    return []


def _array_size(value: Any, base: Any) -> tuple[int, int]:
    """Return the array that owns the memory of another, and its size."""
    owner = base.base.__get__(value)
    while owner is not None and any(each is base for each in mro_of(type(owner))):
        value, owner = owner, base.base.__get__(owner)
    return id(value), int(base.nbytes.__get__(value))
