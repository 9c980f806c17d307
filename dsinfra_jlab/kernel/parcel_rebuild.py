"""What pickles of ours call when they are read: functions and classes of the notebook.

A function that was defined in a notebook looks up its globals in the namespace of the notebook.
Where it arrives it looks them up there, as if it had been defined there: after ``K = 99`` in the
cell, a function that came along and reads ``K`` sees 99.
"""

from __future__ import annotations

import functools
import threading
import types
import typing
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from .parcel_cloud import cloud

CACHED = type(functools.lru_cache(maxsize=None)(len))
"""What ``functools.cache`` and ``functools.lru_cache`` make of a function."""

DISPATCHING = functools.singledispatch(len).__code__  # type: ignore[attr-defined]
"""The code of every function that ``functools.singledispatch`` has made."""

NEW_TYPE: Any = typing.NewType if isinstance(typing.NewType, type) else None
"""The kind of what ``typing.NewType`` makes; before Python 3.10 that is a plain function."""

_OWN_MEMBERS = frozenset(["registry", "dispatch", "register", "_clear_cache"])
_OWN_NAMES = ("__module__", "__qualname__", "__doc__", "__annotations__")
_state = threading.local()
_whole: weakref.WeakValueDictionary[int, type] = weakref.WeakValueDictionary()
"""Classes that are complete here, by id: they were made here, or have arrived."""


@contextmanager
def receiving(namespace: dict[str, Any], *, renews_classes: bool) -> Iterator[None]:
    """Have pickles that are read now belong to a namespace.

    ``renews_classes`` says whether classes that are here already get what is sent for them.
    """
    before = getattr(_state, "now", None)
    _state.now = (namespace, renews_classes)
    try:
        yield
    finally:
        _state.now = before


def _now() -> tuple[dict[str, Any], bool]:
    now = getattr(_state, "now", None)
    if now is None:
        raise RuntimeError("this pickle belongs to a parcel of dsinfra and is read with it alone")
    found: tuple[dict[str, Any], bool] = now
    return found


def make_function(code: types.CodeType, cells: Any) -> types.FunctionType:
    """Return a function of the receiving namespace, still without its attributes."""
    return types.FunctionType(code, _now()[0], None, None, cells)


def fill_function(function: types.FunctionType, state: Any) -> None:
    """Give a function its attributes, and its cells what they hold."""
    members, attributes = state
    function.__dict__.update(members)
    for place, cell in enumerate(attributes.pop("__closure__") or ()):
        try:
            held = cell.cell_contents
        except ValueError:  # not bound yet
            continue
        function.__closure__[place].cell_contents = held  # type: ignore[index]
    attributes.pop("_cloudpickle_submodules", None)  # that they were read has imported them
    for name, value in attributes.items():
        setattr(function, name, value)


def reduce_cached(function: Any) -> tuple[Any, ...]:
    """Return how a cached function is made anew, with nothing in its cache.

    By itself it is written by its name, and the notebook's names are not there where it arrives.
    """
    wanted = function.cache_parameters()
    return make_cached, (function.__wrapped__, wanted["maxsize"], wanted["typed"])


def make_cached(function: Callable[..., Any], maxsize: int | None, typed: bool) -> Any:
    """Return a function with a cache."""
    return functools.lru_cache(maxsize, typed)(function)


def reduce_cached_property(member: Any) -> tuple[Any, ...]:
    """Return how a cached property is made anew: before Python 3.12 it holds a lock."""
    return make_cached_property, (member.func, member.attrname)


def make_cached_property(function: Callable[..., Any], name: str | None) -> Any:
    """Return a cached property that knows its name, which only a class statement would tell it."""
    made: Any = functools.cached_property(function)
    made.attrname = name
    return made


def is_dispatching(function: Any) -> bool:
    """Return whether ``functools.singledispatch`` has made a function."""
    return type(function) is types.FunctionType and function.__code__ is DISPATCHING


def reduce_dispatching(function: Any) -> tuple[Any, ...]:
    """Return how a function is made anew that chooses by the type of its first argument.

    What it keeps inside holds weak references, which cannot be sent, and is made anew with it.
    """
    members = {key: held for key, held in function.__dict__.items() if key not in _OWN_MEMBERS}
    named = {name: getattr(function, name, None) for name in _OWN_NAMES}
    state = (dict(function.registry), members, named)
    return make_dispatching, (function.__name__,), state, None, None, fill_dispatching


def make_dispatching(name: str) -> Any:
    """Return a function that chooses by type, still without what it chooses from."""

    def unfinished(*args: Any, **more: Any) -> None:
        raise TypeError(f"{name} has not arrived yet")

    unfinished.__name__ = name  # it names the function in an error
    return functools.singledispatch(unfinished)


def fill_dispatching(function: Any, state: Any) -> None:
    """Give a function that chooses by type what it chooses from."""
    registry, members, named = state
    for kind, chosen in registry.items():
        function.register(kind, chosen)
    for name, value in named.items():
        setattr(function, name, value)
    del function.__wrapped__
    function.__dict__.update(members)


def reduce_new_type(kind: Any) -> tuple[Any, ...]:
    """Return how what ``typing.NewType`` has made is made anew; by itself it is a name."""
    return make_new_type, (kind.__name__, kind.__supertype__, kind.__module__)


def make_new_type(name: str, base: Any, module: str) -> Any:
    """Return a type in name only."""
    made = NEW_TYPE(name, base)
    made.__module__ = module
    return made


def fill_class(cls: type, state: Any) -> None:
    """Give a class its members, unless it is one that has them already."""
    if _whole.get(id(cls)) is cls and not _now()[1]:
        return
    cloud()._class_setstate(cls, state)
    remember_class(cls)


def forget_classes() -> None:
    """Have classes that arrive again made anew: what was put on them here is not on those."""
    by_class, by_id = cloud()._DYNAMIC_CLASS_TRACKER_BY_CLASS, cloud()._DYNAMIC_CLASS_TRACKER_BY_ID
    for cls in list(_whole.values()):
        by_id.pop(by_class.pop(cls, None), None)
    _whole.clear()


def remember_class(cls: type) -> None:
    """Take note that a class is complete here."""
    _whole[id(cls)] = cls
