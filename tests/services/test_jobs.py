from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain.changes import MoveDocument
from dsinfra_jlab.domain.compute.jobs import (
    JobQuery,
    JobResources,
    JobState,
    KernelMode,
    NewJob,
    ResultState,
)
from dsinfra_jlab.domain.compute.limits import CANCEL_GRACE_S, JOB_FOLDER_KEPT_S
from dsinfra_jlab.domain.compute.targets import TargetRecord
from dsinfra_jlab.domain.events import JobsChanged
from dsinfra_jlab.domain.exceptions import BadInput, Conflict, NotFound, Unavailable
from dsinfra_jlab.services.absent_store import AbsentStore
from dsinfra_jlab.services.job_board import JobBoard

from .scripted_compute import (
    HOME,
    NAME,
    NOTEBOOK,
    REQUEST,
    Bench,
    ended,
    message,
)
from .sent_jobs import NEW, done, keeping, submitted, until, until_state, warned

# The plain story


async def test_a_job_goes_from_queued_to_landed(desk: Bench) -> None:
    job = await desk.jobs.submit(replace(NEW, returns=["model"]), "ana")
    assert (job.state, job.notebook_path, job.user) == (JobState.queued, "train.ipynb", "ana")
    assert (await desk.store.job(job.id)).parent_run_id == "session"
    await submitted_spec(desk)
    (spec,) = desk.compute.submitted
    assert (spec.message_id, spec.code, spec.python) == (job.id, NEW.code, "3.11.7")
    assert (spec.argv, spec.cwd) == (("python", "{connection_file}"), "/home/ana/work")
    assert spec.returns == ("model",)
    desk.compute.say(job.id, {"kind": "queued", "place": 2, "detail": "Two before it."})
    queued = await until(desk, job.id, lambda each: each.queue_place == 2)
    assert queued.detail == "Two before it."
    desk.compute.say(job.id, {"kind": "starting", "worker": "w1", "host": "h"})
    assert (await until_state(desk, job.id, "starting")).worker == "w1"
    desk.compute.say(job.id, REQUEST, message("stream", name="stdout", text="hello"))
    running = await until_state(desk, job.id, "running")
    assert running.queue_place is None and running.started_at is not None
    desk.compute.say(job.id, ended(names=[NAME]))
    landed = await until(desk, job.id, lambda each: each.result_state is ResultState.landed)
    assert landed.state is JobState.ok and [each.name for each in landed.returned] == ["model"]
    assert landed.duration_s == 2.0
    assert [what for what, _ in desk.kernels.requests] == ["pack", "land"]
    assert desk.kernels.requests[1][1]["is_asked"] is False
    assert desk.recorder.said == [
        ("begun", job.id, NOTEBOOK),
        ("said", 1, "queued"),
        ("said", 2, "starting"),
        ("said", 3, "request"),
        ("said", 4, "message"),
        ("ended", "ok", 5),
    ]
    assert any(isinstance(e, JobsChanged) and job.id in e.job_ids for e in desk.events)


async def submitted_spec(desk: Bench) -> None:
    for _ in range(1_000):
        if desk.compute.submitted:
            return
        await asyncio.sleep(0.01)


async def test_secrets_stay_out_of_the_store_and_go_to_the_worker(desk: Bench) -> None:
    job = await submitted(desk)
    folder = desk.compute.job_folder(job.id)
    assert (await desk.store.job(job.id)).code == "train('***')"
    assert job.code_line == "train('***')"
    assert desk.compute.submitted[0].code == NEW.code
    spec = folder / "job.json"
    assert json.loads(spec.read_text())["code"] == NEW.code
    assert spec.stat().st_mode & 0o777 == 0o600
    desk.compute.say(job.id, ended("error", detail="KeyError: s3cret"))
    assert (await until_state(desk, job.id, "error")).detail == "KeyError: ***"


@pytest.mark.parametrize("is_excluded", [True, False])
async def test_code_is_only_kept_where_it_may_be(desk: Bench, is_excluded: bool) -> None:
    if is_excluded:
        desk.policy.excluded.add(NOTEBOOK)
    else:
        desk.policy.current = replace(desk.policy.current, is_recording_code=False)
    job = await submitted(desk)
    assert (await desk.store.job(job.id)).code == ""
    assert desk.compute.submitted[0].code == NEW.code
    begun = [said for said in desk.recorder.said if said[0] == "begun"]
    assert begun == ([] if is_excluded else [("begun", job.id, NOTEBOOK)])


async def test_the_row_is_written_before_anything_is_sent(
    desk: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = AbsentStore("", "The store is away.")
    monkeypatch.setattr(desk.jobs.board, "_store", away)
    with pytest.raises(Unavailable):
        await desk.jobs.submit(NEW, None)
    await asyncio.sleep(0.05)
    assert (desk.compute.submitted, desk.kernels.requests) == ([], [])


async def test_code_without_a_kernel_is_sent_alone(desk: Bench) -> None:
    job = await submitted(desk, NewJob("local", "1 + 1"))
    assert desk.kernels.requests == []
    assert desk.compute.submitted[0].argv is None
    desk.compute.say(job.id, REQUEST, ended(names=[NAME]))
    over = await until_state(desk, job.id, "ok")
    assert over.result_state is ResultState.waiting and desk.kernels.requests == []


@pytest.mark.parametrize(
    ("new", "error"),
    [
        (replace(NEW, target="nowhere"), NotFound),
        (replace(NEW, kernel_id="no-kernel"), NotFound),
        (replace(NEW, code=" \n"), BadInput),
        (replace(NEW, returns=["model", "a b"]), BadInput),
        (replace(NEW, resources=JobResources(cpus=0)), BadInput),
    ],
    ids=["target", "kernel", "code", "returns", "resources"],
)
async def test_what_makes_no_sense_is_refused_before_it_is_a_job(
    desk: Bench, new: NewJob, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await desk.jobs.submit(new, None)
    assert (await desk.jobs.jobs(JobQuery())).items == []


# Before it is sent


async def test_a_blocking_item_ends_the_job_with_its_text(desk: Bench) -> None:
    item = warned(kind="unpicklable", text="lock cannot be sent.", is_blocking=True, path="m.lock")
    desk.kernels.packed = {"ok": False, "items": [item, {"kind": "nonsense"}, 7]}
    job = await desk.jobs.submit(NEW, None)
    over = await until_state(desk, job.id, "error")
    assert over.detail == "lock cannot be sent."
    assert over.preflight is not None and [i.path for i in over.preflight.items] == ["m.lock"]
    assert desk.compute.submitted == []
    assert desk.recorder.said[-1] == ("ended", "error", 0)


async def test_the_user_is_asked_and_the_word_sends_it(desk: Bench) -> None:
    desk.kernels.packed = {**desk.kernels.packed, "items": [warned(needs_word=True)]}
    job = await desk.jobs.submit(NEW, None)
    waiting = await until(desk, job.id, lambda e: bool(e.preflight and e.preflight.is_waiting))
    assert (waiting.state, desk.compute.submitted) == (JobState.queued, [])
    await desk.jobs.confirm(job.id)
    await submitted_spec(desk)
    assert desk.compute.submitted[0].job_id == job.id
    with pytest.raises(Conflict):
        await desk.jobs.confirm(job.id)
    sure = await desk.jobs.submit(replace(NEW, is_confirmed=True), None)
    await until(desk, sure.id, lambda e: sure.id in desk.compute.known)


async def test_a_busy_kernel_is_said_and_waited_for(desk: Bench) -> None:
    desk.kernels.gate.clear()
    job = await desk.jobs.submit(NEW, None)
    waiting = await until(desk, job.id, lambda each: "busy" in each.detail)
    assert waiting.state is JobState.queued
    desk.kernels.gate.set()
    await submitted_spec(desk)
    assert (await desk.jobs.job(job.id)).detail == ""


async def test_a_kernel_that_ends_while_packing_is_an_error(desk: Bench) -> None:
    async def die(*given: Any) -> dict[str, Any]:
        raise Unavailable("The kernel ended.")

    desk.kernels.pack = die  # type: ignore[method-assign]
    job = await desk.jobs.submit(NEW, None)
    assert (await until_state(desk, job.id, "error")).detail == "The kernel ended."


@pytest.mark.parametrize("where", ["start", "submit"])
async def test_a_target_that_cannot_be_reached_is_an_error_that_says_so(
    desk: Bench, where: str
) -> None:
    setattr(desk.compute, f"{where}_error", "Nobody answers at tcp://x.")
    desk.compute.running.clear()
    job = await desk.jobs.submit(NEW, None)
    assert (await until_state(desk, job.id, "error")).detail == "Nobody answers at tcp://x."


async def test_a_full_disk_is_an_error_before_anything_is_sent(desk: Bench) -> None:
    desk.compute.folder.mkdir()
    desk.compute.job_folder = lambda job_id: Path("/proc/nowhere")  # type: ignore[method-assign]
    job = await desk.jobs.submit(NEW, None)
    over = await until_state(desk, job.id, "error")
    assert "cannot be written" in over.detail and desk.compute.submitted == []


# Cancelling


async def test_cancelled_while_the_target_starts(desk: Bench) -> None:
    desk.compute.running.clear()
    desk.compute.gate.clear()
    job = await desk.jobs.submit(NEW, None)
    await until(desk, job.id, lambda each: each.detail == "Starts local.")
    assert (await desk.jobs.cancel(job.id)).state is JobState.cancelled
    desk.compute.gate.set()
    await asyncio.sleep(0.05)
    assert desk.compute.submitted == [] and desk.compute.cancelled == []


async def test_cancelled_while_it_is_packed_or_waits_for_a_word(desk: Bench) -> None:
    desk.kernels.gate.clear()
    job = await desk.jobs.submit(NEW, None)
    await until(desk, job.id, lambda each: "busy" in each.detail)
    over = await desk.jobs.cancel(job.id)
    assert (over.state, over.ended_at is not None) == (JobState.cancelled, True)
    desk.kernels.gate.set()
    desk.kernels.packed = {**desk.kernels.packed, "items": [warned(needs_word=True)]}
    other = await desk.jobs.submit(NEW, None)
    await until(desk, other.id, lambda e: bool(e.preflight and e.preflight.is_waiting))
    assert (await desk.jobs.cancel(other.id)).state is JobState.cancelled
    with pytest.raises(Conflict):
        await desk.jobs.confirm(other.id)
    assert desk.compute.submitted == []


async def test_cancelled_while_it_runs_ends_when_its_target_says_so(desk: Bench) -> None:
    job = await submitted(desk)
    desk.compute.say(job.id, REQUEST)
    await until_state(desk, job.id, "running")
    asked = await desk.jobs.cancel(job.id)
    assert asked.state is JobState.running and desk.compute.cancelled == [job.id]
    assert asked.cancel_asked_at is not None and asked.kill_at is not None
    assert (asked.kill_at - asked.cancel_asked_at).total_seconds() == CANCEL_GRACE_S
    desk.compute.say(job.id, {"kind": "asked", "signal": "INT"}, ended("cancelled"))
    over = await until_state(desk, job.id, "cancelled")
    assert over.kill_at is None
    again = await desk.jobs.cancel(job.id)
    assert (again.state, desk.compute.cancelled) == (JobState.cancelled, [job.id])


# After the end


async def test_a_retry_is_another_job_with_the_same_parcel(desk: Bench) -> None:
    job = await submitted(desk)
    with pytest.raises(Conflict, match="not ended"):
        await desk.jobs.retry(job.id, None)
    desk.compute.say(job.id, ended("lost"))
    await until_state(desk, job.id, "lost")
    desk.kernels.one = None
    again = await desk.jobs.retry(job.id, "bo")
    await until(desk, again.id, lambda _: again.id in desk.compute.known)
    assert (again.retry_of, again.user) == (job.id, "bo")
    spec = desk.compute.submitted[-1]
    assert (spec.job_id, spec.message_id, spec.code) == (again.id, again.id, NEW.code)
    assert (desk.compute.job_folder(again.id) / "sent" / "parcel.json").is_file()
    assert [what for what, _ in desk.kernels.requests] == ["pack"]
    assert (await desk.jobs.job(job.id)).state is JobState.lost


async def test_a_retry_packs_anew_what_could_not_be_packed(desk: Bench) -> None:
    good, desk.kernels.packed = desk.kernels.packed, {"ok": False, "error": "No."}
    job = await desk.jobs.submit(NEW, None)
    await until_state(desk, job.id, "error")
    parcel = desk.compute.job_folder(job.id) / "sent" / "parcel.json"
    parcel.unlink()
    desk.kernels.packed = good
    again = await desk.jobs.retry(job.id, None)
    await until(desk, again.id, lambda _: again.id in desk.compute.known)
    (desk.compute.job_folder(job.id) / "job.json").unlink()
    with pytest.raises(Conflict, match="not kept"):
        await desk.jobs.retry(job.id, None)


async def test_a_job_whose_target_did_not_start_can_be_sent_again(desk: Bench) -> None:
    desk.compute.running.clear()
    desk.compute.start_error = "No room."
    job = await desk.jobs.submit(NEW, None)
    assert (await until_state(desk, job.id, "error")).detail == "No room."
    desk.compute.start_error = ""
    again = await desk.jobs.retry(job.id, None)
    await until(desk, again.id, lambda _: again.id in desk.compute.known)
    assert desk.compute.submitted[-1].code == NEW.code


async def test_the_rest_is_written_while_the_kernel_packs(desk: Bench) -> None:
    desk.kernels.gate.clear()
    job = await desk.jobs.submit(NEW, None)
    folder = desk.compute.job_folder(job.id)
    for _ in range(6_000):
        if (folder / "probe.json").is_file() and (folder / "job.json").is_file():
            break
        await asyncio.sleep(0.01)
    assert [what for what, _ in desk.kernels.requests] == ["pack"]
    assert desk.compute.submitted == []
    desk.kernels.gate.set()
    await until(desk, job.id, lambda _: job.id in desk.compute.known)
    assert desk.compute.submitted[0].python == "3.11.7"


async def test_only_ended_jobs_are_forgotten(desk: Bench) -> None:
    job = await submitted(desk)
    with pytest.raises(Conflict):
        await desk.jobs.forget(job.id)
    desk.compute.say(job.id, ended())
    await until_state(desk, job.id, "ok")
    await desk.jobs.forget(job.id)
    assert job.id not in desk.compute.logs
    with pytest.raises(NotFound):
        await desk.jobs.job(job.id)


async def test_old_folders_are_removed_and_their_results_gone(desk: Bench) -> None:
    desk.kernels.landed = {"ok": True, "is_other_process": True}
    job = await done(desk, NAME)
    await desk.jobs.board.settled(job.id)
    part = keeping(desk)
    assert await part.round() and job.id in desk.compute.logs
    record = await desk.store.job(job.id)
    old = record.submitted_at.timestamp() + JOB_FOLDER_KEPT_S
    desk.clock.advance(max(0.0, old - desk.clock.now().timestamp()) + 10)  # type: ignore[attr-defined]
    assert await part.round()
    assert job.id not in desk.compute.logs
    assert (await desk.jobs.job(job.id)).result_state is ResultState.gone


async def test_jobs_follow_their_notebook(desk: Bench) -> None:
    job = await submitted(desk)
    move = MoveDocument(NOTEBOOK, "/home/ana/work/new.ipynb")
    desk.store.record([move])
    await desk.store.flush()
    desk.jobs.document_moved(move)
    assert (await desk.jobs.job(job.id)).notebook_path == "new.ipynb"
    assert ("moved", job.id, "/home/ana/work/new.ipynb") in desk.recorder.said
    desk.compute.say(job.id, REQUEST, ended())
    await until_state(desk, job.id, "ok")
    await desk.jobs.board.settled(job.id)
    found = await desk.jobs.jobs(JobQuery(notebook_path="new.ipynb"))
    assert [each.id for each in found.items] == [job.id]


async def test_a_price_makes_a_cost(desk: Bench) -> None:
    target = TargetRecord("local", "dask", price_per_hour=3_600.0, currency="EUR")
    await desk.store.save_target(HOME, target)
    job = await done(desk)
    assert (job.duration_s, job.cost, job.currency) == (1.0, 1.0, "EUR")


async def test_session_kernels_are_told_apart_by_notebook(desk: Bench) -> None:
    await submitted(desk, replace(NEW, mode=KernelMode.session))
    assert desk.compute.submitted[0].session_key == NOTEBOOK


async def test_a_store_that_is_away_costs_no_job(desk: Bench, monkeypatch: Any) -> None:
    monkeypatch.setattr("dsinfra_jlab.services.job_board.RETRY_S", 0.05)
    job = await submitted(desk)
    await desk.jobs.board.settled(job.id)
    board: JobBoard = desk.jobs.board
    monkeypatch.setattr(board, "_store", AbsentStore("", "away"))
    desk.compute.say(job.id, REQUEST, ended())
    for _ in range(100):
        held = board.held(job.id)
        if held is not None and held.state is JobState.ok:
            break
        await asyncio.sleep(0.01)
    assert (await desk.store.job(job.id)).state is not JobState.ok
    monkeypatch.setattr(board, "_store", desk.store)
    for _ in range(200):
        if (await desk.store.job(job.id)).state is JobState.ok:
            break
        await asyncio.sleep(0.01)
    assert (await desk.store.job(job.id)).state is JobState.ok


async def test_how_long_sending_takes_is_expected_from_what_was_sent_before(desk: Bench) -> None:
    desk.kernels.packed["bytes"] = 300_000_000
    first = await submitted(desk)
    shown = await desk.jobs.job(first.id)
    assert shown.preflight is not None and shown.preflight.expected_s is None
    desk.compute.say(first.id, {"kind": "kernel", "at": 50.0}, {**REQUEST, "at": 53.0}, ended())
    await until_state(desk, first.id, "ok")
    desk.kernels.packed["bytes"] = 100_000_000
    second = await submitted(desk)
    shown = await desk.jobs.job(second.id)
    assert shown.preflight is not None
    assert shown.preflight.expected_s == pytest.approx(1.0)
