"""What is run elsewhere, the same for everybody, and how it is seen that it runs no more."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

WORKERS = 2
"""Of every engine: the machine of the published table has as many cores."""

TRIVIAL = "a = 1"
CHANGED = "b = a * 2.0"
"""Gives another array of the same size; times two is exact, so digests can be compared."""

PRINT_PAUSE_S = 0.05
"""Between two prints: what is measured is the way of one, not how much goes through."""

CANCELLED = {
    "loop": "while True: pass",
    "sleep": "time.sleep(600)",
    "c_sleep": "__import__('ctypes').CDLL(None).sleep(600)",
    "c_call": "sum(range(10**12))",
}
"""The last one holds the interpreter and never looks at signals."""

CANCEL_LIMIT_S = 5.0
"""What runs for so long after a peer was asked to cancel it is said to run on."""

_LOOK_S = 0.002
_STAMP = re.compile(r"<(\d{16,20})>")


def printing(count: int) -> str:
    """Return code that prints when it prints, so many times."""
    return (
        f"import time\nfor _ in range({count}):\n"
        f"    print('<%d>' % time.time_ns(), flush=True)\n    time.sleep({PRINT_PAUSE_S})\n"
    )


def stamps(text: str) -> list[int]:
    """Return the times that a text says it was printed at, in ns."""
    return [int(each) for each in _STAMP.findall(text)]


def cancelled(case: str, folder: Path) -> str:
    """Return code that would run for ever, and leaves marks when it begins and when it is over."""
    return (
        "import os, pathlib, time\n"
        f"mark = pathlib.Path({str(folder)!r})\n"
        "(mark / 'making').write_text(str(os.getpid()))\n"
        "(mark / 'making').rename(mark / 'pid')\n"
        # In a function: Python may take a loop of nothing out of the block, and its end with it.
        f"def body():\n    {CANCELLED[case]}\n"
        "try:\n    body()\nfinally:\n    (mark / 'over').touch()\n"
    )


def pid_of(folder: Path) -> int | None:
    """Return the process in which the code runs, ``None`` if it has not begun."""
    try:
        return int((folder / "pid").read_text())
    except FileNotFoundError:
        return None


def is_over(folder: Path) -> bool:
    """Return whether the code runs no more: it has left the block, or its process is gone."""
    pid = pid_of(folder)
    return (folder / "over").exists() or (pid is not None and not _runs(pid))


def seconds_until(condition: Callable[[], bool], limit_s: float) -> float | None:
    """Wait for something; return how long that took, ``None`` if it did not come."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > limit_s:
            return None
        time.sleep(_LOOK_S)
    return time.monotonic() - began


def execute(code: str, given: Mapping[str, Any], returns: Iterable[str]) -> dict[str, Any]:
    """Run code with names, as an engine's function; return the names that are asked for."""
    names = dict(given)
    exec(code, names)
    return {name: names[name] for name in returns}


def small(number: int) -> int:
    """Return what a small job gives."""
    return number * number


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except FileNotFoundError:
        return os.path.exists(f"/proc/{pid}")
