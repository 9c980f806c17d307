"""Keeps the alerts that hold, and what users decided about them."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from ..domain.clock import Clock
from ..domain.events import AlertsChanged
from ..domain.exceptions import NotFound
from ..domain.ids import RunId
from ..domain.resources.alerts import AlertBook
from ..domain.resources.limits import ALERTS_KEPT_MAX
from ..domain.resources.samples import Alert, AlertPatch, Alerts, Snapshot
from ..domain.settings import SettingsPatch
from .settings import SettingsService


class AlertService:
    """The use cases of alerts.

    Parameters
    ----------
    settings
        Hold what is muted, for every server that uses the same store.
    publish
        Tells who watches that alerts have changed; called on any thread.
    """

    def __init__(
        self,
        settings: SettingsService,
        clock: Clock,
        publish: Callable[[AlertsChanged], None],
        log: logging.Logger,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._publish = publish
        self._log = log
        self._lock = threading.Lock()
        self._book = AlertBook()
        self._snoozed: dict[str, datetime] = {}
        self._past: deque[Alert] = deque(maxlen=ALERTS_KEPT_MAX)

    def take(self, snapshot: Snapshot) -> None:
        """Take in one look at the machine, on the sampler's thread."""
        with self._lock:
            before = set(self._book.standing())
            changed = self._book.look(snapshot) | self._woken(snapshot.at)
            raised = [alert for id, alert in self._book.standing().items() if id not in before]
            self._past.extend(raised)
        for alert in raised:
            self._log.info("dsinfra: %s: %s", alert.kind.value, alert.text)
        if changed:
            self._publish(AlertsChanged(changed))

    def alerts(self) -> Alerts:
        """Return the alerts that hold, the critical ones first, then the oldest."""
        muted = set(self._settings.current.muted_alerts)
        with self._lock:
            standing = self._book.standing()
            items = [
                self._with_snooze(alert)
                for id, alert in standing.items()
                if self._book.name_of(id) not in muted
            ]
        return Alerts(sorted(items, key=lambda alert: (not alert.is_critical, alert.since)))

    def alert(self, alert_id: str) -> Alert:
        """Return an alert that holds; raises ``NotFound``."""
        with self._lock:
            alert = self._book.alert(alert_id)
        if alert is None:
            raise NotFound("This alert is over, or there never was one.")
        return alert

    def of_run(self, run_id: RunId) -> list[Alert]:
        """Return the alerts that were raised while a run was going on, as far as they are kept."""
        with self._lock:
            return [alert for alert in self._past if alert.run_id == run_id]

    async def patch(self, alert_id: str, patch: AlertPatch) -> Alert:
        """Snooze or mute an alert.

        Raises
        ------
        NotFound
            It does not hold.
        Unavailable
            It cannot be muted while the store is away.
        """
        with self._lock:
            name = self._book.name_of(alert_id)
        if name is None:
            raise NotFound("This alert is over, or there never was one.")
        if patch.is_muted is not None:
            await self._mute(name, is_muted=patch.is_muted)
        with self._lock:
            if patch.snooze_s:
                self._snoozed[alert_id] = self._clock.now() + timedelta(seconds=patch.snooze_s)
            elif patch.snooze_s is not None:
                self._snoozed.pop(alert_id, None)
            alert = self._book.alert(alert_id)
            alert = self._with_snooze(alert) if alert is not None else None
        self._publish(AlertsChanged(frozenset({alert_id})))
        if alert is None:
            raise NotFound("This alert is over by now.")
        return alert

    async def _mute(self, name: str, *, is_muted: bool) -> None:
        muted = [each for each in self._settings.current.muted_alerts if each != name]
        wanted = [*muted, name] if is_muted else muted
        await self._settings.patch(SettingsPatch(muted_alerts=wanted))

    def _woken(self, now: datetime) -> frozenset[str]:
        """Forget the snoozes that are over, and return whose they were."""
        woken = frozenset(id for id, until in self._snoozed.items() if until <= now)
        for id in woken:
            del self._snoozed[id]
        return woken

    def _with_snooze(self, alert: Alert) -> Alert:
        return replace(alert, snoozed_until=self._snoozed.get(alert.id))
