"""The jobs that have not ended, as they stand now: what lasts a moment only is not written."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from ..domain.compute.jobs import NEXT_STATES, JobId, JobRecord, JobState
from ..domain.events import EventListener, JobsChanged
from ..domain.exceptions import DsinfraError, Unavailable
from .compute_ports import JobStore
from .waiting import has_come

Change = Callable[[JobRecord], JobRecord]
"""Makes of a job how it stands then."""

SAVE_INTERVAL_S = 0.25
"""Between two writes of one job, unless its state changes: as often as clients are told."""

GATHER_S = 0.1
"""What happens to a job before its end waits so long for what comes next: nobody sees a state that
lasts shorter, and each write of a short job holds up its end."""

RETRY_S = 2.0
"""Until a write is tried again that the store could not do."""

QUEUE_TOLD = 20
"""How many places of a queue are told of anew when one becomes free: what a screen shows."""

SETTLE_S = 15.0
"""How long a caller waits for a write; the store itself gives up after ten seconds."""


class WrongTurn(Exception):
    """A fault of ours: a job was to go to a state that cannot follow its present one."""


@dataclass(slots=True)
class _OpenJob:
    record: JobRecord
    version: int = 0
    saved_version: int = 0
    turn: asyncio.Event = field(default_factory=asyncio.Event)
    """It is to be written, and told of, now."""
    timer: asyncio.TimerHandle | None = None
    """Brings the turn of what may wait."""
    next_s: float = 0.0
    """When it may be told of again, by the clock of the loop."""
    saved: asyncio.Event = field(default_factory=asyncio.Event)
    """Pulsed after each write."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    grown: asyncio.Event = field(default_factory=asyncio.Event)
    """Pulsed when its log has grown."""
    task: asyncio.Task[None] | None = None


class JobBoard:
    """Jobs at work; what changes is told after it was committed. For the event loop only."""

    def __init__(self, store: JobStore, publish: EventListener, log: logging.Logger) -> None:
        self._store = store
        self._publish = publish
        self._log = log
        self._open: dict[JobId, _OpenJob] = {}
        self._locks: WeakValueDictionary[JobId, asyncio.Lock] = WeakValueDictionary()
        """Kept as long as somebody writes or waits to."""
        self._ending = asyncio.Event()
        """Pulsed when a job has ended."""

    async def add(self, record: JobRecord) -> None:
        """Write a new job down and hold it; raises ``Unavailable``."""
        await self._store.save_job(record)
        self.hold(record)
        self._publish(JobsChanged(frozenset((record.id,))))

    async def add_all(self, records: Sequence[JobRecord]) -> None:
        """Write new jobs down with one commit, and hold them; raises ``Unavailable``."""
        await self._store.save_jobs(records)
        for record in records:
            self.hold(record)
        self._publish(JobsChanged(frozenset(each.id for each in records)))

    def hold(self, record: JobRecord) -> None:
        """Hold a job that is written down already."""
        job = self._open[record.id] = _OpenJob(record)
        job.task = asyncio.create_task(self._keep(job), name=f"dsinfra job {record.id}")

    def held(self, job_id: JobId) -> JobRecord | None:
        """Return a job that is at work, ``None`` if it is not."""
        job = self._open.get(job_id)
        return job.record if job is not None else None

    def records(self) -> list[JobRecord]:
        """Return every job that is at work, the oldest first."""
        return [job.record for job in self._open.values()]

    async def latest(self, job_id: JobId) -> JobRecord:
        """Return a job as it stands now; raises ``NotFound``."""
        return self.held(job_id) or await self._store.job(job_id)

    def change(self, job_id: JobId, act: Change) -> JobRecord | None:
        """Change a job that is at work, and have it written; ``None`` if it is at work no more.

        Raises
        ------
        WrongTurn
            Its new state cannot follow the one it has.
        """
        job = self._open.get(job_id)
        if job is None:
            return None
        before, job.record = job.record, _checked(job.record, act)
        if job.record == before:
            return before
        job.version += 1
        self._hurry(job, before)
        if job.record.state.is_final:
            job.ended.set()
            _pulse(self._ending)
        if before.state is JobState.queued and job.record.state is not JobState.queued:
            self._tell_queue(before.target)
        return job.record

    def _hurry(self, job: _OpenJob, before: JobRecord) -> None:
        """See to it that a change is written as soon as it deserves."""
        after = job.record
        is_news = after.state is not before.state or after.preflight != before.preflight
        is_asking = after.preflight is not None and after.preflight.is_waiting
        if is_news and (after.state.is_final or is_asking):
            job.turn.set()
        else:
            in_turn_s = 0.0 if is_news else job.next_s
            _write_by(job, max(asyncio.get_running_loop().time() + GATHER_S, in_turn_s))

    def _tell_queue(self, target: str) -> None:
        """Tell of the first of those that have moved up on a target; the others see it later."""
        waiting = (
            job.record.id
            for job in self._open.values()
            if job.record.target == target and job.record.state is JobState.queued
        )
        first = frozenset(itertools.islice(waiting, QUEUE_TOLD))
        if first:
            self._publish(JobsChanged(first))

    async def settled(self, job_id: JobId) -> JobRecord:
        """Return a job once all that is known of it is written; raises ``Unavailable``."""
        job = self._open.get(job_id)
        if job is None:
            return await self._store.job(job_id)
        wanted, record = job.version, job.record
        if job.saved_version < wanted:
            job.turn.set()
        if not await has_come(_written(job, wanted), SETTLE_S):
            raise Unavailable(
                "The store does not answer. The job goes on and is written down later."
            )
        return record

    async def amend(self, job_id: JobId, act: Change) -> JobRecord:
        """Change a job, at work or not, and return it once that is written.

        Raises
        ------
        NotFound
            There is no such job.
        Unavailable
            The store is away.
        """
        if self.change(job_id, act) is not None:
            return await self.settled(job_id)
        lock = self._locks.setdefault(job_id, asyncio.Lock())
        async with lock:
            before = await self._store.job(job_id)
            after = _checked(before, act)
            if after != before:
                await self._store.save_job(after)
                self._publish(JobsChanged(frozenset((job_id,))))
        return after

    def grown(self, job_id: JobId) -> None:
        """Tell who waits, and who watches, that there is more to see of a job."""
        job = self._open.get(job_id)
        if job is not None:
            _pulse(job.grown)
            _write_by(job, job.next_s)

    async def growth(self, job_id: JobId, timeout_s: float) -> None:
        """Wait until the log of a job has grown, it has ended, or so many seconds are over."""
        job = self._open.get(job_id)
        if job is not None and not job.ended.is_set():
            await _any((job.grown.wait(), job.ended.wait()), timeout_s)

    async def end_of_any(self, job_ids: Iterable[JobId], timeout_s: float) -> None:
        """Wait until one of these jobs is at work no more, or the time is over."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + timeout_s
        wanted = list(job_ids)
        while all(self.is_at_work(each) for each in wanted):
            if not await has_come(self._ending.wait(), max(0.0, until_s - loop.time())):
                return

    def is_at_work(self, job_id: JobId) -> bool:
        """Return whether a job has not ended."""
        job = self._open.get(job_id)
        return job is not None and not job.ended.is_set()

    async def stop(self) -> None:
        """Write what is not written yet, as far as the store takes it, and hold no job."""
        for job in list(self._open.values()):
            if job.task is not None:
                job.task.cancel()
            if job.saved_version < job.version:
                try:
                    await self._store.save_job(job.record)
                except DsinfraError:
                    break  # its log is read again by the next server
        self._open.clear()

    # Inside

    async def _keep(self, job: _OpenJob) -> None:
        """Write a job whenever it has news, until it has ended and that is written."""
        while True:
            await job.turn.wait()
            job.turn.clear()
            if job.timer is not None:
                job.timer.cancel()
                job.timer = None
            job.next_s = asyncio.get_running_loop().time() + SAVE_INTERVAL_S
            if not await self._write(job):
                await asyncio.sleep(RETRY_S)
                job.turn.set()
                continue
            if job.record.state.is_final and job.saved_version == job.version:
                self._open.pop(job.record.id, None)
                return

    async def _write(self, job: _OpenJob) -> bool:
        """Write a job if it has changed, and tell of it; return whether that could be done."""
        record, version = job.record, job.version
        if version > job.saved_version:
            try:
                await self._store.save_job(record)
            except DsinfraError as error:
                self._log.warning("dsinfra: job %s is not written: %s", record.id, error.message)
                return False
            except Exception:
                self._log.exception("dsinfra: job %s could not be written", record.id)
                return False
            job.saved_version = version
        self._publish(JobsChanged(frozenset((record.id,))))
        _pulse(job.saved)
        return True


def _checked(before: JobRecord, act: Change) -> JobRecord:
    after = act(before)
    if after.state is not before.state and after.state not in NEXT_STATES[before.state]:
        raise WrongTurn(f"{before.state.value} -> {after.state.value}")
    return after


async def _written(job: _OpenJob, version: int) -> None:
    while job.saved_version < version:
        await job.saved.wait()


def _write_by(job: _OpenJob, at_s: float) -> None:
    """Have a job written at a time of the loop's clock at the latest."""
    loop = asyncio.get_running_loop()
    if at_s <= loop.time():
        job.turn.set()
    elif job.timer is None or job.timer.when() > at_s:
        if job.timer is not None:
            job.timer.cancel()
        job.timer = loop.call_at(at_s, job.turn.set)


def _pulse(event: asyncio.Event) -> None:
    """Wake all who wait now, and nobody who waits later."""
    event.set()
    event.clear()


async def _any(waits: Iterable[Coroutine[Any, Any, Any]], timeout_s: float) -> None:
    tasks = [asyncio.ensure_future(each) for each in waits]
    try:
        await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
