"""What a person does with jobs: send, look, cancel, send again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from ..domain.changes import MoveDocument
from ..domain.compute.job_spec import JobSpec
from ..domain.compute.jobs import (
    Job,
    JobId,
    JobLog,
    JobQuery,
    JobRecord,
    JobState,
    LandRequest,
    NewJob,
    ResultState,
    map_folder,
)
from ..domain.exceptions import Conflict, DsinfraError, NotFound
from ..domain.ids import KernelId
from ..domain.runs.records import Page, RunOutputs
from . import job_files
from .job_asking import JobSurroundings, Sent, again, check, draft
from .job_board import JobBoard
from .job_following import JobFollower
from .job_landing import JobLanding
from .job_outputs import outputs_in_log
from .job_queue import queue_places
from .job_resuming import resume
from .job_sending import JobSender, Surrounding
from .job_views import job_log, job_shown, origin_of

ELSEWHERE = (
    "Another server works on this job: do it there. If that server has ended, this one takes its "
    "jobs over: try again in a moment."
)


class JobService:
    """The use cases of jobs."""

    def __init__(self, given: JobSurroundings) -> None:
        self._given = given
        self._store = given.store
        self._compute = given.compute
        self._closed_groups: set[str] = set()
        """Those that their user has cancelled; the kernel may still be sending items of them."""
        self.board = JobBoard(given.store, given.publish, given.log)
        self.landing = JobLanding(self.board, given.compute, given.kernels, given.log)
        self.follower = JobFollower(
            self.board,
            given.compute,
            given.recorder,
            given.post,
            given.redact,
            given.clock,
            given.log,
            self._ended,
        )
        self.sender = JobSender(
            Surrounding(
                board=self.board,
                compute=given.compute,
                targets=given.targets,
                kernels=given.kernels,
                follower=self.follower,
                recorder=given.recorder,
                post=given.post,
                redact=given.redact,
                probe=given.probe,
                clock=given.clock,
                log=given.log,
            )
        )

    # Sending

    async def submit(self, new: NewJob, user: str | None) -> Job:
        """Take a job, and return it as it then stands.

        Raises
        ------
        BadInput
            The code is empty, or a name to bring back is none.
        NotFound
            There is no such target or kernel.
        Unavailable
            The store is away: a job that is not written down is not begun.
        """
        job = await self.take(new, Sent(user))
        self.sender.begin(job, new.code, is_confirmed=new.is_confirmed)
        return await self._shown(job)

    async def take(self, new: NewJob, sent: Sent) -> JobRecord:
        """Write a job down, and return it; nothing else happens to it yet."""
        check(new)
        if sent.group_id in self._closed_groups and sent.retry_of is None:
            raise Conflict("The map was cancelled; none of its items is sent any more.")
        await self._given.targets.record(new.target)
        job = self.drafted(new, sent)
        await self.board.add(job)
        self._begin_record(job)
        return job

    async def take_all(self, jobs: Sequence[JobRecord]) -> None:
        """Write drafts down together; raises ``Unavailable``, and then no job is taken."""
        await self.board.add_all(jobs)
        for job in jobs:
            self._begin_record(job)

    def at_work(self) -> list[JobRecord]:
        """Return the jobs that something is being done for: not those that wait for their user."""
        return [
            job
            for job in self.board.records()
            if not job.state.is_final and not (job.preflight and job.preflight.is_waiting)
        ]

    def user_of(self, kernel_id: KernelId) -> str | None:
        """Return who runs what runs in a kernel, ``None`` if that is not known."""
        return self._given.kernels.user(kernel_id)

    async def prepare(self, job: JobRecord, code: str) -> dict[str, Any]:
        """Have the target of a job ready, and return what its kernel shall pack.

        For a kernel that packs by itself because its own code sends the job. What goes wrong
        ends the job, and is raised.
        """
        try:
            return await self.sender.prepare(job, code)
        except DsinfraError as error:
            self.sender.refuse(job.id, error.message)
            raise

    async def packed(self, job_id: JobId, answer: dict[str, Any], *, is_confirmed: bool) -> Job:
        """Take what a kernel has packed by itself, and hand the job over if it can be."""
        if self.sender.packed(job_id, answer, is_confirmed=is_confirmed):
            job = self.board.held(job_id)
            if job is not None:
                self.sender.go_on(job)
        return await self._shown(await self.board.settled(job_id))

    async def confirm(self, job_id: JobId) -> Job:
        """Go on with a job that waits for the user's word; raises ``NotFound``, ``Conflict``."""
        job = await self.board.latest(job_id)
        if job.preflight is None or not job.preflight.is_waiting or job.state.is_final:
            raise Conflict("The job does not wait for anybody's word.")
        preflight = replace(job.preflight, is_waiting=False)
        changed = self.board.change(
            job_id, lambda each: replace(each, preflight=preflight, detail="")
        )
        if changed is None:
            raise Conflict(ELSEWHERE)
        self.sender.go_on(changed)
        return await self._shown(await self.board.settled(job_id))

    async def cancel(self, job_id: JobId) -> Job:
        """Ask for the end of a job; one that has ended stays as it is. Raises ``NotFound``."""
        job = await self.board.latest(job_id)
        if job.state.is_final:
            return await self._shown(job)
        if self.board.held(job_id) is None:
            raise Conflict(ELSEWHERE)
        self.note_cancel(job_id, self._given.clock.now())
        await self.ask_end(job)
        return await self._shown(await self.board.settled(job_id))

    def note_cancel(self, job_id: JobId, now: datetime) -> None:
        """Take down that the end of a job was asked for."""
        self.board.change(
            job_id, lambda each: replace(each, cancel_asked_at=each.cancel_asked_at or now)
        )

    async def ask_end(self, job: JobRecord) -> None:
        """Have a job that is at work ended, wherever it is; what comes of it is told later."""
        if not self.board.is_at_work(job.id):
            return  # it has ended meanwhile
        await self.sender.give_up(job.id)
        if not self.sender.was_handed_over(job.id):
            self.sender.refuse(job.id, "Cancelled before it was sent.", JobState.cancelled)
        else:
            self.follower.follow(job.id)
            await self._compute.cancel(job.target, job.id)

    async def cancel_all(self, job_ids: Sequence[JobId]) -> None:
        """Ask for the end of those among these jobs that are at work here."""
        held = [job for each in job_ids if (job := self.board.held(each)) is not None]
        mine = [job for job in held if not job.state.is_final]
        now = self._given.clock.now()
        for job in mine:
            self.note_cancel(job.id, now)
        for job in reversed(mine):  # none of those that wait begins in the place of another
            await self.ask_end(job)

    def is_closed(self, group_id: str) -> bool:
        """Return whether no more items of a group are taken."""
        return group_id in self._closed_groups

    def close_group(self, group_id: str) -> None:
        """Take no more items of a group, but those that are sent again."""
        self._closed_groups.add(group_id)

    async def retry(self, job_id: JobId, user: str | None) -> Job:
        """Send a job that has ended once more; raises ``NotFound``, ``Conflict``.

        It takes the variables along that were sent the first time, while they are kept.
        """
        old = await self.board.latest(job_id)
        if not old.state.is_final:
            raise Conflict("The job has not ended yet. Cancel it first, or wait.")
        spec = await asyncio.to_thread(self._spec_of, old)
        new = again(old, spec.code)
        has_parcel = await asyncio.to_thread(self._has_parcel, job_id)
        sent = Sent(user, old.shown_by, old.name, old.group_id, retry_of=job_id)
        job = await self.take(new, sent)
        if has_parcel or old.kernel_id is None:
            await self._reuse(job, old, spec)
        else:
            self.sender.begin(job, spec.code, is_confirmed=True)
        return await self._shown(self.board.held(job.id) or job)

    async def _reuse(self, job: JobRecord, old: JobRecord, spec: JobSpec) -> None:
        """Give a job what was packed for another one, and hand it over."""
        try:
            folder = await asyncio.to_thread(self._compute.job_folder, job.id)
            source = self._compute.job_folder(old.id)
            if job_files.has_parcel(source):
                await asyncio.to_thread(job_files.copy_parcel, source, folder)
            again = replace(spec, job_id=job.id, message_id=job.id, user=job.user)
            await asyncio.to_thread(job_files.write_spec, folder, again)
            await asyncio.to_thread(job_files.write_probe, folder, self._given.probe())
        except DsinfraError as error:
            self.sender.refuse(job.id, error.message)
            return
        changed = self.board.change(
            job.id, lambda each: replace(each, sent=old.sent, sent_bytes=old.sent_bytes or 0)
        )
        if changed is not None:
            self.sender.go_on(changed)

    # Looking

    async def jobs(self, query: JobQuery) -> Page[Job]:
        """Return jobs that match, newest first; raises ``BadInput``."""
        if query.notebook_path is not None:
            query = replace(query, notebook_path=self._given.paths.to_stored(query.notebook_path))
        page = await self._store.jobs(query)
        return Page(await self.shown_all(page.items), page.next_cursor)

    async def shown_all(self, records: Iterable[JobRecord]) -> list[Job]:
        """Return jobs as the API shows them, each as it stands now."""
        targets = {each.name: each for each in await self._given.targets.records()}
        now = self._given.clock.now()
        latest = [self.board.held(each.id) or each for each in records]
        places = queue_places(self.board.records(), self.sender.was_handed_over)
        return [
            job_shown(each, self._given.paths, targets.get(each.target), now, places.get(each.id))
            for each in latest
        ]

    async def job(self, job_id: JobId) -> Job:
        """Return one job; raises ``NotFound``."""
        job = await self.board.latest(job_id)
        if job.state is JobState.error and job.error_id is None:
            job = await self._with_error(job)
        return await self._shown(job)

    async def outputs(self, job_id: JobId) -> RunOutputs:
        """Return what a job printed and showed; raises ``NotFound``.

        Its log has all of it at any moment, the store only what was written so far.
        """
        job = await self.board.latest(job_id)
        if job.home == self._given.home:
            outputs = await asyncio.to_thread(self._outputs_in_log, job)
            if outputs is not None:
                return outputs
        try:
            return await self._store.outputs(job.run_id)
        except NotFound:
            return RunOutputs([])

    async def log(self, job_id: JobId, after: int) -> JobLog:
        """Return a stretch of what a job puts out; raises ``NotFound``."""
        job = await self.board.latest(job_id)
        return await asyncio.to_thread(
            lambda: job_log(job, self._compute.events(job_id, after), after)
        )

    # After the end

    async def land(self, job_id: JobId, request: LandRequest) -> Job:
        """Have the notebook's kernel take results; raises ``NotFound``, ``Conflict``."""
        job = await self.board.latest(job_id)
        if not job.state.is_final:
            raise Conflict("The job has not ended yet; its results come by themselves then.")
        return await self._shown(await self.landing.land(job, request))

    async def forget(self, job_id: JobId) -> None:
        """Forget a job that has ended; raises ``NotFound``, ``Conflict``."""
        job = await self.board.latest(job_id)
        if not job.state.is_final:
            raise Conflict("The job has not ended yet. Cancel it first.")
        await self.board.settled(job_id)
        await self._store.delete_jobs([job_id])
        if job.home == self._given.home:
            await asyncio.to_thread(self._compute.forget, job_id)
            if job.group_id is not None:
                await self.forget_shared(job.group_id)

    async def forget_shared(self, group_id: str) -> None:
        """Remove what the items of a map share once no item is left that could need it."""
        if not (await self._store.jobs(JobQuery(group_id=group_id, limit=1))).items:
            await asyncio.to_thread(self._compute.forget, map_folder(group_id))

    # For the part of the server, and for questions of kernels

    async def shown(self, job: JobRecord) -> Job:
        """Return a job as the API shows it."""
        return await self._shown(job)

    async def resume(self) -> None:
        """Go on with the jobs of servers that are gone; raises ``Unavailable``."""
        await resume(self._given, self.board, self.sender, self.follower, self._begin_record)

    async def stop(self) -> None:
        """Let go of every job; those that their targets have go on."""
        await self.sender.stop()
        await self.follower.stop()
        await self.landing.stop()
        await self.board.stop()

    def document_moved(self, move: MoveDocument) -> None:
        """A file or folder was renamed; the jobs of notebooks below it go along."""
        for job in self.board.records():
            path = move.applied_to(job.notebook_path) if job.notebook_path is not None else None
            if path is not None:
                self.board.change(job.id, partial(replace, notebook_path=path))
                self._post_move(replace(job, notebook_path=path))

    def _post_move(self, job: JobRecord) -> None:
        document = origin_of(job).document
        self._given.post(lambda: self._given.recorder.job_moved(job.id, document))

    async def _ended(self, job: JobRecord) -> None:
        self.sender.forget(job.id)
        await self.landing.ended(job)

    # Inside

    def drafted(self, new: NewJob, sent: Sent) -> JobRecord:
        """Return a job that nobody knows yet; raises ``NotFound``."""
        return draft(self._given, new, sent)

    def _begin_record(self, job: JobRecord) -> None:
        """Have the run of a job recorded, unless its notebook is not."""
        origin = origin_of(job)
        if self._given.policy.is_recorded(origin.document.path):
            self._given.post(lambda: self._given.recorder.job_begun(job, origin))

    async def _with_error(self, job: JobRecord) -> JobRecord:
        try:
            ids = (await self._store.run(job.run_id)).error_ids
        except NotFound:
            return job
        return replace(job, error_id=ids[0]) if ids else job

    async def _shown(self, job: JobRecord) -> Job:
        targets = {each.name: each for each in await self._given.targets.records()}
        now = self._given.clock.now()
        places = queue_places(self.board.records(), self.sender.was_handed_over)
        return job_shown(job, self._given.paths, targets.get(job.target), now, places.get(job.id))

    def _outputs_in_log(self, job: JobRecord) -> RunOutputs | None:
        given = self._given
        max_bytes = given.policy.current.outputs_max_bytes
        events = self._compute.events(job.id, 0)
        return outputs_in_log(job, events, max_bytes, given.redact_value)

    def _spec_of(self, job: JobRecord) -> JobSpec:
        if job.home == self._given.home and job.result_state is not ResultState.gone:
            spec = job_files.read_spec(self._compute.job_folder(job.id))
            if spec is not None:
                return spec
        raise Conflict("What was sent is not kept any more. Run the cell again instead.")

    def _has_parcel(self, job_id: JobId) -> bool:
        return job_files.has_parcel(self._compute.job_folder(job_id))
