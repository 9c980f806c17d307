"""What a person does with the items of a map together: look, cancel, send the failed again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from ..domain.clock import Clock
from ..domain.compute.job_groups import (
    GroupItemsQuery,
    GroupRetry,
    JobGroup,
    JobGroupId,
    JobGroupQuery,
    JobGroupRecord,
)
from ..domain.compute.jobs import Job, JobRecord, JobState
from ..domain.compute.limits import GROUP_ACTS_AT_ONCE, GROUP_RETRIES_MAX
from ..domain.exceptions import Conflict, DsinfraError
from ..domain.runs.records import Page
from .compute_ports import JobStore
from .contents_paths import ContentsPaths
from .job_views import group_shown
from .jobs import JobService
from .targets import TargetService

__all__ = ["JobGroups"]

_FAILED = (JobState.error, JobState.lost)


class JobGroups:
    """The use cases of groups of jobs."""

    def __init__(
        self,
        jobs: JobService,
        targets: TargetService,
        store: JobStore,
        paths: ContentsPaths,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._targets = targets
        self._store = store
        self._paths = paths
        self._clock = clock

    async def groups(self, query: JobGroupQuery) -> Page[JobGroup]:
        """Return groups, newest first; raises ``BadInput``."""
        page = await self._store.job_groups(query)
        return Page(await self._shown(page.items), page.next_cursor)

    async def group(self, group_id: JobGroupId) -> JobGroup:
        """Return one group; raises ``NotFound``."""
        return (await self._shown([await self._store.job_group(group_id)]))[0]

    async def items(self, group_id: JobGroupId, query: GroupItemsQuery) -> Page[Job]:
        """Return items of a group, failed ones first; raises ``NotFound``, ``BadInput``."""
        page = await self._store.group_items(group_id, query)
        if not page.items and query.cursor is None:
            await self._store.job_group(group_id)
        return Page(await self._jobs.shown_all(page.items), page.next_cursor)

    async def cancel(self, group_id: JobGroupId) -> JobGroup:
        """Ask for the end of every item that has not ended, and of those that are still sent.

        Raises
        ------
        NotFound
            There is no such group.
        Conflict
            Another server works on it.
        """
        group = await self._store.job_group(group_id)
        mine = [each for each in self._jobs.board.records() if each.group_id == group_id]
        if group.counts.open and not mine:
            raise Conflict("Another server works on these jobs; cancel them there.")
        self._jobs.close_group(group_id)
        asked_at = self._clock.now()
        for job in mine:
            self._jobs.note_cancel(job.id, asked_at)
        # Those that wait first, the last one at the head: none begins in the place of another.
        mine.sort(key=lambda job: (job.state is not JobState.queued, -job.submitted_at.timestamp()))
        await _each(mine, lambda job: self._jobs.ask_end(job))
        return await self.group(group_id)

    async def retry(self, group_id: JobGroupId, user: str | None) -> GroupRetry:
        """Send items that failed or were lost again, some of them if there are many.

        Raises ``NotFound``; what cannot be sent again is counted.
        """
        group = await self._store.job_group(group_id)
        page = await self._store.group_items(group_id, GroupItemsQuery(limit=GROUP_RETRIES_MAX))
        failed = [each for each in page.items if each.state in _FAILED]
        refusals = await _each(failed, lambda job: self._jobs.retry(job.id, user))
        return GroupRetry(
            group=await self.group(group_id),
            sent=len(failed) - len(refusals),
            refused=len(refusals),
            reason=refusals[0].message if refusals else "",
            left=max(0, group.counts.error + group.counts.lost - len(failed)),
        )

    async def _shown(self, groups: Iterable[JobGroupRecord]) -> list[JobGroup]:
        targets = {each.name: each for each in await self._targets.records()}
        now: datetime = self._clock.now()
        return [
            group_shown(each, self._paths, targets.get(each.first.target), now) for each in groups
        ]


async def _each(
    jobs: Iterable[JobRecord], act: Callable[[JobRecord], Awaitable[object]]
) -> list[DsinfraError]:
    """Do something with each job, some at once, in their order; return what went wrong."""
    places = asyncio.Semaphore(GROUP_ACTS_AT_ONCE)

    async def one(job: JobRecord) -> DsinfraError | None:
        async with places:
            try:
                await act(job)
            except DsinfraError as error:
                return error
        return None

    found = await asyncio.gather(*(one(job) for job in jobs))
    return [each for each in found if each is not None]
