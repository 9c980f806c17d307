"""Keeps the alerts that hold, and what users decided about them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from ..domain.clock import Clock
from ..domain.errors import NotFound
from ..domain.events import AlertsChanged
from ..domain.samples import Alert, AlertPatch, Alerts


class AlertService:
    """The use cases of alerts.

    Parameters
    ----------
    publish
        Tells who watches that alerts have changed; called on any thread.
    """

    def __init__(self, clock: Clock, publish: Callable[[AlertsChanged], None]) -> None:
        self._clock = clock
        self._publish = publish
        self._lock = threading.Lock()
        self._standing: dict[str, Alert] = {}
        self._muted: set[str] = set()

    def alerts(self) -> Alerts:
        """Return the alerts that hold, the critical ones first, then the oldest."""
        with self._lock:
            items = [alert for alert in self._standing.values() if alert.id not in self._muted]
        return Alerts(sorted(items, key=lambda alert: (not alert.is_critical, alert.since)))

    def patch(self, alert_id: str, patch: AlertPatch) -> Alert:
        """Snooze or mute an alert; raises ``NotFound`` if it does not hold."""
        with self._lock:
            alert = self._standing.get(alert_id)
            if alert is None:
                raise NotFound("This alert is over, or there never was one.")
            if patch.snooze_s is not None:
                until = self._clock.now() + timedelta(seconds=patch.snooze_s)
                alert = replace(alert, snoozed_until=until if patch.snooze_s else None)
                self._standing[alert_id] = alert
            if patch.is_muted is not None:
                (self._muted.add if patch.is_muted else self._muted.discard)(alert_id)
        self._publish(AlertsChanged(frozenset({alert_id})))
        return alert
