"""A read that takes too long is broken off, and the next one works."""

from __future__ import annotations

import pytest

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.exceptions import Unavailable
from dsinfra_jlab.domain.runs.records import RunQuery
from tests.store.samples import opened

ENDLESS = (
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) "
    "SELECT count(*) FROM numbers"
)


async def test_an_endless_read_is_broken_off(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STORE_READ_S", 1.0)
    with opened(store_url) as store:
        with pytest.raises(Unavailable, match="took too long"):
            await store._read(lambda connection: connection.exec_driver_sql(ENDLESS).scalar())
        assert (await store.runs(RunQuery())).items == []
