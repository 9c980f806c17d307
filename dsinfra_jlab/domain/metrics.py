"""Series of metrics: how their points are packed, and how they are thinned for a chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from . import limits
from .bounds import Between, MaxChars

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


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """Which series of a run are asked for."""

    key: Annotated[str | None, MaxChars(limits.STORED_KEY_MAX_CHARS)] = None
    """The metric; all of them if it is not given."""
    max_points: Annotated[int, Between(1, limits.CHART_MAX_POINTS)] = limits.CHART_POINTS
    """About how many points of each series are sent; peaks stay."""
