"""The samples of one run, thinned when they get many so that peaks stay."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import limits
from .samples import RunSamples

Point = tuple[float, "float | None", "float | None", "float | None"]
"""Seconds since the run began, CPU, resident memory, memory of GPUs."""


@dataclass(slots=True)
class RunTrail:
    """Collects the points of a run."""

    points_max: int = limits.RUN_SAMPLES_MAX
    points: list[Point] = field(default_factory=list)
    rss_max: float | None = None
    gpu_memory_max: float | None = None
    _together: int = 1
    """How many looks one point stands for."""
    _in_last: int = 0

    def add(self, point: Point) -> None:
        """Take one look."""
        self.rss_max = _most(self.rss_max, point[2])
        self.gpu_memory_max = _most(self.gpu_memory_max, point[3])
        if self.points and self._in_last < self._together:
            self.points[-1] = _merged(self.points[-1], point)
            self._in_last += 1
            return
        if len(self.points) >= self.points_max:
            self._thin()
        self.points.append(point)
        self._in_last = 1

    def samples(self, memory_limit_bytes: int | None, is_complete: bool) -> RunSamples:
        """Return what was collected."""
        return RunSamples(
            at_s=[round(point[0], 3) for point in self.points],
            cpu_ratio=[_rounded(point[1]) for point in self.points],
            rss_bytes=[point[2] for point in self.points],
            gpu_memory_bytes=[point[3] for point in self.points],
            memory_limit_bytes=memory_limit_bytes,
            is_complete=is_complete,
        )

    def _thin(self) -> None:
        pairs = zip(self.points[::2], self.points[1::2], strict=False)
        odd = self.points[-1:] if len(self.points) % 2 else []
        self.points = [_merged(first, second) for first, second in pairs] + odd
        self._together *= 2


def _merged(first: Point, second: Point) -> Point:
    most = (_most(a, b) for a, b in zip(first[1:], second[1:], strict=True))
    return (first[0], *most)  # type: ignore[return-value]


def _most(first: float | None, second: float | None) -> float | None:
    if first is None or second is None:
        return second if first is None else first
    return max(first, second)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
