"""Says when something that grows will be full, where that can be said at all."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

LEAST_POINTS = 15
"""Fewer points lie on a line by chance."""

LEAST_FIT = 0.9
"""R² from which points are said to lie on a line."""


@dataclass(slots=True)
class Trend:
    """The last stretch of one series.

    Parameters
    ----------
    span_s
        How far back it goes.
    least_span_s
        From how long a stretch on it says anything.
    step_s
        Points closer together than this are passed over, so that their number is bounded.
    """

    span_s: float
    least_span_s: float
    step_s: float = 0.0
    points: deque[tuple[float, float]] = field(default_factory=deque)
    """Seconds and value, oldest first."""

    def add(self, at_s: float, value: float) -> None:
        """Add a reading; a clock that was set back begins anew."""
        if self.points and at_s <= self.points[-1][0]:
            self.points.clear()
        if self.points and at_s - self.points[-1][0] < self.step_s:
            return
        self.points.append((at_s, value))
        while self.points[0][0] < at_s - self.span_s:
            self.points.popleft()

    def clear(self) -> None:
        """Begin anew: what comes has nothing to do with what was."""
        self.points.clear()

    def full_in_s(self, limit: float) -> float | None:
        """Return the seconds until ``limit`` is reached at this pace; ``None`` if it is not known.

        It is known only of what grows, and along a line.
        """
        if len(self.points) < LEAST_POINTS:
            return None
        if self.points[-1][0] - self.points[0][0] < self.least_span_s:
            return None
        slope, fit = line_through(self.points)
        if slope <= 0 or fit < LEAST_FIT:
            return None
        return max(0.0, (limit - self.points[-1][1]) / slope)


def line_through(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the slope of the straight line nearest to the points, and its R²; 0 if there is none.

    >>> line_through([(0, 1), (1, 3), (2, 5)])
    (2.0, 1.0)
    """
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread_x = sum((x - mean_x) ** 2 for x, _ in points)
    spread_y = sum((y - mean_y) ** 2 for _, y in points)
    if not spread_x or not spread_y:
        return 0.0, 0.0
    both = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return both / spread_x, both * both / (spread_x * spread_y)
