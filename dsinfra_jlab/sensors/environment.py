"""The environment of a kernel as the server sees it: interpreter, packages, git.

Nothing is run in the kernel and no interpreter is started: what is installed is read from
the folders that the kernel's interpreter would look in. Whatever cannot be read is left
out of the answer, and nothing here raises.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..domain.runs.records import Environment
from .git import read_git

PACKAGES_MAX = 5_000
"""Packages of one environment at most; the largest distributions have about 1,000."""

CACHED_FOLDERS_MAX = 64
"""Package folders remembered; a server rarely serves more than a few environments."""

_METADATA_FOLDER = re.compile(
    r"(?P<name>[A-Za-z0-9._]+?)-(?P<version>[A-Za-z0-9.!+_]+?)(?:-py[0-9.]+)?\.(?:dist|egg)-info\Z"
)
_SYSTEM_SITE = re.compile(r"^\s*include-system-site-packages\s*=\s*true\s*$", re.IGNORECASE | re.M)
_HOME = re.compile(r"^\s*home\s*=\s*(?P<home>.+?)\s*$", re.IGNORECASE | re.M)

_cache: dict[Path, tuple[int, dict[str, str]]] = {}
_cache_lock = threading.Lock()


def read_environment(
    argv: Sequence[str], language: str | None, language_version: str | None, cwd: str | None
) -> Environment:
    """Return what a kernel has around it, as far as the server can see.

    Looks at files and may ask ``git``, so it belongs on a thread of its own.

    Parameters
    ----------
    argv
        How the kernel was started; the first part names its interpreter.
    language, language_version
        As the kernel says itself, if it does.
    cwd
        The folder of the notebook, for git.
    """
    interpreter = _interpreter(argv)
    is_python = _is_python(language, interpreter)
    return Environment(
        python=language_version if is_python else None,
        platform=platform.platform(),
        packages=_packages(interpreter) if is_python and interpreter else {},
        git=read_git(Path(cwd)) if cwd else None,
        language=language,
        language_version=language_version,
        interpreter=str(interpreter) if interpreter else None,
    )


def _interpreter(argv: Sequence[str]) -> Path | None:
    """Return the program that runs the kernel, its own links not followed.

    A virtual environment's interpreter is a link; where the link stands is what matters.
    """
    if not argv or not argv[0]:
        return None
    try:
        # Jupyter starts kernels of these names with its own interpreter, whatever PATH says.
        is_own = argv[0] in ("python", "python3", f"python3.{sys.version_info[1]}")
        found = sys.executable if is_own else shutil.which(argv[0])
        return Path(os.path.abspath(found)) if found else None
    except (OSError, ValueError):
        return None


def _is_python(language: str | None, interpreter: Path | None) -> bool:
    if language is not None:
        return language.lower() == "python"
    return interpreter is not None and interpreter.name.lower().startswith("python")


def _packages(interpreter: Path) -> dict[str, str]:
    """Return name and version of what is installed where the interpreter looks."""
    packages: dict[str, str] = {}
    try:
        folders = list(_site_folders(interpreter))
    except (OSError, ValueError):
        return {}
    # A folder that is looked in earlier wins, so it is written last.
    for folder in reversed(folders):
        packages.update(_installed_in(folder))
    return dict(sorted(packages.items())[:PACKAGES_MAX])


def _site_folders(interpreter: Path) -> Iterator[Path]:
    """Yield the package folders of an interpreter, in the order it looks in them."""
    prefix = interpreter.parent.parent
    try:
        real = interpreter.resolve()
    except (OSError, RuntimeError):
        real = interpreter
    yield from _folders_below(prefix, real.name)
    config = _read_text(prefix / "pyvenv.cfg")
    home = _HOME.search(config) if config else None
    if config is None and real.parent.parent != prefix:
        yield from _folders_below(real.parent.parent, real.name)
    elif config is not None and home is not None and _SYSTEM_SITE.search(config):
        yield from _folders_below(Path(home["home"]).parent, real.name)


def _folders_below(prefix: Path, program: str) -> Iterator[Path]:
    """Yield the package folders below a prefix for ``program``, such as ``python3.11``."""
    version = re.search(r"3\.\d+", program)
    library = f"python{version[0]}" if version else "python3.*"
    patterns = [f"local/lib/{library}", f"lib/{library}", "lib/python3", "lib/pypy3*"]
    if sys.platform == "win32":
        patterns = ["Lib"]
    for pattern in patterns:
        for parent in sorted(prefix.glob(pattern)):
            for name in ("site-packages", "dist-packages"):
                if (parent / name).is_dir():
                    yield parent / name


def _installed_in(folder: Path) -> Mapping[str, str]:
    """Return what is installed in one folder; from memory while the folder is unchanged."""
    try:
        changed_at = folder.stat().st_mtime_ns
        with _cache_lock:
            known = _cache.get(folder)
        if known is not None and known[0] == changed_at:
            return known[1]
        with os.scandir(folder) as entries:
            packages = dict(
                _named(entry.name, Path(entry.path))
                for entry in entries
                if _is_metadata(entry.name)
            )
    except OSError:
        return {}
    packages.pop("", None)
    with _cache_lock:
        if len(_cache) >= CACHED_FOLDERS_MAX:
            _cache.clear()
        _cache[folder] = (changed_at, packages)
    return packages


def _is_metadata(name: str) -> bool:
    return name.endswith((".dist-info", ".egg-info"))


def _named(folder_name: str, path: Path) -> tuple[str, str]:
    """Return name and version by the folder's name; by its metadata where that has none."""
    match = _METADATA_FOLDER.match(folder_name)
    if match:
        return _normal(match["name"]), match["version"]
    text = _read_text(path / "PKG-INFO") or _read_text(path) or ""
    name = re.search(r"^Name: *(\S+)", text, re.M)
    version = re.search(r"^Version: *(\S+)", text, re.M)
    return (_normal(name[1]), version[1]) if name and version else ("", "")


def _normal(name: str) -> str:
    """Return a package's name as package indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _read_text(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(100_000)
    except OSError:
        return None
