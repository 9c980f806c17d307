"""Jobs as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from typing import Any

from ..domain.compute.job_events import JobEvent, size_of
from ..domain.compute.job_groups import JobGroup, JobGroupRecord, group_name
from ..domain.compute.jobs import Job, JobLog, JobMessage, JobRecord
from ..domain.compute.limits import CANCEL_GRACE_S, LOG_PAGE, LOG_PAGE_BYTES
from ..domain.compute.targets import TargetRecord
from ..domain.runs.records import Document, DocumentKind
from .contents_paths import ContentsPaths
from .job_ports import JobOrigin

__all__ = ["group_shown", "job_log", "job_shown", "origin_of"]

_SHOWN = (
    "stream",
    "display_data",
    "execute_result",
    "update_display_data",
    "clear_output",
    "error",
)
"""Types of messages that put something into a cell."""

CODE_LINE_MAX_CHARS = 200
"""Of the line that stands for a job in lists."""

_SAME = ({field.name for field in fields(Job)} & {field.name for field in fields(JobRecord)}) - {
    "notebook_path",
    "queue_place",
    "returns",
    "sent",
    "returned",
    "changed_inputs",
    "conflicts",
}
"""What is shown as it is kept."""


def job_shown(
    job: JobRecord,
    paths: ContentsPaths,
    target: TargetRecord | None,
    now: datetime,
    place: int | None = None,
) -> Job:
    """Return a job as the API shows it; ``place`` is that in the queue, where no engine says."""
    duration_s = _duration_s(job, now)
    same: dict[str, Any] = {name: getattr(job, name) for name in _SAME}
    path = job.notebook_path
    return Job(
        **same,
        code_line=_first_line(job.code),
        notebook_path=None if path is None else paths.to_contents(path),
        returns=None if job.returns is None else list(job.returns),
        duration_s=duration_s,
        queue_place=place if job.queue_place is None else job.queue_place,
        kill_at=_kill_at(job),
        sent=list(job.sent),
        returned=list(job.returned),
        changed_inputs=list(job.changed_inputs),
        conflicts=list(job.conflicts),
        cost=_cost(target, duration_s),
        currency=target.currency if target is not None else None,
    )


def group_shown(
    group: JobGroupRecord, paths: ContentsPaths, target: TargetRecord | None, now: datetime
) -> JobGroup:
    """Return a group of jobs as the API shows it."""
    first, path = group.first, group.first.notebook_path
    ended_at = None if group.counts.open else group.ended_at
    duration_s = None
    if group.started_at is not None:
        duration_s = max(0.0, ((ended_at or now) - group.started_at).total_seconds())
    worked_s = group.worked_by(now).total_seconds()
    return JobGroup(
        id=group.id,
        name=group_name(first.name),
        code_line=_first_line(first.code),
        target=first.target,
        kernel_id=first.kernel_id,
        notebook_path=None if path is None else paths.to_contents(path),
        parent_run_id=first.parent_run_id,
        mode=first.mode,
        user=first.user,
        counts=group.counts,
        submitted_at=first.submitted_at,
        started_at=group.started_at,
        ended_at=ended_at,
        duration_s=duration_s,
        worked_s=worked_s,
        cost=_cost(target, worked_s),
        currency=target.currency if target is not None else None,
    )


def job_log(job: JobRecord, events: Iterable[JobEvent], after: int) -> JobLog:
    """Return the part of its log that puts something into a cell, until a page is full.

    What shows nothing fills no page: only an empty page of a job that runs has no items.
    """
    items: list[JobMessage] = []
    seq, size, is_truncated = after, 0, False
    for event in events:
        seq = max(seq, int(event.get("seq", seq)))
        is_truncated = is_truncated or event.get("kind") == "dropped"
        message = _message(event)
        if message is not None:
            items.append(message)
            size += size_of(event)
            if len(items) >= LOG_PAGE or size >= LOG_PAGE_BYTES:
                return JobLog(items, seq, False, is_truncated)
    return JobLog(items, seq, job.state.is_final, is_truncated)


def origin_of(job: JobRecord) -> JobOrigin:
    """Return where a job was sent from, as the records of its run need it."""
    document = job.document
    if job.notebook_path is not None:
        name = job.notebook_path.replace("\\", "/").rsplit("/", 1)[-1]
        document = Document(DocumentKind.notebook, job.notebook_path, name)
    if document is None:
        document = Document(DocumentKind.kernel, job.target, job.target)
    return JobOrigin(document, job.kernel_name or job.target, "python")


def shows_something(event: JobEvent) -> bool:
    """Return whether an event of a log puts something into a cell."""
    if event.get("kind") != "message" or event.get("channel") != "iopub":
        return False
    kind = (event.get("header") or {}).get("msg_type")
    return kind in _SHOWN and isinstance(event.get("content"), dict)


def _message(event: JobEvent) -> JobMessage | None:
    if not shows_something(event):
        return None
    kind, content = event["header"]["msg_type"], event["content"]
    at = datetime.fromtimestamp(float(event.get("at") or 0.0), timezone.utc)
    return JobMessage(int(event["seq"]), at, kind, content)


def _duration_s(job: JobRecord, now: datetime) -> float | None:
    if job.started_at is None:
        return None
    return max(0.0, ((job.ended_at or now) - job.started_at).total_seconds())


def _kill_at(job: JobRecord) -> datetime | None:
    if job.cancel_asked_at is None or job.state.is_final or job.started_at is None:
        return None
    return job.cancel_asked_at + timedelta(seconds=CANCEL_GRACE_S)


def _cost(target: TargetRecord | None, duration_s: float | None) -> float | None:
    """Return what a job has cost by now; null without a price."""
    if target is None or target.price_per_hour is None or duration_s is None:
        return None
    return target.price_per_hour * duration_s / 3_600


def _first_line(code: str) -> str:
    line = next((each for each in code.splitlines() if each.strip()), "")
    return line[:CODE_LINE_MAX_CHARS].rstrip()
