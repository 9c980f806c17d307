"""Series of metrics: how their points are packed, and how they are thinned for a chart."""

from __future__ import annotations

from dataclasses import dataclass

POINT_BYTES = 24
"""A packed point: step, moment (seconds since 1970) and value, each a little-endian float64."""

Point = tuple[float, str, float | None]
"""Step, moment in ISO 8601, and value; ``None`` for NaN and the infinities."""


@dataclass(frozen=True, slots=True)
class MetricSeries:
    """One metric of a run over its steps."""

    key: str
    points: list[Point]
    """In the order they were logged, thinned so that peaks stay."""
    point_count: int
    """How many were logged."""


@dataclass(frozen=True, slots=True)
class RunMetrics:
    """The series of a run."""

    items: list[MetricSeries]
