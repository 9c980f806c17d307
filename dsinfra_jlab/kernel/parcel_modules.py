"""Modules of the user's own that lie beside the notebook, and go along with what uses them."""

from __future__ import annotations

import ast
import importlib
import importlib.machinery
import os
import shutil
import sys
import zipfile
from collections.abc import Iterable
from typing import Any

from . import parcel_limits as limits
from .parcel_digest import new_hash

_ENDINGS = (".py", *importlib.machinery.EXTENSION_SUFFIXES)
_LEFT_OUT = frozenset(["__pycache__", "node_modules", "site-packages", "dist-packages"])


class LocalModules:
    """The modules below a folder that are not installed."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.realpath(folder)
        self._installed = _installed_places(self._folder)
        self.files: dict[str, str] = {}
        """Path of each by its place in the archive."""
        self.names: set[str] = set()
        """The modules and packages at the top."""
        self.left_out: list[str] = []
        self._bytes = 0

    def add(self, modules: Iterable[str]) -> None:
        """Take the modules among these that are local, and the local ones that they import."""
        waiting = {name.partition(".")[0] for name in modules}
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            places = self._place_of(name)
            for place in places:
                self.names.add(name)
                waiting |= self._take(place, name)

    def _place_of(self, name: str) -> list[str]:
        """Return the file or the folders of a top-level module if it is local."""
        module = sys.modules.get(name)
        spec: Any = getattr(module, "__spec__", None) if module is not None else None
        file = getattr(module, "__file__", None) if module is not None else None
        if module is None:
            try:
                spec = importlib.machinery.PathFinder.find_spec(name, [self._folder, *sys.path])
            except (ImportError, ValueError):
                return []
            file = getattr(spec, "origin", None)
        places = list(getattr(spec, "submodule_search_locations", None) or ())
        if not places and type(file) is str:
            places = [file]
        return [place for place in places if type(place) is str and self._is_local(place)]

    def _is_local(self, place: str) -> bool:
        real = os.path.realpath(place)
        if not real.startswith(self._folder + os.sep) or not os.path.exists(real):
            return False
        if any(part in _LEFT_OUT for part in real.split(os.sep)):
            return False
        return not any(real.startswith(each + os.sep) for each in self._installed)

    def _take(self, place: str, name: str) -> set[str]:
        """Take a file or a package; return what its code imports."""
        imported: set[str] = set()
        if os.path.isfile(place):
            return self._take_file(place, os.path.basename(place))
        for folder, inner, files in os.walk(place):
            inner[:] = sorted(
                each for each in inner if each not in _LEFT_OUT and not each.startswith(".")
            )
            at = os.path.relpath(folder, place)
            for file in sorted(files):
                if not file.startswith(".") and not file.endswith(".pyc"):
                    where = os.path.normpath(os.path.join(name, at, file))
                    imported |= self._take_file(os.path.join(folder, file), where)
        return imported

    def _take_file(self, path: str, where: str) -> set[str]:
        try:
            size = os.path.getsize(path)
        except OSError:
            return set()
        is_code = path.endswith(_ENDINGS)
        is_fitting = self._bytes + size <= limits.LOCAL_MAX_BYTES
        if not is_code and size > limits.LOCAL_FILE_MAX_BYTES:
            is_fitting = False
        if not is_fitting or len(self.files) >= limits.LOCAL_FILES_MAX:
            self.left_out.append(where)
            return set()
        self._bytes += size
        self.files[where] = path
        return _imports(path) if path.endswith(".py") else set()

    def write(self, path: str) -> dict[str, Any] | None:
        """Write the archive; return its digest and the modules, ``None`` if there are none.

        Raises
        ------
        OSError
            It cannot be written, or a module cannot be read.
        """
        if not self.files:
            return None
        made = new_hash()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for where in sorted(self.files):
                with open(self.files[where], "rb") as file:
                    content = file.read()
                made.update(f"{where}\0{len(content)}\0".encode())
                made.update(content)
                archive.writestr(zipfile.ZipInfo(where.replace(os.sep, "/")), content)
        return {"digest": made.hexdigest(), "names": sorted(self.names)}


def _installed_places(folder: str) -> list[str]:
    """Return the places inside a folder where packages are installed: a virtual environment."""
    places = [os.path.realpath(each) for each in (sys.prefix, sys.base_prefix)]
    return [each for each in places if each.startswith(folder + os.sep)]


def _imports(path: str) -> set[str]:
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


class ArrivedModules:
    """Modules that have come to this process with parcels."""

    def __init__(self) -> None:
        self._digest = ""
        self._place: str | None = None
        self._before: str | None = None
        """Where those before lie: what was made of them may still read there."""

    def are(self, said: dict[str, Any]) -> bool:
        """Return whether these have been taken last."""
        return bool(said["digest"] == self._digest)

    def take(self, archive: str, said: dict[str, Any], place: str) -> None:
        """Make modules importable; those that came before and have changed are read again.

        ``place`` is ours from now on; of those before only the last is kept.

        Raises
        ------
        ValueError
            The archive is not what was sent.
        OSError, zipfile.BadZipFile
            It cannot be read.
        """
        if self.are(said):
            return
        try:
            self._check_and_unpack(archive, str(said["digest"]), place)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        if self._place is not None:
            _forget_modules(self._place)
            if self._place in sys.path:
                sys.path.remove(self._place)
        sys.path.insert(0, place)
        if self._before is not None:
            shutil.rmtree(self._before, ignore_errors=True)
        self._before = self._place
        self._digest, self._place = said["digest"], place
        importlib.invalidate_caches()

    def _check_and_unpack(self, archive: str, digest: str, place: str) -> None:
        made = new_hash()
        os.makedirs(place, mode=0o700, exist_ok=True)
        with zipfile.ZipFile(archive) as opened:
            members = sorted(opened.namelist())
            for member in members:
                content = opened.read(member)
                made.update(f"{member}\0{len(content)}\0".encode())
                made.update(content)
            if made.hexdigest() != digest:
                raise ValueError("the local modules were changed on the way")
            opened.extractall(place, members)


def _forget_modules(place: str) -> None:
    inside = place + os.sep
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if type(file) is str and file.startswith(inside):
            del sys.modules[name]
