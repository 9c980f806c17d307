"""What a running cell has touched so far, and the audit hook that notes it.

The interpreter calls the hook for each of its audit events, in every thread, and breaks off the
user's call if the hook raises. A hook can never be removed. So there is one per process, it asks
first whether a cell runs, never raises, holds no lock and puts off all it can to the cell's end.
"""

from __future__ import annotations

import os
import shlex
import sys
import threading
from collections.abc import Iterable
from typing import Any, Callable, NamedTuple

from . import sources_places as places

TOUCHES_MAX = 5_000
"""Different things one cell may touch before what comes later is only counted."""

SOCKET = "socket"
"""Who saw a connection of which no library has told more."""

BY_CHANGE = "by_change"
"""Mode of a database of which only its file says whether it was written, by changing."""

OWN_THREADS = "dsinfra"
"""How the names of the probe's own threads begin."""

_HOOK = "_dsinfra_audit"
"""Where the one hook of the process finds whom to tell, even if the probe is loaded again."""


class Touch(NamedTuple):
    """One thing that was touched, as it was named by the user."""

    kind: str
    name: str
    folder: str
    """In which a relative path was meant; nothing for absolute ones."""
    collector: str


class Seen:
    """What one cell touched."""

    __slots__ = ("before", "dropped", "modes", "resolved", "token")

    def __init__(self, token: Any) -> None:
        self.token = token
        self.modes: dict[Touch, str] = {}
        self.resolved: dict[Any, str] = {}
        self.before: dict[str, tuple[int, ...]] = {}
        self.dropped = 0

    def add(self, touch: Touch, mode: str) -> None:
        """Note that something was read or written."""
        before = self.modes.get(touch)
        if before is None:
            if len(self.modes) >= TOUCHES_MAX:
                self.dropped += 1
                return
            self.modes[touch] = mode
        elif before != mode and before != "read_write":
            self.modes[touch] = "read_write"


class Cells:
    """The cells that run now, and whose thread is whose."""

    def __init__(self) -> None:
        self.running: list[Seen] = []
        self._by_thread: dict[int, Seen] = {}
        self._aside: set[int] = set()
        self._quiet: set[int] = set()
        self._busy: set[int] = set()

    def set_aside(self, threads: Iterable[int]) -> None:
        """Leave out what some threads do: those of the kernel, and our own."""
        self._aside.update(threads)

    def set_quiet(self, is_quiet: bool) -> None:
        """Leave out what this thread does from now on, or no longer."""
        if is_quiet:
            self._quiet.add(threading.get_ident())
        else:
            self._quiet.discard(threading.get_ident())

    def begin(self, token: Any) -> None:
        """Begin a cell, in the thread that runs it."""
        seen = Seen(token)
        ident = threading.get_ident()
        self._aside.discard(ident)
        self._by_thread[ident] = seen
        self.running = [*self.running, seen]

    def end(self, token: Any) -> Seen | None:
        """End a cell and return what it touched."""
        found = None
        for seen in self.running:
            if seen.token is token or seen.token == token:
                found = seen
        if found is not None:
            self.running = [each for each in self.running if each is not found]
            for ident, seen in list(self._by_thread.items()):
                if seen is found:
                    self._by_thread.pop(ident, None)
        return found

    def note(self, kind: str, name: str, mode: str, collector: str) -> None:
        """Note for the cell of this thread that something was touched."""
        running = self.running
        ident = threading.get_ident()
        if not running or not name or self._is_left_out(ident):
            return
        folder = ""
        if kind == "url" or (kind != "process" and places.is_url(name)):
            name = places.without_query(name)
        elif kind != "process" and not os.path.isabs(name):
            folder = os.getcwd()
        elif len(name) > places.NAME_MAX_CHARS or (kind == "file" and places.is_left_out(name)):
            return
        seen = self._by_thread.get(ident) or running[-1]
        if mode == BY_CHANGE:
            path = places.database_file(name, folder)
            if path is not None and path not in seen.before:
                seen.before[path] = places.state_of_database(path)
        seen.add(Touch(kind, name, folder, collector), mode)

    def _is_left_out(self, ident: int) -> bool:
        if ident in self._by_thread:
            return ident in self._quiet
        if ident in self._aside or ident in self._quiet:
            return True
        # Not by ``current_thread``, which takes a lock for threads that it does not know.
        thread = getattr(threading, "_active", {}).get(ident)
        return thread is not None and str(thread.name).startswith(OWN_THREADS)

    def resolve(self, port: Any, host: str) -> None:
        """Note that a host's address was asked for, by which a connection gets its name back."""
        running = self.running
        if running:
            seen = self._by_thread.get(threading.get_ident()) or running[-1]
            seen.resolved[str(port)] = host

    def host_of_address(self, address: str, port: Any) -> str:
        """Return the name of the host that a thread connects to, its address if none was asked."""
        seen = self._by_thread.get(threading.get_ident()) or self.running[-1]
        host = seen.resolved.get(str(port), address)
        return f"[{host}]" if ":" in host else host

    def tell(self, event: str, arguments: Any) -> None:
        """Take an audit event of a thread. Never raises an error."""
        ident = threading.get_ident()
        if ident in self._busy or self._is_left_out(ident):
            return
        self._busy.add(ident)
        try:
            _READERS[event](self, arguments)
        except Exception:  # noqa: S110 - the user's call must go on
            pass
        finally:
            self._busy.discard(ident)


def _mode_of_flags(flags: int) -> str:
    access = flags & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
    if access == os.O_RDONLY:
        return "read"
    if access == os.O_WRONLY or flags & os.O_TRUNC:
        return "write"
    return "read_write"


def _mode_of_text(mode: str) -> str:
    if mode.startswith("r"):
        return "read_write" if "+" in mode else "read"
    return "write"


def _open(cells: Cells, arguments: Any) -> None:
    path, mode, flags = arguments
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not isinstance(path, str) or path.startswith(places.LEFT_OUT):
        return
    how = _mode_of_text(mode) if isinstance(mode, str) else _mode_of_flags(flags)
    cells.note("file", path, how, "audit")


def _rename(cells: Cells, arguments: Any) -> None:
    """Note the new name: many writers write beside a file and put it in place when it is whole."""
    target = arguments[1]
    if isinstance(target, (str, bytes)):
        cells.note("file", os.fsdecode(target), "write", "audit")


def _sqlite(cells: Cells, arguments: Any) -> None:
    name = arguments[0]
    if isinstance(name, (str, bytes, os.PathLike)):
        cells.note("database", os.fsdecode(name), BY_CHANGE, "audit")


def _popen(cells: Cells, arguments: Any) -> None:
    executable, command = arguments[0], arguments[1]
    _command(cells, command if command is not None else executable)


def _command(cells: Cells, command: Any) -> None:
    if isinstance(command, (list, tuple)):
        parts = [os.fsdecode(each) for each in command]
        if len(parts) == 3 and parts[1] == "-c" and parts[0].endswith("sh"):
            text = parts[2]
        else:
            text = " ".join(shlex.quote(each) for each in parts)
    else:
        text = os.fsdecode(command)
    if not places.is_of_python(text):
        cells.note("process", places.clean_command(text), "read_write", "audit")


def _lookup(cells: Cells, arguments: Any) -> None:
    host, port = arguments[0], arguments[1]
    if isinstance(host, (str, bytes)):
        cells.resolve(port, os.fsdecode(host))


def _connect(cells: Cells, arguments: Any) -> None:
    address = arguments[1]
    if isinstance(address, tuple) and len(address) >= 2 and isinstance(address[0], str):
        host = cells.host_of_address(address[0], address[1])
        cells.note("url", f"tcp://{host}:{address[1]}", "read_write", SOCKET)


def _urllib(cells: Cells, arguments: Any) -> None:
    url, method = arguments[0], arguments[3]
    if isinstance(url, str) and not url.lower().startswith(("file:", "data:")):
        cells.note("url", url, mode_of_method(method), "audit")


def mode_of_method(method: Any) -> str:
    """Return what a method of HTTP does with the data."""
    word = str(method or "GET").upper()
    if word in ("GET", "HEAD", "OPTIONS"):
        return "read"
    return "read_write" if word == "POST" else "write"


_READERS: dict[str, Callable[[Cells, Any], None]] = {
    "open": _open,
    "os.rename": _rename,
    "sqlite3.connect": _sqlite,
    "subprocess.Popen": _popen,
    "os.system": lambda cells, arguments: _command(cells, arguments[0]),
    "os.exec": lambda cells, arguments: _command(cells, arguments[1]),
    "os.posix_spawn": lambda cells, arguments: _command(cells, arguments[1]),
    "os.startfile": lambda cells, arguments: _command(cells, arguments[0]),
    "socket.getaddrinfo": _lookup,
    "socket.connect": _connect,
    "urllib.Request": _urllib,
}


def listen(cells: Cells) -> None:
    """Have the process's one hook, and all wrapped readers, tell ``cells`` from now on."""
    listener = (cells, frozenset(_READERS))
    holder = getattr(sys, _HOOK, None)
    if holder is not None:
        holder[0] = listener
        return
    holder = [listener]
    setattr(sys, _HOOK, holder)
    sys.addaudithook(_make_hook(holder))


def stop_listening() -> None:
    """Have them tell nobody."""
    holder = getattr(sys, _HOOK, None)
    if holder is not None:
        holder[0] = (Cells(), frozenset())


def listening() -> Cells:
    """Return whom the hook tells now: another one than before if the probe was loaded again."""
    cells: Cells = getattr(sys, _HOOK)[0][0]
    return cells


def _make_hook(holder: list[tuple[Cells, frozenset[str]]]) -> Callable[[str, Any], None]:
    def hook(event: str, arguments: Any) -> None:
        cells, events = holder[0]
        if cells.running and event in events:
            cells.tell(event, arguments)

    return hook
