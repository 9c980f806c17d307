"""What pickles of ours call when they are read: functions and classes of the notebook.

A function that was defined in a notebook looks up its globals in the namespace of the notebook.
Where it arrives it looks them up there, as if it had been defined there: after ``K = 99`` in the
cell, a function that came along and reads ``K`` sees 99.
"""

from __future__ import annotations

import threading
import types
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .parcel_cloud import cloud

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


def fill_class(cls: type, state: Any) -> None:
    """Give a class its members, unless it is one that has them already."""
    if _whole.get(id(cls)) is cls and not _now()[1]:
        return
    cloud()._class_setstate(cls, state)
    remember_class(cls)


def remember_class(cls: type) -> None:
    """Take note that a class is complete here."""
    _whole[id(cls)] = cls
