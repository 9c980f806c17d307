"""What every store keeps of what a machine took, for a week and longer than any server."""

from __future__ import annotations

import asyncio
import itertools
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dsinfra_jlab.domain.changes import SaveMinute
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.resources.limits import SAMPLE_HISTORY_KERNELS_MAX
from dsinfra_jlab.domain.resources.sample_history import Minute, SubjectMinute
from dsinfra_jlab.domain.resources.sample_series import READINGS
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.store import SqlStore
from tests.store.samples import opened

HOUR = datetime(2026, 11, 1, 9, tzinfo=timezone.utc)
START_S = int(HOUR.timestamp())
GPU = (0.5, 1e9, 40.0, 100.0)


def host(cpu: float | None, memory: float | None = None) -> SubjectMinute:
    others: dict[str, float | None] = {"cpu_ratio": cpu, "memory_used_bytes": memory}
    return SubjectMinute("host", "", tuple(others.get(name) for name in READINGS["host"]))


def kernel(id: str, rss: float, label: str = "train.ipynb") -> SubjectMinute:
    return SubjectMinute(f"kernel.{id}", label, (0.25, rss, None))


def minute(number: int, *subjects: SubjectMinute, machine: str = "box") -> SaveMinute:
    return SaveMinute(machine, Minute(START_S + 60 * number, subjects))


async def kept(store: SqlStore, *changes: SaveMinute) -> None:
    store.record(changes)
    await store.flush()


async def test_what_was_read_is_there_minute_by_minute(store: SqlStore) -> None:
    gpu = SubjectMinute("gpu.GPU-1", "", GPU)
    await kept(
        store,
        minute(0, host(0.1, 4e9), kernel("k1", 1e9), gpu),
        minute(1, host(0.9), kernel("k1", 3e9)),
        minute(61, host(0.2)),
    )
    window = await store.sample_history("box", HOUR, 60)
    assert window.step_s == 60.0
    assert window.at_s == [START_S, START_S + 60, START_S + 3660]
    assert window.series["host.cpu_ratio"] == pytest.approx([0.1, 0.9, 0.2])
    assert window.series["host.memory_used_bytes"] == [4e9, None, None]
    assert window.series["kernel.k1.rss_bytes"] == [1e9, 3e9, None]
    assert window.series["gpu.GPU-1.power_w"] == [100.0, None, None]
    assert window.kernel_names == {"k1": "train.ipynb"}
    assert "kernel.k1.gpu_memory_bytes" not in window.series  # what was never seen is no series
    assert (await store.sample_history("another box", HOUR, 60)).series == {}


async def test_steps_hold_the_most_and_a_gap_stays_one(store: SqlStore) -> None:
    await kept(store, *(minute(at, host(0.9 if at == 7 else 0.1)) for at in (0, 7, 14, 45, 200)))
    window = await store.sample_history("box", HOUR, 900)
    assert [at_s - START_S for at_s in window.at_s] == [0, 2700, 11_700]
    assert window.series["host.cpu_ratio"] == pytest.approx([0.9, 0.1, 0.1])
    later = await store.sample_history("box", HOUR + timedelta(hours=2), 60)
    assert [at_s - START_S for at_s in later.at_s] == [12_000]


async def test_servers_on_one_machine_write_one_history(store_url: str, clock: HandClock) -> None:
    with opened(store_url, clock) as one, opened(store_url, clock) as other:
        await kept(one, minute(0, host(0.5), kernel("k1", 1e9, "a.ipynb")))
        await kept(other, minute(0, host(0.4, 2e9), kernel("k2", 2e9, "b.ipynb")))
        await kept(one, minute(1, host(0.1)))
        window = await other.sample_history("box", HOUR, 60)
    assert window.series["host.cpu_ratio"] == pytest.approx([0.5, 0.1])
    assert window.series["host.memory_used_bytes"] == [2e9, None]
    assert window.kernel_names == {"k1": "a.ipynb", "k2": "b.ipynb"}


async def test_a_server_that_starts_anew_goes_on_in_the_same_hour(
    store_url: str, clock: HandClock
) -> None:
    with opened(store_url, clock) as store:
        await kept(store, minute(3, host(0.5)))
    with opened(store_url, clock) as store:
        await kept(store, minute(3, host(0.2)), minute(4, host(0.3)))
        window = await store.sample_history("box", HOUR, 60)
    assert window.series["host.cpu_ratio"] == pytest.approx([0.5, 0.3])


async def test_what_is_older_than_a_week_is_erased(store: SqlStore) -> None:
    await kept(store, *(minute(60 * hour, host(0.1), kernel("k1", 1e9)) for hour in range(200)))
    now = HOUR + timedelta(hours=200)
    assert await store.erase_expired(now, Settings()) > 0
    window = await store.sample_history("box", HOUR, 60)
    assert window.at_s[0] == START_S + 3600 * (200 - 7 * 24 - 1)
    assert len(window.at_s) == 7 * 24 + 1
    assert await store.erase_expired(now, Settings()) == 0


async def test_of_very_many_kernels_the_newest_are_told(store: SqlStore) -> None:
    count = SAMPLE_HISTORY_KERNELS_MAX + 5
    await kept(store, *(minute(60 * at, kernel(f"k{at}", 1e9)) for at in range(count)))
    window = await store.sample_history("box", HOUR, 900)
    assert len(window.series) == 2 * SAMPLE_HISTORY_KERNELS_MAX
    assert f"kernel.k{count - 1}.rss_bytes" in window.series
    assert "kernel.k4.rss_bytes" not in window.series


async def test_names_from_anywhere_do_no_harm(store: SqlStore) -> None:
    await kept(store, minute(0, kernel("k\0\ud800", 1e9, "a\0b\ud800.ipynb"), host(None)))
    await kept(store, minute(0, SubjectMinute("disk.sda", "", (1.0,)), kernel("k2", 1e9, "")))
    window = await store.sample_history("box", HOUR, 60)
    assert window.at_s == [START_S]
    assert len(window.kernel_names) == 1
    assert "disk.sda" not in str(window.series)  # a kind that only a newer version knows


async def test_an_hour_of_a_version_that_knew_fewer_readings_is_added_to(store: SqlStore) -> None:
    await kept(store, minute(0, SubjectMinute("gpu.g", "", GPU[:2])))
    await kept(store, minute(1, SubjectMinute("gpu.g", "", GPU)))
    window = await store.sample_history("box", HOUR, 60)
    assert window.series["gpu.g.util_ratio"] == [0.5, 0.5]
    assert window.series["gpu.g.power_w"] == [None, 100.0]


READING = st.none() | st.floats(-(2.0**20), 2.0**40, width=32)


Points = list[tuple[int, tuple[float | None, ...]]]


async def test_in_whatever_order_it_is_written_the_most_of_each_minute_is_read(
    store: SqlStore,
) -> None:
    loop = asyncio.get_running_loop()
    names = (f"machine-{number}" for number in itertools.count())

    @hypothesis_settings(max_examples=20, deadline=None)
    @given(
        written=st.lists(
            st.tuples(st.integers(0, 130), st.tuples(READING, READING, READING)), max_size=12
        )
    )
    def check(written: Points) -> None:
        done = _is_read_as_the_most(store, next(names), written)
        asyncio.run_coroutine_threadsafe(done, loop).result()

    await asyncio.to_thread(check)


async def _is_read_as_the_most(store: SqlStore, name: str, written: Points) -> None:
    for at, values in written:
        store.record([minute(at, SubjectMinute("kernel.k", "k", values), machine=name)])
    await store.flush()
    window = await store.sample_history(name, HOUR, 60)
    for place, reading in enumerate(READINGS["kernel"]):
        most: dict[int, float] = {}
        for at, values in written:
            value = values[place]
            if value is not None:
                most[START_S + 60 * at] = max(value, most.get(START_S + 60 * at, value))
        series = window.series.get(f"kernel.k.{reading}", [])
        found = {
            at_s: value
            for at_s, value in zip(window.at_s, series, strict=bool(series))
            if value is not None
        }
        assert found == most
