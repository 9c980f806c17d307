"""What is read is kept beyond the server that read it, and asked for as one with what is new."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.exceptions import BadInput, Unavailable
from dsinfra_jlab.domain.resources.sample_rings import SampleRings
from dsinfra_jlab.domain.resources.sample_series import series_of
from dsinfra_jlab.domain.resources.samples import SampleQuery, SampleWindow, Snapshot
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.services.absent_store import AbsentStore
from dsinfra_jlab.services.sample_history import SampleHistory
from dsinfra_jlab.services.settings import SettingsService
from tests.domain.snapshots import START, host, kernel, snapshot

DAY_S = 86_400


class Server:
    """One start of a server: its memory is its own, the store is not."""

    def __init__(self, store, paths, settings: Settings = Settings()) -> None:  # noqa: B008
        self.clock = HandClock(START)
        policy = SettingsService(store, settings, paths)
        self.history = SampleHistory(store, self.clock, "box", policy, paths)
        self.rings = SampleRings()

    def look(self, *looks: Snapshot) -> None:
        for look in looks:
            self.rings.add(look.at.timestamp(), look.seq, series_of(look.host, look.kernels, []))
            self.history.take(look)
            self.clock.advance((look.at - self.clock.now()).total_seconds())

    async def window(self, window_s: float, **others: object) -> SampleWindow:
        query = SampleQuery(window_s=window_s, **others)
        return await self.history.window(query, self.rings.window)


def minutes(first: int, last: int, cpu: float = 0.5) -> list[Snapshot]:
    return [
        snapshot(60 * at + second, host(cpu_ratio=cpu), (kernel("k1"),))
        for at in range(first, last)
        for second in (5, 35)
    ]


async def test_what_an_earlier_server_read_is_there_with_a_gap(store, paths) -> None:
    before = Server(store, paths)
    before.look(*minutes(0, 10, 0.25))
    await before.history.stop()
    now = Server(store, paths)
    now.look(*minutes(60, 65, 0.75))
    await store.flush()
    window = await now.window(6 * 3600)
    assert window.step_s == 60.0
    starts = [(at_s - START.timestamp()) / 60 for at_s in window.at_s]
    assert starts == [*range(10), *range(60, 65)]
    assert window.series["host.cpu_ratio"] == [0.25] * 10 + [0.75] * 5
    assert window.kernel_names == {"k1": "k1.ipynb"}
    assert window.seq == now.rings.window(SampleQuery()).seq


async def test_what_is_not_written_yet_is_there_too(store, paths) -> None:
    server = Server(store, paths)
    server.look(*minutes(0, 2, 0.25), snapshot(125, host(cpu_ratio=1.0)))
    await store.flush()
    window = await server.window(DAY_S)
    assert window.step_s == 120.0
    assert window.series["host.cpu_ratio"] == [0.25, 1.0]


async def test_short_windows_are_of_the_memory_alone(store, paths) -> None:
    server = Server(store, paths)
    server.look(*minutes(0, 5))
    assert (await server.window(600)).step_s == 1.0
    assert (await server.window(600)).at_s[0] == START.timestamp() + 5
    server.look(*minutes(5, 65))
    await store.flush()
    hour = await server.window(3600)  # all of it is in memory, so it is finer
    assert hour.step_s == 10.0
    newer = await server.window(DAY_S / 2, since=hour.seq)
    assert newer.at_s == []


async def test_series_are_asked_for_by_name_wherever_they_are(store, paths) -> None:
    before = Server(store, paths)
    before.look(*minutes(0, 3))
    await before.history.stop()
    now = Server(store, paths)
    now.look(snapshot(3600, host()))
    await store.flush()
    window = await now.window(DAY_S, keys="kernel.k1.rss_bytes")
    assert list(window.series) == ["kernel.k1.rss_bytes"]
    with pytest.raises(BadInput, match="nothing"):
        await now.window(DAY_S, keys="nothing")


async def test_nothing_is_kept_of_what_is_not_to_be_recorded(store, paths) -> None:
    off = Server(store, paths, Settings(is_recording=False))
    off.look(*minutes(0, 3))
    await off.history.stop()
    partly = Server(store, paths, Settings(excluded_notebooks=["k1.ipynb"]))
    partly.look(snapshot(3600, host(), (kernel("k1"), kernel("k2"))))
    await partly.history.stop()
    await store.flush()
    window = await store.sample_history("box", START - timedelta(hours=1), 60)
    assert window.at_s == [START.timestamp() + 3600]
    assert window.kernel_names == {"k2": "k2.ipynb"}
    assert not any(name.startswith("kernel.k1") for name in window.series)


async def test_without_a_store_there_is_what_is_in_memory(paths) -> None:
    server = Server(AbsentStore("", "It is away."), paths)
    server.look(*minutes(0, 5))
    window = await server.window(3600)
    assert (window.step_s, len(window.at_s)) == (10.0, 10)
    with pytest.raises(Unavailable, match="away"):
        await server.window(DAY_S)


async def test_a_reading_that_is_no_number_is_a_gap_and_no_failure(store, paths) -> None:
    server = Server(store, paths)
    server.look(snapshot(0, host(cpu_ratio=math.nan)), snapshot(61, host()))
    await server.history.stop()
    await store.flush()
    window = await server.window(DAY_S)
    assert window.series["host.cpu_ratio"] == pytest.approx([0.1])
    assert server.history.health().detail == ""
