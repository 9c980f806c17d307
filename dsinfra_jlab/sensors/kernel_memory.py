"""How much memory a kernel and the processes below it hold."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

_SESSION_FIELD, _RSS_FIELD = 3, 21
"""In ``/proc/<pid>/stat``, counted after the name, which may hold spaces and parentheses."""


def tree_rss(pid: int, root: Path = Path("/")) -> int | None:
    """Return the resident bytes of a kernel's processes; ``None`` if it is gone.

    A kernel begins a session of its own, which its descendants stay in even when their parent
    has ended. Pages that several processes share are counted for each.
    """
    return _session_rss(pid, root) if psutil.LINUX else _descendants_rss(pid)


def _session_rss(session: int, root: Path) -> int | None:
    page = os.sysconf("SC_PAGE_SIZE")
    total, is_there = 0, False
    try:
        names = os.listdir(root / "proc")
    except OSError:
        return None
    for name in names:
        if not name.isdigit():
            continue
        fields = _stat(root / "proc" / name / "stat")
        is_own = name == str(session)
        if fields is None or not (is_own or fields[_SESSION_FIELD] == str(session)):
            continue
        is_there = is_there or is_own
        total += int(fields[_RSS_FIELD]) * page
    return total if is_there else None


def _stat(path: Path) -> list[str] | None:
    """Return the fields behind the name; ``None`` for a process that has gone."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return None
    fields = content.rpartition(b")")[2].decode("ascii", "replace").split()
    is_zombie = bool(fields) and fields[0] == "Z"
    return fields if len(fields) > _RSS_FIELD and not is_zombie else None


def _descendants_rss(pid: int) -> int | None:
    try:
        kernel = psutil.Process(pid)
        own = int(kernel.memory_info().rss)
        below = kernel.children(recursive=True)
    except psutil.Error:
        return None
    for process in below:
        try:
            own += int(process.memory_info().rss)
        except psutil.Error:  # it has ended meanwhile
            continue
    return own
