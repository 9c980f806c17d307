"""Small jobs that travel together: how many, and what becomes of each.

A task of Dask costs all processes some 40 ms; an item of a map may take one. So items that can
share a kernel go by the batch: as many as should take half a second by those before them, never
more than their share of what waits, and by themselves where they take long. What has not begun is
taken back from a batch that does not go on, so one long item holds up no other.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol

from ...domain.compute.job_events import JOB_FILE, JobEvent
from ...domain.compute.jobs import JobId, JobState
from ..agent_jobs import ended
from .dask_jobs import Batch, OnDask, never_begun, worker_ended
from .dask_link import DaskLink
from .dask_parcel import digest
from .dask_processes import WATCH_S
from .dask_queue import Queue
from .dask_workers import DaskWorkers

_LOG = logging.getLogger(__name__)

BATCH_S = 0.5
"""What a batch should take: so long an idle worker waits at most for what another one has."""

BATCH_MAX = 50
"""Jobs of a batch: more save nothing, and all of them are told of at once."""

LATE_S = 1.0
"""A batch that has not gone on for so long gives back what has not begun."""

MOVES_MAX = 3
"""Jobs that fail so often with what they travel with are given up."""

_WEIGHT = 0.5
"""Of the newest job in what is thought of the next one: items of a map differ."""


class Jobs(Protocol):
    """What batches need of the target that has the jobs."""

    def leave(self, job_id: JobId, event: JobEvent) -> bool:
        """Say that a job has ended, once."""

    def pump(self) -> None:
        """Let every job go that can."""


class Batches:
    """The batches that are at work on our own workers."""

    def __init__(self, link: DaskLink, queue: Queue, workers: DaskWorkers, jobs: Jobs) -> None:
        self._link = link
        self._queue = queue
        self._workers = workers
        self._jobs = jobs
        self._open: set[Batch] = set()
        self._numbers = itertools.count(1)
        self._seconds: dict[str, float] = {}

    # How many

    def note(self, job: OnDask, event: JobEvent) -> None:
        """Learn from a job that has ended how long those like it take."""
        if job.kind is None or job.begun_at is None or event.get("at") is None:
            return
        took_s = max(0.0, float(event["at"]) - job.begun_at)
        before_s = self._seconds.pop(job.kind, took_s)
        self._seconds[job.kind] = before_s + _WEIGHT * (took_s - before_s)
        while len(self._seconds) > BATCH_MAX:
            del self._seconds[next(iter(self._seconds))]

    def size(self, kind: str) -> int:
        """Return how many jobs of a kind shall go together now."""
        seconds = self._seconds.get(kind)
        if seconds is None:
            return 1
        share = math.ceil(len(self._queue.waiting) / (2 * max(1, self._workers.count)))
        return max(1, min(BATCH_MAX, share, int(BATCH_S / max(seconds, BATCH_S / BATCH_MAX))))

    def made(self, first: JobId, jobs: dict[JobId, OnDask]) -> Batch | None:
        """Return a batch of the job that goes now with others, ``None`` if it goes by itself."""
        job = jobs[first]
        if job.kind is None or job.worker is None or not self._workers.see_files:
            return None
        kind = job.kind
        more = self._queue.take_along(self.size(kind) - 1, lambda each: jobs[each].kind == kind)
        if not more:
            return None
        mine = {job_id: jobs[job_id] for job_id in (first, *more)}
        batch = Batch(f"batch-{next(self._numbers)}", job.worker, mine, time.monotonic())
        for each in mine.values():
            each.worker, each.batch = job.worker, batch
        return batch

    # Their way

    async def run(self, batch: Batch) -> None:
        """See a batch through, until none of its jobs is left."""
        self._open.add(batch)
        is_sound = True
        try:
            gathering = await self._sent(batch)
            over = asyncio.ensure_future(batch.over.wait())
            await asyncio.wait([gathering, over], return_when=asyncio.FIRST_COMPLETED)
            over.cancel()
            if batch.jobs:
                is_sound = await self._left_over(batch, gathering)
        except OSError as error:  # its first folder is gone
            self._end_all(batch, f"The job's folder cannot be read: {error}")
        finally:
            self._open.discard(batch)
        self._workers.release(batch.worker, is_sound=is_sound)
        self._jobs.pump()
        future, batch.future = batch.future, None
        await self._link.forget(JobId(batch.key), future)

    async def _sent(self, batch: Batch) -> asyncio.Future[Any]:
        """Send a batch; return what comes to hold what its task says."""
        first = next(iter(batch.jobs.values())).work
        check = digest(await asyncio.to_thread((first.folder / JOB_FILE).read_bytes))
        jobs = [
            {
                "job_id": job_id,
                "message_id": job.work.spec.message_id,
                "folder": str(job.work.folder),
            }
            for job_id, job in batch.jobs.items()
        ]
        spec = asdict(first.spec) | self._workers.additions(first.spec)
        order = {"spec": spec, "jobs": jobs, "check": check}
        batch.future = self._link.submit_batch(batch.key, batch.jobs, order, batch.worker)
        for job_id, job in batch.jobs.items():
            job.future = batch.future
            self._link.answer(job_id).add_done_callback(self._taker(job_id))
        return self._link.gather(JobId(batch.key), batch.future)

    def _taker(self, job_id: JobId) -> Callable[[asyncio.Future[dict[str, Any]]], None]:
        def take(answer: asyncio.Future[dict[str, Any]]) -> None:
            if not answer.cancelled():
                self._jobs.leave(job_id, answer.result()["ended"])

        return take

    async def _left_over(self, batch: Batch, gathering: asyncio.Future[Any]) -> bool:
        """See to the jobs that have said nothing of their end; return whether their worker is well.

        What has begun is not run again; what has not waits once more, before all others.
        """
        failure = _failure(gathering)
        if failure is not None:
            # What it said before comes first; the end of the scheduler is seen now.
            await asyncio.sleep(3 * WATCH_S)
        said = json.loads(bytes(gathering.result())) if failure is None else {}
        if said.get("not_here"):
            self._workers.see_files = False
        for job_id, answer in said.get("answers", {}).items():
            if job_id in batch.jobs:
                await self._link.settle(JobId(job_id), answer["events"])
                self._jobs.leave(JobId(job_id), answer["ended"])
        back = []
        for job_id, job in list(batch.jobs.items()):
            job.moves += failure is not None
            if job.is_given_up:
                batch.let_go(job_id)
            elif job.has_begun:
                self._jobs.leave(job_id, worker_ended(batch.worker))
            elif job.is_cancelled:
                self._jobs.leave(job_id, never_begun())
            elif job.moves > MOVES_MAX or not self._link.is_connected:
                self._jobs.leave(job_id, ended(JobState.lost, _words(failure)))
            else:
                back.append(job_id)
        self._put_back(batch, back)
        return failure is None

    def _put_back(self, batch: Batch, job_ids: list[JobId]) -> None:
        """Let jobs wait again, in their order and before all others."""
        needs = {}
        for job_id in job_ids:
            job = batch.jobs[job_id]
            batch.let_go(job_id)
            self._link.let_go(job_id)
            if job.is_cancelled:
                self._jobs.leave(job_id, never_begun())
                continue
            job.wait_again()
            needs[job_id] = job.need
        self._queue.put_back(needs)

    def _end_all(self, batch: Batch, text: str) -> None:
        for job_id in list(batch.jobs):
            self._jobs.leave(job_id, ended(JobState.error, text))

    # What comes between

    async def see_to_late(self) -> None:
        """Take back what has not begun from batches that do not go on."""
        for batch in list(self._open):
            waiting = [job_id for job_id, job in batch.jobs.items() if not job.has_begun]
            if waiting and time.monotonic() - batch.moved_s > LATE_S:
                for job in batch.jobs.values():
                    if job.kind is not None:
                        self._seconds[job.kind] = max(LATE_S, self._seconds.get(job.kind, 0.0))
                found = await self._link.take_back(waiting, batch.worker)
                self._put_back(batch, [each for each in found if each in batch.jobs])
                self._jobs.pump()

    async def is_taken_back(self, job_id: JobId, batch: Batch) -> bool:
        """Return whether a job will not begin any more, and say then that it was cancelled."""
        if job_id not in await self._link.take_back([job_id], batch.worker):
            return False
        self._jobs.leave(job_id, never_begun())
        return True

    async def worker_gone(self, address: str | None) -> None:
        """See that no batch waits for a worker that has gone; one that was there ends by itself."""
        mine = [batch for batch in self._open if address and batch.worker == address]
        await asyncio.sleep(3 * WATCH_S if mine else 0)
        for batch in mine:
            if batch in self._open and batch.future is not None:
                await batch.future.cancel(reason="its worker has gone")


def _failure(gathering: asyncio.Future[Any]) -> BaseException | None:
    """Return why a task has no result."""
    if gathering.cancelled():
        return asyncio.CancelledError("it was given up")
    if not gathering.done():
        return None
    failure = gathering.exception()
    if failure is not None:
        _LOG.warning("A batch has failed: %s: %s", type(failure).__name__, failure)
    return failure


def _words(failure: BaseException | None) -> str:
    if failure is None:
        return "The connection to Dask's scheduler was lost."
    return f"It could not be run: {type(failure).__name__}: {failure}"
