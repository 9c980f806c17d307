"""Several servers that write errors into one database at once."""

from __future__ import annotations

import asyncio

import pytest

from dsinfra_jlab.domain.changes import SaveError, SaveRun
from dsinfra_jlab.domain.errors.groups import ErrorQuery, ErrorTrendQuery
from dsinfra_jlab.store import SqlStore
from tests.store.error_samples import failed, ok, seen
from tests.store.samples import opened

SERVERS = 3
RUNS = 60


async def write_all(store: SqlStore, server: int) -> None:
    """Record errors of the same groups as the others do, in another order."""
    for number in range(RUNS):
        name = f"s{server}-{number}"
        groups = [f"g{(number * (server + 1) + part) % 7}" for part in range(3)]
        store.record([SaveRun(failed(name, number))])
        store.record(
            SaveError(seen(name, number + 0.5, group=group, number=part))
            for part, group in enumerate(groups)
        )
        if number % 10 == 9:
            store.record([SaveRun(ok(f"ok-{name}", number + 0.7))])
            await store.flush()


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
async def test_each_error_is_counted_once(store_url: str) -> None:
    with opened(store_url) as one, opened(store_url) as two, opened(store_url) as three:
        stores = (one, two, three)
        await asyncio.gather(*(write_all(store, place) for place, store in enumerate(stores)))
        groups = (await one.error_groups(ErrorQuery())).items
        assert sum(group.count for group in groups) == SERVERS * RUNS * 3
        assert len(groups) == 7
        trend = await two.error_trend(ErrorTrendQuery())
        assert sum(map(sum, trend.categories.values())) == SERVERS * RUNS * 3
        assert [store.health().dropped for store in stores] == [{}, {}, {}]
