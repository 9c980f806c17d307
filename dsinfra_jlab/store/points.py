"""Points of metrics: packed into chunks of which a series has few, however they came.

A run that logs for an hour and sends twenty times a second would leave 72,000 chunks. So a
chunk that is added takes in those before it that are not much larger: each point is
rewritten some dozen times in its life, and a series has as many chunks as its length has
binary digits, plus one for each 65,536 points.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, tuple_

from ..domain.changes import SavePoints
from ..domain.limits import METRIC_CHUNK_POINTS
from ..domain.runs.metrics import POINT_BYTES
from .models import metric_chunk, run_metric
from .records import Written
from .upserts import seqs_of, stored_key, upsert
from .values import metric_columns

__all__ = ["Chunk", "pack", "save_points", "unpack"]

_PACKED_LEAST = 64
"""Points below which packing gains nothing."""

_LEVEL = 1
"""Of zlib."""

_PAIRS = 200
"""Series looked up by one statement."""

_POINT = struct.Struct("<ddd")

_Series = tuple[int, str]
"""``run.seq`` and key."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a series."""

    number: int
    """Points of the series before it."""
    body: bytes

    @property
    def count(self) -> int:
        """How many points it has."""
        return len(self.body) // POINT_BYTES

    @property
    def end(self) -> int:
        """Points of the series before it and in it."""
        return self.number + self.count

    def part(self, start: int, end: int) -> Chunk:
        """Return its points from one number of the series up to another."""
        first, last = (start - self.number) * POINT_BYTES, (end - self.number) * POINT_BYTES
        return Chunk(start, self.body[first:last])


def pack(body: bytes) -> tuple[bytes, bool]:
    """Return points as they are stored, and whether that is packed.

    The first bytes of all numbers come first, then their second bytes, and so on: steps
    and moments differ little from point to point, so most of that is repetition.
    """
    if len(body) < _PACKED_LEAST * POINT_BYTES:
        return body, False
    planes = b"".join(body[plane::POINT_BYTES] for plane in range(POINT_BYTES))
    packed = zlib.compress(planes, _LEVEL)
    return (packed, True) if len(packed) < 0.9 * len(body) else (body, False)


def unpack(body: bytes, is_packed: bool) -> bytes:
    """Undo ``pack``."""
    if not is_packed:
        return body
    planes = zlib.decompress(body)
    count = len(planes) // POINT_BYTES
    points = bytearray(len(planes))
    for plane in range(POINT_BYTES):
        points[plane::POINT_BYTES] = planes[plane * count : (plane + 1) * count]
    return bytes(points)


def save_points(connection: Connection, changes: Sequence[SavePoints], written: Written) -> None:
    """Add points to their series, and make the newest one of each its last value."""
    seqs = seqs_of(connection, [change.run_id for change in changes], is_locking=True)
    added: dict[_Series, list[Chunk]] = {}
    for change in changes:
        seq = seqs.get(change.run_id)
        if seq is None:
            written.drop("points_of_unknown_run", len(change.body) // POINT_BYTES)
            continue
        whole = change.body[: len(change.body) - len(change.body) % POINT_BYTES]
        if whole and change.number >= 0:
            series = (seq, stored_key(change.key))
            added.setdefault(series, []).append(Chunk(change.number, whole))
            written.run_ids.add(change.run_id)
    ends = _ends(connection, list(added))
    spans = _spans(connection, list(ends))
    last: list[dict[str, Any]] = []
    for series, chunks in added.items():
        stored = spans.get(series, [])
        new = list(_not_stored(chunks, stored))
        for chunk in new:
            stored = _append(connection, series, chunk, stored)
        newest = max(new, key=lambda chunk: chunk.end, default=None)
        if newest is not None and newest.end > ends.get(series, 0):
            last.append(_last_value(series, newest))
    upsert(connection, run_metric, last)


def _last_value(series: _Series, newest: Chunk) -> dict[str, Any]:
    value = _POINT.unpack(newest.body[-POINT_BYTES:])[2]
    return {
        "run_seq": series[0],
        "key": series[1],
        "point_count": newest.end,
        **metric_columns(value),
    }


def _ends(connection: Connection, series: Sequence[_Series]) -> dict[_Series, int]:
    """Return how many points these series have, those that have some."""
    columns = run_metric.c
    found: dict[_Series, int] = {}
    for part in _parts(series):
        statement = select(columns.run_seq, columns.key, columns.point_count).where(
            tuple_(columns.run_seq, columns.key).in_(part), columns.point_count.is_not(None)
        )
        found.update({(row[0], row[1]): row[2] for row in connection.execute(statement)})
    return found


_Span = tuple[int, int]
"""Where a stored chunk begins and ends, in points of its series."""


def _spans(connection: Connection, series: Sequence[_Series]) -> dict[_Series, list[_Span]]:
    """Return the chunks of these series, in order."""
    columns = metric_chunk.c
    found: dict[_Series, list[_Span]] = {}
    for part in _parts(series):
        statement = select(columns.run_seq, columns.key, columns.number, columns["count"]).where(
            tuple_(columns.run_seq, columns.key).in_(part)
        )
        for seq, key, number, count in connection.execute(statement):
            found.setdefault((seq, key), []).append((number, number + count))
    for spans in found.values():
        spans.sort()
    return found


def _parts(series: Sequence[_Series]) -> Iterable[Sequence[_Series]]:
    return (series[start : start + _PAIRS] for start in range(0, len(series), _PAIRS))


def _not_stored(chunks: Iterable[Chunk], stored: Sequence[_Span]) -> Iterable[Chunk]:
    """Return what of these chunks is not stored yet, in order and without overlaps."""
    taken = list(stored)
    for chunk in chunks:
        start = chunk.number
        for begin, end in [*taken, (chunk.end, chunk.end)]:
            if end <= start:
                continue
            if begin > start:
                yield chunk.part(start, min(begin, chunk.end))
            start = max(start, end)
            if start >= chunk.end:
                break
        taken.append((chunk.number, chunk.end))
        taken.sort()


def _append(
    connection: Connection, series: _Series, chunk: Chunk, stored: list[_Span]
) -> list[_Span]:
    """Store a chunk, together with those before it that are not much larger."""
    begin, end = chunk.number, chunk.end
    before = [span for span in stored if span[1] <= begin]
    after = stored[len(before) :]
    taken: list[_Span] = []
    while before and not after and _is_taken_in(before[-1], begin, end):
        taken.insert(0, before.pop())
        begin = taken[0][0]
    columns = metric_chunk.c
    if taken:
        own = (columns.run_seq == series[0], columns.key == series[1], columns.number >= begin)
        statement = select(columns.is_packed, columns.body).where(*own).order_by(columns.number)
        bodies = [unpack(row.body, row.is_packed) for row in connection.execute(statement)]
        connection.execute(delete(metric_chunk).where(*own))
        chunk = Chunk(begin, b"".join([*bodies, chunk.body]))
    body, is_packed = pack(chunk.body)
    row = {
        "run_seq": series[0],
        "key": series[1],
        "number": begin,
        "count": chunk.count,
        "is_packed": is_packed,
        "body": body,
    }
    connection.execute(insert(metric_chunk), row)
    return [*before, (begin, end), *after]


def _is_taken_in(span: _Span, begin: int, end: int) -> bool:
    """Whether the chunk before is joined with what follows it without a hole."""
    count = span[1] - span[0]
    is_small = count < 2 * (end - begin) and count + end - begin <= METRIC_CHUNK_POINTS
    return span[1] == begin and is_small
