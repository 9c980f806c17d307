"""Lets large memory stay in the file in which it has arrived, as the process's own.

Mapped privately it is read from the file as it is touched, and what is written to it stays in this
process. The file may lose its name, not its content: so it has to be one that is seen to be as it
was written, on a disk of this machine, where nobody else can take it away.
"""

from __future__ import annotations

import mmap
import os
from typing import Any

from . import parcel_limits as limits

_MOUNTS = "/proc/self/mountinfo"
_LOCAL = frozenset(
    ("btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "tmpfs", "xfs", "zfs")
)
"""Kinds of disks that belong to one machine."""


def may_stay(descriptor: int) -> bool:
    """Return whether a file lies on a disk of this machine, as far as the system says."""
    device = os.fstat(descriptor).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        with open(_MOUNTS, encoding="utf-8", errors="replace") as mounts:
            lines = mounts.read().splitlines()
    except OSError:
        return False
    kinds = {
        line.partition(" - ")[2].split(" ")[0]
        for line in lines
        if line.split(" ", 3)[2:3] == [wanted]
    }
    return bool(kinds) and kinds <= _LOCAL


def stay(descriptor: int, offset: int, size: int) -> Any:
    """Return writable memory that lies in a file, ``None`` where it has to be copied."""
    if size < limits.STAY_MIN_BYTES or offset % mmap.ALLOCATIONGRANULARITY:
        return None
    try:
        # Each by itself, so that the file is held only as long as one of its arrays lives.
        return mmap.mmap(descriptor, size, access=mmap.ACCESS_COPY, offset=offset)
    except (OSError, ValueError):  # no address, or no number of an open file, is left
        return None
