"""Says whose code a file is: installed, or the user's own."""

from __future__ import annotations

import functools
import os
import site
import sys
import sysconfig
from contextlib import suppress
from typing import Any

from .unbound import module_names

_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_COMPILED = (".pyx", ".pxi", ".pxd", ".c", ".cpp", ".so", ".pyd", ".rs")
_SHELL = ("IPython", "ipykernel", "ipykernel_launcher", "traitlets", "tornado")
_OURS = __name__.partition(".")[0]


@functools.lru_cache(maxsize=2_000)
def is_library_file(file: str) -> bool:
    """Return whether a file belongs to Python or to an installed package."""
    if any(each in file for each in _INSTALLED) or file.startswith("<frozen "):
        return True
    if not os.path.isabs(file):
        return file.endswith(_COMPILED)
    return file.startswith(_library_folders())


@functools.lru_cache(maxsize=2_000)
def is_library_module(name: str) -> bool:
    """Return whether a module is of Python or of an installed package."""
    top = name.partition(".")[0]
    if not top or top == "__main__":
        return False
    if top == "builtins" or top in sys.builtin_module_names:
        return True
    module = sys.modules.get(name) or sys.modules.get(top)
    file = module_names(module).get("__file__")
    if type(file) is str:
        return is_library_file(file) or file.endswith((".so", ".pyd"))
    return top in getattr(sys, "stdlib_module_names", ())


def is_shell(module: str) -> bool:
    """Return whether a module is of what runs the cells."""
    return module.partition(".")[0] in _SHELL


def is_shell_file(file: str) -> bool:
    """Return whether a file is of what runs the cells."""
    parts = file.split(os.sep)
    return is_library_file(file) and ("IPython" in parts or "ipykernel" in parts)


def is_ours(module: str) -> bool:
    """Return whether a module is of this package."""
    return module.partition(".")[0] == _OURS


def module_of_frame(frame: Any) -> str:
    """Return the name of the module whose code a frame runs."""
    name = frame.f_globals.get("__name__")
    return name if type(name) is str else ""


def is_library_frame(file: str, module: str) -> bool:
    """Return whether a frame runs code of Python or of an installed package."""
    if is_library_file(file):
        return True
    if os.path.isabs(file):
        return False
    return is_library_module(module)


@functools.lru_cache(maxsize=1)
def _library_folders() -> tuple[str, ...]:
    """Return where Python and packages lie, each with a separator at its end."""
    paths = sysconfig.get_paths()
    found = {paths.get(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found.add(os.path.dirname(os.__file__))
    with suppress(Exception):  # without site there is none
        found.update([*site.getsitepackages(), site.getusersitepackages()])
    whole = {os.path.join(each, "") for each in found if each}
    return tuple(sorted(whole | {os.path.join(os.path.realpath(each), "") for each in whole}))
