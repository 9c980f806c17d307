"""What the store answers about jobs and targets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..domain.compute.job_groups import GroupItemsQuery, JobGroupId, JobGroupQuery, JobGroupRecord
from ..domain.compute.jobs import JobId, JobQuery, JobRecord
from ..domain.compute.targets import TargetRecord
from ..domain.ids import ServerId
from ..domain.runs.records import Page
from . import job_groups, jobs, servers
from .calls import Calls, stored_id

__all__ = ["JobAnswers"]


class JobAnswers(Calls):
    """The part of the store that is about jobs and targets; see ``services.compute_ports``."""

    _liveness: servers.Liveness

    async def save_job(self, job: JobRecord) -> None:
        """Write a job, over what was written of it before, and wait until it is committed."""
        await self._write(lambda c, _: jobs.save_job(c, job))

    async def save_jobs(self, written: Sequence[JobRecord]) -> None:
        """Write jobs, all of them or none, and wait until they are committed."""
        await self._write(lambda c, _: jobs.save_jobs(c, written))

    async def job(self, job_id: JobId) -> JobRecord:
        """Return one job; raises ``NotFound``."""
        job_id = stored_id(job_id)
        return await self._read(lambda c: jobs.job_of(c, job_id))

    async def jobs(self, query: JobQuery) -> Page[JobRecord]:
        """Return jobs that match, newest first; raises ``BadInput``."""
        return await self._read(lambda c: jobs.jobs_page(c, query))

    async def job_groups(self, query: JobGroupQuery) -> Page[JobGroupRecord]:
        """Return groups of jobs, newest first; raises ``BadInput``."""
        return await self._read(lambda c: job_groups.groups_page(c, query))

    async def job_group(self, group_id: JobGroupId) -> JobGroupRecord:
        """Return one group of jobs; raises ``NotFound``."""
        group_id = stored_id(group_id)
        return await self._read(lambda c: job_groups.group_of(c, group_id))

    async def group_items(self, group_id: JobGroupId, query: GroupItemsQuery) -> Page[JobRecord]:
        """Return items of a group, failed ones first; raises ``BadInput``."""
        group_id = stored_id(group_id)
        return await self._read(lambda c: job_groups.items_page(c, group_id, query))

    async def open_jobs(self) -> list[JobRecord]:
        """Return every job that has not ended, oldest first."""
        return await self._read(jobs.open_jobs)

    async def adopt_jobs(self, home: str, server_id: ServerId) -> list[JobRecord]:
        """Give a server the open jobs of its home whose own server is gone, and return them."""
        now, liveness = self._clock.now(), self._liveness
        return await self._write(
            lambda c, _: jobs.adopt_jobs(
                c, home, server_id, servers.alive_servers(c, server_id, now, liveness)
            )
        )

    async def delete_jobs(self, ids: Iterable[JobId]) -> None:
        """Remove jobs that have ended; their runs stay."""
        wanted = list(ids)
        await self._write(lambda c, _: jobs.delete_jobs(c, wanted))

    async def targets(self, home: str) -> list[TargetRecord]:
        """Return the targets that were added or changed in this home."""
        return await self._read(lambda c: jobs.targets_of(c, home))

    async def save_target(self, home: str, target: TargetRecord) -> None:
        """Write a target, over one of the same name."""
        await self._write(lambda c, _: jobs.save_target(c, home, target))

    async def delete_target(self, home: str, name: str) -> None:
        """Remove a target; raises ``NotFound``."""
        await self._write(lambda c, _: jobs.delete_target(c, home, name))
