"""What about the machine a user should know: one rule for each kind of alert.

Each rule has two thresholds. Beyond the first an alert is raised; it is over only when the
reading is back behind the second, so that one that lingers at a threshold tells it once.
What could not be read raises nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..ids import KernelId, RunId
from .cell_peaks import size_text
from .samples import AlertKind, GpuSample, GpuSlowdown, KernelSample, KernelState, Snapshot

__all__ = ["RULES", "Finding", "Rule", "kernel_to_blame"]

MEMORY_HIGH_RATIO, MEMORY_HIGH_END_RATIO = 0.85, 0.80
MEMORY_CRITICAL_RATIO, MEMORY_CRITICAL_END_RATIO = 0.95, 0.92
MEMORY_ETA_S, MEMORY_ETA_END_S = 60.0, 120.0
"""Memory that will be full so soon is high already."""

GPU_FREE_RATIO, GPU_FREE_END_RATIO = 0.03, 0.05

IDLE_GPU_BYTES = 500 * 2**20
"""A CUDA context alone takes 300 to 500 MiB: only what is more can be won back."""
IDLE_GPU_S = 20 * 60.0
IDLE_CPU_RATIO = 0.05
"""A kernel that uses less computes nothing, whatever its threads wait for."""
IDLE_UTIL_RATIO = 0.01

DISK_FREE_RATIO, DISK_FREE_END_RATIO = 0.05, 0.06
DISK_ROOM_BYTES = 20e9
"""So much room is room enough, however large the disk."""
DISK_ETA_S, DISK_ETA_END_S = 3_600.0, 7_200.0

GPU_COOLED_C = 3.0
"""So far below the temperature of its slowdown it is no longer hot."""

LEAK_CPU_RATIO, LEAK_CPU_END_RATIO = 0.5, 0.3
THROTTLED_RATIO, THROTTLED_END_RATIO = 0.2, 0.1

STALE_LOOKS = 3
"""Looks that a GPU may miss."""
STALE_LEAST_S = 30.0
"""Three looks of a driver that is read every ten seconds."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A reading beyond the second threshold."""

    subject: str
    text: str
    is_beyond: bool
    """Whether it is beyond the first threshold, too."""
    kernel_id: KernelId | None = None
    run_id: RunId | None = None
    lasting: str = ""
    """What the subject is called if the id of it changes from day to day."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When an alert of one kind is raised, and when it is over."""

    kind: AlertKind
    find: Callable[[Snapshot, float | None], Iterator[Finding]]
    """Given the seconds until the disk is full, if that is known."""
    raise_after_s: float
    """For how long the reading has to be beyond the first threshold."""
    end_after_s: float
    """For how long it has to be back behind the second."""
    is_critical: bool = False
    outranked_by: AlertKind | None = None
    """Not raised while one of this kind holds of the same subject: it is the same trouble."""


def kernel_to_blame(snapshot: Snapshot) -> KernelSample | None:
    """Return the kernel that holds the most memory, of those that run a cell if any does."""
    known = [kernel for kernel in snapshot.kernels if kernel.rss_bytes is not None]
    busy = [kernel for kernel in known if kernel.running is not None]
    return max(busy or known, key=lambda kernel: kernel.rss_bytes or 0, default=None)


def _memory_high(snapshot: Snapshot, disk_full_in_s: float | None) -> Iterator[Finding]:
    ratio = _memory_ratio(snapshot)
    if ratio is None:
        return
    eta = snapshot.memory_full_in_s
    if ratio < MEMORY_HIGH_END_RATIO and (eta is None or eta >= MEMORY_ETA_END_S):
        return
    is_beyond = ratio > MEMORY_HIGH_RATIO or (eta is not None and eta < MEMORY_ETA_S)
    ending = f" At this pace it is full in {_duration(eta)}." if eta is not None else ""
    yield _of_memory(snapshot, is_beyond, ending)


def _memory_critical(snapshot: Snapshot, disk_full_in_s: float | None) -> Iterator[Finding]:
    ratio = _memory_ratio(snapshot)
    if ratio is not None and ratio >= MEMORY_CRITICAL_END_RATIO:
        ending = " When it is full, the kernel is killed and its variables are lost."
        yield _of_memory(snapshot, ratio > MEMORY_CRITICAL_RATIO, ending)


def _of_memory(snapshot: Snapshot, is_beyond: bool, ending: str) -> Finding:
    host, kernel = snapshot.host, kernel_to_blame(snapshot)
    assert host is not None
    used, limit = host.memory_used_bytes or 0, host.memory_limit_bytes or 0
    most = ""
    if kernel is not None and kernel.rss_bytes is not None:
        most = f"; {kernel.name} holds {size_text(kernel.rss_bytes)}"
    text = f"{size_text(used)} of {size_text(limit)} of memory are in use{most}.{ending}"
    return Finding("host", text, is_beyond, _id_of(kernel), _run_of(kernel))


def _gpu_memory_full(snapshot: Snapshot, disk_full_in_s: float | None) -> Iterator[Finding]:
    running = {kernel.kernel_id: kernel for kernel in snapshot.kernels if kernel.running}
    for gpu in snapshot.gpus:
        free = _ratio_left(gpu.memory_used_bytes, gpu.memory_total_bytes)
        ours = [owner.kernel_id for owner in gpu.owners if owner.kernel_id in running]
        if free is None or free > GPU_FREE_END_RATIO or not ours:
            continue
        kernel = running[ours[0]] if ours[0] is not None else None
        text = (
            f"{size_text(gpu.memory_used_bytes or 0)} of {size_text(gpu.memory_total_bytes or 0)} "
            f"of {_gpu_name(gpu)} are in use: {_holders(snapshot, gpu)}."
        )
        yield Finding(gpu.uuid, text, free < GPU_FREE_RATIO, _id_of(kernel), _run_of(kernel))


def _idle_gpu(snapshot: Snapshot, disk_full_in_s: float | None) -> Iterator[Finding]:
    for kernel in snapshot.kernels:
        is_told = kernel.gpu_memory_bytes is not None
        held = kernel.gpu_memory_bytes if is_told else kernel.gpu_memory_at_most_bytes
        if kernel.state is not KernelState.idle or held is None or held < IDLE_GPU_BYTES:
            continue
        if kernel.cpu_ratio is None or kernel.cpu_ratio > IDLE_CPU_RATIO:
            continue
        if any(_works_for(gpu, kernel) for gpu in snapshot.gpus):
            continue
        amount = f"{'' if is_told else 'up to '}{size_text(held)}"
        text = f"{kernel.name} holds {amount} of GPU memory and has been idle for 20 min."
        yield _of_kernel(kernel, text, is_beyond=True)


def _disk_filling(snapshot: Snapshot, disk_full_in_s: float | None) -> Iterator[Finding]:
    host, eta = snapshot.host, disk_full_in_s
    if host is None or host.disk_used_bytes is None or host.disk_total_bytes is None:
        return
    free = _ratio_left(host.disk_used_bytes, host.disk_total_bytes)
    room = host.disk_total_bytes - host.disk_used_bytes
    is_tight = free is not None and free < DISK_FREE_END_RATIO and room < DISK_ROOM_BYTES
    if free is None or not (is_tight or (eta is not None and eta < DISK_ETA_END_S)):
        return
    is_beyond = (is_tight and free < DISK_FREE_RATIO) or (eta is not None and eta < DISK_ETA_S)
    ending = f" At this pace it is full in {_duration(eta)}." if eta is not None else ""
    text = f"{size_text(room)} of {size_text(host.disk_total_bytes)} of the disk are free.{ending}"
    yield Finding("host", text, is_beyond)


_SLOWED_BY = {
    GpuSlowdown.overheated: "has become too hot and slows itself down",
    GpuSlowdown.hot: "is slowed down so that it does not become too hot",
    GpuSlowdown.power_brake: "was told by the machine's power supply to slow down",
}
"""Not that it draws as much as it may, which it does under full load."""


def _gpu_hot(snapshot: Snapshot, disk_full_in_s: float | None) -> Iterator[Finding]:
    for gpu in snapshot.gpus:
        warm, slow = gpu.temperature_c, gpu.slowdown_c
        if warm is not None and slow is not None and warm > slow - GPU_COOLED_C:
            text = (
                f"{_gpu_name(gpu)} has {warm:.0f} °C; from {slow:.0f} °C on it slows itself down."
            )
            yield Finding(gpu.uuid, text, warm >= slow)
            continue
        for why in gpu.slowed_by or ():
            if why in _SLOWED_BY:
                yield Finding(gpu.uuid, f"{_gpu_name(gpu)} {_SLOWED_BY[why]}.", is_beyond=True)
                break


def _process_leak(snapshot: Snapshot, disk_full_in_s: float | None) -> Iterator[Finding]:
    for kernel in snapshot.kernels:
        cpu, count = kernel.cpu_ratio, kernel.process_count
        if kernel.state is not KernelState.idle or cpu is None or count is None or count < 2:
            continue
        if cpu >= LEAK_CPU_END_RATIO:
            text = (
                f"{kernel.name} runs no cell, but its {count} processes "
                f"have used {cpu:.1f} CPUs for five minutes."
            )
            yield _of_kernel(kernel, text, is_beyond=cpu > LEAK_CPU_RATIO)


def _cpu_throttled(snapshot: Snapshot, disk_full_in_s: float | None) -> Iterator[Finding]:
    host = snapshot.host
    if host is None or host.throttled_ratio is None or host.throttled_ratio < THROTTLED_END_RATIO:
        return
    count = f"{host.cpu_count:g} CPUs" if host.cpu_count is not None else "a share of the CPUs"
    text = (
        f"This server may use {count} and wants more: "
        f"it is made to wait in {host.throttled_ratio:.0%} of the time slices."
    )
    yield Finding("host", text, host.throttled_ratio > THROTTLED_RATIO)


def _stale(snapshot: Snapshot, disk_full_in_s: float | None) -> Iterator[Finding]:
    for gpu in snapshot.gpus:
        if gpu.age_s > max(STALE_LOOKS * snapshot.interval_s, STALE_LEAST_S):
            text = f"{_gpu_name(gpu)} has not answered for {_duration(gpu.age_s)}."
            yield Finding(gpu.uuid, text, is_beyond=True)


RULES: tuple[Rule, ...] = (
    Rule(AlertKind.memory_critical, _memory_critical, 0.0, 10.0, is_critical=True),
    Rule(AlertKind.memory_high, _memory_high, 5.0, 10.0, outranked_by=AlertKind.memory_critical),
    Rule(AlertKind.gpu_memory_full, _gpu_memory_full, 5.0, 10.0),
    Rule(AlertKind.idle_gpu, _idle_gpu, IDLE_GPU_S, 15.0),
    Rule(AlertKind.disk_filling, _disk_filling, 10.0, 30.0),
    Rule(AlertKind.gpu_hot, _gpu_hot, 10.0, 30.0),
    Rule(AlertKind.process_leak, _process_leak, 300.0, 30.0),
    Rule(AlertKind.cpu_throttled, _cpu_throttled, 30.0, 30.0),
    Rule(AlertKind.stale, _stale, 0.0, 0.0),
)


def _memory_ratio(snapshot: Snapshot) -> float | None:
    host = snapshot.host
    left = _ratio_left(host.memory_used_bytes, host.memory_limit_bytes) if host else None
    return None if left is None else 1.0 - left


def _ratio_left(used: int | None, total: int | None) -> float | None:
    """Return the part that is free; ``None`` for figures that make no sense."""
    return None if used is None or not total or used < 0 else 1.0 - used / total


def _works_for(gpu: GpuSample, kernel: KernelSample) -> bool:
    """Return whether a GPU that is this kernel's alone does something, or that is not known."""
    if {owner.kernel_id for owner in gpu.owners} != {kernel.kernel_id}:
        return False
    return gpu.util_ratio is None or gpu.util_ratio > IDLE_UTIL_RATIO


def _holders(snapshot: Snapshot, gpu: GpuSample) -> str:
    """Return who holds memory of a GPU, the most first; others than ours have no names."""
    names = {kernel.kernel_id: kernel.name for kernel in snapshot.kernels}
    owners = sorted(gpu.owners, key=lambda owner: -(owner.memory_bytes or 0))
    told = []
    for owner in owners:
        size, most = owner.memory_bytes, owner.memory_at_most_bytes
        held = "part of it" if size is None else size_text(size)
        if most is not None:
            held = f"up to {size_text(most)}"
        elif owner.is_by_file:
            held = "an unknown part of it"
        is_ours = owner.kernel_id is not None
        name = names.get(owner.kernel_id, "a kernel") if owner.kernel_id else ""
        told.append(f"{name} holds {held}" if is_ours else f"others hold {held}")
    return ", ".join(told)


def _of_kernel(kernel: KernelSample, text: str, *, is_beyond: bool) -> Finding:
    lasting = kernel.notebook_path or ""
    return Finding(kernel.kernel_id, text, is_beyond, kernel.kernel_id, _run_of(kernel), lasting)


def _gpu_name(gpu: GpuSample) -> str:
    return f"GPU {gpu.index} ({gpu.name})" if gpu.name else f"GPU {gpu.index}"


def _id_of(kernel: KernelSample | None) -> KernelId | None:
    return kernel.kernel_id if kernel is not None else None


def _run_of(kernel: KernelSample | None) -> RunId | None:
    return kernel.running.run_id if kernel is not None and kernel.running is not None else None


def _duration(seconds: float | None) -> str:
    """Return a duration as people say it.

    >>> _duration(40), _duration(150), _duration(5000)
    ('40 s', '3 min', '1.4 h')
    """
    if seconds is None:
        return "an unknown time"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3_600 else f"{seconds / 3_600:.1f} h"
