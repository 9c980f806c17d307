"""What waits for a client stays bounded, however slow the client is."""

from __future__ import annotations

import asyncio

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
        assert watcher._task is None, "only what comes too soon after the last has to wait"
        await asyncio.sleep(limits.EVENT_INTERVAL_S)
    await hub.stop()
