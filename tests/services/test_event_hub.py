"""What waits for a client stays bounded, however slow the client is."""

from __future__ import annotations

import asyncio

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.events import (
    HealthChanged,
    HealthEvent,
    RunEvent,
    RunsChanged,
    Topic,
    WatchRequest,
)
from dsinfra_jlab.services.event_hub import EventHub

ALL = WatchRequest("watch", [Topic.run, Topic.health])


class SlowClient:
    """Takes an event only when it is let."""

    def __init__(self) -> None:
        self.taken: list[RunEvent | HealthEvent] = []
        self.gate = asyncio.Event()

    async def take(self, event: RunEvent | HealthEvent) -> None:
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
