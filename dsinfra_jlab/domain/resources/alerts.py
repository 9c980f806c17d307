"""Says which alerts hold, from one look at the machine to the next."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from .alert_rules import RULES, Finding, Rule
from .samples import Alert, AlertKind, Snapshot
from .trends import Trend

__all__ = ["AlertBook", "alert_id", "mute_name"]

DISK_SPAN_S, DISK_LEAST_SPAN_S, DISK_STEP_S = 7_200.0, 900.0, 30.0
"""How a disk fills is judged by two hours, from a quarter of an hour on."""

SUBJECTS_MAX = 1_000
"""Troubles that are followed at once."""


@dataclass(slots=True)
class _Trouble:
    """One subject that a rule found beyond its second threshold."""

    rule: Rule
    alert: Alert
    name: str
    beyond_since: datetime | None
    """Since when without a break it has been beyond the first threshold."""
    last_seen: datetime
    is_raised: bool = False


class AlertBook:
    """The alerts that hold; fed with every look, and knows nothing else."""

    def __init__(self) -> None:
        self._troubles: dict[str, _Trouble] = {}
        self._disk = Trend(DISK_SPAN_S, DISK_LEAST_SPAN_S, DISK_STEP_S)

    def look(self, snapshot: Snapshot) -> frozenset[str]:
        """Take in one look, and return the ids of alerts that were raised or are over."""
        before = set(self.standing())
        disk_full_in_s = self._disk_full_in_s(snapshot)
        for rule in RULES:
            for finding in rule.find(snapshot, disk_full_in_s):
                self._find(rule, finding, snapshot.at)
        for id, trouble in list(self._troubles.items()):
            if trouble.last_seen != snapshot.at:
                trouble.beyond_since = None
                unseen_s = (snapshot.at - trouble.last_seen).total_seconds()
                if not trouble.is_raised or not 0 <= unseen_s < trouble.rule.end_after_s:
                    del self._troubles[id]
        return frozenset(before ^ set(self.standing()))

    def standing(self) -> dict[str, Alert]:
        """Return the alerts that hold, by id."""
        found = {id: trouble for id, trouble in self._troubles.items() if trouble.is_raised}
        told = {(trouble.alert.kind, trouble.alert.subject) for trouble in found.values()}
        return {
            id: trouble.alert
            for id, trouble in found.items()
            if (trouble.rule.outranked_by, trouble.alert.subject) not in told
        }

    def alert(self, id: str) -> Alert | None:
        """Return an alert, if it holds."""
        trouble = self._troubles.get(id)
        return trouble.alert if trouble is not None and trouble.is_raised else None

    def name_of(self, id: str) -> str | None:
        """Return what an alert that holds is muted by."""
        trouble = self._troubles.get(id)
        return trouble.name if trouble is not None and trouble.is_raised else None

    def _find(self, rule: Rule, finding: Finding, at: datetime) -> None:
        name = mute_name(rule.kind, finding.lasting or finding.subject)
        id = alert_id(name)
        trouble = self._troubles.get(id)
        if trouble is None:
            if not finding.is_beyond or len(self._troubles) >= SUBJECTS_MAX:
                return
            alert = Alert(
                id, rule.kind, finding.subject, finding.text, at, rule.is_critical, None, None
            )
            trouble = self._troubles[id] = _Trouble(rule, alert, name, None, at)
        trouble.last_seen = at
        trouble.alert = replace(
            trouble.alert,
            subject=finding.subject,
            text=finding.text,
            kernel_id=finding.kernel_id,
            run_id=finding.run_id,
        )
        if not finding.is_beyond:
            trouble.beyond_since = None
            return
        since = trouble.beyond_since = trouble.beyond_since or at
        if not trouble.is_raised and (at - since).total_seconds() >= rule.raise_after_s:
            trouble.is_raised = True
            trouble.alert = replace(trouble.alert, since=since)

    def _disk_full_in_s(self, snapshot: Snapshot) -> float | None:
        host = snapshot.host
        if host is None or host.disk_used_bytes is None or host.disk_total_bytes is None:
            return None
        self._disk.add(snapshot.at.timestamp(), float(host.disk_used_bytes))
        return self._disk.full_in_s(float(host.disk_total_bytes))


def mute_name(kind: AlertKind, subject: str) -> str:
    """Return what a user mutes: the kind and what it is about."""
    return f"{kind.value} {subject}"


def alert_id(name: str) -> str:
    """Return the id of alerts of this name: paths do not fit into URLs."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
