"""The series that a look adds a point to, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

from . import limits
from .samples import GpuSample, HostSample, KernelSample

READINGS = {
    "host": (
        "cpu_ratio",
        "throttled_ratio",
        "memory_used_bytes",
        "swap_used_bytes",
        "disk_used_bytes",
        "disk_read_bytes_per_s",
        "disk_write_bytes_per_s",
        "network_in_bytes_per_s",
        "network_out_bytes_per_s",
    ),
    "kernel": ("cpu_ratio", "rss_bytes", "gpu_memory_bytes"),
    "gpu": ("util_ratio", "memory_used_bytes", "temperature_c", "power_w"),
}
"""Of each kind of thing. They are stored in this order: new ones go to the end."""

_READ: dict[str, Callable[[Any], tuple[float | None, ...]]] = {
    kind: attrgetter(*names) for kind, names in READINGS.items()
}


def series_of(
    host: HostSample | None, kernels: Sequence[KernelSample], gpus: Sequence[GpuSample]
) -> dict[str, float | None]:
    """Return the values of one look by the names of their series."""
    values: dict[str, float | None] = {}
    if host is not None:
        values.update(zip(_names("host", "host"), _READ["host"](host), strict=True))
    for kernel in kernels:
        names = _names("kernel", f"kernel.{kernel.kernel_id}")
        values.update(zip(names, _READ["kernel"](kernel), strict=True))
    for gpu in gpus:
        values.update(zip(_names("gpu", f"gpu.{gpu.uuid}"), _READ["gpu"](gpu), strict=True))
    return values


@lru_cache(maxsize=limits.SAMPLE_SERIES_MAX)
def _names(kind: str, prefix: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for name in READINGS[kind])
