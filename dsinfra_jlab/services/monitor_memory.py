"""Reads the processes of one kernel to the page, the largest first, for a bounded time."""

from __future__ import annotations

import time

from ..domain.clock import Clock
from ..domain.ids import KernelId
from ..domain.resources import limits
from ..domain.resources.kernel_memory import KernelMemory, ProcessMemory, kernel_memory
from ..sensors.exact_memory import exact_memory
from ..sensors.processes import ProcessSensor, TreeReading
from .monitor_kernels import ENDED

UNREADABLE = "The memory of this kernel's processes may not be read."


def read_exactly(
    kernel_id: KernelId,
    reading: TreeReading | None,
    absent: str,
    processes: ProcessSensor,
    clock: Clock,
) -> KernelMemory:
    """Return the memory of the processes that a kernel was last seen to have."""
    at, begun_s = clock.now(), time.perf_counter()
    seen = sorted(reading.processes, key=lambda each: -each.rss_bytes) if reading else []
    found: list[ProcessMemory] = []
    unread = 0
    for number, process in enumerate(seen):
        is_late = time.perf_counter() - begun_s > limits.EXACT_MEMORY_S
        if is_late or number >= limits.EXACT_MEMORY_PROCESSES_MAX:
            unread += len(seen) - number
            break
        memory = exact_memory(process.key, processes)
        if memory is not None:
            found.append(memory)
        elif processes.is_alive(process.key):
            unread += 1  # one that has ended holds nothing
    if not found and not absent:
        absent = UNREADABLE if unread else ENDED
    took_s = time.perf_counter() - begun_s
    return kernel_memory(kernel_id, at, found, unread, took_s, absent)
