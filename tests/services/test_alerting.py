"""Alerts as users see them: told, snoozed, muted for good, and the cell that is interrupted."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.events import AlertsChanged
from dsinfra_jlab.domain.exceptions import NotFound
from dsinfra_jlab.domain.resources.samples import Alert, AlertPatch
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.services.alerting import AlertService
from dsinfra_jlab.services.memory_guard import MemoryGuard
from dsinfra_jlab.services.settings import SettingsService
from tests.domain.snapshots import GB, START, host, kernel, snapshot

LOG = logging.getLogger("test")


class Desk:
    """The service with everything it tells."""

    def __init__(self, settings: SettingsService) -> None:
        self.clock = HandClock(START)
        self.told: list[AlertsChanged] = []
        self.service = AlertService(settings, self.clock, self.told.append, LOG)
        self.second = 0.0

    def look(self, used: float, seconds: int = 1) -> None:
        """Look on for so many seconds while so many gigabytes of 16 are in use."""
        for _ in range(seconds):
            self.service.take(snapshot(self.second, host(used), (kernel("k1", "r1"),)))
            self.second += 1
            self.clock.advance(1)

    @property
    def items(self) -> list[Alert]:
        return self.service.alerts().items


@pytest.fixture
def settings(store, paths) -> SettingsService:
    return SettingsService(store, Settings(), paths)


@pytest.fixture
def desk(settings) -> Desk:
    return Desk(settings)


def test_each_alert_is_told_when_it_is_raised_and_when_it_is_over(desk: Desk) -> None:
    desk.look(4.0, 3)
    assert desk.told == []
    desk.look(14.0, 20)
    (alert,) = desk.items
    assert desk.told == [AlertsChanged(frozenset({alert.id}))]
    desk.look(4.0, 20)
    assert desk.items == []
    assert desk.told == [AlertsChanged(frozenset({alert.id}))] * 2


def test_an_alert_is_kept_with_the_run_it_is_about(desk: Desk) -> None:
    desk.look(14.0, 10)
    desk.look(4.0, 20)
    (alert,) = desk.service.of_run("r1")
    assert alert.kind.value == "memory_high"
    assert desk.service.of_run("r2") == []


async def test_a_snoozed_alert_says_until_when_and_is_told_again_then(desk: Desk) -> None:
    desk.look(14.0, 10)
    (alert,) = desk.items
    patched = await desk.service.patch(alert.id, AlertPatch(snooze_s=60))
    assert patched.snoozed_until is not None
    assert (patched.snoozed_until - desk.clock.now()).total_seconds() == 60
    assert desk.items == [patched]
    desk.told.clear()
    desk.look(14.0, 59)
    assert desk.told == []
    desk.look(14.0, 2)
    assert desk.told == [AlertsChanged(frozenset({alert.id}))]
    assert desk.items[0].snoozed_until is None


async def test_a_snooze_outlives_the_alert_and_can_be_ended(desk: Desk) -> None:
    desk.look(14.0, 10)
    id = desk.items[0].id
    await desk.service.patch(id, AlertPatch(snooze_s=3_600))
    desk.look(4.0, 20)
    desk.look(14.0, 10)
    assert desk.items[0].snoozed_until is not None
    woken = await desk.service.patch(id, AlertPatch(snooze_s=0))
    assert woken.snoozed_until is None
    assert desk.items[0].snoozed_until is None


async def test_a_muted_alert_is_not_listed_by_any_server_until_the_setting_is_changed(
    desk: Desk, settings: SettingsService, store, paths
) -> None:
    desk.look(14.0, 10)
    id = desk.items[0].id
    await desk.service.patch(id, AlertPatch(is_muted=True))
    assert desk.items == []
    assert settings.current.muted_alerts == ["memory_high host"]
    await desk.service.patch(id, AlertPatch(is_muted=True))
    assert settings.current.muted_alerts == ["memory_high host"]

    other = SettingsService(store, Settings(), paths)
    await other.refresh()
    elsewhere = Desk(other)
    elsewhere.look(14.0, 10)
    assert elsewhere.items == []

    await desk.service.patch(id, AlertPatch(is_muted=False))
    assert [alert.id for alert in desk.items] == [id]
    assert settings.current.muted_alerts == []


async def test_what_is_over_cannot_be_snoozed(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.service.patch("no-such-id", AlertPatch(snooze_s=60))
    desk.look(14.0, 10)
    id = desk.items[0].id
    desk.look(4.0, 20)
    with pytest.raises(NotFound):
        await desk.service.patch(id, AlertPatch(snooze_s=60))


class Guarded:
    def __init__(self, is_on: bool = True) -> None:
        self.is_on = is_on
        self.interrupted: list[str] = []
        self.guard = MemoryGuard(lambda: self.is_on, self.interrupted.append, LOG)

    def look(self, used: float, *kernels) -> None:
        self.guard.take(snapshot(0, host(used), kernels))


BIG = kernel("big", "r1", rss_bytes=9 * GB)
SMALL = kernel("small", "r2", rss_bytes=2 * GB)
IDLE = kernel("idle", rss_bytes=12 * GB)


def test_the_largest_kernel_that_runs_a_cell_is_interrupted_once_for_each_run() -> None:
    made = Guarded()
    made.look(15.0, BIG, SMALL, IDLE)
    assert made.interrupted == []
    made.look(15.6, BIG, SMALL, IDLE)
    made.look(15.9, BIG, SMALL, IDLE)
    assert made.interrupted == ["big"]
    made.look(15.9, replace(BIG, running=replace(BIG.running, run_id="r3")))
    assert made.interrupted == ["big", "big"]


def test_nothing_is_interrupted_that_is_not_to_blame_or_if_nobody_asked_for_it() -> None:
    made = Guarded()
    made.look(15.9, IDLE)
    made.look(15.9, replace(SMALL, rss_bytes=GB))
    made.look(15.9, replace(SMALL, rss_bytes=None))
    made.guard.take(snapshot(0, None, (BIG,)))
    made.guard.take(snapshot(0, host(15.9, None), (BIG,)))
    made.is_on = False
    made.look(15.9, BIG)
    assert made.interrupted == []
