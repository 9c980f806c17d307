"""Which memory of a parcel was written to since it arrived, told by the system without reading it.

Memory that was mapped from a file privately is the file's until it is written to: then the page
becomes the process's own. Linux tells which pages are which.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable
from typing import NamedTuple

_ENTRY_BYTES = 8
_PRESENT, _SWAPPED, _OF_FILE = 0x80, 0x40, 0x20
"""Bits of the highest byte of what ``/proc/self/pagemap`` says of a page."""


class Region(NamedTuple):
    """Memory that has arrived."""

    address: int
    size: int
    digest: str
    number: int
    """Which one of its parcel it is."""


class Mapped(NamedTuple):
    """Regions, and the file they are mapped from; nothing of them is kept alive."""

    regions: list[Region]
    device: int
    inode: int


def untouched(mapped: Mapped) -> list[Region]:
    """Return the regions that nobody has written to."""
    if not mapped.regions:
        return []
    try:
        spans = list(_spans_of(mapped.device, mapped.inode))
        with open("/proc/self/pagemap", "rb", buffering=0) as pages:
            return [
                each
                for each in mapped.regions
                if each.size >= mmap.PAGESIZE
                and any(start <= each.address < end for start, end in spans)
                and not _is_written(pages.fileno(), each)
            ]
    except (OSError, ValueError):  # not on this system, or not in this container
        return []


def _spans_of(device: int, inode: int) -> Iterable[tuple[int, int]]:
    """Yield where a file is mapped: its memory may have gone, and its place been taken."""
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
        for line in maps:
            span, _, _, number, found = line.split(maxsplit=5)[:5]
            major, minor = (int(part, 16) for part in number.split(":"))
            if int(found) == inode and os.makedev(major, minor) == device:
                start, end = (int(part, 16) for part in span.split("-"))
                yield start, end


def _is_written(pages: int, region: Region) -> bool:
    first = region.address // mmap.PAGESIZE
    count = (region.address + region.size - 1) // mmap.PAGESIZE - first + 1
    told = os.pread(pages, count * _ENTRY_BYTES, first * _ENTRY_BYTES)
    if len(told) != count * _ENTRY_BYTES:
        return True
    kinds = set(told[_ENTRY_BYTES - 1 :: _ENTRY_BYTES])
    return any(kind & _SWAPPED or (kind & _PRESENT and not kind & _OF_FILE) for kind in kinds)
