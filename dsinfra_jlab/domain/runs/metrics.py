"""Series of metrics: how their points are packed, and how they are thinned for a chart."""

from __future__ import annotations

import math
import sys
from array import array
from dataclasses import dataclass
from typing import Annotated

from .. import limits
from ..bounds import Between, MaxChars

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


def kept_points(values: array[float], max_points: int) -> list[int]:
    """Return which of these values stand for all of them in a chart, in order.

    The first and the last stay, and the lowest and the highest of each stretch, so that no
    peak is lost; of a stretch without any number one place stays, so that a gap is seen.
    There are at most ``max_points`` of them, but never fewer than four where there are more.
    """
    count = len(values)
    if count <= max(max_points, 4):
        return list(range(count))
    stretches = max(1, (max_points - 2) // 2)
    kept = [0]
    for stretch in range(stretches):
        start = 1 + (count - 2) * stretch // stretches
        end = 1 + (count - 2) * (stretch + 1) // stretches
        kept += _extremes(values, start, end)
    kept.append(count - 1)
    return kept


def _extremes(values: array[float], start: int, end: int) -> list[int]:
    """Return the places of the lowest and the highest number, in order and each once."""
    part = values[start:end]
    if not math.isfinite(sum(part)):
        numbers = array("d", filter(math.isfinite, part))
        if not numbers:
            return [start]
        low, high = min(numbers), max(numbers)
    else:
        low, high = min(part), max(part)
    places = {start + part.index(low), start + part.index(high)}
    return sorted(places)


def thin(points: array[float], max_points: int) -> array[float]:
    """Return the points, packed one behind the other, that stand for all of them in a chart.

    >>> thin(array("d", [0, 0, 5.0, 1, 0, 6.0]), 10)
    array('d', [0.0, 0.0, 5.0, 1.0, 0.0, 6.0])
    """
    kept = array("d")
    for place in kept_points(points[2::3], max_points):
        kept.extend(points[3 * place : 3 * place + 3])
    return kept


def unpacked(body: bytes) -> array[float]:
    """Return packed points as numbers: step, moment, value, step, moment, value and so on."""
    numbers = array("d", body)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
