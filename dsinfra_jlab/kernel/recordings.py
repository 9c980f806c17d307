"""What is logged to: a cell or a block of one, with its series of points."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

from . import limits


class Series:
    """The points of one metric of one run that wait to be sent.

    Appending to a list cannot be interrupted by another thread, and neither can taking its first
    n items off. So callers and the flusher need no lock.
    """

    __slots__ = ("add", "is_waiting", "key", "points", "recording", "sent", "steps")

    def __init__(self, recording: Recording, key: str) -> None:
        self.recording = recording
        self.key = key
        self.points: list[bytes] = []
        self.add = self.points.append
        self.steps: Iterator[Any] = itertools.count()
        """The steps of points that are logged without one: the last one's plus one."""
        self.is_waiting = False
        """Whether the reporter knows that there are points."""
        self.sent = 0

    def take(self) -> list[bytes]:
        """Return the points that wait, packed; those beyond the cap only as the last of them."""
        count = len(self.points)
        taken = self.points[:count]
        del self.points[:count]
        room = limits.SERIES_MAX_POINTS - self.sent
        self.sent += count
        if count <= room:
            return taken
        room = max(room, 0)
        self.recording.drop("points", count - room - 1)
        return taken[:room] + taken[-1:]


class Recording:
    """A run that can be logged to."""

    __slots__ = ("block", "cell", "header", "series")

    def __init__(self, header: dict[str, Any], block: int | None, cell: Cell | None) -> None:
        self.header = header
        """Of the request that this belongs to; messages name it as their parent."""
        self.block = block
        self.series: dict[str, Series] = {}
        self.cell: Cell = cell or self  # type: ignore[assignment]

    def series_of(self, key: str) -> Series | None:
        """Return the series of a key, ``None`` if there are too many."""
        found = self.series.get(key)
        if found is None and len(self.series) < limits.SERIES_MAX:
            found = self.series.setdefault(key, Series(self, key))
        return found

    def drop(self, kind: str, count: int = 1) -> None:
        """Count something that is left out of the cell's run because of a limit."""
        if count > 0:
            self.cell.dropped[kind] += count

    def begin_block(self, number: int) -> Recording:
        """Return a block inside of this."""
        return Recording(self.header, number, self.cell)


class Cell(Recording):
    """One execution of a cell; outside of a kernel, the whole script."""

    __slots__ = ("depth", "dropped", "errors", "is_open", "shown", "started", "values")

    def __init__(self, header: dict[str, Any]) -> None:
        super().__init__(header, None, None)
        self.dropped: Counter[str] = Counter()
        self.depth = 1
        """Cells run by this cell, as ``%run notebook.ipynb`` does, are part of it."""
        self.is_open = True
        self.values: Any = None
        """What was seen before it began, see ``values``; gone with its end."""
        self.started: Any = None
        self.shown = 0
        """Identity of the error that was last shown when it began."""
        self.errors: Any = None
        """What went wrong in it besides the error that ends it, see ``outside_errors``."""

    def take_dropped(self) -> dict[str, int]:
        """Return what was counted since the last time."""
        taken, self.dropped = self.dropped, Counter()
        return dict(taken)
