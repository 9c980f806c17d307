"""What the services need of the compute layer and of the store about jobs and targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from ..domain.compute.job_events import JobEvent
from ..domain.compute.job_groups import GroupItemsQuery, JobGroupId, JobGroupQuery, JobGroupRecord
from ..domain.compute.job_spec import JobSpec
from ..domain.compute.jobs import JobId, JobQuery, JobRecord
from ..domain.compute.targets import Capability, EngineInfo, TargetRecord, TargetStatus, TargetTest
from ..domain.ids import ServerId
from ..domain.runs.records import Page

__all__ = ["Compute", "JobStore", "Listener", "TargetListener", "TargetStatus"]

Listener = Callable[[JobId], None]
"""Told on the event loop that the log of a job has grown."""

TargetListener = Callable[[str], None]
"""Told on the event loop the name of a target whose status has changed."""


class Compute(Protocol):
    """Targets at work: one agent process each, which outlives the server.

    Every coroutine runs on the event loop and blocks nothing; each may raise ``Unavailable``
    with what is wrong and what to do.
    """

    def engines(self) -> list[EngineInfo]:
        """Return the engines that are installed, and known ones that are not."""

    def job_folder(self, job_id: JobId) -> Path:
        """Return the private folder of a job; it is made, with mode 0700, if it is not there.

        Raises
        ------
        Unavailable
            It cannot be made: the disk is full or not writable.
        """

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` whenever the log of a job has grown."""

    def listen_targets(self, listener: TargetListener) -> None:
        """Call ``listener`` whenever what an agent says of its target has changed."""

    def capabilities(self, target: TargetRecord) -> list[Capability]:
        """Return what can be done with a target; an engine may do less with some options."""

    async def start(self, target: TargetRecord) -> TargetStatus:
        """Start the agent of a target, or find it again, and return what it says."""

    async def status(self, name: str) -> TargetStatus | None:
        """Return what the agent of a target says, ``None`` if it has none; starts nothing.

        Raises
        ------
        Unavailable
            It has failed: its engine could not be started or reached, or has ended.
        """

    def last_status(self, name: str) -> TargetStatus | None:
        """Return what an agent that is still there has said last; asks nobody.

        For what stays the same as long as it lives: its Python and packages. ``None`` where that
        is not known.
        """

    async def reattach(self, target: TargetRecord) -> TargetStatus | None:
        """Find an agent that an earlier server has started; ``None`` if there is none."""

    async def stop(self, name: str) -> None:
        """End a target with everything of it; running jobs end as ``cancelled``."""

    async def scale(self, name: str, workers: int) -> TargetStatus:
        """Ask for so many workers."""

    async def test(self, target: TargetRecord) -> TargetTest:
        """Start or reach a target, run a trivial task on it and say what came of it."""

    async def submit(self, target: TargetRecord, spec: JobSpec) -> None:
        """Hand a job over; its folder holds ``job.json`` and the parcel. Twice does nothing."""

    async def cancel(self, target_name: str, job_id: JobId) -> None:
        """Ask for the end of a job: interrupt, grace, kill. What comes of it is in its log."""

    def events(self, job_id: JobId, after: int) -> Iterable[JobEvent]:
        """Return the events of a job's log from number ``after`` + 1 on, also without an agent."""

    async def is_known(self, target_name: str, job_id: JobId) -> bool:
        """Return whether the agent of a target, if there is one, still works on a job."""

    async def unwritten(self, target_name: str, job_id: JobId) -> JobEvent | None:
        """Return what the agent of a target knows of a job and cannot write into its log.

        An event ``behind``, with why in ``detail``, or the event ``ended``; ``None`` if all is
        written, as it nearly always is: then nobody is asked.
        """

    def map_folders(self) -> list[tuple[JobId, float]]:
        """Return the folders with what maps share, as if each were a job's, and their ages in s."""

    def forget(self, job_id: JobId) -> None:
        """Remove the folder of a job."""

    async def close(self) -> None:
        """Let go of every agent; they and their jobs go on."""


class JobStore(Protocol):
    """The part of the store that is about jobs and targets."""

    async def save_job(self, job: JobRecord) -> None:
        """Write a job, over what was written of it before, and wait until it is committed."""

    async def save_jobs(self, written: Sequence[JobRecord]) -> None:
        """Write jobs, all of them or none, and wait until they are committed."""

    async def job(self, job_id: JobId) -> JobRecord:
        """Return one job; raises ``NotFound``."""

    async def jobs(self, query: JobQuery) -> Page[JobRecord]:
        """Return jobs that match, newest first; raises ``BadInput`` for a wrong state or cursor.

        ``query.notebook_path`` is a stored path.
        """

    async def job_groups(self, query: JobGroupQuery) -> Page[JobGroupRecord]:
        """Return groups of jobs, newest first; raises ``BadInput`` for a wrong cursor."""

    async def job_group(self, group_id: JobGroupId) -> JobGroupRecord:
        """Return one group of jobs; raises ``NotFound``."""

    async def group_items(self, group_id: JobGroupId, query: GroupItemsQuery) -> Page[JobRecord]:
        """Return items of a group, failed ones first; raises ``BadInput`` for a wrong cursor.

        Items that were sent again are left out.
        """

    async def open_jobs(self) -> list[JobRecord]:
        """Return every job that has not ended, oldest first."""

    async def delete_jobs(self, ids: Iterable[JobId]) -> None:
        """Remove jobs that have ended; their runs stay."""

    async def adopt_jobs(self, home: str, server_id: ServerId) -> list[JobRecord]:
        """Give a server the open jobs of its home whose own server is gone, and return them."""

    async def targets(self, home: str) -> list[TargetRecord]:
        """Return the targets that were added or changed in this home, by name."""

    async def save_target(self, home: str, target: TargetRecord) -> None:
        """Write a target, over one of the same name."""

    async def delete_target(self, home: str, name: str) -> None:
        """Remove a target; raises ``NotFound``."""
