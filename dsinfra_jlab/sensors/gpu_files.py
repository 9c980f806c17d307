"""Which GPUs a process has open, by the files of its own that the system lists.

In a container the driver gives numbers of processes that mean nothing there, or none at all. What
it cannot hide is that whoever uses a GPU has its file open: ``/dev/nvidia0`` and so on.
"""

from __future__ import annotations

import os
import re

from ..domain.resources import limits

_NAME = r"nvidia(\d+)"
"""Not ``nvidiactl`` and ``nvidia-uvm``, which belong to no GPU by itself."""

_FIRST_NAMESPACE = "pid:[4026531836]"
"""How Linux calls the count of processes that the machine itself began with."""


class GpuFiles:
    """Reads which files of GPUs there are, and which of them a process has open.

    Parameters
    ----------
    proc, folder, name
        Where the system lists processes and devices, and what the file of a GPU is called; other
        ones for tests.
    """

    def __init__(self, proc: str = "/proc", folder: str = "/dev", name: str = _NAME) -> None:
        self._proc = proc
        self._folder = folder
        self._name = re.compile(name)
        self._path = re.compile(re.escape(folder) + "/" + name)

    def is_first_count(self) -> bool:
        """Return whether processes have the same numbers here as the driver knows them by."""
        try:
            return os.readlink(f"{self._proc}/self/ns/pid") == _FIRST_NAMESPACE
        except OSError:  # no Linux, and no containers then; or a Linux that hides it
            return not os.path.isdir(self._proc)

    def there(self) -> frozenset[int]:
        """Return the numbers of the files that there are."""
        try:
            names = os.listdir(self._folder)
        except OSError:
            return frozenset()
        return frozenset(int(found[1]) for found in map(self._name.fullmatch, names) if found)

    def opened_by(self, pid: int) -> frozenset[int] | None:
        """Return the numbers of those that a process has open; ``None`` if it cannot be read.

        One that has ended has none open.
        """
        folder = f"{self._proc}/{pid}/fd"
        try:
            names = os.listdir(folder)
        except (FileNotFoundError, ProcessLookupError):
            return frozenset()
        except OSError:
            return None
        if len(names) > limits.GPU_OPEN_FILES_MAX:
            return None
        opened: set[int] = set()
        for name in names:
            try:
                found = self._path.fullmatch(os.readlink(f"{folder}/{name}"))
            except (FileNotFoundError, ProcessLookupError):
                continue  # closed meanwhile
            except OSError:
                return None
            if found:
                opened.add(int(found[1]))
        return frozenset(opened)
