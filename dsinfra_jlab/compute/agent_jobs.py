"""The jobs of an agent: their logs, and what is told of them."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..domain.compute.job_events import EVENT_LOG, JOB_FILE, JobEvent
from ..domain.compute.job_spec import JobSpec
from ..domain.compute.jobs import JobId, JobState
from ..domain.exceptions import DsinfraError, Unavailable
from ..domain.sizes import size_in_words
from .agent_place import OPEN_FOLDER, private_folder, read_json, write_json
from .engine import OpenTarget, Work
from .event_log import EventLog

_LOG = logging.getLogger(__name__)

RETRY_WRITE_S = 1.0
"""How often writing is tried again while the disk is full."""

_AGENT_DIED = (
    "The process that kept this target ended unexpectedly, and the job with it: how far it came "
    "is not known."
)

Grown = Callable[[JobId, int, bool], None]
"""Told that a log has grown, up to which event, and whether more waits to be written."""


class AgentJobs:
    """Keeps the log of every open job. It is the only writer of those logs."""

    def __init__(self, folder: Path, grown: Grown) -> None:
        self._marks = private_folder(folder / OPEN_FOLDER)
        self._grown = grown
        self._logs: dict[JobId, EventLog] = {}
        self._unwritten: set[JobId] = set()
        self._awaited: set[JobId] = set()
        self._flush_at: asyncio.Handle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def open_ids(self) -> list[JobId]:
        """The jobs that have not ended, oldest first."""
        return [job_id for job_id, log in self._logs.items() if not log.has_ended]

    @property
    def are_settled(self) -> bool:
        """Whether every job has ended and all of it is written."""
        return not self._logs

    def recover(self) -> None:
        """End the jobs that an earlier agent has left open."""
        for mark in self._marks.glob("*.json"):
            job_id = JobId(urllib.parse.unquote(mark.stem))
            folder = Path((read_json(mark) or {}).get("folder") or "/nonexistent")
            if not folder.is_dir():
                mark.unlink(missing_ok=True)
                continue
            try:
                self._logs[job_id] = EventLog(folder / EVENT_LOG)
            except OSError:
                _LOG.exception("The log of job %s cannot be read", job_id)
                continue
            self.ended(job_id, ended(JobState.lost, _AGENT_DIED))

    def submit(self, folder: Path, target: OpenTarget) -> None:
        """Take a job and hand it to the engine; one that is known already is left alone.

        Raises
        ------
        Unavailable
            Its folder cannot be read or written.
        """
        try:
            spec = read_spec(folder)
            job_id = JobId(spec.job_id)
            log = self._logs.get(job_id) or EventLog(folder / EVENT_LOG)
            if job_id in self._logs or log.seq:
                return
            write_json(self._mark(job_id), {"folder": str(folder)})
        except OSError as error:
            raise Unavailable(f"The job's folder cannot be used: {error}") from error
        self._logs[job_id] = log
        self.said(job_id, {"kind": "queued", "place": None, "detail": ""})
        task = asyncio.ensure_future(self._hand_over(Work(spec, folder), target))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hand_over(self, work: Work, target: OpenTarget) -> None:
        job_id = JobId(work.spec.job_id)
        try:
            await target.submit(work)
        except DsinfraError as error:
            self.ended(job_id, ended(JobState.error, error.message))
        except Exception as error:
            _LOG.exception("Job %s cannot be submitted", job_id)
            text = f"It could not be sent: {type(error).__name__}: {error}"
            self.ended(job_id, ended(JobState.error, text))

    def said(self, job_id: JobId, event: JobEvent) -> None:
        """Take an event of a job."""
        log = self._logs.get(job_id)
        if log is None or log.has_ended:
            return
        log.append(event)
        self._unwritten.add(job_id)
        if self._flush_at is None:
            self._flush_at = asyncio.get_running_loop().call_soon(self._flush)

    def ended(self, job_id: JobId, event: JobEvent) -> None:
        """Take the last event of a job."""
        self.said(job_id, event | {"kind": "ended"})

    def end_all(self, state: JobState, detail: str) -> None:
        """End every job that is still open."""
        for job_id in self.open_ids:
            self.ended(job_id, ended(state, detail))
        self.flush()

    def is_known(self, job_id: JobId) -> bool:
        """Return whether a job has not ended yet."""
        log = self._logs.get(job_id)
        return job_id in self._awaited or (log is not None and not log.has_ended)

    @contextmanager
    def awaiting(self, folder: Path) -> Iterator[None]:
        """Know a job that waits for the target to open: whoever sent it may be gone by then."""
        job_id = JobId(folder.name)
        self._awaited.add(job_id)
        try:
            yield
        finally:
            self._awaited.discard(job_id)

    @property
    def behind_ids(self) -> list[JobId]:
        """The jobs whose logs cannot be written just now."""
        return [job_id for job_id, log in self._logs.items() if log.failure is not None]

    def unwritten(self, job_id: JobId) -> JobEvent | None:
        """Return why the log of a job cannot be written, or its end if that is known already.

        The end is as it will stand in the log, with the reason; ``None`` if the log is written.
        """
        log = self._logs.get(job_id)
        if log is None or log.failure is None:
            return None
        text = why_unwritten(log.path, log.failure)
        if log.end is None:
            return {"kind": "behind", "detail": text}
        return log.end | {"detail": f"{log.end['detail']} {text}".strip()}

    def flush(self) -> None:
        """Write everything now."""
        if self._flush_at is not None:
            self._flush_at.cancel()
        self._flush()

    def _flush(self) -> None:
        self._flush_at = None
        for job_id in list(self._unwritten):
            log = self._logs[job_id]
            before, was_behind = log.written_seq, log.failure is not None
            if log.flush() or (log.has_ended and not log.path.parent.exists()):
                self._unwritten.discard(job_id)
                if log.has_ended:
                    del self._logs[job_id]
                    self._mark(job_id).unlink(missing_ok=True)
            is_behind = log.failure is not None
            if log.written_seq > before or log.has_ended or is_behind != was_behind:
                self._grown(job_id, log.written_seq, is_behind)
        if self._unwritten:
            loop = asyncio.get_running_loop()
            self._flush_at = loop.call_later(RETRY_WRITE_S, self._flush)

    def _mark(self, job_id: JobId) -> Path:
        return self._marks / f"{urllib.parse.quote(job_id, safe='')}.json"


def ended(state: JobState, detail: str, **more: Any) -> JobEvent:
    """Return the last event of a job."""
    return {
        "kind": "ended",
        "state": state.value,
        "detail": detail,
        "exit_code": None,
        "signal": None,
        "names": [],
        "changed": [],
        "oom": False,
    } | more


def why_unwritten(path: Path, failure: OSError) -> str:
    """Return why a log cannot be written, how much is free, and what to do."""
    folder = path.parent
    if failure.errno not in (errno.ENOSPC, errno.EDQUOT):
        reason = failure.strerror or str(failure)
        return f"What the job puts out cannot be written to {folder}: {reason}. Permit it."
    quota = " within your quota" if failure.errno == errno.EDQUOT else ""
    free = ""
    with suppress(OSError):
        disk = os.statvfs(folder)
        there, whole = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
        free = f" ({size_in_words(there)} of {size_in_words(whole)} are free)"
    return (
        f"There is no room left{quota} for what the job puts out, on the disk of {folder}{free}. "
        "Make room there; the rest is written then."
    )


def read_spec(folder: Path) -> JobSpec:
    """Return what ``job.json`` of a folder says; fields of a later version are left out.

    Raises
    ------
    OSError
        It cannot be read or is no job.
    """
    found = read_json(folder / JOB_FILE)
    if found is None:
        raise FileNotFoundError(f"{folder / JOB_FILE} is missing or damaged")
    known = {field.name for field in fields(JobSpec)}
    lists = {
        name: tuple(found[name]) for name in ("argv", "returns") if found.get(name) is not None
    }
    try:
        return JobSpec(**{name: found[name] for name in known & found.keys()} | lists)
    except TypeError as error:
        raise OSError(f"{folder / JOB_FILE} is no job: {error}") from error
