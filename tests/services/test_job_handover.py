"""A server is killed anywhere between taking a job and hearing of its end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain.compute.job_spec import JobSpec
from dsinfra_jlab.domain.compute.jobs import JobId, JobState, NewJob
from dsinfra_jlab.domain.compute.targets import TargetRecord
from dsinfra_jlab.services.job_sending import INTERRUPTED
from dsinfra_jlab.store import SqlStore

from .scripted_compute import KERNEL, REQUEST, Bench, ScriptedCompute, bench, ended

NEW = NewJob("local", "train()", KERNEL, "train.ipynb", "cell-1")
DEADLINE_S = 60.0


class SlowCompute(ScriptedCompute):
    """Takes a job in two steps, and can be stopped before and after it has it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.may_take, self.may_answer = asyncio.Event(), asyncio.Event()
        self.may_take.set()
        self.may_answer.set()
        self.asked: list[str] = []

    async def submit(self, target: TargetRecord, spec: JobSpec) -> None:
        self.asked.append(spec.job_id)
        await self.may_take.wait()
        await super().submit(target, spec)
        await self.may_answer.wait()


def die() -> None:
    """End what a server was at, in the middle of it; what it has asked others goes on."""
    for task in asyncio.all_tasks():
        if task.get_name().startswith("dsinfra "):
            task.cancel()


async def until(holds: Any) -> None:
    for _ in range(int(DEADLINE_S / 0.01)):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


async def next_server(first: Bench, folder: Path, number: int = 2) -> Bench:
    name = f"server-{number}"
    later = bench(first.store, folder, compute=first.compute, server_id=name, clock=first.clock)
    await first.store.register_server(name, "host", 1, "birth")  # type: ignore[arg-type]
    await later.jobs.resume()
    return later


async def end_of(later: Bench, job_id: JobId) -> JobState:
    """Let a target that has the job end it; return how it ended."""
    said = False
    for _ in range(int(DEADLINE_S / 0.01)):
        job = await later.jobs.board.latest(job_id)
        if job.state.is_final:
            await later.jobs.board.settled(job_id)
            return (await later.store.job(job_id)).state
        if job_id in later.compute.known and not said:
            said = True
            later.compute.say(job_id, REQUEST, ended("ok"))
        await asyncio.sleep(0.01)
    raise AssertionError(job)


def check(first: Bench, later: Bench, job_id: JobId, state: JobState) -> None:
    """What holds wherever it was killed."""
    assert [spec.job_id for spec in first.compute.submitted].count(job_id) <= 1
    told = [said for said in later.recorder.said if said[0] == "ended"]
    assert len(told) == 1
    if state is JobState.ok:
        assert first.compute.submitted and job_id in first.compute.known
    else:
        assert state is JobState.error and job_id not in first.compute.known


@pytest.mark.parametrize("steps", range(0, 60, 4))
async def test_a_job_ends_once_wherever_its_server_is_killed(
    store: SqlStore, tmp_path: Path, steps: int
) -> None:
    folder = tmp_path / "jobs"
    first = bench(store, folder, compute=SlowCompute(folder))
    job = await first.jobs.submit(NEW, "ana")
    for _ in range(steps):
        await asyncio.sleep(0.001)
    die()
    await asyncio.sleep(0.05)
    later = await next_server(first, folder)
    state = await end_of(later, job.id)
    check(first, later, job.id, state)
    if state is JobState.error:
        assert (await store.job(job.id)).detail == INTERRUPTED
    await later.jobs.stop()


@pytest.mark.parametrize("has_it", [False, True], ids=["sent", "taken"])
async def test_a_job_that_was_on_its_way_is_taken_once(
    store: SqlStore, tmp_path: Path, has_it: bool
) -> None:
    """Between what was sent and what the target says of it."""
    folder = tmp_path / "jobs"
    compute = SlowCompute(folder)
    (compute.may_answer if has_it else compute.may_take).clear()
    first = bench(store, folder, compute=compute)
    job = await first.jobs.submit(NEW, "ana")
    await until(lambda: compute.asked)
    await until(lambda: (job.id in compute.known) is has_it)
    await first.jobs.board.settled(job.id)
    die()
    await asyncio.sleep(0.05)
    compute.may_answer.set()
    later = await next_server(first, folder)
    compute.may_take.set()
    assert await end_of(later, job.id) is JobState.ok
    check(first, later, job.id, JobState.ok)
    await later.jobs.stop()


async def test_each_of_several_servers_that_die_leaves_it_to_the_next(
    store: SqlStore, tmp_path: Path
) -> None:
    folder = tmp_path / "jobs"
    compute = SlowCompute(folder)
    compute.may_answer.clear()
    server = bench(store, folder, compute=compute)
    job = await server.jobs.submit(NEW, "ana")
    await until(lambda: job.id in compute.known)
    await server.jobs.board.settled(job.id)
    for number in range(2, 6):
        die()
        await asyncio.sleep(0.02)
        server = await next_server(server, folder, number)
    compute.may_answer.set()
    assert await end_of(server, job.id) is JobState.ok
    check(server, server, job.id, JobState.ok)
    await server.jobs.stop()


async def test_a_target_that_refuses_after_the_restart_ends_it(
    store: SqlStore, tmp_path: Path
) -> None:
    folder = tmp_path / "jobs"
    compute = SlowCompute(folder)
    compute.may_take.clear()
    first = bench(store, folder, compute=compute)
    job = await first.jobs.submit(NEW, "ana")
    await until(lambda: compute.asked)
    await first.jobs.board.settled(job.id)
    die()
    compute.submit_error = "The target is gone. Start it."
    compute.may_take.set()
    await asyncio.sleep(0.05)
    later = await next_server(first, folder)
    assert await end_of(later, job.id) is JobState.error
    assert (await store.job(job.id)).detail == compute.submit_error
    assert compute.submitted == []
    await later.jobs.stop()


# The disk of the jobs is full


async def test_why_a_log_cannot_be_written_is_said_until_it_can(
    store: SqlStore, tmp_path: Path
) -> None:
    desk = bench(store, tmp_path / "jobs")
    job = await desk.jobs.submit(NEW, "ana")
    await until(lambda: job.id in desk.compute.known)
    desk.compute.say(job.id, REQUEST)
    desk.compute.held_back[job.id] = {"kind": "behind", "detail": "No room, s3cret."}
    desk.compute.say(job.id)
    await until(lambda: desk.jobs.board.held(job.id).detail == "No room, ***.")
    del desk.compute.held_back[job.id]
    desk.compute.say(job.id)
    await until(lambda: desk.jobs.board.held(job.id).detail == "")
    desk.compute.say(job.id, ended())
    assert await end_of(desk, job.id) is JobState.ok
    await desk.jobs.stop()


async def test_a_job_has_ended_when_it_has_also_if_its_log_cannot_say_so(
    store: SqlStore, tmp_path: Path
) -> None:
    desk = bench(store, tmp_path / "jobs")
    job = await desk.jobs.submit(NEW, "ana")
    await until(lambda: job.id in desk.compute.known)
    desk.compute.say(job.id, REQUEST)
    last = {**ended("cancelled", detail="Interrupted. No room."), "seq": 9, "at": 2_000_000_000.0}
    desk.compute.held_back[job.id] = last
    desk.compute.known.clear()
    desk.compute.say(job.id)
    assert await end_of(desk, job.id) is JobState.cancelled
    assert (await store.job(job.id)).detail == "Interrupted. No room."
    assert desk.recorder.said[-1] == ("ended", "cancelled", 9)
    await desk.jobs.stop()
