"""The biggest files that were written of late below some folders; searched for a bounded time."""

from __future__ import annotations

import heapq
import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..domain import limits

_BLOCK_BYTES = 512
"""What ``st_blocks`` counts, on every system."""


@dataclass(frozen=True, slots=True, order=True)
class FoundFile:
    """A file that was written since the time its folder was given."""

    bytes: int
    """Room that it takes on the disk."""
    path: str
    modified_s: float
    """Unix seconds."""


class NewFiles:
    """Walks through folders, the upper ones first, for files of this account on one disk.

    Links are not followed, nor are other disks entered, so that a search ends.
    """

    def __init__(self, device: int | None, now_s: Callable[[], float] = time.perf_counter) -> None:
        self._device = device
        self._now_s = now_s
        self._until_s = now_s() + limits.NEW_FILES_S
        self._uid = os.getuid() if hasattr(os, "getuid") else None
        self._seen: set[tuple[int, int]] = set()
        self._biggest: list[FoundFile] = []
        self._count = 0
        self.is_complete = True
        """False once more was there than could be looked at."""

    def biggest(self, folders: Mapping[str, float]) -> list[FoundFile]:
        """Return the biggest files written since a moment of Unix time, given by folder."""
        # A folder within another one is looked through with it, by the earlier of the moments.
        since: dict[str, float] = {}
        for folder in sorted(folders, key=len):
            above = [other for other in since if _is_within(folder, other)]
            if above:
                since[above[0]] = min(since[above[0]], folders[folder])
            else:
                since[folder] = folders[folder]
        for folder, since_s in since.items():
            self._walk(folder, since_s)
        return sorted(self._biggest, reverse=True)

    def _walk(self, folder: str, since_s: float) -> None:
        waiting = deque([folder])
        while waiting and self._may_go_on():
            at = waiting.popleft()
            try:
                if not self._is_new_here(os.stat(at)):
                    continue
                with os.scandir(at) as entries:
                    for entry in entries:
                        self._count += 1
                        if not self._may_go_on():
                            return
                        self._take(entry, since_s, waiting)
            except OSError:
                self.is_complete = False

    def _take(self, entry: os.DirEntry[str], since_s: float, waiting: deque[str]) -> None:
        try:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
                return
            if not entry.is_file(follow_symlinks=False):
                return
            # Not of the entry, which has no device and no blocks on some systems.
            stat = os.stat(entry.path, follow_symlinks=False)
        except OSError:  # it has gone meanwhile
            return
        if stat.st_mtime < since_s or (self._uid is not None and stat.st_uid != self._uid):
            return
        if stat.st_nlink > 1 and not self._is_new_here(stat):
            return
        blocks = getattr(stat, "st_blocks", None)
        size = stat.st_size if blocks is None else blocks * _BLOCK_BYTES
        found = FoundFile(size, entry.path, stat.st_mtime)
        if len(self._biggest) < limits.NEW_FILES_MAX:
            heapq.heappush(self._biggest, found)
        else:
            heapq.heappushpop(self._biggest, found)

    def _is_new_here(self, stat: os.stat_result) -> bool:
        """Return whether it lies on the disk and was not seen before under another name."""
        key = stat.st_dev, stat.st_ino
        if (self._device is not None and stat.st_dev != self._device) or key in self._seen:
            return False
        self._seen.add(key)
        return True

    def _may_go_on(self) -> bool:
        if self._count > limits.NEW_FILES_ENTRIES_MAX or self._now_s() > self._until_s:
            self.is_complete = False
            return False
        return True


def _is_within(folder: str, other: str) -> bool:
    return folder == other or folder.startswith(other.rstrip(os.sep) + os.sep)
