"""Whose memory of a GPU is whose: this server's kernels by name, all others as one.

The driver names processes by numbers. In a container these are often of another count, or there
are none. Then it is known which kernels have the GPU's file open, and no more: one that is alone
holds at most what is in use, several cannot be told apart, one that does not have it open holds
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from ..ids import KernelId
from .gpu_files import OpenGpus
from .samples import GpuHolding, GpuOwner, GpuReading, GpuSample

NOT_TOLD = "The driver does not say which processes use this GPU."
AMOUNT_NOT_TOLD = "The driver does not say how much memory this kernel holds."
ALONE = (
    "The driver does not say whose memory this is. Of this server's kernels only this one has the "
    "GPU open, so it holds at most what is in use; whoever else uses the GPU cannot be seen here."
)
SHARED = (
    "The driver does not say whose memory this is. These kernels have the GPU open; "
    "how much of it each holds cannot be told apart."
)
NOT_OURS = "The driver does not say whose memory this is. No kernel of this server has it open."


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What is known of processes besides what the driver says."""

    kernel_of: Mapping[int, KernelId]
    """The kernel that a process is of."""
    is_seen: Callable[[int], bool]
    """Whether a process is there, whosever it is."""
    is_first_count: bool = True
    """Whether the driver knows processes by the same numbers: not so in most containers."""
    files: OpenGpus | None = None
    """Which kernels have which GPUs open; ``None`` if nobody looked."""


@dataclass(frozen=True, slots=True)
class Held:
    """The memory of all GPUs that a kernel holds."""

    bytes: int | None
    """``None`` if it cannot be told."""
    at_most: int | None = None
    """In that case the most that it can be, if that is known."""
    absent: str = ""
    """And why it cannot be told, in words for the user."""


def needs_files(reading: GpuReading, known: Whereabouts) -> bool:
    """Return whether the driver leaves open who holds some of a GPU's memory."""
    if reading.sample.memory_used_bytes == 0:
        return False
    if not reading.holdings:
        # An instance that is listed elsewhere has no list of its own, and says so.
        is_elsewhere = reading.holdings == () and "owners" in reading.sample.absent
        is_empty = reading.holdings == () and known.is_first_count
        return not is_elsewhere and not is_empty
    return bool(_hidden(reading, known))


def with_owners(
    reading: GpuReading,
    known: Whereabouts,
    paths: Mapping[KernelId, str | None],
) -> GpuSample:
    """Return a GPU with its owners, those who hold most first; others stay without a name."""
    by_file, why = _by_file(reading, known)
    hidden = _hidden(reading, known) if by_file else []
    held: dict[KernelId | None, list[GpuHolding]] = {}
    for holding in _each_once(reading):
        if holding not in hidden:
            held.setdefault(known.kernel_of.get(holding.pid), []).append(holding)
    owners = [
        GpuOwner(kernel_id, paths.get(kernel_id) if kernel_id else None, *_amounts(mine))
        for kernel_id, mine in held.items()
    ]
    owners += [
        GpuOwner(id_, paths.get(id_), None, count, is_by_file=True, memory_at_most_bytes=at_most)
        for id_, (count, at_most) in by_file.items()
    ]
    owners.sort(key=lambda owner: (owner.kernel_id is None, -(owner.memory_bytes or 0)))
    absent = reading.sample.absent
    if why:
        reason = absent.get("owners", "") if why == NOT_TOLD else ""
        absent = {**absent, "owners": f"{why} {reason}".strip()}
    return replace(reading.sample, owners=owners, absent=absent)


def held_by_kernels(
    readings: Iterable[GpuReading], known: Whereabouts, kernels: Iterable[KernelId]
) -> dict[KernelId, Held]:
    """Return the memory of all GPUs that each kernel holds."""
    ledgers = {kernel_id: _Ledger() for kernel_id in kernels}
    for reading in readings:
        for holding in _each_once(reading):
            owner = known.kernel_of.get(holding.pid)
            if owner in ledgers:
                ledgers[owner].add(holding.memory_bytes)
        if not needs_files(reading, known):
            continue
        is_told = _openers(reading, known) is not None
        by_file, why = _by_file(reading, known)
        for kernel_id, ledger in ledgers.items():
            if kernel_id in by_file:
                ledger.doubt(by_file[kernel_id][1], why)
            elif not is_told:
                absent = reading.sample.absent
                ledger.doubt(None, absent.get("device") or absent.get("owners") or NOT_TOLD)
    return {kernel_id: ledger.held() for kernel_id, ledger in ledgers.items()}


def sole_owner(sample: GpuSample) -> KernelId | None:
    """Return the kernel that alone is on a GPU, ``None`` if that is not so or not known."""
    if len(sample.owners) != 1 or sample.owners[0].is_by_file:
        return None
    return sample.owners[0].kernel_id


class _Ledger:
    """Adds up what one kernel holds of several GPUs."""

    def __init__(self) -> None:
        self._sum: int | None = 0
        self._most: int | None = 0
        self._why = ""

    def add(self, size: int | None) -> None:
        """Take what the driver says of one of its processes."""
        self._sum = None if self._sum is None or size is None else self._sum + size

    def doubt(self, at_most: int | None, why: str) -> None:
        """Take that it may hold memory of a GPU that the driver does not tell of."""
        self._most = None if self._most is None or at_most is None else self._most + at_most
        self._why = self._why or why

    def held(self) -> Held:
        """Return the sum."""
        if self._sum is None:
            return Held(None, None, AMOUNT_NOT_TOLD)
        # What was found of a kernel is its own; that nothing was found says little if some hide.
        return Held(self._sum) if self._sum or not self._why else Held(None, self._most, self._why)


def _by_file(
    reading: GpuReading, known: Whereabouts
) -> tuple[dict[KernelId, tuple[int, int | None]], str]:
    """Return the kernels that have a GPU open of which the driver does not name the processes.

    Of each how many processes, and the most that it can hold if that is known; and why no more is
    known, in words for the user.
    """
    if not needs_files(reading, known):
        return {}, NOT_TOLD if reading.holdings is None else ""
    openers = _openers(reading, known)
    if openers is None:
        return {}, NOT_TOLD if not reading.holdings else ""
    named = {known.kernel_of.get(holding.pid) for holding in reading.holdings or ()} - {None}
    found = {id_: count for id_, count in openers.items() if id_ not in named}
    if not found:
        return {}, NOT_OURS if not reading.holdings else ""
    # Where the driver names some of our processes, those it does not name are hardly ours.
    is_alone = len(found) == 1 and not named
    at_most = _at_most(reading, known) if is_alone else None
    return {id_: (count, at_most) for id_, count in found.items()}, ALONE if is_alone else SHARED


def _openers(reading: GpuReading, known: Whereabouts) -> dict[KernelId, int] | None:
    return known.files.openers(reading.minor) if known.files is not None else None


def _at_most(reading: GpuReading, known: Whereabouts) -> int | None:
    """Return what all the processes hold together that the driver does not name."""
    hidden = _hidden(reading, known)
    total = _sum(hidden) if hidden else None
    return reading.sample.memory_used_bytes if total is None else total


def _hidden(reading: GpuReading, known: Whereabouts) -> list[GpuHolding]:
    """Return the holdings of processes that are not to be found here by their numbers."""
    return [
        holding
        for holding in _each_once(reading)
        if holding.pid not in known.kernel_of and not known.is_seen(holding.pid)
    ]


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


def _amounts(holdings: list[GpuHolding]) -> tuple[int | None, int, float | None]:
    return _sum(holdings), len(holdings), _util(holdings)


def _sum(holdings: list[GpuHolding]) -> int | None:
    known = [holding.memory_bytes for holding in holdings if holding.memory_bytes is not None]
    return sum(known) if len(known) == len(holdings) else None


def _util(holdings: list[GpuHolding]) -> float | None:
    """Return the part of the time in which any of them used the GPU, as far as it can be told.

    The driver shares the time out among processes, so that all of them make up at most the whole.
    """
    known = [holding.util_ratio for holding in holdings if holding.util_ratio is not None]
    return min(1.0, sum(known)) if known and len(known) == len(holdings) else None
