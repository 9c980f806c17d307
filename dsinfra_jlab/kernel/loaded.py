"""What is installed around a kernel, and what of it the kernel has loaded.

For a thread of its own: nothing of the user's is imported or run, and the interpreter is given away
every few milliseconds. Distributions are read by the names of their folders; a file is opened
only where that name says too little.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
import time
from collections.abc import Iterable
from typing import Any

STRETCH_S = 0.003
"""Longest time without giving the interpreter away, so that a cell does not feel it."""
PACKAGES_MAX = 5_000
"""Packages that are sent; the largest environments hold about 1,500."""
_METADATA_MAX_BYTES = 20_000

_ENDINGS = (".dist-info", ".egg-info")
_SEPARATORS = re.compile(r"[-_.]+")

_Listing = tuple[int, dict[str, "tuple[str, str]"]]
_folders: dict[str, _Listing] = {}
"""By path: when it was last changed, and its distributions by folder: name and version."""
_contents: dict[str, tuple[int, frozenset[str]]] = {}
"""By folder of a distribution: when it was changed, and its modules."""


def module_mark() -> int:
    """Return a number that changes when other top-level modules are loaded.

    Costs about as much as counting the modules, unless there are new ones.
    """
    global _marked, _mark
    count = len(sys.modules)
    if count != _marked:
        _mark = hash(frozenset(name for name in list(sys.modules) if "." not in name))
        _marked = count
    return _mark


_marked = -1
_mark = 0


def read_environment(known_hash: str | None) -> dict[str, Any] | None:
    """Return what is around the kernel; ``None`` if that is what ``known_hash`` stands for.

    ``hash`` of the answer is what to give the next time; it is not part of what is sent. Files are
    opened on the way, so that whoever watches a cell's data leaves this thread out.
    """
    breath = _Breath()
    packages: dict[str, str] = {}
    places: dict[str, str] = {}
    for folder in dict.fromkeys(sys.path):
        for place, (name, version) in _distributions(folder or os.getcwd(), breath).items():
            if name not in packages and len(packages) < PACKAGES_MAX:
                packages[name], places[name] = version, place
        breath.take()
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "interpreter": sys.executable or "",
        "packages": dict(sorted(packages.items())),
        "loaded": _loaded(places, breath),
    }
    found["hash"] = hashlib.sha256(repr(found).encode("utf-8", "replace")).hexdigest()
    return None if found["hash"] == known_hash else found


def owners_of(modules: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return name and version of the distribution that brings each of some top-level modules.

    Modules that no distribution brings, such as Python's own, are left out.
    """
    breath = _Breath()
    wanted = frozenset(modules)
    found: dict[str, tuple[str, str]] = {}
    for folder in dict.fromkeys(sys.path):
        for place, (name, version) in _distributions(folder or os.getcwd(), breath).items():
            contents = _modules(place, breath) or frozenset((name.replace("-", "_"),))
            for module in wanted & contents:
                found.setdefault(module, (name, version))
    return found


def _loaded(places: dict[str, str], breath: _Breath) -> list[str]:
    """Return the distributions of which a module is loaded."""
    now = frozenset(list(sys.modules))
    owners: dict[str, list[str]] = {}
    contents: dict[str, frozenset[str]] = {}
    for name, place in places.items():
        contents[name] = _modules(place, breath) or frozenset((name.replace("-", "_"),))
        for module in contents[name] & now:
            if "." not in module:
                owners.setdefault(module, []).append(name)
        breath.take()
    found: set[str] = set()
    for own in owners.values():
        # A namespace that several share is loaded with the first of them.
        for name in own:
            inner = [module for module in contents[name] if "." in module]
            if len(own) == 1 or not inner or not now.isdisjoint(inner):
                found.add(name)
    return sorted(found)


class _Breath:
    """Gives the interpreter away before a stretch of work grows long."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    def take(self) -> None:
        if time.perf_counter() - self._since > STRETCH_S:
            time.sleep(0.001)
            self._since = time.perf_counter()


def _distributions(folder: str, breath: _Breath) -> dict[str, tuple[str, str]]:
    """Return the distributions of a folder of ``sys.path``: name and version by place."""
    try:
        changed = os.stat(folder).st_mtime_ns
    except (OSError, ValueError):
        return {}
    known = _folders.get(folder)
    if known is not None and known[0] == changed:
        return known[1]
    found: dict[str, tuple[str, str]] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                breath.take()
                if entry.name.endswith(_ENDINGS):
                    seen = _name_and_version(entry.name, entry.path)
                    if seen is not None:
                        found[entry.path] = seen
    except OSError:  # a zip file, or a folder that may not be read
        return {}
    _folders[folder] = (changed, found)
    return found


def _name_and_version(folder: str, path: str) -> tuple[str, str] | None:
    """Return what ``numpy-2.1.0.dist-info`` says; of others, what is written inside."""
    stem, ending = os.path.splitext(folder)
    name, separator, version = stem.partition("-")
    if separator and ending == ".egg-info":
        version = re.sub(r"-py\d+(\.\d+)?.*$", "", version)
    if separator and name and version[:1].isdigit():
        return normalised(name), version
    for inside in ("METADATA", "PKG-INFO", ""):
        text = _read(os.path.join(path, inside) if inside else path)
        found = dict(re.findall(r"(?mi)^(name|version):[ \t]*(\S+)", text.partition("\n\n")[0]))
        fields = {key.lower(): value for key, value in found.items()}
        if "name" in fields:
            return normalised(fields["name"]), fields.get("version", "")
    return None


def normalised(name: str) -> str:
    """Return the name of a distribution in the form in which names are compared."""
    return _SEPARATORS.sub("-", name).lower()


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_METADATA_MAX_BYTES)
    except (OSError, ValueError):
        return ""


def _modules(place: str, breath: _Breath) -> frozenset[str]:
    """Return the modules that a distribution brings, down to the second level."""
    try:
        changed = os.stat(place).st_mtime_ns
    except OSError:
        return frozenset()
    known = _contents.get(place)
    if known is not None and known[0] == changed:
        return known[1]
    found: set[str] = set()
    try:
        with open(os.path.join(place, "RECORD"), encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file):
                if number % 100 == 0:
                    breath.take()
                found.update(_modules_of_line(line))
    except (OSError, ValueError):  # an egg, or what a distribution of Linux brings
        found.update(_read(os.path.join(place, "top_level.txt")).split())
    _contents[place] = (changed, frozenset(found))
    return _contents[place][1]


def _modules_of_line(line: str) -> list[str]:
    """Return the modules that a line ``pandas/io/api.py,sha256=…,1234`` stands for."""
    path = line.partition(",")[0].strip('"')
    if not path.endswith(_MODULE_ENDINGS) or path.startswith(("..", "/", "__editable__")):
        return []
    parts = path.split("/")
    parts[-1] = parts[-1].partition(".")[0]
    if parts[-1] == "__init__":
        parts.pop()
    return [".".join(parts[:depth]) for depth in range(1, min(len(parts), 2) + 1)]


_MODULE_ENDINGS = (".py", ".so", ".pyd")
