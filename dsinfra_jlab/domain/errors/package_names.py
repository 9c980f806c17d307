"""Which package a frame or class belongs to, told from its module, file or qualified function."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from .occurrences import Frame, FrameKind

_SITE = re.compile(r"(?:site|dist)-packages[\\/]+([A-Za-z_]\w*)")
_STDLIB = re.compile(r"[\\/](?:lib|Lib|lib64)[\\/]+(?:python3(?:\.\d+)?t?[\\/]+)?([A-Za-z_]\w*)")
_RELATIVE = re.compile(r"^([A-Za-z_]\w*)[\\/][\w\\/.-]+\.(?:pyx|pxi|pxd|py|rs|cpp|c)$")

_TRANSPARENT = frozenset({"IPython", "ipykernel", "ipykernel_launcher", "runpy", "concurrent_run"})
"""What only runs the user's code."""


def root_package(module: str) -> str:
    """Give the first part of a dotted module name."""
    return module.partition(".")[0]


def frame_package(frame: Frame) -> str:
    """Give the package of a library's frame; empty if it cannot be told."""
    if frame.module and frame.module not in ("builtins", "__main__"):
        return root_package(frame.module)
    if match := _SITE.search(frame.file):
        return match[1]
    if "." in frame.function and frame.file.endswith((".pyx", ".pxi", ".pxd")):
        return root_package(frame.function)
    if match := _RELATIVE.match(frame.file):
        return match[1]
    if match := _STDLIB.search(frame.file):
        return match[1]
    return ""


def is_standard(package: str) -> bool:
    """Whether a package belongs to Python itself."""
    return package in sys.stdlib_module_names


def innermost_package(frames: Sequence[Frame]) -> str:
    """Give the package of the last frame if that is a library's; empty otherwise."""
    frame = innermost_library(frames)
    return "" if frame is None else frame_package(frame)


def innermost_library(frames: Sequence[Frame]) -> Frame | None:
    """Give the last frame if it is a library's, past those that have no file of their own."""
    for frame in reversed(frames):
        if frame.kind is not FrameKind.library:
            return None
        if frame.file.startswith("<") and not frame.module:
            continue
        package = frame_package(frame)
        if package in _TRANSPARENT or not package:
            continue
        return frame
    return None
