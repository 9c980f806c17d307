"""What a job has put out, made of its log: whole at any moment, also while its run is written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..domain.changes import Change, SaveOutputs
from ..domain.compute.job_events import JobEvent
from ..domain.compute.job_story import ended_event
from ..domain.compute.jobs import JobRecord
from ..domain.ids import KernelId, RunId, ServerId
from ..domain.runs.records import RunOutputs
from ..domain.tracking.probe_events import ArtifactPart
from .job_recording import JobRuns
from .job_views import origin_of

__all__ = ["outputs_in_log"]


def outputs_in_log(
    job: JobRecord,
    events: Iterable[JobEvent],
    max_bytes: int,
    redact_value: Callable[[Any], Any],
) -> RunOutputs | None:
    """Return the outputs as its run will have them; ``None`` if there is no log any more.

    The log is told to a recorder of its own, so that both come to the same.
    """
    last = _LastOutputs(job.run_id)
    runs = JobRuns(last, last, ServerId(""), lambda: max_bytes, logging.getLogger(__name__))
    runs.job_begun(job, origin_of(job))
    has_log = False
    for event in events:
        has_log = True
        if event.get("kind") == "message":
            runs.job_said(job.id, event)
    if not has_log:
        return None
    runs.job_ended(job, ended_event(job))
    return RunOutputs(redact_value(last.outputs.items), last.outputs.truncated)


@dataclass(slots=True)
class _LastOutputs:
    """Keeps the newest outputs of one run, and nothing else."""

    run_id: RunId
    outputs: RunOutputs = RunOutputs([])  # noqa: RUF009 - frozen

    def keep(self, changes: list[Change]) -> None:
        for change in changes:
            if isinstance(change, SaveOutputs) and change.run_id == self.run_id:
                self.outputs = change.outputs

    def take(self, kernel_id: KernelId, run_id: RunId, part: ArtifactPart) -> None:
        """An artifact is kept when the log is recorded."""

    def acknowledge(self, kernel_id: KernelId, question: str, upload: str) -> None:
        """Nobody asks here."""
