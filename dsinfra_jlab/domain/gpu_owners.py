"""Whose memory of a GPU is whose: this server's kernels by name, all others as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from .ids import KernelId
from .resources.samples import GpuHolding, GpuOwner, GpuReading, GpuSample

NOT_TOLD = "The driver does not say which processes use this GPU."


def with_owners(
    reading: GpuReading, kernel_of: Mapping[int, KernelId], paths: Mapping[KernelId, str | None]
) -> GpuSample:
    """Return a GPU with its owners, those who hold most first; others stay without a name."""
    if reading.holdings is None:
        absent = {"owners": NOT_TOLD, **reading.sample.absent}
        return replace(reading.sample, owners=[], absent=absent)
    held: dict[KernelId | None, list[GpuHolding]] = {}
    for holding in _each_once(reading):
        held.setdefault(kernel_of.get(holding.pid), []).append(holding)
    owners = [
        GpuOwner(
            kernel_id,
            paths.get(kernel_id) if kernel_id else None,
            _sum(mine),
            len(mine),
            _util(mine),
        )
        for kernel_id, mine in held.items()
    ]
    owners.sort(key=lambda owner: (owner.kernel_id is None, -(owner.memory_bytes or 0)))
    return replace(reading.sample, owners=owners)


def held_by_kernels(
    readings: list[GpuReading],
    kernel_of: Mapping[int, KernelId],
    is_seen: Callable[[int], bool],
) -> dict[KernelId, int | None]:
    """Return the memory of all GPUs that each kernel of ``kernel_of`` holds.

    ``None`` if it cannot be told: the driver does not say whose some of the memory is, or says
    numbers of processes that are not of this machine's count.
    """
    sums: dict[KernelId, int | None] = dict.fromkeys(kernel_of.values(), 0)
    is_certain = True
    for reading in readings:
        if reading.holdings is None:
            is_certain = is_certain and reading.sample.memory_used_bytes == 0
            continue
        for holding in _each_once(reading):
            owner = kernel_of.get(holding.pid)
            if owner is None:
                is_certain = is_certain and is_seen(holding.pid)
                continue
            before = sums[owner]
            is_known = before is not None and holding.memory_bytes is not None
            sums[owner] = (before or 0) + (holding.memory_bytes or 0) if is_known else None
    # What was found of a kernel is its own; that nothing was found says little if some hide.
    return {id_: held if held or is_certain else None for id_, held in sums.items()}


def sole_owner(sample: GpuSample) -> KernelId | None:
    """Return the kernel that alone is on a GPU, ``None`` if there is not exactly one."""
    return sample.owners[0].kernel_id if len(sample.owners) == 1 else None


def _each_once(reading: GpuReading) -> list[GpuHolding]:
    """Return the holdings, a process that computes and draws once, with the larger number."""
    found: dict[int, GpuHolding] = {}
    nobody: list[GpuHolding] = []
    for holding in reading.holdings or ():
        before = found.get(holding.pid)
        if holding.pid <= 0:
            nobody.append(holding)
        elif before is None or (holding.memory_bytes or 0) > (before.memory_bytes or 0):
            found[holding.pid] = holding
    return [*found.values(), *nobody]


def _sum(holdings: list[GpuHolding]) -> int | None:
    known = [holding.memory_bytes for holding in holdings if holding.memory_bytes is not None]
    return sum(known) if len(known) == len(holdings) else None


def _util(holdings: list[GpuHolding]) -> float | None:
    """Return the part of the time in which any of them used the GPU, as far as it can be told.

    The driver shares the time out among processes, so that all of them make up at most the whole.
    """
    known = [holding.util_ratio for holding in holdings if holding.util_ratio is not None]
    return min(1.0, sum(known)) if known and len(known) == len(holdings) else None
