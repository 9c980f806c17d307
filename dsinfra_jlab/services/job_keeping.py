"""The work on jobs that nobody asks for: take over what dead servers left, remove old folders."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta

from ..domain.clock import Clock
from ..domain.compute import limits
from ..domain.compute.jobs import MAP_FOLDER, JobId, JobQuery, JobRecord, JobState, ResultState
from ..domain.exceptions import DsinfraError
from ..domain.health import ServiceHealth, ServiceState
from .compute_ports import Compute, JobStore
from .jobs import JobService
from .targets import TargetService

FIRST_TRIES_S = 2.0
"""Between two tries until the store has answered for the first time."""

ROUND_S = 60.0
"""Between two looks for jobs whose server is gone: as long as a server counts as alive."""

SWEEP_S = 3_600.0
"""Between two looks for folders that are past their time."""

_FINAL = ",".join(state.value for state in JobState if state.is_final)


class JobKeeping:
    """The part of the server that has jobs going on; when it stops, they go on without it."""

    def __init__(
        self,
        jobs: JobService,
        targets: TargetService,
        compute: Compute,
        store: JobStore,
        home: str,
        clock: Clock,
        log: logging.Logger,
    ) -> None:
        self._jobs = jobs
        self._targets = targets
        self._compute = compute
        self._store = store
        self._home = home
        self._clock = clock
        self._log = log
        self._task: asyncio.Task[None] | None = None
        self._health = ServiceHealth(ServiceState.running)
        self._sweeps_at_s = 0.0
        self._is_swept_whole = False

    async def start(self) -> None:
        """Begin the rounds; the first takes over what the server before has left."""
        self._task = asyncio.create_task(self._go_round(), name="dsinfra jobs")

    async def stop(self) -> None:
        """Let go of every job and every agent; they go on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._jobs.stop()
        await self._targets.stop_waiting()
        await self._compute.close()

    def health(self) -> ServiceHealth:
        """Return how the last round went."""
        return self._health

    async def round(self) -> bool:
        """Do what is due, and return whether that could be done."""
        try:
            await self._jobs.resume()
            if self._clock.monotonic_s() >= self._sweeps_at_s:
                await self._sweep()
                self._sweeps_at_s = self._clock.monotonic_s() + SWEEP_S
        except DsinfraError as error:
            self._health = ServiceHealth(ServiceState.degraded, error.message)
            return False
        except Exception as error:
            self._log.error("dsinfra: jobs could not be looked after", exc_info=error)
            reason = f"It failed with {type(error).__name__}; the server's log has more."
            self._health = ServiceHealth(ServiceState.degraded, reason)
            return False
        self._health = ServiceHealth(ServiceState.running)
        return True

    async def _go_round(self) -> None:
        pause_s = FIRST_TRIES_S
        while True:
            if await self.round():
                pause_s = ROUND_S
            await asyncio.sleep(pause_s)

    async def _sweep(self) -> None:
        """Remove the folders of jobs that ended long ago.

        Once over all jobs, then only over those that can have come of age since.
        """
        now = self._clock.now()
        kept = timedelta(seconds=limits.JOB_FOLDER_KEPT_S)
        looked_at = now - kept - timedelta(days=2)
        cursor = None
        while True:
            page = await self._store.jobs(JobQuery(state=_FINAL, limit=500, cursor=cursor))
            for job in page.items:
                if job.home == self._home and job.ended_at and job.ended_at < now - kept:
                    await self._clear(job)
            cursor = page.next_cursor
            is_done = bool(page.items) and page.items[-1].submitted_at < looked_at
            if cursor is None or (self._is_swept_whole and is_done):
                break
        self._is_swept_whole = True
        await self._sweep_maps(now - kept)

    async def _sweep_maps(self, before: datetime) -> None:
        """Remove what items of maps share when all of them have ended long ago."""
        for folder, age_s in await asyncio.to_thread(self._compute.map_folders):
            if age_s > limits.JOB_FOLDER_KEPT_S and not await self._is_needed(folder, before):
                await asyncio.to_thread(self._compute.forget, folder)

    async def _is_needed(self, folder: JobId, before: datetime) -> bool:
        """Return whether an item of a map has not ended, or not before a moment."""
        query = JobQuery(group_id=folder[len(MAP_FOLDER) :], limit=500)
        while True:
            page = await self._store.jobs(query)
            if any(each.ended_at is None or each.ended_at >= before for each in page.items):
                return True
            if page.next_cursor is None:
                return False
            query = replace(query, cursor=page.next_cursor)

    async def _clear(self, job: JobRecord) -> None:
        await asyncio.to_thread(self._compute.forget, job.id)
        if job.result_state not in (ResultState.none, ResultState.gone):
            await self._jobs.board.amend(
                job.id, lambda each: replace(each, result_state=ResultState.gone)
            )
