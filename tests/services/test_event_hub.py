"""What waits for a client stays bounded, however slow the client is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.events import (
    AlertEvent,
    AlertsChanged,
    ErrorEvent,
    ErrorsChanged,
    HealthChanged,
    Looked,
    RunEvent,
    RunsChanged,
    SamplesEvent,
    Topic,
    WatchRequest,
)
from dsinfra_jlab.services.event_hub import EventHub, Told
from tests.domain.snapshots import snapshot

ALL = WatchRequest("watch", [Topic.run, Topic.health])


class SlowClient:
    """Takes an event only when it is let."""

    def __init__(self) -> None:
        self.taken: list[Told] = []
        self.gate = asyncio.Event()

    async def take(self, event: Told) -> None:
        await self.gate.wait()
        self.taken.append(event)


def changed(*numbers: int) -> RunsChanged:
    return RunsChanged(frozenset(f"r{n}" for n in numbers), frozenset())


async def test_a_slow_client_gets_one_event_for_all_it_missed() -> None:
    hub, client = EventHub(), SlowClient()
    await hub.start()
    hub.connect(client.take).watch(ALL)
    for number in range(1_000):
        hub.publish(changed(number))
        await asyncio.sleep(0)
    (watcher,) = hub._watchers
    assert len(watcher._pending.runs.ids) <= limits.EVENT_IDS_MAX
    assert client.taken == []
    client.gate.set()
    await asyncio.sleep(3 * limits.EVENT_INTERVAL_S)
    assert len(client.taken) == 2
    last = client.taken[-1]
    assert isinstance(last, RunEvent)
    assert last.is_complete is False
    assert len(last.run_ids) == limits.EVENT_IDS_MAX
    await hub.stop()


async def test_a_client_that_breaks_is_forgotten_and_the_others_are_told() -> None:
    hub, good = EventHub(), SlowClient()
    good.gate.set()

    async def broken(event: object) -> None:
        raise ConnectionResetError

    await hub.start()
    hub.connect(broken).watch(ALL)
    hub.connect(good.take).watch(ALL)
    hub.publish(HealthChanged())
    await asyncio.sleep(0.05)
    assert len(hub._watchers) == 1
    assert len(good.taken) == 1
    await hub.stop()
    assert not hub._watchers


async def test_nobody_listens_before_the_start_and_after_the_stop() -> None:
    hub = EventHub()
    hub.publish(changed(1))
    await hub.start()
    await hub.stop()
    hub.publish(changed(2))
    assert not hub._news


async def test_ids_of_both_topics_are_dropped_with_the_topic() -> None:
    hub, client = EventHub(), SlowClient()
    client.gate.set()
    await hub.start()
    watcher = hub.connect(client.take)
    watcher.watch(WatchRequest("watch", [Topic.run, Topic.health], visible=False))
    hub.publish(changed(1))
    hub.publish(HealthChanged())
    await asyncio.sleep(0.01)
    watcher.watch(WatchRequest("watch", [Topic.health]))
    await asyncio.sleep(0.01)
    assert [event.type for event in client.taken] == ["health"]
    await hub.stop()


def found_in(*numbers: int) -> ErrorsChanged:
    return ErrorsChanged(frozenset({"g"}), frozenset(f"r{n}" for n in numbers))


async def test_errors_are_told_to_those_who_ask_for_them() -> None:
    hub, both, runs = EventHub(), SlowClient(), SlowClient()
    both.gate.set()
    runs.gate.set()
    await hub.start()
    hub.connect(both.take).watch(WatchRequest("watch", [Topic.error, Topic.run]))
    hub.connect(runs.take).watch(WatchRequest("watch", [Topic.run]))
    hub.publish(found_in(1))
    hub.publish(changed(1))
    await asyncio.sleep(0.05)
    kinds = [type(event) for event in both.taken]
    assert kinds == [RunEvent, ErrorEvent]
    event = both.taken[1]
    assert isinstance(event, ErrorEvent)
    assert (event.group_ids, event.run_ids, event.is_complete) == (["g"], ["r1"], True)
    assert [type(event) for event in runs.taken] == [RunEvent]
    await hub.stop()


async def test_a_flood_of_errors_is_one_event_that_says_it_is_not_complete() -> None:
    hub, client = EventHub(), SlowClient()
    await hub.start()
    hub.connect(client.take).watch(WatchRequest("watch", [Topic.error]))
    for number in range(limits.EVENT_IDS_MAX + 10):
        hub.publish(found_in(number))
    await asyncio.sleep(0)
    client.gate.set()
    await asyncio.sleep(0.05)
    (event,) = client.taken
    assert isinstance(event, ErrorEvent)
    assert len(event.run_ids) == limits.EVENT_IDS_MAX and event.is_complete is False
    await hub.stop()


async def test_who_was_not_looking_hears_that_errors_came() -> None:
    hub, client = EventHub(), SlowClient()
    client.gate.set()
    await hub.start()
    watcher = hub.connect(client.take)
    watcher.watch(WatchRequest("watch", [Topic.error], visible=False))
    hub.publish(found_in(1))
    await asyncio.sleep(0.05)
    assert client.taken == []
    watcher.watch(WatchRequest("watch", [Topic.error], visible=True))
    await asyncio.sleep(0.05)
    (event,) = client.taken
    assert isinstance(event, ErrorEvent)
    assert event.group_ids == [] and event.is_complete is False
    await hub.stop()


async def test_a_slow_client_gets_the_last_look_only_and_all_get_the_same_event() -> None:
    hub, slow, quick = EventHub(), SlowClient(), SlowClient()
    quick.gate.set()
    await hub.start()
    request = WatchRequest("watch", [Topic.samples])
    watchers = [hub.connect(client.take) for client in (slow, quick)]
    for watcher in watchers:
        watcher.watch(request)
    for second in range(1_000):
        hub.publish(Looked(snapshot(second)))
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    waiting = watchers[0]._pending.snapshot
    assert waiting is not None and waiting.seq == 1_000
    assert slow.taken == []
    slow.gate.set()
    await asyncio.sleep(3 * limits.EVENT_INTERVAL_S)
    assert len(slow.taken) == 2
    assert slow.taken[-1] is quick.taken[-1]
    last = slow.taken[-1]
    assert isinstance(last, SamplesEvent)
    assert last.snapshot.seq == 1_000
    await hub.stop()


async def test_only_who_is_visible_and_watches_looks_on_and_begins_with_the_last_look() -> None:
    hub, client, looking = EventHub(), SlowClient(), set()
    client.gate.set()
    hub.tell_of_viewers(lambda who, is_on: looking.add(who) if is_on else looking.discard(who))
    await hub.start()
    hub.publish(Looked(snapshot(7)))
    await asyncio.sleep(0.01)
    watcher = hub.connect(client.take)
    watcher.watch(WatchRequest("watch", [Topic.run]))
    assert not looking
    watcher.watch(WatchRequest("watch", [Topic.samples], visible=False))
    assert not looking
    watcher.watch(WatchRequest("watch", [Topic.samples]))
    assert looking == {watcher}
    await asyncio.sleep(0.05)
    assert [event.type for event in client.taken] == ["samples"]
    watcher.watch(WatchRequest("watch", [Topic.samples], visible=False))
    hub.publish(Looked(snapshot(8)))
    await asyncio.sleep(2 * limits.EVENT_INTERVAL_S)
    assert not looking
    assert len(client.taken) == 1
    watcher.watch(WatchRequest("watch", [Topic.samples]))
    watcher.close()
    assert not looking
    watcher.watch(WatchRequest("watch", [Topic.samples]))
    assert not looking
    await hub.stop()


async def test_a_look_that_nobody_watches_wakes_nobody(monkeypatch) -> None:
    hub, client = EventHub(), SlowClient()
    client.gate.set()
    await hub.start()
    watcher = hub.connect(client.take)
    watcher.watch(WatchRequest("watch", [Topic.run, Topic.alert]))
    woken: list[object] = []
    assert hub._loop is not None
    wake = hub._loop.call_soon_threadsafe
    monkeypatch.setattr(
        hub._loop, "call_soon_threadsafe", lambda call: woken.append(call) or wake(call)
    )
    for second in range(3):
        hub.publish(Looked(snapshot(second)))
    assert woken == []
    watcher.watch(WatchRequest("watch", [Topic.samples]))
    await asyncio.sleep(0.05)
    (begun,) = client.taken
    assert isinstance(begun, SamplesEvent) and begun.snapshot.seq == 3
    hub.publish(Looked(snapshot(3)))
    assert len(woken) == 1
    await hub.stop()


async def test_a_client_that_breaks_looks_on_no_longer() -> None:
    hub, looking = EventHub(), set()
    hub.tell_of_viewers(lambda who, is_on: looking.add(who) if is_on else looking.discard(who))

    async def broken(event: object) -> None:
        raise ConnectionResetError

    await hub.start()
    hub.connect(broken).watch(WatchRequest("watch", [Topic.samples]))
    assert len(looking) == 1
    hub.publish(Looked(snapshot(1)))
    await asyncio.sleep(0.05)
    assert not looking
    await hub.stop()


async def test_alerts_that_a_hidden_client_missed_are_to_be_fetched_again() -> None:
    hub, client = EventHub(), SlowClient()
    client.gate.set()
    await hub.start()
    watcher = hub.connect(client.take)
    watcher.watch(WatchRequest("watch", [Topic.alert], visible=False))
    hub.publish(AlertsChanged(frozenset({"a1"})))
    await asyncio.sleep(0.05)
    assert client.taken == []
    watcher.watch(WatchRequest("watch", [Topic.alert]))
    await asyncio.sleep(0.05)
    (event,) = client.taken
    assert isinstance(event, AlertEvent)
    assert (event.alert_ids, event.is_complete) == ([], False)
    await hub.stop()


async def test_nothing_is_waited_for_when_all_is_told() -> None:
    """A client that is sent a look each second cost the loop two wake-ups a look."""
    hub, client = EventHub(), SlowClient()
    client.gate.set()
    await hub.start()
    watcher = hub.connect(client.take)
    watcher.watch(WatchRequest("watch", [Topic.samples]))
    for number in range(2):
        hub.publish(Looked(snapshot()))
        for _ in range(10):
            await asyncio.sleep(limits.EVENT_INTERVAL_S / 5)
            if len(client.taken) > number:
                break
        assert len(client.taken) == number + 1
        assert watcher._task is None and watcher._timer is None, (
            "only what comes too soon after the last has to wait"
        )
        await asyncio.sleep(limits.EVENT_INTERVAL_S)
    await hub.stop()


# How often. Time passes by itself here, as soon as everybody sleeps.


class _Skipping:
    """A selector that lets time pass instead of waiting for it."""

    def __init__(self, loop: SkippingLoop, inner: Any) -> None:
        self._loop = loop
        self._inner = inner

    def select(self, timeout: float | None = None) -> Any:
        found = self._inner.select(0)
        if not found:
            assert timeout is not None, "everybody waits for ever"
            self._loop.now += timeout
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock stands still while something is done."""

    now = 1_000.0

    def __init__(self) -> None:
        super().__init__()
        self._selector: Any = _Skipping(self, self._selector)

    def time(self) -> float:
        return self.now


@dataclass
class Timed:
    """A client that notes when it is told of what."""

    told: list[tuple[float, Told]] = field(default_factory=list)

    async def take(self, event: Told) -> None:
        self.told.append((asyncio.get_running_loop().time(), event))

    def times(self, kind: type) -> list[float]:
        return [at for at, event in self.told if isinstance(event, kind)]


@contextmanager
def skipping() -> Iterator[SkippingLoop]:
    loop = SkippingLoop()
    try:
        yield loop
    finally:
        loop.close()


RUNS_AND_LOOKS = WatchRequest("watch", [Topic.run, Topic.samples])


async def played(script: list[tuple[float, bool]]) -> tuple[Timed, list[float]]:
    """Publish after each pause a run, or a look; return what the client got, when runs changed."""
    hub, client, published = EventHub(), Timed(), []
    await hub.start()
    hub.connect(client.take).watch(RUNS_AND_LOOKS)
    loop = asyncio.get_running_loop()
    for number, (pause_s, is_run) in enumerate(script):
        await asyncio.sleep(pause_s)
        if is_run:
            published.append(loop.time())
        hub.publish(changed(number) if is_run else Looked(snapshot(number)))
    await asyncio.sleep(10.0)
    (watcher,) = hub._watchers
    assert watcher._task is None and watcher._timer is None and not watcher._pending
    await hub.stop()
    return client, published


def most_within(times: list[float], interval_s: float, burst: int) -> None:
    """Assert that no stretch of time has more than the burst and what the rate gives."""
    for first, begin in enumerate(times):
        for last in range(first, len(times)):
            allowed = burst + (times[last] - begin) / interval_s
            assert last - first + 1 <= allowed + 1e-6


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.01, 0.1, 0.25, 0.3, 1.0, 2.0]), st.booleans()),
        min_size=1,
        max_size=40,
    )
)
def test_no_stretch_of_time_has_more_than_burst_and_rate_and_nothing_is_lost(
    script: list[tuple[float, bool]],
) -> None:
    with skipping() as loop:
        client, published = loop.run_until_complete(played(script))
    turns: list[float] = []
    before: type | None = None
    for at, event in client.told:
        # A turn is a run, a look, or a run with a look behind it.
        if not (before is RunEvent and isinstance(event, SamplesEvent) and turns[-1] == at):
            turns.append(at)
        before = type(event)
    most_within(turns, limits.EVENT_INTERVAL_S, limits.EVENT_BURST)
    run_ids = [run_id for _, e in client.told if isinstance(e, RunEvent) for run_id in e.run_ids]
    wanted = [f"r{number}" for number, (_, is_run) in enumerate(script) if is_run]
    assert sorted(run_ids) == sorted(wanted)
    told_at = client.times(RunEvent)
    for at in published:
        late_s = min(each - at for each in told_at if each >= at)
        assert late_s <= limits.EVENT_INTERVAL_S + 1e-6
    looks = [event.snapshot.seq for _, event in client.told if isinstance(event, SamplesEvent)]
    assert looks == sorted(looks)
    assert bool(looks) == any(not is_run for _, is_run in script)


def test_who_was_quiet_is_told_of_a_burst_as_it_comes() -> None:
    script = [(5.0 if number == 0 else 0.02, True) for number in range(limits.EVENT_BURST + 2)]
    with skipping() as loop:
        client, published = loop.run_until_complete(played(script))
    times = client.times(RunEvent)
    assert times[: limits.EVENT_BURST] == pytest.approx(published[: limits.EVENT_BURST])
    assert len(times) == limits.EVENT_BURST + 1, "what came after it is put together"
    assert times[-1] == pytest.approx(times[0] + limits.EVENT_INTERVAL_S)


def test_looks_leave_the_burst_to_the_news() -> None:
    """Whoever watches the machine gets a look a second, and hears of a cell as soon as others."""
    burst = [(0.5, True), *[(0.02, True)] * (limits.EVENT_BURST - 1)]
    with skipping() as loop:
        client, published = loop.run_until_complete(
            played([(5.0, False), (1.0, False), *burst, (0.01, False), (0.01, False)])
        )
    assert client.times(RunEvent) == pytest.approx(published)
    looks = client.times(SamplesEvent)
    assert len(looks) == 3, "the last ones, that came too soon after the news, are one"
    assert looks[-1] == pytest.approx(published[-1] + limits.EVENT_INTERVAL_S)


def test_news_does_not_wait_with_a_look_that_has_to() -> None:
    with skipping() as loop:
        client, published = loop.run_until_complete(
            played([(5.0, True), (0.01, False), (0.01, True)])
        )
    assert client.times(RunEvent) == pytest.approx(published)
    assert client.times(SamplesEvent) == pytest.approx(published[1:]), "it goes along"


def keep_the_loop(seconds: float) -> None:
    time.sleep(seconds)


async def test_the_lag_of_the_loop_is_what_a_look_waits_for_it() -> None:
    hub, client = EventHub(), SlowClient()
    client.gate.set()
    await hub.start()
    hub.publish(Looked(snapshot(0)))
    await asyncio.sleep(0)
    assert hub.take_lag() is None, "a look that is sent to nobody waits for nothing"
    hub.connect(client.take).watch(WatchRequest("watch", [Topic.samples]))
    hub.publish(Looked(snapshot(1)))
    keep_the_loop(0.05)
    hub.publish(Looked(snapshot(2)))
    assert hub.take_lag() is None, "as long as it has not been taken up"
    await asyncio.sleep(0)
    lag_s = hub.take_lag()
    assert lag_s is not None and lag_s >= 0.05, "of two that wait together that of the first"
    assert hub.take_lag() is None, "it is told once"
    hub.publish(changed(1))
    await asyncio.sleep(0)
    assert hub.take_lag() is None, "of looks only: they come each second"
    await hub.stop()
