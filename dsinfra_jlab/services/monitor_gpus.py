"""Tells whose the memory of GPUs is: by the processes the driver names, or by open files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

from ..domain.ids import KernelId
from ..domain.resources.gpu_files import OpenGpus
from ..domain.resources.gpu_owners import Whereabouts, held_by_kernels, needs_files, with_owners
from ..domain.resources.samples import GpuReading, GpuSample
from ..sensors.gpu_files import GpuFiles
from ..sensors.processes import ProcessKey, ProcessSensor
from .monitor_kernels import FollowedKernel

KernelProcesses = dict[KernelId, "list[ProcessKey] | None"]
"""The processes of each kernel, ``None`` for one that may not be read."""


class GpuShares:
    """Shares the memory of GPUs out among the kernels; for the sampler's thread.

    Files are looked at only while the driver leaves open who holds some memory, and not more often
    than new processes are searched for.
    """

    def __init__(self, processes: ProcessSensor, files: GpuFiles) -> None:
        self._processes = processes
        self._files = files
        self._is_first_count = files.is_first_count()
        self._open = OpenGpus()
        self._is_wanted = False

    def is_due(self, kernels: Iterable[FollowedKernel], is_searching: bool) -> bool:
        """Return whether to look at files: with a search for processes, and for a new kernel."""
        return self._is_wanted and (
            is_searching or any(kernel.id not in self._open.opened for kernel in _here(kernels))
        )

    def processes_of(self, kernels: Iterable[FollowedKernel]) -> KernelProcesses:
        """Return the processes of the kernels on this machine."""
        found: KernelProcesses = {}
        for kernel in _here(kernels):
            tree = self._processes.read(kernel.pid or 0)
            if tree is not None:
                found[kernel.id] = [process.key for process in tree.processes]
            else:
                found[kernel.id] = None if self._processes.is_seen(kernel.pid or 0) else []
        return found

    def look_at_files(self, kernels: KernelProcesses) -> None:
        """Read which GPUs the processes have open; takes milliseconds."""
        there = self._files.there()
        self._open = OpenGpus(
            there, {id_: self._opened_by(keys, there) for id_, keys in kernels.items()}
        )

    def share(
        self, kernels: Sequence[FollowedKernel], readings: Sequence[GpuReading]
    ) -> list[GpuSample]:
        """Note in each kernel what it holds, and return the GPUs with their owners."""
        kernel_of: dict[int, KernelId] = {}
        for kernel in kernels:
            if kernel.reading is not None:
                kernel_of.update(dict.fromkeys(kernel.reading.pids, kernel.id))
        opened = {kernel.id: self._open.opened.get(kernel.id) for kernel in _here(kernels)}
        known = Whereabouts(
            kernel_of,
            cache(self._processes.is_seen),
            self._is_first_count,
            OpenGpus(self._open.there, opened),
        )
        self._is_wanted = any(needs_files(reading, known) for reading in readings)
        alive = [kernel.id for kernel in kernels if kernel.reading is not None]
        held = held_by_kernels(readings, known, alive) if readings else {}
        for kernel in kernels:
            kernel.gpu_held = held.get(kernel.id)
        return [with_owners(reading, known, {}) for reading in readings]

    def _opened_by(
        self, keys: list[ProcessKey] | None, there: frozenset[int]
    ) -> Counter[int] | None:
        if keys is None:
            return None
        counts: Counter[int] = Counter()
        for key in keys if there else ():
            numbers = self._files.opened_by(key.pid)
            if numbers is None:
                return None
            # Asked after the reading: if it still is that process, the files were its own.
            if numbers and self._processes.is_alive(key):
                counts.update(numbers)
        return counts


def _here(kernels: Iterable[FollowedKernel]) -> list[FollowedKernel]:
    """Return the kernels that have a process on this machine."""
    return [kernel for kernel in kernels if kernel.pid is not None]
