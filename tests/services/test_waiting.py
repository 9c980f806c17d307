"""Whoever waits for something can be cancelled at any moment, also in that of its coming."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dsinfra_jlab.domain.compute.jobs import JobState, NewJob
from dsinfra_jlab.services.waiting import has_come
from dsinfra_jlab.store import SqlStore

from .scripted_compute import KERNEL, REQUEST, bench
from .test_job_handover import until

TURNS = range(6)
"""Of the event loop, between what comes and the cancellation."""


async def test_it_says_whether_something_has_come() -> None:
    event = asyncio.Event()
    assert not await has_come(event.wait(), 0.01)
    asyncio.get_running_loop().call_later(0.01, event.set)
    assert await has_come(event.wait(), 60)
    assert await has_come(event.wait(), 60)


@pytest.mark.parametrize("turns", TURNS)
async def test_a_cancellation_is_never_swallowed(turns: int) -> None:
    event = asyncio.Event()
    went_on = []

    async def wait() -> None:
        await has_come(event.wait(), 60)
        went_on.append(turns)
        await asyncio.sleep(3600)

    task = asyncio.ensure_future(wait())
    await asyncio.sleep(0.01)
    event.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=60)
    assert done and task.cancelled()


@pytest.mark.parametrize("turns", TURNS)
async def test_a_job_is_let_go_of_at_any_moment(
    store: SqlStore, tmp_path: Path, turns: int
) -> None:
    """News of a job and the end of its server come together."""
    desk = bench(store, tmp_path / "jobs")
    job = await desk.jobs.submit(NewJob("local", "1", KERNEL, "a.ipynb", "cell"), None)
    await until(lambda: job.id in desk.compute.known)
    desk.compute.say(job.id, REQUEST)
    await until(lambda: desk.jobs.board.records()[0].state is JobState.running)
    await asyncio.sleep(0.3)  # until nobody is at anything
    keeping = [each for each in asyncio.all_tasks() if job.id in each.get_name()]
    assert len(keeping) >= 2
    desk.compute.say(job.id)
    desk.jobs.board.grown(job.id)
    for _ in range(turns):
        await asyncio.sleep(0)
    stopping = asyncio.ensure_future(desk.jobs.stop())
    done, _ = await asyncio.wait([stopping], timeout=60)
    assert done
    done, left = await asyncio.wait(keeping, timeout=60)
    assert not left
