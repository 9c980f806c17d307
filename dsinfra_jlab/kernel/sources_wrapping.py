"""Puts our ear on calls of libraries, when they are imported or if they were before.

What is put in a function's place calls it exactly once, with the same arguments, whatever befalls
us; it keeps name, documentation, signature and can be pickled. Classes stay as they are, only their
methods are replaced, so that ``isinstance`` and subclasses see no difference.
"""

from __future__ import annotations

import fnmatch
import functools
import inspect
import sys
from contextlib import suppress
from typing import Any, Callable

from . import sources_places as places
from .sources_cells import listening
from .sources_readers import ROWS, Read, Row, mode_of_statement

_MARK = "__dsinfra_watched__"
_SQLALCHEMY = "sqlalchemy.engine.events"


class Libraries:
    """The libraries that are watched, and those that will be once they are imported."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Row]] = {}
        for row in ROWS:
            self._rows.setdefault(row.module, []).append(row)
        self._finder = LibraryFinder(self)
        self.watched: list[str] = []

    def start(self) -> None:
        """Watch what is imported already, and wait for what will be."""
        sys.meta_path[:] = [
            each for each in sys.meta_path if type(each).__name__ != LibraryFinder.__name__
        ]
        sys.meta_path.insert(0, self._finder)
        for name in [*self._rows, _SQLALCHEMY]:
            if name in sys.modules:
                self.watch(name)

    def stop(self) -> None:
        """Watch nothing more; what was replaced stays and calls what it replaced."""
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)

    def is_awaited(self, name: str) -> bool:
        """Return whether a module has calls to be watched."""
        return name in self._rows or name == _SQLALCHEMY

    def watch(self, name: str) -> None:
        """Watch the calls of a module that has been loaded. Never raises an error."""
        module = sys.modules.get(name)
        if module is None:
            return
        if name == _SQLALCHEMY:
            with suppress(Exception):  # a version we do not know; it is not among the watched
                _listen_to_engines()
                self._note("sqlalchemy")
        for row in self._rows.get(name, ()):
            try:
                if _watch_row(module, row):
                    self._note(row.library)
            except Exception:  # noqa: S112 - as above
                continue

    def _note(self, library: str) -> None:
        if library not in self.watched:
            self.watched.append(library)


def _is_ours(finder: Any) -> bool:
    """Return whether a finder is of this file, even if it was loaded another time."""
    kind = type(finder)
    return (kind.__module__, kind.__name__) == (__name__, "LibraryFinder")


class LibraryFinder:
    """Stands before all finders, finds nothing itself, and learns when a module was loaded."""

    def __init__(self, libraries: Libraries) -> None:
        self._libraries = libraries

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return what the other finders find."""
        if not self._libraries.is_awaited(name):
            return None
        spec = None
        for finder in list(sys.meta_path):
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None else None
            if spec is not None:
                break
        with suppress(Exception):  # a loader we do not know loads without us
            _watch_after_loading(self._libraries, spec, name)
        return spec


def _watch_after_loading(libraries: Libraries, spec: Any, name: str) -> None:
    loader = getattr(spec, "loader", None)
    load = getattr(loader, "exec_module", None)
    if load is None or inspect.isclass(loader):
        return

    def exec_module(module: Any) -> None:
        # One loader is made for one import, and is itself again before the module runs.
        vars(loader).pop("exec_module", None)
        load(module)
        libraries.watch(name)

    loader.exec_module = exec_module  # type: ignore[union-attr]


def _watch_row(module: Any, row: Row) -> bool:
    owner, _, pattern = row.attributes.rpartition(".")
    holder = getattr(module, owner) if owner else module
    found = False
    for name in fnmatch.filter(dir(holder), pattern) if "*" in pattern else [pattern]:
        original = inspect.getattr_static(holder, name, None)
        if original is None or inspect.isclass(original):
            continue
        if getattr(original, _MARK, False):
            found = True
            continue
        is_classmethod = isinstance(original, classmethod)
        function = original.__func__ if is_classmethod else original
        if not callable(function):
            continue
        wrapper = _wrap(function, row)
        replacement = classmethod(wrapper) if is_classmethod else wrapper
        setattr(holder, name, replacement)
        _replace_names(module, holder, name, original)
        found = True
    return found


def _replace_names(module: Any, holder: Any, name: str, original: Any) -> None:
    """Replace a function wherever its library has it under its name, so that it can be pickled."""
    top = module.__name__.partition(".")[0]
    homes = {top, "_" + top, str(getattr(original, "__module__", top)).partition(".")[0]}
    is_method = holder is not module
    new = getattr(holder, name)
    names = {name, str(getattr(original, "__name__", name))}
    for each, other in list(sys.modules.items()):
        if each.partition(".")[0] not in homes or other is None:
            continue
        for alias in names:
            held = vars(other).get(alias)
            function = getattr(original, "__func__", original)
            if held is original or (is_method and getattr(held, "__func__", None) is function):
                setattr(other, alias, new)


def _wrap(function: Any, row: Row) -> Callable[..., Any]:
    """Return a function that notes what it is called with and calls ``function``."""
    note = _noting(row.library, row.read)

    is_after = row.is_after

    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if not is_after and listening().running:
            note(args, kwargs)
        result = function(*args, **kwargs)
        if is_after and listening().running:
            note(args, kwargs)
        return result

    async def call_async(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if not is_after and listening().running:
            note(args, kwargs)
        result = await function(*args, **kwargs)
        if is_after and listening().running:
            note(args, kwargs)
        return result

    is_async = inspect.iscoroutinefunction(function)
    wrapper: Callable[..., Any] = functools.wraps(function)(call_async if is_async else call)
    setattr(wrapper, _MARK, True)
    return wrapper


def _noting(library: str, read: Read) -> Callable[[Any, Any], None]:
    def note(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            cells = listening()
            for kind, name, mode in read(args, kwargs):
                cells.note(kind, name, mode, library)
        except Exception:  # noqa: S110 - the user's call must go on
            pass

    return note


def _listen_to_engines() -> None:
    """Hear of each statement on any engine of SQLAlchemy's, made now or in an earlier cell."""
    engine = sys.modules["sqlalchemy.engine.base"].Engine

    def before_cursor_execute(
        connection: Any, cursor: Any, statement: Any, parameters: Any, context: Any, many: Any
    ) -> None:
        cells = listening()
        if not cells.running:
            return
        try:
            name = _database_of(connection.engine.url)
            cells.note("database", name, mode_of_statement(statement), "sqlalchemy")
        except Exception:  # noqa: S110 - the user's call must go on
            pass

    if not getattr(engine, _MARK, False):
        listen = sys.modules["sqlalchemy.event"].listen
        listen(engine, "before_cursor_execute", before_cursor_execute)
        setattr(engine, _MARK, True)


def _database_of(url: Any) -> str:
    scheme = str(url.drivername).partition("+")[0]
    if scheme in ("sqlite", "duckdb"):
        return str(url.database or ":memory:")
    return places.database_name(scheme, url.host, url.port, url.database)
