"""Facts on what is outside of the kernel: modules, files, servers."""

from __future__ import annotations

import importlib.machinery
import os
import re
import sys
import types
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from . import limits
from .facts_code import is_a, is_library, own_dict
from .facts_look import Fact, Look, near, shown_path

_MODULE = re.compile(r"No module named '?([\w.]+)'?")
_FROM = re.compile(r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'")
_QUOTED = re.compile(r"'([^'\n]{1,4000})'")
_OS_ERROR = re.compile(r"\(os error \d+\): ([^\n]{1,4000})")
_LOOKED_AT_DEPTH = 2


def missing_module(look: Look) -> Iterator[Fact]:
    """What is installed, or lies here, under names like that of a module."""
    name = look.slot(ImportError, "name")
    match = _MODULE.search(look.message)
    if type(name) is not str:
        name = match[1] if match else None
    if name is None:
        return
    top, _, rest = name.partition(".")
    fact: Fact = {"topic": "missing_module", "module": name, "cwd": shown_path(os.getcwd())}
    fact["interpreter"] = shown_path(sys.executable or "")
    parent = sys.modules.get(name.rpartition(".")[0])
    spec = _spec(top) if rest else None
    fact["top_is_installed"] = rest != "" and (spec is not None or top in sys.modules)
    if fact["top_is_installed"]:
        origin = getattr(spec, "origin", None)
        if type(origin) is str and not is_library(origin):
            fact["shadow"] = os.path.basename(origin)
        if type(parent) is types.ModuleType:
            fact["near"] = near(name.rpartition(".")[2], [*vars(parent), *_submodules(parent)])
    else:
        fact["near"] = near(top, _modules(look))
        fact["elsewhere"] = _found(look, os.getcwd(), f"{top}.py") or _found(
            look, os.getcwd(), os.path.join(top, "__init__.py")
        )
    yield fact


def _spec(name: str) -> Any:
    try:
        return importlib.machinery.PathFinder.find_spec(name)
    except (ImportError, ValueError, OSError):
        return None


def _submodules(module: types.ModuleType) -> list[str]:
    found: list[str] = []
    paths = vars(module).get("__path__")
    for folder in list(paths)[:3] if paths is not None else []:
        found += [_module_of(each) for each in _names_in(folder)]
    return [each for each in found if each]


def _modules(look: Look) -> list[str]:
    """Return the names of modules that can be imported."""
    found = list(getattr(sys, "stdlib_module_names", ()))
    for folder in sys.path:
        if not look.has_time or len(found) > limits.FACT_CANDIDATES_MAX:
            break
        found += [_module_of(each) for each in _names_in(folder or os.getcwd())]
    return [each for each in dict.fromkeys(found) if each and not each.startswith("_")]


def _module_of(file: str) -> str:
    """Return the module that a file or folder is, empty if it is none."""
    stem, dot, ending = file.partition(".")
    if dot and not ending.endswith(("py", "so", "pyd")):
        return ""
    return stem if stem.isidentifier() and stem != "__pycache__" else ""


def _names_in(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for _, entry in zip(range(limits.FACT_FILES_MAX), entries)]
    except (OSError, ValueError):
        return []


def missing_member(look: Look) -> Iterator[Fact]:
    """What a module has that is named like what could not be imported from it."""
    match = _FROM.search(look.message)
    if match is None:
        return
    module = sys.modules.get(match[2])
    fact: Fact = {"topic": "missing_member", "module": match[2], "name": match[1]}
    fact["is_circular"] = "partially initialized module" in look.message
    if type(module) is types.ModuleType:
        file = vars(module).get("__file__")
        fact["near"] = near(match[1], [*vars(module), *_submodules(module)])
        if type(file) is str and not is_library(file):
            fact["shadow"] = os.path.basename(file)
        version = vars(sys.modules.get(match[2].partition(".")[0], module)).get("__version__")
        fact["version"] = version if type(version) is str else ""
    yield fact


def missing_file(look: Look) -> Iterator[Fact]:
    """What lies where a file was looked for, and where a file of that name lies."""
    path = look.slot(OSError, "filename")
    if type(path) is bytes:
        path = os.fsdecode(path)
    if type(path) is not str:
        quoted = (
            _QUOTED.findall(look.message)
            or _OS_ERROR.findall(look.message)
            or re.findall(r"^[\w./~-]+\.\w{1,10}$", look.message)
        )
        path = quoted[-1] if quoted else None
    if not path or len(path) > 4_096 or "\0" in path or "://" in path or os.path.lexists(path):
        return
    folder, name = os.path.split(path.rstrip("/"))
    here = folder or "."
    fact: Fact = {
        "topic": "missing_file",
        "path": shown_path(path),
        "cwd": shown_path(os.getcwd()),
        "folder": shown_path(folder),
        "folder_exists": os.path.isdir(here),
        "is_program": any(_runs_program(frame, path) for frame in look.library_frames()),
        "is_home": path.startswith("~"),
        "home_exists": path.startswith("~") and os.path.exists(os.path.expanduser(path)),
    }
    if fact["folder_exists"]:
        beside = _names_in(here)
        fact["near"] = near(name, beside)
        stem = os.path.splitext(name)[0]
        fact["other_ending"] = [each for each in beside if os.path.splitext(each)[0] == stem][:3]
    else:
        missing = _first_missing(here)
        what = "blocking_file" if os.path.lexists(missing) else "missing_folder"
        fact[what] = shown_path(missing)
    if name:
        fact["elsewhere"] = _found(look, os.getcwd(), name)
    yield fact


def _runs_program(frame: types.FrameType, path: str) -> bool:
    """Whether ``subprocess`` was to run the file; it also says so of the folder to run it in."""
    if frame.f_code.co_name != "_execute_child":
        return False
    folder = frame.f_locals.get("cwd")
    return not (type(folder) is str and folder == path)


def _first_missing(folder: str) -> str:
    """Return the outermost folder of a path that is not there."""
    while True:
        outer = os.path.dirname(folder)
        if outer in ("", folder) or os.path.isdir(outer):
            return folder
        folder = outer


def _found(look: Look, start: str, name: str) -> str:
    """Return where a file lies: some folders down, or up to two up; empty if not found."""
    waiting = [(start, 0)]
    looked = 0
    while waiting and look.has_time and looked < limits.FACT_FILES_MAX:
        folder, depth = waiting.pop(0)
        if depth and os.path.isfile(os.path.join(folder, name)):
            return os.path.relpath(os.path.join(folder, name), start)
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    looked += 1
                    if looked > limits.FACT_FILES_MAX:
                        break
                    if (
                        depth < _LOOKED_AT_DEPTH
                        and not entry.name.startswith((".", "__"))
                        and (entry.name not in _SKIPPED and entry.is_dir(follow_symlinks=False))
                    ):
                        waiting.append((entry.path, depth + 1))
        except OSError:
            continue
    for up in ("..", os.path.join("..", "..")):
        if os.path.isfile(os.path.join(start, up, name)):
            return os.path.join(up, name)
    return ""


_SKIPPED = frozenset(("node_modules", "site-packages", "venv", "env"))


def decoded(look: Look) -> Iterator[Fact]:
    """What the bytes that are no text begin with."""
    content = look.slot(UnicodeDecodeError, "object")
    if type(content) is not bytes:
        return
    start = look.slot(UnicodeDecodeError, "start")
    yield {
        "topic": "encoding",
        "codec": str(look.slot(UnicodeDecodeError, "encoding")),
        "position": start if type(start) is int else 0,
        "starts_like": _magic(content[:200]),
    }


_MAGIC = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"PAR1", "parquet"),
    (b"\x89HDF", "hdf5"),
    (b"\x89PNG", "png"),
    (b"%PDF", "pdf"),
    (b"\x80\x04\x95", "pickle"),
    (b"\x80\x05\x95", "pickle"),
    (b"BZh", "bz2"),
    (b"\x93NUMPY", "npy"),
)


def _magic(start: bytes) -> str:
    name = next((name for mark, name in _MAGIC if start.startswith(mark)), "")
    if name.startswith("utf-") and b"\0" not in start and name != "utf-8-sig":
        return ""  # two bytes of another encoding, as parsers give them field by field
    return name


def document(look: Look) -> Iterator[Fact]:
    """What kind of text was taken for JSON."""
    own = own_dict(look.error)
    text = own.get("doc")
    if type(text) is str:
        start = text[:200].lstrip("\ufeff \t\r\n").lower()
        kind = "empty" if not start else "html" if start.startswith("<") else ""
        position = own.get("pos", 0)
        rest = text[position : position + 1] if type(position) is int else ""
        kind = kind or ("lines" if "Extra data" in look.message and rest in "{[" else "other")
        kind = "quotes" if kind == "other" and rest == "'" else kind
        yield {"topic": "json_text", "kind": kind}


def connection(look: Look) -> Iterator[Fact]:
    """Which host and port could not be reached; never a user or password."""
    own = own_dict(look.error)
    request = own.get("request", own.get("_request"))
    url: Any = own_dict(request).get("url", "") if request is not None else ""
    if is_a(url, "httpx", "URL"):
        yield {"topic": "connection", "host": url.host, "port": url.port}
        return
    place = _place(url) if type(url) is str else None
    if place is not None:
        yield {"topic": "connection", "host": place[0], "port": place[1]}


def _place(url: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(url)
        return (parts.hostname, parts.port) if parts.hostname else None
    except ValueError:
        return None
