"""Reads what the memory of a process is made of.

The system walks through every page for it, about 9 ms for each GB, and holds up the process's own
requests for memory meanwhile: so this is for a person who asks, never for the looks.
"""

from __future__ import annotations

import os

import psutil

from ..domain.resources.kernel_memory import ProcessMemory
from .processes import ProcessKey, ProcessSensor

_READ_BYTES = 4096
"""More than all of ``smaps_rollup``, which has some twenty lines."""

_NEEDED = (b"Rss", b"Pss", b"Private_Clean", b"Private_Dirty")


def exact_memory(
    key: ProcessKey, processes: ProcessSensor, root: str = "/"
) -> ProcessMemory | None:
    """Return the memory of a process; ``None`` if it has gone or may not be read. Any thread."""
    found = _of_rollup(key.pid, root) or _of_psutil(key.pid)
    # Asked after the reading: if it still is that process, what was read was its own.
    return found if found is not None and processes.is_alive(key) else None


def _of_rollup(pid: int, root: str) -> ProcessMemory | None:
    """Return what Linux tells since 4.14."""
    try:
        descriptor = os.open(os.path.join(root, f"proc/{pid}/smaps_rollup"), os.O_RDONLY)
    except OSError:
        return None
    try:
        return rollup(os.read(descriptor, _READ_BYTES))
    except OSError:
        return None
    finally:
        os.close(descriptor)


def rollup(content: bytes) -> ProcessMemory | None:
    """Return what ``smaps_rollup`` says; ``None`` for nonsense."""
    fields: dict[bytes, int] = {}
    for line in content.splitlines():
        name, _, rest = line.partition(b":")
        words = rest.split()
        if len(words) == 2 and words[0].isdigit() and words[1] == b"kB":
            fields[name] = int(words[0]) * 1024
    if any(name not in fields for name in _NEEDED):
        return None
    return ProcessMemory(
        resident_bytes=fields[b"Rss"],
        proportional_bytes=fields[b"Pss"],
        own_bytes=fields[b"Private_Clean"] + fields[b"Private_Dirty"],
        swapped_bytes=fields.get(b"Swap"),
    )


def _of_psutil(pid: int) -> ProcessMemory | None:
    """Return what other systems tell, and older ones."""
    try:
        full = psutil.Process(pid).memory_full_info()
    except (psutil.Error, OSError, ValueError, OverflowError):
        return None
    return ProcessMemory(
        full.rss, getattr(full, "pss", None), full.uss, getattr(full, "swap", None)
    )
