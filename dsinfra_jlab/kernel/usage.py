"""What a cell used of the processor and of a GPU that is in use anyway."""

from __future__ import annotations

import os
import sys
import time
from typing import Any, NamedTuple


class Usage(NamedTuple):
    """Readings at one moment."""

    cpu_s: float
    gpu_peaks: list[int]
    rss_mark: int | None
    """The most resident bytes that this process has held so far; ``None`` if nobody counts."""


def read_usage() -> Usage:
    """Return what this process and its ended children have used so far."""
    times = os.times()
    cpu_s = time.process_time() + times.children_user + times.children_system
    return Usage(cpu_s, _gpu_peaks() if "torch" in sys.modules else [], _rss_mark())


def _rss_mark() -> int | None:
    """Return the highest mark of resident memory, as Linux keeps it for each process.

    It is only read and never set back: that would change what the user's own code reads of it.
    """
    try:
        with open("/proc/self/status", "rb", buffering=0) as file:
            status = file.read(4_096)
        start = status.index(b"VmHWM:") + 6
        return int(status[start : status.index(b"kB", start)]) * 1_024
    except (OSError, ValueError):  # another system, or a sealed one
        return None


def _gpu_peaks() -> list[int]:
    """Return torch's peak per device; nothing is loaded or started to find out."""
    try:
        cuda = sys.modules["torch"].cuda
        if not cuda.is_initialized():
            return []
        return [int(cuda.max_memory_allocated(device)) for device in range(cuda.device_count())]
    except Exception:  # half imported, or a build without CUDA
        return []


def cpu_since(start: Usage, end: Usage) -> float:
    """Return the processor time between two readings."""
    return max(0.0, end.cpu_s - start.cpu_s)


def rss_marks_since(start: Usage, end: Usage) -> list[int] | None:
    """Return the highest marks at both readings, ``None`` if nobody counts them."""
    if start.rss_mark is None or end.rss_mark is None:
        return None
    return [start.rss_mark, end.rss_mark]


def gpu_peak_since(start: Usage, end: Usage) -> dict[str, Any] | None:
    """Return the peak of GPU memory between two readings, ``None`` if there is no GPU in use.

    The user's own counters are not reset, so a peak that did not rise is only an upper bound.
    """
    peaks = end.gpu_peaks
    if not any(peaks):
        return None
    earlier = start.gpu_peaks + [0] * (len(peaks) - len(start.gpu_peaks))
    used = [(now, then) for now, then in zip(peaks, earlier) if now]
    is_exact = all(now > then for now, then in used) and len(used) == 1
    return {"bytes": sum(peaks), "kind": "exact" if is_exact else "at_most"}
