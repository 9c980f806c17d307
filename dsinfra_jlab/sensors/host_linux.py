"""What Linux tells of a machine in ``/proc`` and ``/sys``, for files that are read each second.

psutil tells the same in three to ten times the time.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .kept_files import READ_BYTES

_TICKS_PER_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
"""As ``/proc/stat`` counts time."""

_IDLE, _IOWAIT, _STEAL, _GUEST = 3, 4, 7, 8
"""Places in a line of ``/proc/stat``. What guests use is part of what users do, too."""


_SENT = 8
"""Place of the bytes sent, after those taken in and seven other counts."""

_SECTORS_READ, _SECTORS_WRITTEN = 5, 9
"""Places in a line of ``/proc/diskstats``."""

_SECTOR_BYTES = 512
"""Of the kernel's counts, whatever the disk's own are."""

_SWAP = re.compile(rb"^Swap(Total|Free):\s*(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """Seconds since the machine started, over the CPUs that may be used."""

    busy_s: float
    total_s: float


@dataclass(frozen=True, slots=True)
class Flow:
    """Bytes in and out since some beginning."""

    in_bytes: int
    out_bytes: int


def cpu_seconds(content: bytes, numbers: Sequence[int] | None) -> CpuTimes | None:
    """Return the times that ``/proc/stat`` tells of some CPUs, or of all together.

    psutil reads the same in three times the time, and this is read each second.
    ``None`` where it does not tell of all of them.

    >>> cpu_seconds(b"cpu  300 0 100 500 100 0 0 0 0 0", None).total_s * _TICKS_PER_S
    1000.0
    """
    busy = total = 0
    lines = b"\n" + content
    for name in [b"cpu"] if numbers is None else [b"cpu%d" % number for number in numbers]:
        line = lines.partition(b"\n" + name + b" ")[2].partition(b"\n")[0]
        fields = [int(field) for field in line.split()]
        if len(fields) <= _STEAL:
            return None
        whole = sum(fields[:_GUEST])
        total += whole
        busy += whole - fields[_IDLE] - fields[_IOWAIT] - fields[_STEAL]
    return CpuTimes(busy / _TICKS_PER_S, total / _TICKS_PER_S)


def network_counts(content: bytes) -> dict[str, tuple[int, int]]:
    """Return the bytes that each network took in and sent, by what ``/proc/net/dev`` says.

    psutil reads the same in six times the time, and this is read each second.
    """
    found: dict[str, tuple[int, int]] = {}
    for line in content.splitlines()[2:]:
        name, _, counts = line.rpartition(b":")
        fields = counts.split()
        if len(fields) > _SENT:
            found[name.strip().decode("utf-8", "replace")] = int(fields[0]), int(fields[_SENT])
    return found


def disks_of(folder: Path) -> frozenset[bytes]:
    """Return the names of the disks in ``/sys/block``: none of parts, none that lie on others.

    A volume of LVM or a loop passes on what a disk then counts once more. Where there is nothing
    else, as in some containers, these are taken.
    """
    try:
        entries = list(folder.iterdir())
    except OSError:
        return frozenset()
    real = [entry for entry in entries if "/virtual/block/" not in os.path.realpath(entry)]
    # A slash in a disk's name is written as "!" there.
    return frozenset(os.fsencode(entry.name).replace(b"!", b"/") for entry in real or entries)


def disk_flow(content: bytes, disks: frozenset[bytes]) -> Flow | None:
    """Return what disks read and wrote by ``/proc/diskstats``; ``None`` if it tells of none.

    psutil asks ``/sys`` for each part of each disk at each reading, ten times the work.
    """
    if len(content) >= READ_BYTES:  # there is more of it
        return None
    lines = [fields for line in content.splitlines() if (fields := line.split())[2:3]]
    found = [line for line in lines if line[2] in disks and len(line) > _SECTORS_WRITTEN]
    if not found:
        return None
    read = sum(int(line[_SECTORS_READ]) for line in found)
    written = sum(int(line[_SECTORS_WRITTEN]) for line in found)
    return Flow(read * _SECTOR_BYTES, written * _SECTOR_BYTES)


def swap_space(content: bytes) -> tuple[int, int] | None:
    r"""Return used and total bytes of swap by ``/proc/meminfo``; ``None`` if it does not tell.

    >>> swap_space(b"MemFree: 1 kB\nSwapTotal:  8 kB\nSwapFree:  6 kB\n")
    (2048, 8192)
    """
    found = dict(_SWAP.findall(content))
    if len(found) < 2:
        return None
    total, free = int(found[b"Total"]) * 1024, int(found[b"Free"]) * 1024
    return max(0, total - free), total
