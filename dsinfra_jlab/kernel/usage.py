"""What a cell used of the processor and of a GPU that is in use anyway."""

from __future__ import annotations

import os
import sys
import time
from types import ModuleType
from typing import Any, NamedTuple

from . import limits

_slow = [0]
"""How often in a row reading torch's peaks has held up a cell."""


class Usage(NamedTuple):
    """Readings at one moment."""

    cpu_s: float
    gpu_peaks: list[int]
    rss_mark: int | None
    """The most resident bytes that this process has held so far; ``None`` if nobody counts.

    0 where it was set back just now.
    """


def begin_usage(is_resetting_mark: bool) -> Usage:
    """Return what has been used so far, as a cell begins.

    The mark of memory is set back only if an operator wants that, because it changes what the
    user's own code reads of it: ``ru_maxrss`` is the same mark.
    """
    usage = read_usage()
    is_reset = is_resetting_mark and usage.rss_mark is not None and _reset_rss_mark()
    return usage._replace(rss_mark=0) if is_reset else usage


def _reset_rss_mark() -> bool:
    """Set the mark back to what is resident now, and say whether that was possible."""
    try:
        # 5 is the mark alone; other numbers touch every page.
        with open("/proc/self/clear_refs", "wb", buffering=0) as file:
            file.write(b"5")
    except OSError:  # another system, or a sealed one
        return False
    return True


def read_usage() -> Usage:
    """Return what this process and its ended children have used so far."""
    times = os.times()
    cpu_s = time.process_time() + times.children_user + times.children_system
    return Usage(cpu_s, _gpu_peaks() if "torch" in sys.modules else [], _rss_mark())


def _rss_mark() -> int | None:
    """Return the highest mark of resident memory, as Linux keeps it for each process."""
    try:
        with open("/proc/self/status", "rb", buffering=0) as file:
            status = file.read(4_096)
        start = status.index(b"VmHWM:") + 6
        return int(status[start : status.index(b"kB", start)]) * 1_024
    except (OSError, ValueError):  # another system, or a sealed one
        return None


def _gpu_peaks() -> list[int]:
    """Return torch's peak per device; nothing is loaded or started to find out."""
    torch = sys.modules.get("torch")
    if _slow[0] >= limits.GPU_PEAKS_SLOW_MAX or not isinstance(torch, ModuleType):
        return []
    begun_s = time.perf_counter()
    try:
        cuda = torch.cuda
        if not cuda.is_initialized():
            return []
        peaks = [cuda.max_memory_allocated(device) for device in range(cuda.device_count())]
    except Exception:  # half imported, or a build without CUDA
        return []
    _slow[0] = _slow[0] + 1 if time.perf_counter() - begun_s > limits.GPU_PEAKS_S else 0
    return peaks if all(type(peak) is int and peak >= 0 for peak in peaks) else []


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

    The user's own counters are not reset, so a peak that did not rise is only an upper bound. One
    that fell was reset by the cell itself: what was before that is not known.
    """
    peaks = end.gpu_peaks
    if not any(peaks):
        return None
    earlier = start.gpu_peaks + [0] * (len(peaks) - len(start.gpu_peaks))
    used = [(now, then) for now, then in zip(peaks, earlier) if now or then]
    if any(now < then for now, then in used):
        return {"bytes": max(now for now, then in used if now != then), "kind": "at_least"}
    is_exact = all(now > then for now, then in used) and len(used) == 1
    return {"bytes": sum(peaks), "kind": "exact" if is_exact else "at_most"}
