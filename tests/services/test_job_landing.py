"""How the results of jobs come into the kernels they are for, and what keeps them from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dsinfra_jlab.domain.compute.jobs import LandRequest, ResultState
from dsinfra_jlab.domain.exceptions import Conflict, Unavailable
from dsinfra_jlab.services import job_landing

from .scripted_compute import (
    KERNEL,
    NAME,
    REQUEST,
    Bench,
    ended,
)
from .sent_jobs import done, submitted, until, until_state


async def test_conflicts_are_noted_and_the_user_may_overwrite(desk: Bench) -> None:
    desk.kernels.landed = {"ok": True, "landed": [], "conflicts": ["model"]}
    job = await done(desk, NAME)
    asked = await until(desk, job.id, lambda e: e.result_state is ResultState.conflict)
    assert asked.conflicts == ["model"]
    desk.kernels.landed = {"ok": True, "landed": ["model"], "conflicts": []}
    landed = await desk.jobs.land(job.id, LandRequest(["model"], overwrite=True))
    assert (landed.result_state, landed.conflicts) == (ResultState.landed, [])
    wanted = desk.kernels.requests[-1][1]
    assert (wanted["names"], wanted["overwrite"], wanted["is_asked"]) == (["model"], True, True)


async def test_a_kernel_that_was_restarted_leaves_results_where_they_are(desk: Bench) -> None:
    desk.kernels.landed = {"ok": True, "landed": [], "conflicts": [], "is_other_process": True}
    job = await done(desk, NAME)
    left = await until(desk, job.id, lambda each: "was restarted" in each.detail)
    assert left.result_state is ResultState.waiting
    desk.kernels.landed = {"ok": True, "landed": ["model"], "conflicts": []}
    landed = await desk.jobs.land(job.id, LandRequest())
    assert (landed.result_state, landed.detail) == (ResultState.landed, "")


async def test_results_say_that_the_kernel_they_are_for_has_ended(
    desk: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def land(*_: Any) -> dict[str, Any]:
        raise Unavailable("The kernel has ended.")

    job = await submitted(desk)
    monkeypatch.setattr(desk.kernels, "land", land)
    desk.kernels.one = None
    desk.compute.say(job.id, REQUEST, ended("ok", names=[NAME]))
    left = await until(desk, job.id, lambda each: "was restarted" in each.detail)
    assert left.result_state is ResultState.waiting


async def test_results_go_to_the_kernel_that_the_notebook_has_now(desk: Bench) -> None:
    desk.kernels.landed = {"ok": True, "is_other_process": True, "landed": []}
    job = await done(desk, NAME)
    one = desk.kernels.one
    assert one is not None
    desk.kernels.one = None
    with pytest.raises(Conflict, match="start its kernel"):
        await desk.jobs.land(job.id, LandRequest())
    desk.kernels.one = replace(one, id=type(KERNEL)("kernel-2"))
    desk.kernels.landed = {"ok": True, "landed": ["model"], "conflicts": []}
    assert (await desk.jobs.land(job.id, LandRequest())).result_state is ResultState.landed


async def test_who_asks_for_results_does_not_wait_for_a_busy_kernel(
    desk: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_landing, "LAND_WAIT_S", 0.05)
    desk.kernels.landed = {"ok": True, "landed": [], "conflicts": [], "is_other_process": True}
    job = await done(desk, NAME)
    desk.kernels.gate.clear()
    desk.kernels.landed = {"ok": True, "landed": ["model"], "conflicts": []}
    asked = await desk.jobs.land(job.id, LandRequest())
    assert asked.result_state is ResultState.waiting and "when it is idle" in asked.detail
    desk.kernels.gate.set()
    landed = await until(desk, job.id, lambda each: each.result_state is ResultState.landed)
    assert landed.detail == ""


async def test_results_that_could_not_be_made_wait_on(desk: Bench) -> None:
    failed = [{"name": "model", "text": "model cannot be made here: No module named 'torch'"}]
    desk.kernels.landed = {"ok": False, "landed": [], "conflicts": [], "failed": failed}
    job = await done(desk, NAME)
    told = await until(desk, job.id, lambda each: "torch" in each.detail)
    assert told.result_state is ResultState.waiting
    desk.kernels.landed = {"ok": True, "landed": ["model"], "conflicts": []}
    assert (await desk.jobs.land(job.id, LandRequest())).result_state is ResultState.landed


async def test_results_whose_folder_was_removed_are_gone(desk: Bench) -> None:
    desk.kernels.landed = {"ok": True, "landed": [], "conflicts": [], "is_other_process": True}
    job = await done(desk, NAME)
    desk.compute.job_folder(job.id).joinpath("returned").rmdir()
    for _ in range(2):
        with pytest.raises(Conflict, match="not kept any more"):
            await desk.jobs.land(job.id, LandRequest())
    assert (await desk.jobs.job(job.id)).result_state is ResultState.gone


async def test_there_is_nothing_to_land_of_a_job_that_runs_or_brought_nothing(desk: Bench) -> None:
    job = await submitted(desk)
    with pytest.raises(Conflict, match="not ended"):
        await desk.jobs.land(job.id, LandRequest())
    desk.compute.say(job.id, ended())
    await until_state(desk, job.id, "ok")
    with pytest.raises(Conflict, match="nothing"):
        await desk.jobs.land(job.id, LandRequest())
