"""Writes names as one pickle stream, so that what is shared between them stays shared.

Each name is a pickle of its own in the stream, but all are written with one memory: an object
that two names lead to is written once, and read once. Memory of arrays does not go through the
pickle: it is collected, and written beside it.
"""

from __future__ import annotations

import functools
import pickle
import sys
import types
from collections.abc import Mapping
from typing import Any, Callable

from . import parcel_rebuild
from .parcel_cloud import cloud
from .parcel_sources import Sources
from .parcel_torch import reduce_storage


class Met:
    """What a pickler has come across."""

    def __init__(self) -> None:
        self.modules: set[str] = set()
        """Modules whose functions and classes are written by name."""
        self.reads: set[str] = set()
        """Globals of the notebook that functions look up which nobody has followed."""
        self.sources = Sources()


class Names(dict[str, Any]):
    """The names of a notebook and some more; its functions belong to the notebook all the same."""

    def __init__(self, names: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        super().__init__({**names, **given})
        self.home = _home_of(names)


def _home_of(namespace: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the globals of the functions that were defined with these names."""
    return namespace.home if type(namespace) is Names else namespace


Callback = Callable[[pickle.PickleBuffer], Any]


def pickler(
    file: Any,
    namespace: Mapping[str, Any],
    met: Met,
    callback: Callback | None,
    followed: frozenset[int] = frozenset(),
) -> Any:
    """Return a pickler for objects of a namespace.

    ``followed`` are ids of code objects whose globals are known already.
    """
    made = _pickler_class()(file, callback)
    made.home, made.met, made.followed = _home_of(namespace), met, followed
    return made


def _is_of_the_shell(method: types.MethodType) -> bool:
    """Return whether this is the ``get_ipython`` of a notebook; a job calls that of its kernel."""
    shells = sys.modules.get("IPython.core.interactiveshell")
    return (
        shells is not None
        and method.__func__ is shells.InteractiveShell.get_ipython
        and isinstance(method.__self__, shells.InteractiveShell)
    )


@functools.lru_cache(maxsize=1)
def _pickler_class() -> Any:
    base = cloud()

    def is_unnamed(thing: Any) -> bool:
        return base._lookup_module_and_qualname(thing) is None

    class ParcelPickler(base.Pickler):  # type: ignore[name-defined, misc]
        """cloudpickle's, with functions that belong to where they arrive."""

        home: Mapping[str, Any]
        met: Met
        followed: frozenset[int]

        def __init__(self, file: Any, callback: Callback | None) -> None:
            super().__init__(file, protocol=5, buffer_callback=callback)

        def reducer_override(self, thing: Any) -> Any:
            kind = type(thing)
            if parcel_rebuild.is_dispatching(thing) and is_unnamed(thing):
                return parcel_rebuild.reduce_dispatching(thing)
            if kind in _BY_NAME or issubclass(kind, type):
                _note_module(thing, self.met)
            elif kind is types.ModuleType:
                self.met.modules.add(thing.__name__)
            elif kind is _CACHED and is_unnamed(thing):
                return parcel_rebuild.reduce_cached(thing)
            elif kind is types.MethodType and _is_of_the_shell(thing):
                return getattr, (sys.modules["IPython"], thing.__name__)
            elif kind is functools.cached_property:
                return parcel_rebuild.reduce_cached_property(thing)
            elif kind is parcel_rebuild.NEW_TYPE and is_unnamed(thing):
                return parcel_rebuild.reduce_new_type(thing)
            reduced = reduce_storage(thing)
            if reduced is NotImplemented:
                reduced = super().reducer_override(thing)
            if (
                type(reduced) is tuple
                and len(reduced) == 6
                and reduced[5] is base._class_setstate
                and issubclass(kind, type)
            ):
                parcel_rebuild.remember_class(thing)
                made, given, (members, slots) = reduced[:3]
                members = {key: held for key, held in members.items() if key not in _CACHES}
                state = (members, slots)
                return (made, given, state, *reduced[3:5], parcel_rebuild.fill_class)
            return reduced

        def _dynamic_function_reduce(self, function: Any) -> Any:
            reduced = super()._dynamic_function_reduce(function)
            if function.__globals__ is not self.home:
                return reduced
            code, *_, cells = reduced[1]
            self.met.sources.add(code.co_filename)
            members, attributes = reduced[2]
            read = attributes.pop("__globals__", {})
            if id(function.__code__) not in self.followed:
                self.met.reads.update(read)
            state = (members, attributes)
            return (
                parcel_rebuild.make_function,
                (code, cells),
                state,
                None,
                None,
                parcel_rebuild.fill_function,
            )

    return ParcelPickler


_CACHES = frozenset(["__slotnames__", "__annotations_cache__"])
"""Members of a class that come and go as it is used."""
_BY_NAME = (types.FunctionType, types.BuiltinFunctionType)
_CACHED = parcel_rebuild.CACHED


def _note_module(thing: Any, met: Met) -> None:
    try:
        name = thing.__module__
    except Exception:  # a metaclass may answer anything
        return
    if type(name) is str:
        met.modules.add(name)
