"""Reading series of metrics, thinned for a chart."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import Connection, Row, select

from ..domain.ids import RunId
from ..domain.limits import MOMENT_MAX_S, SERIES_MAX_POINTS
from ..domain.runs.metrics import MetricSeries, Point, RunMetrics, kept_points, unpacked
from .models import metric_chunk, run, run_metric
from .points import unpack
from .runs import not_found
from .upserts import stored_key

__all__ = ["metrics_of"]

_KEYS = 500
"""Metrics whose points are fetched by one statement."""


def metrics_of(
    connection: Connection, run_id: RunId, key: str | None, max_points: int
) -> RunMetrics:
    """Return the series of a run; raises ``NotFound``."""
    columns = run.c
    statement = select(columns.seq, columns.ended_at, columns.started_at, columns.queued_at)
    found = connection.execute(statement.where(columns.id == run_id, columns.deleted_at.is_(None)))
    row = found.first()
    if row is None:
        raise not_found(run_id)
    last = select(run_metric).where(run_metric.c.run_seq == row.seq)
    if key is not None:
        last = last.where(run_metric.c.key == stored_key(key))
    rows = connection.execute(last.order_by(run_metric.c.key)).all()
    ended_at = row.ended_at or row.started_at or row.queued_at
    items = []
    for group in _groups(rows):
        points = _points_of(connection, row.seq, [each.key for each in group if each.point_count])
        items += [_series(each, points.get(each.key), ended_at, max_points) for each in group]
    return RunMetrics(items)


def _groups(rows: Sequence[Row[Any]]) -> Iterator[list[Row[Any]]]:
    """Return metrics in groups that have so many points as one may have alone."""
    group: list[Row[Any]] = []
    room = SERIES_MAX_POINTS
    for row in rows:
        room -= row.point_count or 0
        if group and room < 0:
            yield group
            group, room = [], SERIES_MAX_POINTS - (row.point_count or 0)
        group.append(row)
    if group:
        yield group


def _points_of(connection: Connection, seq: int, keys: Sequence[str]) -> dict[str, array[float]]:
    """Return the points of these metrics, one behind the other."""
    columns = metric_chunk.c
    found: dict[str, array[float]] = {}
    for start in range(0, len(keys), _KEYS):
        statement = (
            select(columns.key, columns.is_packed, columns.body)
            .where(columns.run_seq == seq, columns.key.in_(keys[start : start + _KEYS]))
            .order_by(columns.key, columns.number)
        )
        for row in connection.execute(statement):
            points = found.setdefault(row.key, array("d"))
            points.extend(unpacked(unpack(row.body, row.is_packed)))
    return found


def _series(
    row: Row[Any], points: array[float] | None, ended_at: datetime, max_points: int
) -> MetricSeries:
    if not points:
        # It was seen at the end of the run, or its points were given up for want of room.
        at = ended_at.isoformat().replace("+00:00", "Z")
        return MetricSeries(row.key, [(0.0, at, row.number)], row.point_count or 1)
    end_s = ended_at.timestamp()
    shown = [
        _point(place, points[3 * place : 3 * place + 3], end_s)
        for place in kept_points(points[2::3], max_points)
    ]
    return MetricSeries(row.key, shown, row.point_count)


def _point(place: int, numbers: array[float], end_s: float) -> Point:
    """Return a point as JSON has it: a kernel may claim any step and moment."""
    step, moment_s, value = numbers
    if not 0 <= moment_s < MOMENT_MAX_S:
        moment_s = end_s
    moment = datetime.fromtimestamp(moment_s, timezone.utc).isoformat()
    return (
        step if math.isfinite(step) else float(place),
        moment.replace("+00:00", "Z"),
        value if math.isfinite(value) else None,
    )
