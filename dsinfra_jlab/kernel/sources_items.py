"""Turns what a cell touched into the items that are sent: found again, named, each once."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from . import sources_places as places
from .sources_cells import BY_CHANGE, SOCKET, Seen, Touch

ITEMS_MAX = 1_000
"""Items of one cell that are sent; a folder of images is read one by one."""

Items = dict[tuple[str, str], "dict[str, Any]"]


def make_items(seen: Seen, module_files: Iterable[str]) -> tuple[list[dict[str, Any]], int]:
    """Return the items of a cell, and how many more there were."""
    items: Items = {}
    for path in module_files:
        _add(items, _file(path, "read", "import"))
    sockets: list[Touch] = []
    for touch, mode in list(seen.modes.items()):
        if touch.collector == SOCKET:
            sockets.append(touch)
        else:
            try:
                _add(items, _item(touch, mode, seen))
            except (ValueError, OSError):  # no URL, or a path with a NUL
                continue
    _add_sockets(items, sockets)
    found = list(items.values())
    return found[:ITEMS_MAX], seen.dropped + max(0, len(found) - ITEMS_MAX)


def local_module_files(names: Iterable[str]) -> list[str]:
    """Return the files of modules that are the user's own and not installed."""
    found = []
    for name in names:
        try:
            # Not through the module's own attribute access, which may load or run something.
            path = object.__getattribute__(sys.modules[name], "__dict__").get("__file__")
        except (KeyError, AttributeError):
            continue
        if isinstance(path, str) and os.path.isabs(path) and not places.is_left_out(path):
            found.append(path)
    return found


def _add(items: Items, item: dict[str, Any] | None) -> None:
    if item is None:
        return
    key = (item["kind"], item["name"])
    before = items.setdefault(key, item)
    if before is item:
        return
    if before["collector"] == "audit":
        before["collector"] = item["collector"]
    if before["mode"] != item["mode"]:
        before["mode"] = "read_write"


def _add_sockets(items: Items, sockets: list[Touch]) -> None:
    """Add the connections to hosts that are not among the items already."""
    named = {places.host_of(name) for kind, name in items if kind in ("url", "database")}
    for touch in sockets:
        host = places.host_of(touch.name)
        is_same_machine = host in _LOOPBACK and bool(named & _LOOPBACK)
        if host not in named and not is_same_machine:
            _add(items, _plain("url", touch.name, "read_write", "audit"))


_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


def _item(touch: Touch, mode: str, seen: Seen) -> dict[str, Any] | None:
    kind, name, folder, collector = touch
    if kind == "url" or (kind == "file" and places.is_url(name)):
        if name.startswith("file://"):
            return _file(unquote(urlsplit(name).path), mode, collector)
        return _plain("url", places.clean_url(name), mode, collector)
    if kind == "database":
        return _database(touch, mode, seen)
    if kind == "file":
        return _file(places.absolute(name, folder), mode, collector)
    return _plain(kind, name, mode, collector)


def _database(touch: Touch, mode: str, seen: Seen) -> dict[str, Any] | None:
    if places.is_url(touch.name):
        return _plain("database", touch.name, mode, touch.collector)
    path = places.database_file(touch.name, touch.folder)
    if path is None:
        return None
    if mode == BY_CHANGE:
        before = seen.before.get(path)
        is_changed = before is not None and before != places.state_of_database(path)
        mode = "read_write" if is_changed else "read"
    if places.is_opened_to_read(touch.name):
        mode = "read"
    item = _file(path, mode, touch.collector)
    return None if item is None else {**item, "kind": "database"}


def _file(path: str, mode: str, collector: str) -> dict[str, Any] | None:
    """Return the item of a file that is there; what was never there has not been read."""
    if places.is_left_out(path) or len(path) > places.NAME_MAX_CHARS:
        return None
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    is_file = stat.S_ISREG(found.st_mode)
    if not is_file and not (stat.S_ISDIR(found.st_mode) and collector != "audit"):
        return None
    if mode == "read" and not os.access(path, os.R_OK):
        return None
    item = _plain("file", path, mode, collector)
    item["size_bytes"] = found.st_size if is_file else None
    item["modified_at"] = found.st_mtime
    return item


def _plain(kind: str, name: str, mode: str, collector: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": name,
        "mode": mode,
        "size_bytes": None,
        "modified_at": None,
        "collector": collector,
    }
