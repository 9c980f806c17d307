"""Looks at a machine, made by hand."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from dsinfra_jlab.domain.ids import CellId, KernelId, RunId
from dsinfra_jlab.domain.resources.samples import (
    GpuOwner,
    GpuSample,
    HostSample,
    KernelSample,
    KernelState,
    RunningCell,
    SamplerCost,
    Snapshot,
)

START = datetime(2026, 11, 1, 9, tzinfo=timezone.utc)
GB = 1_000_000_000


def host(used: float | None = 4.0, limit: float | None = 16.0, **others: object) -> HostSample:
    """Return a host with so many gigabytes of memory in use."""
    given = {
        "cpu_ratio": 0.1,
        "cpu_count": 4.0,
        "cpu_count_source": "machine",
        "throttled_ratio": None,
        "load_1m": 0.5,
        "memory_used_bytes": None if used is None else int(used * GB),
        "memory_limit_bytes": None if limit is None else int(limit * GB),
        "memory_limit_source": "machine",
        "swap_used_bytes": None,
        "swap_total_bytes": None,
        "disk_used_bytes": 100 * GB,
        "disk_total_bytes": 500 * GB,
        "disk_read_bytes_per_s": None,
        "disk_write_bytes_per_s": None,
        "network_in_bytes_per_s": None,
        "network_out_bytes_per_s": None,
    }
    return HostSample(**{**given, **others})


def kernel(id: str = "k1", run: str | None = None, **others: object) -> KernelSample:
    """Return a kernel; it is busy if it has a run."""
    given = {
        "kernel_id": KernelId(id),
        "kernel_name": "python3",
        "notebook_path": f"{id}.ipynb",
        "name": f"{id}.ipynb",
        "state": KernelState.idle if run is None else KernelState.busy,
        "running": None if run is None else RunningCell(RunId(run), CellId("c1"), 1, START),
        "started_at": START,
        "last_activity_at": START,
        "cpu_ratio": 0.0,
        "rss_bytes": GB,
        "peak_rss_bytes": GB,
        "process_count": 1,
        "gpu_memory_bytes": None,
    }
    return KernelSample(**{**given, **others})


def gpu(
    used: float | None = 1.0,
    total: float | None = 80.0,
    owners: dict[str | None, float] | None = None,
    **others: object,
) -> GpuSample:
    """Return a GPU with so many gigabytes in use, and who holds how many of them."""
    held = [
        GpuOwner(KernelId(id) if id else None, f"{id}.ipynb" if id else None, int(size * GB), 1)
        for id, size in (owners or {}).items()
    ]
    given = {
        "uuid": "g1",
        "index": 0,
        "name": "NVIDIA A100-SXM4-80GB",
        "parent_uuid": None,
        "util_ratio": 0.0,
        "memory_used_bytes": None if used is None else int(used * GB),
        "memory_total_bytes": None if total is None else int(total * GB),
        "temperature_c": 40.0,
        "power_w": None,
        "power_limit_w": None,
        "energy_j": None,
        "owners": held,
        "absent": {},
    }
    return GpuSample(**{**given, **others})


def snapshot(
    second: float = 0.0,
    of: HostSample | None = None,
    kernels: tuple[KernelSample, ...] = (),
    gpus: tuple[GpuSample, ...] = (),
    **others: object,
) -> Snapshot:
    """Return a look so many seconds after the start."""
    given = {
        "seq": int(second) + 1,
        "at": START + timedelta(seconds=second),
        "interval_s": 1.0,
        "host": of,
        "kernels": list(kernels),
        "gpus": list(gpus),
        "absent": {},
        "cost": SamplerCost(None, None, None, None),
    }
    return Snapshot(**{**given, **others})
