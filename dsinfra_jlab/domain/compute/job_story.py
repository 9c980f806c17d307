"""How a job stands after each event of its log; pure, and the same however often it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from .job_events import JobEvent
from .jobs import NEXT_STATES, JobRecord, JobState, ParcelName, ResultState

__all__ = ["ended_event", "moved_to", "names_of", "taken_in"]

DETAIL_MAX_CHARS = 2_000
"""Of a sentence that an engine says of a job."""


def moved_to(job: JobRecord, state: JobState, **changes: Any) -> JobRecord:
    """Return a job in another state, or as it is if that state cannot follow.

    >>> from datetime import datetime, timezone
    >>> at = datetime(2026, 1, 1, tzinfo=timezone.utc)
    >>> job = JobRecord("j", "r", "local", JobState.cancelled, "1", at)
    >>> moved_to(job, JobState.running).state.value
    'cancelled'
    """
    if state is not job.state and state not in NEXT_STATES[job.state]:
        return job
    return replace(job, state=state, **changes)


def taken_in(job: JobRecord, event: JobEvent) -> JobRecord:
    """Return a job after an event of its log; one that was taken in already changes nothing."""
    seq = event.get("seq")
    if type(seq) is not int or seq <= job.log_seq:
        return job
    act = _ACTS.get(str(event.get("kind")))
    after = act(job, event) if act is not None else job
    return replace(after, log_seq=seq)


def ended_event(job: JobRecord) -> JobEvent:
    """Return the last event of a job whose log has none: it was never sent, or was lost."""
    at = job.ended_at or job.submitted_at
    return {
        "seq": 0,
        "at": at.timestamp(),
        "kind": "ended",
        "state": job.state.value,
        "detail": job.detail,
        "exit_code": None,
        "signal": None,
        "names": [],
        "changed": [],
        "oom": False,
    }


def names_of(given: Any) -> tuple[ParcelName, ...]:
    """Return names as a kernel or a worker told them; what makes no sense is left out."""
    if not isinstance(given, Iterable) or isinstance(given, (str, bytes, Mapping)):
        return ()
    return tuple(name for each in given if (name := _name(each)) is not None)


def _name(given: Any) -> ParcelName | None:
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
        return None
    size = given.get("size_bytes")
    return ParcelName(
        given["name"],
        str(given.get("type") or ""),
        size if type(size) is int and size >= 0 else 0,
        str(given.get("digest") or ""),
        str(given.get("note") or ""),
    )


def _queued(job: JobRecord, event: JobEvent) -> JobRecord:
    if job.state is not JobState.queued:
        return job
    place = event.get("place")
    known = place if type(place) is int and place >= 0 else None
    return replace(job, queue_place=known, detail=_text(event.get("detail")))


def _starting(job: JobRecord, event: JobEvent) -> JobRecord:
    worker = event.get("worker")
    return moved_to(
        job,
        JobState.starting,
        worker=worker if isinstance(worker, str) else job.worker,
        queue_place=None,
        detail="",
    )


def _request(job: JobRecord, event: JobEvent) -> JobRecord:
    started_at = job.started_at or _moment(event) or job.submitted_at
    return moved_to(job, JobState.running, started_at=started_at, queue_place=None, detail="")


def _asked(job: JobRecord, event: JobEvent) -> JobRecord:
    if event.get("signal") == "KILL":
        return replace(job, detail="It did not end by itself and is killed.")
    return replace(job, cancel_asked_at=job.cancel_asked_at or _moment(event))


def _packed(job: JobRecord, event: JobEvent) -> JobRecord:
    size = event.get("bytes")
    return replace(
        job,
        returned=names_of(event.get("names")),
        changed_inputs=names_of(event.get("changed")),
        returned_bytes=size if type(size) is int else job.returned_bytes,
    )


def _ended(job: JobRecord, event: JobEvent) -> JobRecord:
    try:
        state = JobState(event.get("state"))
    except ValueError:
        state = JobState.lost
    if not state.is_final:
        state = JobState.lost
    returned = names_of(event.get("names")) or job.returned
    changed = names_of(event.get("changed")) or job.changed_inputs
    has_results = state in (JobState.ok, JobState.error) and (returned or changed)
    ended_at = _moment(event) or job.started_at or job.submitted_at
    return moved_to(
        job,
        state,
        ended_at=max(ended_at, job.started_at or job.submitted_at),
        returned=returned,
        changed_inputs=changed,
        result_state=ResultState.waiting if has_results else ResultState.none,
        queue_place=None,
        detail=_text(event.get("detail")),
    )


_ACTS: dict[str, Callable[[JobRecord, JobEvent], JobRecord]] = {
    "queued": _queued,
    "starting": _starting,
    "request": _request,
    "asked": _asked,
    "packed": _packed,
    "ended": _ended,
}


def _text(value: Any) -> str:
    return value[:DETAIL_MAX_CHARS] if isinstance(value, str) else ""


def _moment(event: JobEvent) -> datetime | None:
    at = event.get("at")
    if isinstance(at, bool) or not isinstance(at, (int, float)):
        return None
    try:
        return datetime.fromtimestamp(at, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
