"""The most memory a run held, and how sure that is.

The system keeps the highest mark of each process since it began. A run that raised the mark of
its kernel has held exactly that much. One that did not may have held anything up to the mark, of
which looking each second gives the least. Marks are set back only where an operator wants it,
though that makes every peak exact: it changes what the user's own code reads of its memory.
"""

from __future__ import annotations

from dataclasses import dataclass

from .records import PeakMemory

NEAR_RATIO = 0.9
"""A mark so little above what was seen says more than what was seen."""


@dataclass(frozen=True, slots=True)
class PeakReadings:
    """What was read of the memory of a run; null is what nobody read."""

    mark_idle: int | None
    """Highest mark of the main process while surely nothing of the run had begun."""
    mark_begun: int | None
    """The same when the run was heard to begin, which may be a moment after it did."""
    mark_during: int | None
    """The same as last read while it surely ran."""
    mark_ended: int | None
    """The same when the run was heard to end, which may be a moment after it did."""
    seen_max: int | None
    """The most that looking at the whole tree gave."""
    is_one_process: bool
    """Whether no other process of any size was seen in the tree, nor any that had ended."""
    is_next_waiting: bool = False
    """Whether another run was waiting, which may have begun before the last mark was read."""


def peak_of(read: PeakReadings) -> PeakMemory | None:
    """Return the most that a run held; ``None`` if nothing was read.

    >>> peak_of(PeakReadings(100, 100, None, 400, 110, True))
    PeakMemory(bytes=400, kind='exact')
    >>> peak_of(PeakReadings(400, 400, None, 400, 110, True))
    PeakMemory(bytes=110, kind='at_least')
    """
    mark, seen = read.mark_ended, read.seen_max
    if _has_risen(mark, read.mark_begun):
        # Somebody has set it back meanwhile: what it was before that is not known.
        return PeakMemory(max(mark or 0, seen or 0), "at_least")
    during = read.mark_during if _has_risen(read.mark_begun, read.mark_during) else None
    if mark is None or not read.is_one_process:
        # Marks of several processes cannot be added up: they were not reached at once.
        own = mark if _has_risen(read.mark_begun, mark) and not read.is_next_waiting else during
        known = [size for size in (own, seen) if size is not None]
        return PeakMemory(max(known), "at_least") if known else None
    least = max(mark, seen or 0)
    if _has_risen(read.mark_begun, mark):
        is_sure = not read.is_next_waiting or during == mark
        return PeakMemory(least, "exact" if is_sure else "at_most")
    may_be_its_own = _has_risen(read.mark_idle, mark)
    if may_be_its_own or seen is None or seen >= mark * NEAR_RATIO:
        return PeakMemory(least, "at_most")
    return PeakMemory(seen, "at_least")


def _has_risen(before: int | None, after: int | None) -> bool:
    return before is not None and after is not None and after > before
