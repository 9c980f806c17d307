"""What a kernel's memory is, to the page: read only when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..ids import KernelId


@dataclass(frozen=True, slots=True)
class ProcessMemory:
    """The memory of one process; null is what the system does not tell."""

    resident_bytes: int
    proportional_bytes: int | None
    own_bytes: int
    swapped_bytes: int | None


@dataclass(frozen=True, slots=True)
class KernelMemory:
    """The memory of a kernel with every process below it. Null is what was not seen."""

    kernel_id: KernelId
    at: datetime
    """When it was read."""
    resident_bytes: int | None
    """Pages that several processes share are counted for each: often too much."""
    proportional_bytes: int | None
    """Each shared page counted in parts, one for each process that has it: what the kernel
    contributes to what is in use. Null where the system does not tell: only Linux does."""
    own_bytes: int | None
    """Pages that nobody shares: what is free at the least when it ends. Pages that only processes
    of the kernel share among themselves come on top."""
    swapped_bytes: int | None
    process_count: int
    """Processes that the figures are of."""
    unread_count: int
    """Processes that could not be read, or not in time: the figures are without them."""
    took_s: float
    """How long it took to read: about 9 ms for each GB."""
    absent: str = ""
    """Why there are no figures, in words for the user."""


def kernel_memory(
    kernel_id: KernelId,
    at: datetime,
    found: list[ProcessMemory],
    unread_count: int,
    took_s: float,
    absent: str = "",
) -> KernelMemory:
    """Return the sum over the processes of a kernel, null where nothing was read."""
    proportional = [each.proportional_bytes for each in found]
    swapped = [each.swapped_bytes for each in found]
    return KernelMemory(
        kernel_id=kernel_id,
        at=at,
        resident_bytes=sum(each.resident_bytes for each in found) if found else None,
        proportional_bytes=_sum_of_all(proportional),
        own_bytes=sum(each.own_bytes for each in found) if found else None,
        swapped_bytes=_sum_of_all(swapped),
        process_count=len(found),
        unread_count=unread_count,
        took_s=took_s,
        absent=absent,
    )


def _sum_of_all(parts: list[int | None]) -> int | None:
    """Return a sum if each part of it is known: a sum without one would look like the whole."""
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None
