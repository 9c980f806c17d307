"""Follows the logs of jobs: one task each, which sleeps until its agent says there is more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from ..domain.clock import Clock
from ..domain.compute.job_events import JobEvent, size_of
from ..domain.compute.job_story import ended_event, moved_to, taken_in
from ..domain.compute.jobs import JobId, JobRecord, JobState
from ..domain.compute.limits import LOG_PAGE, LOG_PAGE_BYTES
from ..domain.compute.progress import ProgressReader
from ..domain.exceptions import DsinfraError
from .compute_ports import Compute
from .job_board import JobBoard
from .job_ports import JobRecorder
from .job_views import shows_something
from .transfers import Transfers
from .waiting import has_come

CHECK_S = 20.0
"""How long a log may be silent before its agent is asked whether it still works on the job."""

LOST = "Its worker or its target went away before it ended: how far it came is not known."

Post = Callable[[Callable[[], None]], None]
"""Has something called on the observer's thread."""

Redact = Callable[[str], str]
"""Takes secrets out of a text."""


class JobFollower:
    """Takes in what happens to jobs.

    Parameters
    ----------
    on_end
        Called when a job has ended and that is written.
    """

    def __init__(
        self,
        board: JobBoard,
        compute: Compute,
        recorder: JobRecorder,
        post: Post,
        redact: Redact,
        clock: Clock,
        log: logging.Logger,
        on_end: Callable[[JobRecord], Awaitable[None]],
    ) -> None:
        self._board = board
        self._compute = compute
        self._recorder = recorder
        self._post = post
        self._redact = redact
        self._clock = clock
        self._log = log
        self._on_end = on_end
        self._tasks: dict[JobId, asyncio.Task[None]] = {}
        self._news: dict[JobId, asyncio.Event] = {}
        self._behind: dict[JobId, str] = {}
        """What was said of jobs whose logs cannot be written just now."""
        self.transfers = Transfers()
        """How long what jobs took along was on its way."""
        compute.listen(self._wake)

    def follow(self, job_id: JobId) -> None:
        """Begin to follow a job that was handed to its target; all of its log is told anew."""
        if job_id not in self._tasks:
            self._news[job_id] = asyncio.Event()
            task = asyncio.create_task(self._follow(job_id), name=f"dsinfra log of {job_id}")
            self._tasks[job_id] = task
            task.add_done_callback(lambda done: self._over(job_id, done))

    async def stop(self) -> None:
        """Follow no job any more; they go on."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _wake(self, job_id: JobId) -> None:
        news = self._news.get(job_id)
        if news is not None:
            news.set()

    def _over(self, job_id: JobId, done: asyncio.Task[None]) -> None:
        self._tasks.pop(job_id, None)
        self._news.pop(job_id, None)
        self._behind.pop(job_id, None)
        self.transfers.forget(job_id)
        error = None if done.cancelled() else done.exception()
        if error is not None:
            self._log.error("dsinfra: job %s is followed no more", job_id, exc_info=error)

    async def _follow(self, job_id: JobId) -> None:
        news, reader, seq = self._news[job_id], ProgressReader(), 0
        while True:
            news.clear()
            events, has_more = await asyncio.to_thread(self._read, job_id, seq)
            job = self._board.held(job_id)
            if job is None or job.state.is_final:
                return  # it was ended meanwhile, by its user
            for event in events:
                seq = max(seq, event.get("seq", seq))
                job = self._take(job, event, reader)
            if job.state.is_final:
                last = events[-1] if events else {}
                is_end = last.get("kind") == "ended"
                await self._end(job, last if is_end else ended_event(job))
                return
            if has_more:
                continue
            end = await self._held_back(job)
            if end is not None:
                await self._end(self._take(job, end, reader), end)
                return
            await self._wait(job, news, seq)

    async def _held_back(self, job: JobRecord) -> JobEvent | None:
        """See to what cannot be written into a job's log; return its end if that is so.

        The user is told why at once, and the job ends when it has ended: its log may wait for
        room as long as it likes.
        """
        try:
            said = await self._compute.unwritten(job.target, job.id)
        except DsinfraError:
            return None
        if said is not None and said.get("kind") == "ended":
            return said
        before = self._behind.pop(job.id, None)
        now = "" if said is None else self._redact(str(said.get("detail") or ""))
        if now:
            self._behind[job.id] = now
        if now or before is not None:
            # What others have said since stays.
            self._board.change(
                job.id,
                lambda each: replace(each, detail=now) if now or each.detail == before else each,
            )
        return None

    def _read(self, job_id: JobId, after: int) -> tuple[list[JobEvent], bool]:
        """Return the next events of a log, and whether there may be more of them now."""
        found: list[JobEvent] = []
        size = 0
        for event in self._compute.events(job_id, after):
            found.append(event)
            size += size_of(event)
            if len(found) >= LOG_PAGE or size >= LOG_PAGE_BYTES:
                return found, True
        return found, False

    def _take(self, job: JobRecord, event: JobEvent, reader: ProgressReader) -> JobRecord:
        """Take in one event; the last one is told to the recorder with the job's end."""
        self.transfers.saw(job, event)
        if event.get("kind") != "ended":
            self._post(lambda: self._recorder.job_said(job.id, event))
        if shows_something(event):
            self._board.grown(job.id)

        def act(before: JobRecord) -> JobRecord:
            after = taken_in(before, event)
            if after is before:
                return before
            if after.detail != before.detail:
                after = replace(after, detail=self._redact(after.detail))
            return self._with_progress(after, event, reader)

        return self._board.change(job.id, act) or job

    def _with_progress(self, job: JobRecord, event: JobEvent, reader: ProgressReader) -> JobRecord:
        if event.get("kind") != "message" or event.get("channel") != "iopub":
            return job
        kind, content = (event.get("header") or {}).get("msg_type"), event.get("content")
        if not isinstance(kind, str) or not isinstance(content, dict):
            return job
        found = reader.read_message(kind, content)
        if found is None:
            return job
        return replace(
            job, progress_ratio=found.ratio, progress_text=self._redact(found.text) or None
        )

    async def _wait(self, job: JobRecord, news: asyncio.Event, seq: int) -> None:
        """Wait for more; a job that its agent knows no more and whose log has no end is lost."""
        if await has_come(news.wait(), CHECK_S):
            return
        try:
            if await self._compute.is_known(job.target, job.id) or news.is_set():
                return
            if await self._compute.unwritten(job.target, job.id) is not None:
                return  # its agent knows how it ended
        except DsinfraError:
            return  # an agent that is slow to answer may be at work on it
        if (await asyncio.to_thread(self._read, job.id, seq))[0]:
            return
        now = self._clock.now()
        lost = self._board.change(
            job.id, lambda each: moved_to(each, JobState.lost, ended_at=now, detail=LOST)
        )
        if lost is not None:
            await self._end(lost, ended_event(lost))

    async def _end(self, job: JobRecord, event: JobEvent) -> None:
        self._post(lambda: self._recorder.job_ended(job, event))
        await self._on_end(job)
