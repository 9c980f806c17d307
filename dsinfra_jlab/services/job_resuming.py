"""Goes on with the jobs of servers that are gone, from wherever each of them had come to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..domain.compute.jobs import JobRecord, JobState
from ..domain.exceptions import DsinfraError
from .compute_ports import Compute
from .job_asking import JobSurroundings
from .job_board import JobBoard
from .job_following import JobFollower
from .job_sending import INTERRUPTED, JobSender


async def resume(
    given: JobSurroundings,
    board: JobBoard,
    sender: JobSender,
    follower: JobFollower,
    begin_record: Callable[[JobRecord], None],
) -> None:
    """Take over the open jobs of this home whose server is gone; raises ``Unavailable``."""
    adopted = await given.store.adopt_jobs(given.home, given.server_id)
    records = {each.name: each for each in await given.targets.records()}
    for name in {each.target for each in adopted} & records.keys():
        try:
            await given.compute.reattach(records[name])
        except DsinfraError as error:
            given.log.warning("dsinfra: target %s: %s", name, error.message)
    for job in adopted:
        board.hold(job)
        begin_record(job)
        await _go_on(job, given.compute, sender, follower)


async def _go_on(
    job: JobRecord, compute: Compute, sender: JobSender, follower: JobFollower
) -> None:
    if await _was_handed_over(job, compute):
        sender.note_handed_over(job.id)
        follower.follow(job.id)
    elif job.preflight is not None and job.preflight.is_waiting:
        return
    elif job.sent_bytes is None:
        sender.refuse(job.id, INTERRUPTED)
    else:
        sender.go_on(job)


async def _was_handed_over(job: JobRecord, compute: Compute) -> bool:
    """Return whether a target has a job, or may have it."""
    if job.state is not JobState.queued or await asyncio.to_thread(_has_events, job, compute):
        return True
    is_waiting = job.preflight is not None and job.preflight.is_waiting
    if is_waiting or job.sent_bytes is not None:
        return False
    # It goes to its target while it is being written that it was packed.
    try:
        return await compute.is_known(job.target, job.id)
    except DsinfraError:
        return True


def _has_events(job: JobRecord, compute: Compute) -> bool:
    return next(iter(compute.events(job.id, 0)), None) is not None
