"""The machine and its kernels as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.resources.cell_peaks import size_text
from ..domain.resources.samples import Alert, GpuSample, HostSample, KernelSample, Snapshot
from .table import Column, plain, table

__all__ = ["alerts_text", "snapshot_text"]

NOTHING = "-"
"""What could not be read; a zero is a reading."""

_KERNELS = (
    Column("KERNEL"),
    Column("NOTEBOOK", min_width=12, is_path=True),
    Column("STATE"),
    Column("CPU", is_right=True),
    Column("MEMORY", is_right=True),
    Column("GPU MEMORY", is_right=True),
    Column("PROCESSES", is_right=True),
)
_GPUS = (
    Column("GPU", is_right=True),
    Column("NAME", min_width=10),
    Column("USED", is_right=True),
    Column("MEMORY", is_right=True),
    Column("TEMPERATURE", is_right=True),
    Column("POWER", is_right=True),
)

_ID_CHARS = 8


def snapshot_text(snapshot: Snapshot, width: int | None) -> str:
    """Return host, GPUs and kernels as lines and tables of at most this width."""
    parts = [_host_text(snapshot.host)]
    parts += [
        f"{name}: {plain(reason)}\n" for name, reason in sorted(snapshot.absent.items()) if reason
    ]
    if snapshot.gpus:
        parts.append("\n" + table(_GPUS, [_gpu_row(gpu) for gpu in snapshot.gpus], width))
    if snapshot.kernels:
        rows = [_kernel_row(kernel) for kernel in _by_memory(snapshot.kernels)]
        parts.append("\n" + table(_KERNELS, rows, width))
    return "".join(parts)


def alerts_text(alerts: Sequence[Alert]) -> str:
    """Return alerts as lines."""
    return "".join(f"! {plain(alert.text)}\n" for alert in alerts)


def _host_text(host: HostSample | None) -> str:
    if host is None:
        return "host: nothing could be read\n"
    count = f" of {host.cpu_count:g} CPUs" if host.cpu_count is not None else ""
    facts = [
        ("cpu", f"{_percent(host.cpu_ratio)}{count}"),
        ("memory", _of(host.memory_used_bytes, host.memory_limit_bytes)),
        ("swap", _of(host.swap_used_bytes, host.swap_total_bytes)),
        ("disk", _of(host.disk_used_bytes, host.disk_total_bytes)),
    ]
    return "".join(f"{name:<8}{text}\n" for name, text in facts)


def _kernel_row(kernel: KernelSample) -> tuple[str, ...]:
    return (
        kernel.kernel_id[:_ID_CHARS],
        kernel.notebook_path or kernel.name or kernel.kernel_name,
        kernel.state.value,
        _percent(kernel.cpu_ratio),
        _size(kernel.rss_bytes),
        _gpu_memory(kernel),
        NOTHING if kernel.process_count is None else str(kernel.process_count),
    )


def _gpu_memory(kernel: KernelSample) -> str:
    most = kernel.gpu_memory_at_most_bytes
    is_bound = kernel.gpu_memory_bytes is None and most is not None
    return f"up to {_size(most)}" if is_bound else _size(kernel.gpu_memory_bytes)


def _gpu_row(gpu: GpuSample) -> tuple[str, ...]:
    power = NOTHING if gpu.power_w is None else f"{gpu.power_w:.0f} W"
    if gpu.power_w is not None and gpu.power_limit_w is not None:
        power = f"{gpu.power_w:.0f} of {gpu.power_limit_w:.0f} W"
    return (
        str(gpu.index),
        gpu.name,
        _percent(gpu.util_ratio),
        _of(gpu.memory_used_bytes, gpu.memory_total_bytes),
        NOTHING if gpu.temperature_c is None else f"{gpu.temperature_c:.0f} °C",
        power,
    )


def _by_memory(kernels: Sequence[KernelSample]) -> list[KernelSample]:
    return sorted(kernels, key=lambda kernel: -(kernel.rss_bytes or 0))


def _of(used: int | None, total: int | None) -> str:
    """Return what is in use of how much.

    >>> _of(2_000_000_000, 8_000_000_000), _of(None, 8_000_000_000)
    ('2.0 GB of 8.0 GB (25 %)', '- of 8.0 GB')
    """
    if used is None or not total:
        return _size(used) if total is None else f"{_size(used)} of {_size(total)}"
    return f"{_size(used)} of {_size(total)} ({100 * used / total:.0f} %)"


def _size(size: int | None) -> str:
    return NOTHING if size is None else size_text(size)


def _percent(ratio: float | None) -> str:
    return NOTHING if ratio is None else f"{100 * ratio:.0f} %"
