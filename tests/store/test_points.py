"""How points lie in the database: small, and in few pieces."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.changes import SavePoints, SaveRun
from dsinfra_jlab.domain.ids import RunId
from dsinfra_jlab.domain.limits import METRIC_CHUNK_POINTS
from dsinfra_jlab.store import SqlStore
from dsinfra_jlab.store.batch import write_batch
from dsinfra_jlab.store.points import pack, unpack
from tests.store.samples import opened, record, sqlite_url

A = RunId("a")


def packed(numbers: Iterable[int]) -> bytes:
    return b"".join(struct.pack("<ddd", n, 1.77e9 + n / 70, (n * 7_919 % 997) / 7) for n in numbers)


@given(st.binary(max_size=24 * 200))
def test_packing_loses_nothing(body: bytes) -> None:
    whole = body[: len(body) - len(body) % 24]
    assert unpack(*pack(whole)) == whole


def test_packing_pays_for_a_usual_series() -> None:
    body = packed(range(10_000))
    stored, is_packed = pack(body)
    assert is_packed
    assert len(stored) < 0.6 * len(body)
    assert pack(body[:240]) == (body[:240], False)


def chunks(store: SqlStore) -> list[tuple[int, int]]:
    engines = store._writer.usable(is_to_write=False).engines
    with engines.reader.connect() as connection:
        statement = "SELECT number, count FROM metric_chunk ORDER BY number"
        return [(row[0], row[1]) for row in connection.exec_driver_sql(statement)]


async def test_a_series_that_came_in_small_parts_has_few_chunks(tmp_path: Path) -> None:
    with opened(sqlite_url(tmp_path)) as store:
        store.record([SaveRun(record("a"))])
        await store.flush()
        writer = store._writer.usable(is_to_write=True).engines.writer
        with writer.begin() as connection:
            for number in range(0, 6_000, 3):
                body = packed(range(number, number + 3))
                write_batch(connection, [SavePoints(A, "loss", number, body)])
        found = chunks(store)
        assert len(found) <= 12
        (loss,) = (await store.metrics(A, None, 10_000)).items
        assert [point[0] for point in loss.points] == list(range(6_000))


async def test_a_long_series_is_not_one_value(tmp_path: Path) -> None:
    count = 2 * METRIC_CHUNK_POINTS + 1_000
    with opened(sqlite_url(tmp_path)) as store:
        store.record([SaveRun(record("a"))])
        before = (tmp_path / "store.sqlite").stat().st_size
        for number in range(0, count, 8_192):
            body = packed(range(number, min(count, number + 8_192)))
            store.record([SavePoints(A, "loss", number, body)])
            await store.flush()
        found = chunks(store)
        assert sum(size for _, size in found) == count
        assert max(size for _, size in found) <= METRIC_CHUNK_POINTS
        assert len(found) <= 2 * count / METRIC_CHUNK_POINTS + 12
    after = (tmp_path / "store.sqlite").stat().st_size
    assert (after - before) / count <= 60, "bytes a point on the disk"
