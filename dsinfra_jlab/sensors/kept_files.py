"""Reads small files of the system over and over without opening them again.

Opening and closing costs three quarters of reading a file of ``/proc``. A file kept open also
says surely that its process is gone: it never turns into the one of another process that was
given the same number.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable

Opener = Callable[[str, int], int]
"""As ``os.open``; counted in tests."""

READ_BYTES = 16_384
"""More than any file of a process and the totals of a machine with a thousand CPUs need."""

FILES_MAX = 256
"""Kept open at most: a quarter of what a process may open on most systems."""


class KeptFiles:
    """Files that stay open, the ones not read for longest closed first.

    Not for several threads at once.
    """

    def __init__(self, opener: Opener = os.open, files_max: int = FILES_MAX) -> None:
        self._open = opener
        self._files_max = files_max
        self._kept: OrderedDict[str, int] = OrderedDict()

    def read(self, path: str) -> bytes | None:
        """Return what a file says; ``None`` if it cannot be read or its process is gone."""
        descriptor = self._kept.get(path)
        try:
            if descriptor is None:
                descriptor = self._keep(path)
            else:
                self._kept.move_to_end(path)
            return os.pread(descriptor, READ_BYTES, 0)
        except (OSError, ValueError):
            self.forget(path)
            return None

    def forget(self, path: str) -> None:
        """Close a file if it is open."""
        descriptor = self._kept.pop(path, None)
        if descriptor is not None:
            os.close(descriptor)

    def close(self) -> None:
        """Close them all; reading opens them anew."""
        while self._kept:
            os.close(self._kept.popitem()[1])

    def _keep(self, path: str) -> int:
        while len(self._kept) >= self._files_max:
            os.close(self._kept.popitem(last=False)[1])
        descriptor = self._open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._kept[path] = descriptor
        return descriptor
