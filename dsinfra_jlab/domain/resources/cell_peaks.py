"""Says whether a cell will fit into memory, by what it took when it ran before."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..ids import CellId
from .samples import CellPeak, GpuSample, KernelSample, Snapshot

RunPeaks = tuple[int | None, int | None]
"""The most resident memory and the most GPU memory of a run, in bytes."""

HIGH_SHARE = 0.95
"""The part of runs that ``p95`` is not exceeded in."""


def cell_peak(
    cell_id: CellId,
    peaks: Sequence[RunPeaks],
    snapshot: Snapshot | None,
    kernel: KernelSample | None,
) -> CellPeak:
    """Return what a cell took, newest run first, against what is free.

    Parameters
    ----------
    kernel
        The one the cell would run in; ``None`` if there is none yet. What it holds already
        it need not take again.
    """
    rss = [peak for peak, _ in peaks if peak is not None]
    gpu = [peak for _, peak in peaks if peak is not None]
    free, free_gpu = free_memory(snapshot), free_gpu_memory(snapshot)
    return CellPeak(
        cell_id=cell_id,
        run_count=sum(1 for pair in peaks if pair != (None, None)),
        last_rss_bytes=peaks[0][0] if peaks else None,
        max_rss_bytes=max(rss, default=None),
        p95_rss_bytes=_high(rss),
        last_gpu_memory_bytes=peaks[0][1] if peaks else None,
        free_memory_bytes=free,
        free_gpu_memory_bytes=free_gpu,
        warning=_warning(
            max(rss, default=None), free, kernel.rss_bytes if kernel is not None else 0, "memory"
        )
        or _warning(
            max(gpu, default=None),
            free_gpu,
            kernel.gpu_memory_bytes if kernel is not None else 0,
            "GPU memory",
        ),
    )


def free_memory(snapshot: Snapshot | None) -> int | None:
    """Return how much memory may still be taken here."""
    host = snapshot.host if snapshot is not None else None
    if host is None or host.memory_limit_bytes is None or host.memory_used_bytes is None:
        return None
    return max(0, host.memory_limit_bytes - host.memory_used_bytes)


def free_gpu_memory(snapshot: Snapshot | None) -> int | None:
    """Return how much memory the emptiest GPU has, whoever holds the rest."""
    gpus = snapshot.gpus if snapshot is not None else []
    divided = {gpu.parent_uuid for gpu in gpus}
    free = [_free_of(gpu) for gpu in gpus if gpu.uuid not in divided]
    return max((each for each in free if each is not None), default=None)


def size_text(size: int) -> str:
    """Return a size as people say it.

    >>> size_text(11_200_000_000), size_text(512_000_000), size_text(0)
    ('11.2 GB', '512 MB', '0 MB')
    """
    return f"{size / 1e9:.1f} GB" if size >= 999_500_000 else f"{size / 1e6:.0f} MB"


def _free_of(gpu: GpuSample) -> int | None:
    if gpu.memory_total_bytes is None or gpu.memory_used_bytes is None:
        return None
    return max(0, gpu.memory_total_bytes - gpu.memory_used_bytes)


def _high(values: Sequence[int]) -> int | None:
    """Return the value that all but one in twenty stay within."""
    if not values:
        return None
    return sorted(values)[math.ceil(HIGH_SHARE * len(values)) - 1]


def _warning(peak: int | None, free: int | None, held: int | None, word: str) -> str:
    """Return one sentence if a run like those before would not fit; empty if it is not known."""
    if peak is None or free is None or held is None or peak - held <= free:
        return ""
    there = f", besides {size_text(held)} that the kernel holds" if held else ""
    return (
        f"This cell has taken up to {size_text(peak)} of {word}; {size_text(free)} are free{there}."
    )
