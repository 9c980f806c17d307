"""The series that a look adds a point to, by name."""

from __future__ import annotations

from collections.abc import Sequence

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


def series_of(
    host: HostSample | None, kernels: Sequence[KernelSample], gpus: Sequence[GpuSample]
) -> dict[str, float | None]:
    """Return the values of one look by the names of their series."""
    values: dict[str, float | None] = {}
    if host is not None:
        values.update((f"host.{name}", getattr(host, name)) for name in READINGS["host"])
    for kernel in kernels:
        prefix = f"kernel.{kernel.kernel_id}"
        values.update((f"{prefix}.{name}", getattr(kernel, name)) for name in READINGS["kernel"])
    for gpu in gpus:
        values.update((f"gpu.{gpu.uuid}.{name}", getattr(gpu, name)) for name in READINGS["gpu"])
    return values
