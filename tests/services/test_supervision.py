"""Parts start in order and stop in reverse; none takes another one with it."""

from __future__ import annotations

import asyncio
import logging

import pytest

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.clock import SystemClock
from dsinfra_jlab.domain.exceptions import Unavailable
from dsinfra_jlab.domain.health import ServiceHealth, ServiceState
from dsinfra_jlab.services.supervision import Supervisor

LOG = logging.getLogger("test")


class Diary:
    """What happened, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def part(self, name: str, **faults: object) -> Entry:
        return Entry(self, name, **faults)


class Entry:
    """A part that writes down what it is told, and fails or hangs where it shall."""

    def __init__(self, diary: Diary, name: str, **faults: object) -> None:
        self._diary, self._name, self._faults = diary, name, faults

    async def start(self) -> None:
        await self._do("start")

    async def stop(self) -> None:
        await self._do("stop")

    async def _do(self, what: str) -> None:
        self._diary.lines.append(f"{what} {self._name}")
        fault = self._faults.get(what)
        if isinstance(fault, Exception):
            raise fault
        if fault == "hang":
            await asyncio.sleep(60)


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def news() -> list[int]:
    return []


@pytest.fixture
def supervisor(news: list[int]) -> Supervisor:
    return Supervisor(SystemClock(), LOG, lambda: news.append(1))


async def test_they_start_in_order_and_stop_in_reverse(supervisor, diary, news) -> None:
    for name in "abc":
        supervisor.add(name, diary.part(name))
    assert {part.state for part in supervisor.health().values()} == {ServiceState.stopped}
    await supervisor.start()
    assert list(supervisor.health().values()) == [ServiceHealth(ServiceState.running)] * 3
    assert news
    await supervisor.stop()
    assert {part.state for part in supervisor.health().values()} == {ServiceState.stopped}
    assert diary.lines == ["start a", "start b", "start c", "stop c", "stop b", "stop a"]


async def test_one_that_cannot_start_stops_no_other(supervisor, diary) -> None:
    supervisor.add("a", diary.part("a", start=Unavailable("The disk is full; free some space.")))
    supervisor.add("b", diary.part("b", start=ValueError("password=hunter2")))
    supervisor.add("c", diary.part("c"))
    await supervisor.start()
    health = supervisor.health()
    assert health["a"] == ServiceHealth(ServiceState.failed, "The disk is full; free some space.")
    assert health["b"].state is ServiceState.failed
    assert "ValueError" in health["b"].detail
    assert "hunter2" not in health["b"].detail
    assert health["c"] == ServiceHealth(ServiceState.running)
    await supervisor.stop()
    assert diary.lines[-3:] == ["stop c", "stop b", "stop a"]


async def test_one_that_hangs_at_the_start_is_given_up(supervisor, diary, monkeypatch) -> None:
    monkeypatch.setattr(limits, "START_DEADLINE_S", 0.05)
    supervisor.add("a", diary.part("a", start="hang"))
    supervisor.add("b", diary.part("b"))
    await supervisor.start()
    assert supervisor.health()["a"].state is ServiceState.failed
    assert "within" in supervisor.health()["a"].detail
    assert supervisor.health()["b"].state is ServiceState.running


async def test_ones_that_hang_or_fail_at_the_stop_cost_the_others_nothing(
    supervisor, diary, monkeypatch
) -> None:
    monkeypatch.setattr(limits, "STOP_LEAST_S", 0.05)
    supervisor.add("a", diary.part("a"))
    supervisor.add("b", diary.part("b", stop="hang"))
    supervisor.add("c", diary.part("c", stop=ValueError()))
    supervisor.add("d", diary.part("d", stop="hang"))
    await supervisor.start()
    loop = asyncio.get_running_loop()
    began = loop.time()
    await supervisor.stop(deadline_s=0.1)
    assert loop.time() - began < 2
    assert diary.lines[-4:] == ["stop d", "stop c", "stop b", "stop a"]
    assert "in time" in supervisor.health()["d"].detail


async def test_a_dead_task_shows_and_a_held_one_ends_with_the_stop(supervisor) -> None:
    async def dies() -> None:
        raise KeyError("x")

    supervisor.hold("dying", dies())
    living = supervisor.hold("living", asyncio.sleep(60))
    await asyncio.sleep(0.01)
    assert supervisor.health()["dying"].state is ServiceState.failed
    assert "KeyError" in supervisor.health()["dying"].detail
    assert supervisor.health()["living"].state is ServiceState.running
    await supervisor.stop()
    assert living.cancelled()
    assert supervisor.health()["living"].state is ServiceState.stopped


async def test_a_part_that_knows_how_it_is_doing_is_asked(supervisor, diary) -> None:
    part = diary.part("a")
    part.health = lambda: ServiceHealth(ServiceState.degraded, "It waits.")  # type: ignore[attr-defined]
    supervisor.add("a", part)
    await supervisor.start()
    assert supervisor.health()["a"].detail == "It waits."
    await supervisor.stop()
    assert supervisor.health()["a"].state is ServiceState.stopped
