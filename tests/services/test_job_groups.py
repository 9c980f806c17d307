from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from dsinfra_jlab.domain.compute.job_groups import (
    GroupItemsQuery,
    JobCounts,
    JobGroupId,
    JobGroupQuery,
)
from dsinfra_jlab.domain.compute.jobs import JobId, JobRecord, JobState, KernelMode, NewJob, ShownBy
from dsinfra_jlab.domain.compute.targets import TargetRecord
from dsinfra_jlab.domain.exceptions import Conflict, NotFound
from dsinfra_jlab.services import job_groups
from dsinfra_jlab.services.contents_paths import ContentsPaths
from dsinfra_jlab.services.job_asking import Sent
from dsinfra_jlab.services.job_groups import JobGroups

from .scripted_compute import HOME, KERNEL, REQUEST, Bench, ended

GROUP = JobGroupId("group-1")
WAIT_S = 60.0


@pytest.fixture
def groups(desk: Bench) -> JobGroups:
    paths = ContentsPaths("/home/ana/work")
    return JobGroups(desk.jobs, desk.targets, desk.store, paths, desk.clock)


async def until(holds: Any) -> None:
    """Wait until something is so."""
    deadline = asyncio.get_running_loop().time() + WAIT_S
    while not await holds():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)


async def send(desk: Bench, number: int, target: str = "local") -> JobRecord:
    """Send an item, and return it once its target has it."""
    new = NewJob(target, f"train({number})", KERNEL, "train.ipynb", "cell-1", mode=KernelMode.group)
    sent = Sent("ana", ShownBy.nobody, f"train({number})", GROUP, is_in_cell=True)
    job = await desk.jobs.take(new, sent)
    desk.jobs.sender.begin(job, new.code, is_confirmed=True)

    async def is_there() -> bool:
        return job.id in desk.compute.known

    await until(is_there)
    return job


async def until_counts(groups: JobGroups, **counts: int) -> None:
    async def is_so() -> bool:
        return (await groups.group(GROUP)).counts == JobCounts(**counts)

    await until(is_so)


async def test_a_group_is_one_thing_with_a_name_counts_and_a_price(
    desk: Bench, groups: JobGroups
) -> None:
    gpu = TargetRecord("gpu", "dask", {}, price_per_hour=3_600.0, currency="EUR")
    await desk.targets.register(gpu, is_new=True)
    jobs = [await send(desk, number, "gpu") for number in range(3)]
    started = {"kind": "starting", "worker": "w1", "host": "h"}
    for job in jobs[:2]:
        desk.compute.say(job.id, started, REQUEST)
    desk.compute.say(jobs[0].id, ended())
    await until_counts(groups, ok=1, running=1, queued=1)
    (group,) = (await groups.groups(JobGroupQuery())).items
    assert (group.id, group.name, group.target) == (GROUP, "train", "gpu")
    assert (group.notebook_path, group.parent_run_id) == ("train.ipynb", "cell")
    assert (group.mode, group.user, group.code_line) == (KernelMode.group, "ana", "train(0)")
    assert group.ended_at is None and group.started_at is not None
    assert group.worked_s > 0
    assert group.cost == pytest.approx(group.worked_s)
    assert group.currency == "EUR"
    page = await groups.items(GROUP, GroupItemsQuery(limit=2))
    assert [each.state for each in page.items] == [JobState.running, JobState.queued]
    rest = await groups.items(GROUP, GroupItemsQuery(cursor=page.next_cursor))
    assert [each.id for each in rest.items] == [jobs[0].id]


async def test_an_unknown_group_is_not_found(groups: JobGroups) -> None:
    for ask in (
        groups.group(JobGroupId("x")),
        groups.items(JobGroupId("x"), GroupItemsQuery()),
        groups.cancel(JobGroupId("x")),
        groups.retry(JobGroupId("x"), None),
    ):
        with pytest.raises(NotFound):
            await ask


async def test_what_is_open_of_a_group_is_cancelled_those_that_wait_first(
    desk: Bench, groups: JobGroups
) -> None:
    jobs = [await send(desk, number) for number in range(4)]
    desk.compute.say(jobs[0].id, ended())
    desk.compute.say(jobs[1].id, {"kind": "starting", "worker": "w1", "host": "h"})
    await until_counts(groups, ok=1, starting=1, queued=2)
    await groups.cancel(GROUP)
    asked = list(desk.compute.cancelled)
    assert set(asked[:2]) == {jobs[2].id, jobs[3].id}
    assert asked[2:] == [jobs[1].id]
    for job in jobs[1:]:
        held = desk.jobs.board.held(job.id)
        assert held is not None and held.cancel_asked_at is not None
        desk.compute.say(job.id, ended("cancelled"))
    await until_counts(groups, ok=1, cancelled=3)
    # Nothing is open: nobody is asked, and nothing is wrong.
    assert (await groups.cancel(GROUP)).counts == JobCounts(ok=1, cancelled=3)
    assert desk.compute.cancelled == asked


async def test_a_cancelled_group_takes_no_more_items(desk: Bench, groups: JobGroups) -> None:
    job = await send(desk, 0)
    await groups.cancel(GROUP)
    with pytest.raises(Conflict, match="cancelled"):
        await send(desk, 1)
    desk.compute.say(job.id, ended("error"))
    await until_counts(groups, error=1)
    # Only the user sends again what has failed, and may.
    assert (await groups.retry(GROUP, "bo")).sent == 1


async def test_a_group_of_another_server_is_not_cancelled_here(
    desk: Bench, groups: JobGroups
) -> None:
    job = await send(desk, 0)
    away = replace(job, id=JobId("away"), group_id="group-2", home=HOME)
    await desk.store.save_job(away)
    with pytest.raises(Conflict, match="Another server"):
        await groups.cancel(JobGroupId("group-2"))


async def test_only_what_failed_of_a_group_is_sent_again(
    desk: Bench, groups: JobGroups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_groups, "GROUP_RETRIES_MAX", 2)
    jobs = [await send(desk, number) for number in range(6)]
    for job, state in zip(jobs, ("ok", "error", "lost", "error", "cancelled"), strict=False):
        desk.compute.say(job.id, ended(state))
    await until_counts(groups, ok=1, error=2, lost=1, cancelled=1, queued=1)
    first = await groups.retry(GROUP, "bo")
    assert (first.sent, first.refused, first.left) == (2, 0, 1)
    assert first.group.counts == JobCounts(ok=1, lost=1, cancelled=1, queued=3)
    # What it had sent is no longer kept.
    (desk.compute.job_folder(jobs[2].id) / "job.json").unlink()
    second = await groups.retry(GROUP, "bo")
    assert (second.sent, second.refused, second.left) == (0, 1, 0)
    assert "not kept" in second.reason
    page = await groups.items(GROUP, GroupItemsQuery())
    again = [each for each in page.items if each.retry_of is not None]
    assert {each.retry_of for each in again} == {jobs[1].id, jobs[3].id}
    assert {each.user for each in again} == {"bo"}
    assert {each.group_id for each in again} == {GROUP}
