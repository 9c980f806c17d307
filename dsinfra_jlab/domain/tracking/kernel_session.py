"""The run that stands for one kernel process, above the cells it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..changes import Change, SaveRun
from ..runs.records import RunRecord, RunStatus
from .tracked_run import Moment
from .verdict import EndCause, KernelEnd, describe_end

_STATUS_BY_CAUSE = {EndCause.died: RunStatus.kernel_died, EndCause.out_of_sight: RunStatus.lost}
"""How a session ended; one that the user or the server ended is ``ok``."""


class KernelSession:
    """One kernel process, stored with its first cell: kernels nobody used leave no trace."""

    def __init__(self, record: RunRecord, at: Moment) -> None:
        self.record = record
        self._begun_s = at.monotonic_s
        self._stored: RunRecord | None = None

    def amend(self, **facts: Any) -> list[Change]:
        """Add what became known later; return what is to be stored of it."""
        before = self.record
        self.record = replace(before, **facts)
        return self.store() if self._stored is not None and self.record != before else []

    def store(self) -> list[Change]:
        """Return what is to be stored so that cells can stand below this session."""
        if self._stored is self.record:
            return []
        self._stored = self.record
        return [SaveRun(self.record)]

    def end(self, end: KernelEnd, at: Moment, missed_messages: int | None) -> list[Change]:
        """Close the session. One that died is stored even if it never ran a cell."""
        if self._stored is None and end.cause is not EndCause.died:
            return []
        started_at = self.record.started_at or self.record.queued_at
        self.record = replace(
            self.record,
            status=_STATUS_BY_CAUSE.get(end.cause, RunStatus.ok),
            status_reason=describe_end(end),
            ended_at=max(at.now, started_at),
            duration_s=max(0.0, at.monotonic_s - self._begun_s),
            missed_messages=missed_messages,
        )
        return self.store()
