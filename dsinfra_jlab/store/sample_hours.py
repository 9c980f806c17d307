"""Hours of machines, kernels and GPUs: written minute by minute, read in steps of minutes.

An hour is little-endian floats of 32 bits, one reading behind the other and 60 of each, by zlib.
What was not seen is minus infinity: the most of it and of something else is the other.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import inf

from sqlalchemy import Connection, delete, select, tuple_

from ..domain.changes import SaveMinute
from ..domain.ids import KernelId
from ..domain.resources.limits import (
    SAMPLE_HISTORY_KERNELS_MAX,
    SAMPLE_HISTORY_ROWS_MAX,
    SAMPLES_WINDOW_MAX_S,
)
from ..domain.resources.sample_history import MINUTE_S, SubjectMinute, kernel_of
from ..domain.resources.sample_series import READINGS
from ..domain.resources.samples import SampleWindow
from ..domain.storable import storable_text
from .sample_models import sample_hour
from .upserts import stored_key, upsert

__all__ = ["erase_hours_of_samples", "history_of", "save_minutes"]

_HOUR_S = 3_600
_MINUTES = _HOUR_S // MINUTE_S
_LEVEL = 1
"""Of zlib: most of an hour of a kernel at rest is the same number."""

_Key = tuple[str, int, str]
"""Machine, hour and subject."""


def save_minutes(connection: Connection, changes: Sequence[SaveMinute]) -> None:
    """Add minutes to their hours."""
    points: dict[_Key, list[tuple[int, SubjectMinute]]] = {}
    for change in changes:
        minute_s = change.minute.start_s
        hour_s = minute_s // _HOUR_S * _HOUR_S
        for each in change.minute.subjects:
            key = (stored_key(change.machine), hour_s, stored_key(each.subject))
            points.setdefault(key, []).append(((minute_s - hour_s) // MINUTE_S, each))
    if not points:
        return
    hours = _stored(connection, sorted(points))
    rows = []
    for key in sorted(points):
        body = hours.get(key, array("f"))
        for place, each in points[key]:
            body = _with_values(body, place, each.values)
        label = storable_text(points[key][-1][1].label)
        machine, hour_s, subject = key
        rows.append(
            {
                "machine": machine,
                "hour_s": hour_s,
                "subject": subject,
                "label": label,
                "body": _pack(body),
            }
        )
    upsert(connection, sample_hour, rows)


def _stored(connection: Connection, keys: Sequence[_Key]) -> dict[_Key, array[float]]:
    """Return what is stored of these hours, locked until the end of the transaction."""
    columns = sample_hour.c
    found: dict[_Key, array[float]] = {}
    for start in range(0, len(keys), 200):
        statement = (
            select(columns.machine, columns.hour_s, columns.subject, columns.body)
            .where(
                tuple_(columns.machine, columns.hour_s, columns.subject).in_(
                    keys[start : start + 200]
                )
            )
            .order_by(columns.machine, columns.hour_s, columns.subject)
            .with_for_update()
        )
        for machine, hour_s, subject, body in connection.execute(statement):
            found[machine, hour_s, subject] = _unpack(body)
    return found


def _with_values(body: array[float], place: int, values: Sequence[float | None]) -> array[float]:
    """Return an hour with values added, the most of those that are there already."""
    missing = len(values) * _MINUTES - len(body)
    if missing > 0:  # new, or of a version that knew fewer readings
        body = body + array("f", [-inf]) * missing
    for number, value in enumerate(values):
        index = number * _MINUTES + place
        if value is not None and value > body[index]:
            body[index] = value
    return body


def _pack(body: array[float]) -> bytes:
    if sys.byteorder == "big":
        body = array("f", body)
        body.byteswap()
    return zlib.compress(body.tobytes(), _LEVEL)


def _unpack(packed: bytes) -> array[float]:
    body = array("f")
    body.frombytes(zlib.decompress(packed))
    if sys.byteorder == "big":
        body.byteswap()
    return body


def history_of(connection: Connection, machine: str, since: datetime, step_s: int) -> SampleWindow:
    """Return what is stored of a machine since a moment, the most of each step.

    Of kernels only the newest: there may have been very many.
    """
    columns = sample_hour.c
    since_s = since.timestamp()
    statement = (
        select(columns.hour_s, columns.subject, columns.label, columns.body)
        .where(
            columns.machine == stored_key(machine),
            columns.hour_s >= int(since_s) // _HOUR_S * _HOUR_S,
        )
        # The key backwards, so that nothing is sorted.
        .order_by(columns.hour_s.desc(), columns.subject.desc())
        .limit(SAMPLE_HISTORY_ROWS_MAX)
    )
    points: dict[str, dict[int, float]] = {}
    names: dict[KernelId, str] = {}
    for hour_s, subject, label, packed in connection.execute(statement):
        kernel_id = kernel_of(subject)
        if kernel_id is not None and kernel_id not in names:
            if len(names) >= SAMPLE_HISTORY_KERNELS_MAX:
                continue
            names[kernel_id] = label
        _add_hour(points, subject, hour_s, _unpack(packed), step_s)
    at = sorted({at_s for each in points.values() for at_s in each if at_s >= since_s - step_s})
    return SampleWindow(
        seq=0,
        step_s=float(step_s),
        at_s=[float(at_s) for at_s in at],
        series={name: [each.get(at_s) for at_s in at] for name, each in points.items()},
        kernel_names={kernel_id: name for kernel_id, name in names.items() if name},
    )


def _add_hour(
    points: dict[str, dict[int, float]],
    subject: str,
    hour_s: int,
    body: array[float],
    step_s: int,
) -> None:
    width = step_s // MINUTE_S
    for number, name in enumerate(READINGS.get(subject.partition(".")[0], ())):
        values = body[number * _MINUTES : (number + 1) * _MINUTES]
        for place in range(0, len(values), width):
            most = max(values[place : place + width])
            if most > -inf:
                each = points.setdefault(f"{subject}.{name}", {})
                each[hour_s + place * MINUTE_S] = most


def erase_hours_of_samples(connection: Connection, now: datetime, count: int) -> int:
    """Erase some hours past their time; return how many."""
    columns = sample_hour.c
    cutoff = now - timedelta(seconds=SAMPLES_WINDOW_MAX_S + _HOUR_S)
    old = (
        select(columns.machine, columns.hour_s, columns.subject)
        .where(columns.hour_s < int(cutoff.timestamp()))
        .limit(count)
    )
    keys = [tuple(row) for row in connection.execute(old)]
    if keys:
        key = tuple_(columns.machine, columns.hour_s, columns.subject)
        connection.execute(delete(sample_hour).where(key.in_(keys)))
    return len(keys)
