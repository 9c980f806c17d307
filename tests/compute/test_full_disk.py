"""The disk of the jobs is full: a real one, with real agents and kernels."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsinfra_jlab.compute.agents import Agents
from dsinfra_jlab.domain.compute.job_events import JobEvent
from dsinfra_jlab.domain.compute.jobs import JobId
from tests.full_disk import MEGABYTE, fill, small_disk

from .desk import LOCAL, Desk

PRINTING = (
    "import os, time\nprint('on', flush=True)\n"
    "while not os.path.exists({go!r}): time.sleep(0.05)\n"
    "for n in range(200):\n    print('x' * 50_000, flush=True)\n"
    "print('over', flush=True)\n{rest}"
)
"""Prints ten megabytes when it is told to."""


@pytest.fixture
def full(desk: Desk) -> Iterator[Desk]:
    with small_disk(desk.base / "jobs", 4 * MEGABYTE):
        yield desk


async def held_back(desk: Desk, job_id: JobId, kind: str) -> JobEvent:
    """Wait for what an agent cannot write."""
    for _ in range(1_200):
        found = await desk.agents.unwritten("local", job_id)
        if found is not None and found["kind"] == kind:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(desk.log(job_id)[-1])


async def begun(desk: Desk, rest: str = "") -> JobId:
    """Start a job, and have it fill the disk."""
    go = desk.base / "go"
    job_id = await desk.submit(PRINTING.format(go=str(go), rest=rest))
    await desk.printed(job_id, "on")
    go.touch()
    return job_id


async def test_why_nothing_more_is_written_is_told_while_it_runs(full: Desk) -> None:
    job_id = await begun(full, "time.sleep(600)")
    said = await held_back(full, job_id, "behind")
    folder = full.base / "jobs" / job_id
    assert f"no room left for what the job puts out, on the disk of {folder}" in said["detail"]
    assert "of 4.19 MB are free" in said["detail"] and "Make room there" in said["detail"]
    await full.agents.cancel("local", job_id)
    end = await held_back(full, job_id, "ended")
    assert end["state"] == "cancelled"


async def test_how_it_ended_is_known_at_once_and_written_when_there_is_room(full: Desk) -> None:
    job_id = await begun(full)
    end = await held_back(full, job_id, "ended")
    assert end["state"] == "ok" and "no room left" in end["detail"]
    assert not full.of_kind(job_id, "ended")
    later = Agents(full.base)  # a server that comes now hears the same
    assert await later.status("local") is not None
    again = await later.unwritten("local", job_id)
    assert again is not None and (again["seq"], again["state"]) == (end["seq"], "ok")
    await later.close()
    await asyncio.to_thread(_grow, full.base / "jobs", 40 * MEGABYTE)
    written = await full.ended(job_id)
    assert (written["state"], written["seq"], written["detail"]) == ("ok", end["seq"], "")
    events = full.log(job_id)
    assert [event["seq"] for event in events] == list(range(1, end["seq"] + 1))
    dropped = sum(event["bytes"] for event in full.of_kind(job_id, "dropped"))
    # Eight megabytes wait in memory: what is left out beyond them is counted.
    assert len(full.text(job_id)) + dropped > 200 * 50_000
    for _ in range(1_200):
        if await full.agents.unwritten("local", job_id) is None:
            break
        await asyncio.sleep(0.05)
    assert await full.agents.unwritten("local", job_id) is None


async def test_a_job_whose_folder_is_removed_does_not_wait_for_ever(full: Desk) -> None:
    job_id = await begun(full)
    await held_back(full, job_id, "ended")
    full.agents.forget(job_id)
    mark = full.base / "targets" / "local" / "open" / f"{job_id}.json"
    for _ in range(1_200):
        if not mark.exists():
            break
        await asyncio.sleep(0.05)
    assert not mark.exists()


async def test_a_job_that_cannot_even_begin_says_so(full: Desk) -> None:
    await full.agents.start(LOCAL)
    filling = await asyncio.to_thread(fill, full.base / "jobs")
    with pytest.raises(Exception, match="No space left on device"):
        await full.submit("1")
    filling.unlink()
    assert (await full.run("print(1)"))["state"] == "ok"


def _grow(folder: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)
