"""Jobs that are sent in tests, and how far they have come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from dsinfra_jlab.domain.compute.jobs import Job, JobId, NewJob
from dsinfra_jlab.services.job_keeping import JobKeeping

from .scripted_compute import (
    HOME,
    KERNEL,
    REQUEST,
    Bench,
    ended,
)

NEW = NewJob("local", "train('s3cret')", KERNEL, "train.ipynb", "cell-1")


async def until(desk: Bench, job_id: str, holds: Callable[[Job], bool]) -> Job:
    for _ in range(1_000):
        job = await desk.jobs.job(JobId(job_id))
        if holds(job):
            return job
        await asyncio.sleep(0.01)
    raise AssertionError(job)


async def until_state(desk: Bench, job_id: str, state: str) -> Job:
    return await until(desk, job_id, lambda job: job.state.value == state)


async def submitted(desk: Bench, new: NewJob = NEW) -> Job:
    """Send a job, and return it once its target has it."""
    job = await desk.jobs.submit(new, "ana")
    for _ in range(1_000):
        if job.id in desk.compute.known:
            return job
        await asyncio.sleep(0.01)
    raise AssertionError(await desk.jobs.job(job.id))


async def done(desk: Bench, *names: dict[str, Any], new: NewJob = NEW) -> Job:
    """Send a job that ends well, and brings something back."""
    job = await submitted(desk, new)
    desk.compute.say(job.id, REQUEST, ended("ok", names=list(names)))
    return await until_state(desk, job.id, "ok")


def warned(**item: Any) -> dict[str, Any]:
    """Return what a kernel warns of before a job is sent."""
    return {"kind": "large", "text": "x has 3 GB.", "is_blocking": False, **item}


def keeping(desk: Bench) -> JobKeeping:
    """Return the part that looks after jobs on the same desk."""
    log = desk.jobs._given.log
    return JobKeeping(desk.jobs, desk.targets, desk.compute, desk.store, HOME, desk.clock, log)
