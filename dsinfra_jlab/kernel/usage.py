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


def read_usage() -> Usage:
    """Return what this process and its ended children have used so far."""
    times = os.times()
    cpu_s = time.process_time() + times.children_user + times.children_system
    return Usage(cpu_s, _gpu_peaks() if "torch" in sys.modules else [])


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
