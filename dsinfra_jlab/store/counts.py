"""Counts that lists show, kept with every write instead of counted with every look."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from ..domain.runs.records import RunKind
from .models import experiment, run
from .search_sql import FAILED, live

__all__ = ["Counts"]


@dataclass(slots=True)
class _OfExperiment:
    run_count: int = 0
    error_count: int = 0
    live_count: int = 0
    newest: datetime | None = None
    has_lost: bool = False
    """Whether a run left it, so that the newest must be looked up."""


@dataclass(slots=True)
class _OfParent:
    child_count: int = 0
    error_count: int = 0


@dataclass(slots=True)
class Counts:
    """How much each count goes up or down in one transaction."""

    experiments: defaultdict[int, _OfExperiment] = field(
        default_factory=lambda: defaultdict(_OfExperiment)
    )
    parents: defaultdict[str, _OfParent] = field(default_factory=lambda: defaultdict(_OfParent))

    def add(self, row: Any, queued_at: datetime) -> None:
        """Count a run that is not in the trash."""
        self._shift(row, 1)
        of = self.experiments[row.experiment_seq]
        if of.newest is None or of.newest < queued_at:
            of.newest = queued_at

    def take(self, row: Any) -> None:
        """Count a run no more."""
        self._shift(row, -1)
        self.experiments[row.experiment_seq].has_lost = True

    def replace(self, old: Any, new: Any, queued_at: datetime) -> None:
        """Count a run in its new state instead of its old one."""
        self._shift(old, -1)
        self.add(new, queued_at)
        if old.experiment_seq != new.experiment_seq or old.queued_at != queued_at:
            self.experiments[old.experiment_seq].has_lost = True

    def _shift(self, row: Any, sign: int) -> None:
        has_failed = sign if row.status in FAILED else 0
        of = self.experiments[row.experiment_seq]
        of.live_count += sign
        if row.kind is RunKind.cell:
            of.run_count += sign
            of.error_count += has_failed
        if row.parent_id is not None:
            parent = self.parents[row.parent_id]
            parent.child_count += sign
            parent.error_count += has_failed

    def write(self, connection: Connection) -> None:
        """Add what was counted to the rows; in one order, so that two servers do not deadlock."""
        for seq, of in sorted(self.experiments.items()):
            self._write_experiment(connection, seq, of)
        changed = [
            {"parent": parent_id, "children": of.child_count, "failed": of.error_count}
            for parent_id, of in sorted(self.parents.items())
            if of.child_count or of.error_count
        ]
        if changed:
            connection.execute(_ADD_TO_PARENT, changed)

    def _write_experiment(self, connection: Connection, seq: int, of: _OfExperiment) -> None:
        columns = experiment.c
        if of.run_count or of.error_count or of.live_count:
            connection.execute(
                _ADD_TO_EXPERIMENT,
                {"at": seq, "runs": of.run_count, "failed": of.error_count, "live": of.live_count},
            )
        if of.has_lost:
            newest = (
                select(run.c.queued_at)
                .where(live(), run.c.experiment_seq == seq)
                .order_by(run.c.seq.desc())
                .limit(1)
            )
            connection.execute(
                update(experiment)
                .where(columns.seq == seq)
                .values(last_run_at=newest.scalar_subquery())
            )
        elif of.newest is not None:
            connection.execute(_SET_NEWEST, {"at": seq, "newest": of.newest})


_ADD_TO_PARENT = (
    update(run)
    .where(run.c.id == bindparam("parent"))
    .values(
        child_count=run.c.child_count + bindparam("children"),
        error_count=run.c.error_count + bindparam("failed"),
    )
)
_ADD_TO_EXPERIMENT = (
    update(experiment)
    .where(experiment.c.seq == bindparam("at"))
    .values(
        run_count=experiment.c.run_count + bindparam("runs"),
        error_count=experiment.c.error_count + bindparam("failed"),
        live_count=experiment.c.live_count + bindparam("live"),
    )
)
_SET_NEWEST = (
    update(experiment)
    .where(
        experiment.c.seq == bindparam("at"),
        or_(
            experiment.c.last_run_at.is_(None),
            experiment.c.last_run_at < bindparam("newest", type_=experiment.c.last_run_at.type),
        ),
    )
    .values(last_run_at=bindparam("newest", type_=experiment.c.last_run_at.type))
)
