"""What is told before a job is sent, in words: see ``PreflightItem`` of the server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import parcel_limits as limits
from .parcel_packages import Difference
from .parcel_search import Culprit
from .parcel_writing import Written

Item = dict[str, Any]

_INSTEAD = {
    "lock": "Make the lock where it is used, or leave it out in __getstate__.",
    "RLock": "Make the lock where it is used, or leave it out in __getstate__.",
    "generator": "Make a list of it, or send the function that makes it.",
    "coroutine": "Await it here, or send the function that makes it.",
    "TextIOWrapper": "Send the path, and open the file in the cell.",
    "BufferedReader": "Send the path, and open the file in the cell.",
    "BufferedWriter": "Send the path, and open the file in the cell.",
    "socket": "Connect in the cell that is sent.",
    "Connection": "Connect in the cell that is sent.",
    "Thread": "Start the thread in the cell that is sent.",
}


def _item(kind: str, text: str, **more: Any) -> Item:
    made = {"kind": kind, "text": text, "is_blocking": False, "needs_word": False}
    return {**made, "name": None, "path": None, "size_bytes": None, **more}


def unpicklable(name: str, culprit: Culprit) -> Item:
    """Say that a name cannot be sent, and because of which part."""
    what = _INSTEAD.get(culprit.type, "Make it in the cell, or delete the name if it is not used.")
    text = f"{culprit.path} ({culprit.type}) cannot be sent: {culprit.reason}. {what}"
    return _item("unpicklable", text, is_blocking=True, name=name, path=culprit.path)


def too_large(name: str, size_bytes: int, max_bytes: int) -> Item:
    """Say that no more than so much is sent."""
    text = (
        f"With {name} the variables are at least {in_words(size_bytes)}; {in_words(max_bytes)} "
        "are sent at most. Read the data in the cell, from a file or a store that the target has."
    )
    return _item("large", text, is_blocking=True, name=name, size_bytes=size_bytes)


def large(names: Iterable[Written], size_bytes: int) -> Item:
    """Say that much is to be sent, and what most of it is."""
    biggest = sorted(names, key=lambda each: -each.size_bytes)[: limits.LARGE_NAMES_MAX]
    listed = ", ".join(f"{each.name} ({in_words(each.size_bytes)})" for each in biggest)
    text = f"{in_words(size_bytes)} are to be sent: {listed}."
    name = biggest[0].name if biggest else None
    return _item("large", text, needs_word=True, name=name, size_bytes=size_bytes)


def other_python(here: str, there: str) -> Item:
    """Say that the versions of Python do not fit."""
    text = (
        f"This kernel runs Python {here}, the target Python {there}. Variables can only be sent "
        "between the same minor version: choose a kernel or a target that has it."
    )
    return _item("python", text, is_blocking=True)


def package(difference: Difference) -> Item:
    """Say that a package is missing there or another one."""
    name, here, there = difference.package, difference.here, difference.there
    if there is None:
        text = f"The target has no {name}, which the cell uses (here: {here}). Install it there."
        return _item("missing_package", text, needs_word=True, name=name)
    text = f"The target has {name} {there}, this kernel {here}."
    return _item("package", text, needs_word=difference.is_large, name=name)


def dynamic(signs: Iterable[str]) -> Item:
    """Say why names may be missed."""
    listed = ", ".join(signs)
    text = (
        f"The cell uses {listed}: variables that are only named there may not be sent. Mention "
        "them in the cell if they are missed."
    )
    return _item("dynamic", text)


def results(names: Iterable[str]) -> Item:
    """Say that results of earlier cells stay in their kernel."""
    text = (
        f"The cell uses {', '.join(names)}: what earlier cells gave is not sent. Give it a name "
        "of its own and use that."
    )
    return _item("dynamic", text)


def missing_name(name: str) -> Item:
    """Say that a name is nowhere."""
    return _item("missing_name", f"The cell uses {name}, which is not defined here.", name=name)


def left_out(files: list[str]) -> Item:
    """Say that files of local modules are not sent."""
    text = f"{len(files)} files of local modules are too large to be sent, such as {files[0]}."
    return _item("large", text, name=files[0])


def in_words(size_bytes: int) -> str:
    """Return a size for a person."""
    for limit, unit in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if size_bytes >= limit:
            return f"{size_bytes / limit:.3g} {unit}"
    return f"{size_bytes} bytes"
