"""Tells whether a large file is still the very one that was written, without reading it again.

Its writer, who has hashed what went into it, notes which file that is and when it was written to
last. Whoever reads it under the same running system, and finds all that unchanged, reads what was
written: the time of the last change is set by the system, programs cannot choose it. With anything
else, another machine, a copy, a restart, a disk whose times are too coarse, the file is hashed.
"""

from __future__ import annotations

import functools
import os
import time
from typing import Any

from . import parcel_limits as limits

_BOOT_ID = "/proc/sys/kernel/random/boot_id"


def seal(descriptor: int) -> list[Any] | None:
    """Return what tells this file from any other and from itself when it was changed.

    ``None`` where that is not known, or is not worth it. After it nobody may write to the file.
    """
    about = os.fstat(descriptor)
    if about.st_size < limits.SEAL_MIN_BYTES or not _system():
        return None
    if about.st_ctime_ns % limits.FINE_TIMES_NS == 0:  # perhaps in seconds
        return None
    # A change in the same tick of the system's clock would bear the same time.
    rest_ns = about.st_ctime_ns + limits.TICK_NS - time.time_ns()
    if rest_ns > limits.TICK_NS:  # another clock than ours
        return None
    if rest_ns > 0:
        time.sleep(rest_ns / 1e9)
    return _marks(descriptor)


def is_sealed(descriptor: int, said: Any) -> bool:
    """Return whether a file is as it was when it was sealed."""
    return type(said) is list and bool(_system()) and _marks(descriptor) == said


def _marks(descriptor: int) -> list[Any]:
    about = os.fstat(descriptor)
    times = [about.st_mtime_ns, about.st_ctime_ns]
    return [_system(), about.st_dev, about.st_ino, about.st_size, *times]


@functools.lru_cache(maxsize=1)
def _system() -> str:
    """Return what this machine has been called since it was started, empty if that is unknown."""
    try:
        with open(_BOOT_ID, encoding="ascii") as file:
            return file.read().strip()
    except (OSError, ValueError):
        return ""
