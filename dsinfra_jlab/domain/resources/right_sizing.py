"""Says in how much memory a notebook would fit, by the peaks of its last sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from ..bounds import MaxChars
from ..limits import PATH_MAX_CHARS
from ..runs.records import PeakMemory
from .cell_peaks import size_text

SESSIONS_LEAST = 3
"""Fewer sessions prove nothing: one may have stopped half way through the notebook."""

MARGIN = 1.2
"""What is offered is larger by so much: the next data may be."""

_GB = 10**9
SIZES = tuple(
    int(size * _GB)
    for size in (0.5, 1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
)
"""Memory that machines, containers and GPUs are offered with, in decimal units to be on the
safe side."""


@dataclass(frozen=True, slots=True)
class SessionPeaks:
    """The most that a notebook took in one session of its kernel."""

    rss: PeakMemory | None
    gpu_memory: PeakMemory | None
    has_died: bool
    """Whether the kernel died in it: then it might have needed more."""


@dataclass(frozen=True, slots=True)
class NotebookSizeQuery:
    """Which notebook is meant."""

    notebook_path: Annotated[str, MaxChars(PATH_MAX_CHARS)]


@dataclass(frozen=True, slots=True)
class Fit:
    """In how much of one kind of memory the sessions would fit."""

    session_count: int
    """Sessions that the figures are of."""
    max_bytes: int
    """The largest peak of them."""
    is_bound: bool
    """False if it was only read now and then, so that a short peak may have been higher."""
    fits_bytes: int | None
    """The least size that is usual and has room for it with a fifth to spare. Null if there is
    none, or a kernel died in one of the sessions."""
    text: str
    """The same in one or two sentences."""
    side_by_side: int | None = None
    """How many such sessions this machine has room for at once, each with a fifth to spare; at most
    so many if ``is_bound`` is false. Null where that is not known, or a kernel died in one."""


@dataclass(frozen=True, slots=True)
class NotebookSize:
    """In how much memory a notebook would fit; null where too little is known."""

    notebook_path: str
    memory: Fit | None
    gpu_memory: Fit | None


def notebook_size(
    notebook_path: str,
    sessions: Sequence[SessionPeaks],
    memory_bytes: int | None = None,
    gpu_bytes: Sequence[int] = (),
) -> NotebookSize:
    """Return in how much a notebook would fit, by its last sessions.

    Parameters
    ----------
    memory_bytes, gpu_bytes
        The memory that this server may use, and that of each GPU.
    """
    has_died = any(session.has_died for session in sessions)
    rss = [session.rss for session in sessions if session.rss is not None]
    gpu = [session.gpu_memory for session in sessions if session.gpu_memory is not None]
    rooms = [] if memory_bytes is None else [memory_bytes]
    return NotebookSize(
        notebook_path,
        _fit(rss, has_died, "memory", rooms),
        _fit(gpu, has_died, "GPU memory", gpu_bytes),
    )


def side_by_side(peak_bytes: int, rooms: Sequence[int]) -> int:
    """Return how many runs of such a peak fit at once, each in one room and with a fifth to spare.

    >>> side_by_side(10, [36, 23]), side_by_side(10, [11])
    (4, 0)
    """
    return sum(int(room // (peak_bytes * MARGIN)) for room in rooms)


def _fit(
    peaks: Sequence[PeakMemory], has_died: bool, word: str, rooms: Sequence[int]
) -> Fit | None:
    largest = max(peaks, key=lambda peak: peak.bytes, default=None)
    if largest is None or largest.bytes <= 0 or len(peaks) < SESSIONS_LEAST:
        return None
    is_bound = all(peak.kind != "at_least" for peak in peaks)
    fits = next((size for size in SIZES if size >= largest.bytes * MARGIN), None)
    if has_died:
        fits = None
    took = f"{'' if is_bound else 'at least '}{size_text(largest.bytes)}"
    text = f"The largest of this notebook's last {len(peaks)} sessions took {took} of {word}"
    if fits is not None:
        text += f": it would fit in {_short(fits)}."
    elif has_died:
        text += ", and a kernel died in one of them: it may need more."
    else:
        text += "."
    count = side_by_side(largest.bytes, rooms) if rooms and not has_died else None
    if count is not None:
        text += f" {_room_text(count, is_bound)}"
    return Fit(len(peaks), largest.bytes, is_bound, fits, text, count)


def _room_text(count: int, is_bound: bool) -> str:
    """Return for how many this machine has room.

    >>> _room_text(3, True), _room_text(1, False)
    ('This machine has room for 3 at once.', 'This machine has room for at most 1 at once.')
    """
    if not count:
        return "This machine has no room for that."
    return f"This machine has room for {'' if is_bound else 'at most '}{count} at once."


def _short(size: int) -> str:
    """Return a size of the table.

    >>> _short(4_000_000_000), _short(500_000_000)
    ('4 GB', '500 MB')
    """
    return f"{size // _GB} GB" if size >= _GB else f"{size // 10**6} MB"


def merged_peak(left: PeakMemory | None, right: PeakMemory | None) -> PeakMemory | None:
    """Return the larger of two peaks of one session; of equal ones the surer.

    >>> merged_peak(PeakMemory(5, "at_least"), PeakMemory(5, "exact")).kind
    'exact'
    """
    if left is None or right is None:
        return left or right
    if left.bytes == right.bytes:
        return right if left.kind == "at_least" else left
    return max(left, right, key=lambda peak: peak.bytes)
