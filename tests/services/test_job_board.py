from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from dsinfra_jlab.domain.compute.job_story import moved_to
from dsinfra_jlab.domain.compute.jobs import JobId, JobRecord, JobState, Preflight, job_run_id
from dsinfra_jlab.domain.events import Event, JobsChanged
from dsinfra_jlab.services import job_board
from dsinfra_jlab.services.job_board import JobBoard
from dsinfra_jlab.store import SqlStore

AT = datetime(2026, 1, 1, tzinfo=timezone.utc)
JOB = JobId("job-1")
NEVER_S = 3_600.0
STORY = (JobState.starting, JobState.running, JobState.ok)


class Desk:
    """A board on the real store, with a count of what it writes and what it tells."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.written: list[JobState] = []
        self.told: list[JobState] = []
        self.board = JobBoard(self, self._publish, logging.getLogger("test"))  # type: ignore[arg-type]

    async def save_job(self, record: JobRecord) -> None:
        await self.store.save_job(record)
        self.written.append(record.state)

    async def job(self, job_id: JobId) -> JobRecord:
        return await self.store.job(job_id)

    def _publish(self, event: Event) -> None:
        assert isinstance(event, JobsChanged)
        self.told.append(self.written[-1])

    async def begin(self) -> None:
        run_id = job_run_id(JOB)
        await self.board.add(JobRecord(JOB, run_id, "local", JobState.queued, "a = 1", AT))

    def move(self, *states: JobState) -> None:
        for state in states:
            self.board.change(JOB, lambda job, state=state: moved_to(job, state))  # type: ignore[misc]

    async def until(self, count: int) -> None:
        for _ in range(6_000):
            if len(self.written) >= count and len(self.told) >= count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError((self.written, self.told))


@pytest.fixture
def desk(store: SqlStore, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[Desk]:
    found = Desk(store)
    jp_asyncio_loop.run_until_complete(found.begin())
    yield found
    jp_asyncio_loop.run_until_complete(found.board.stop())


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> Any:
    def set_to(gather_s: float, interval_s: float = NEVER_S) -> None:
        monkeypatch.setattr(job_board, "GATHER_S", gather_s)
        monkeypatch.setattr(job_board, "SAVE_INTERVAL_S", interval_s)

    return set_to


async def test_a_short_job_is_written_when_it_was_taken_and_when_it_has_ended(
    desk: Desk, patience: Any
) -> None:
    patience(NEVER_S)
    desk.board.change(JOB, lambda job: replace(job, preflight=Preflight([], 0), sent_bytes=0))
    for state in STORY:
        desk.move(state)
        await asyncio.sleep(0)
    await desk.until(2)
    assert desk.written == desk.told == [JobState.queued, JobState.ok]
    assert (await desk.store.job(JOB)).state is JobState.ok


async def test_a_state_that_lasts_is_written_though_nothing_follows(
    desk: Desk, patience: Any
) -> None:
    patience(0.02)
    desk.move(JobState.starting, JobState.running)
    await desk.until(2)
    assert desk.written == desk.told == [JobState.queued, JobState.running]
    desk.move(JobState.ok)
    await desk.until(3)
    assert desk.written[2:] == [JobState.ok]


async def test_who_waits_for_a_write_gets_it_now(desk: Desk, patience: Any) -> None:
    patience(NEVER_S)
    desk.move(JobState.starting)
    assert desk.written == [JobState.queued]
    record = await asyncio.wait_for(desk.board.settled(JOB), 60)
    assert (await desk.store.job(JOB)).state is record.state is JobState.starting


async def test_what_asks_its_user_is_told_now(desk: Desk, patience: Any) -> None:
    patience(NEVER_S)
    asking = Preflight([], 0, is_waiting=True)
    desk.board.change(JOB, lambda job: replace(job, preflight=asking))
    await desk.until(2)
    assert (await desk.store.job(JOB)).preflight == asking


async def test_what_shows_something_is_told_now_and_then_in_turn(desk: Desk, patience: Any) -> None:
    patience(NEVER_S)
    desk.move(JobState.starting, JobState.running)
    desk.board.grown(JOB)
    await desk.until(2)
    assert desk.told == [JobState.queued, JobState.running]
    for _ in range(50):
        desk.board.grown(JOB)
        await asyncio.sleep(0)
    assert len(desk.told) == 2
    desk.move(JobState.ok)
    await desk.until(3)


async def test_nothing_is_told_before_it_was_written(desk: Desk, patience: Any) -> None:
    patience(0.0, 0.0)
    for state in STORY:
        desk.move(state)
        await asyncio.wait_for(desk.board.settled(JOB), 60)
    assert desk.written == [JobState.queued, *STORY]
    assert [state for state in desk.told if state is JobState.ok] == [JobState.ok]
