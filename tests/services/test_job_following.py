"""What is made of the log of a job, by the server that sent it and by the next one."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain.compute.jobs import JobId, JobState, ResultState
from dsinfra_jlab.domain.compute.limits import LOG_PAGE
from dsinfra_jlab.domain.health import ServiceState
from dsinfra_jlab.services import job_following

from .scripted_compute import (
    NAME,
    NOTEBOOK,
    REQUEST,
    Bench,
    bench,
    ended,
    message,
)
from .sent_jobs import NEW, done, keeping, submitted, until, until_state, warned

# The log


async def test_an_end_is_final_whatever_is_said_after_it(desk: Bench) -> None:
    job = await done(desk)
    desk.compute.say(job.id, REQUEST, ended("error"))
    await asyncio.sleep(0.05)
    assert (await desk.jobs.job(job.id)).state is JobState.ok


async def test_progress_and_output_are_read_from_the_log(desk: Bench) -> None:
    job = await submitted(desk)
    bar = message("stream", name="stderr", text="\r 40%|####      | 4/10 [00:04<00:06]")
    desk.compute.say(job.id, REQUEST, bar, message("comm_open", data={}))
    running = await until(desk, job.id, lambda each: each.progress_ratio is not None)
    assert running.progress_ratio == pytest.approx(0.4)
    page = await desk.jobs.log(job.id, 0)
    assert [each.type for each in page.items] == ["stream"]
    assert (page.next_seq, page.is_complete) == (3, False)
    assert (await desk.jobs.log(job.id, 3)).items == []
    desk.compute.say(job.id, {"kind": "dropped", "bytes": 9}, ended())
    await until_state(desk, job.id, "ok")
    page = await desk.jobs.log(job.id, 3)
    assert (page.items, page.is_complete, page.truncated) == ([], True, True)


async def test_what_is_long_is_read_in_pages_and_none_is_empty(desk: Bench) -> None:
    job = await submitted(desk)
    desk.compute.say(job.id, REQUEST, *[message("dsinfra_event", events=[])] * (2 * LOG_PAGE))
    lines = [message("stream", name="stdout", text="x" * 1_000_000) for _ in range(10)]
    desk.compute.say(job.id, *lines, message("error", ename="E", evalue="", traceback=[]), ended())
    await until_state(desk, job.id, "ok")
    sizes, after = [], 0
    while not (page := await desk.jobs.log(job.id, after)).is_complete:
        sizes.append(sum(len(each.content["text"]) for each in page.items))
        after = page.next_seq
    assert sizes == [4_000_000, 4_000_000]
    assert [each.type for each in page.items] == ["stream", "stream", "error"]


async def test_many_messages_are_few_writes(desk: Bench, monkeypatch: Any) -> None:
    saves: list[JobState] = []
    save = desk.store.save_job

    async def count(job: Any) -> None:
        saves.append(job.state)
        await save(job)

    monkeypatch.setattr(desk.store, "save_job", count)
    job = await submitted(desk)
    saves.clear()
    desk.compute.say(job.id, REQUEST)
    for number in range(200):
        desk.compute.say(job.id, message("stream", name="stdout", text=f"{number}\n"))
        await asyncio.sleep(0.002)
    desk.compute.say(job.id, ended())
    await until_state(desk, job.id, "ok")
    assert len(saves) < 12 and saves[-1] is JobState.ok
    # What is known is told before it is stored.
    for _ in range(6_000):
        stored = await desk.store.job(job.id)
        if stored.state is JobState.ok:
            break
        await asyncio.sleep(0.01)
    assert (stored.state, stored.log_seq) == (JobState.ok, 202)


async def test_a_job_nobody_knows_any_more_is_lost(desk: Bench, monkeypatch: Any) -> None:
    monkeypatch.setattr(job_following, "CHECK_S", 0.05)
    job = await submitted(desk)
    desk.compute.say(job.id, REQUEST)
    await until_state(desk, job.id, "running")
    await asyncio.sleep(0.2)
    assert (await desk.jobs.job(job.id)).state is JobState.running
    desk.compute.known.clear()
    over = await until_state(desk, job.id, "lost")
    assert "went away" in over.detail
    assert desk.recorder.said[-1] == ("ended", "lost", 0)


# A server that was killed


async def restarted(desk: Bench, tmp_path: Path) -> Bench:
    """Return the services of a later server, after the first was killed."""
    for task in asyncio.all_tasks():
        if task.get_name().startswith("dsinfra "):
            task.cancel()
    await asyncio.sleep(0)
    second = bench(
        desk.store, tmp_path / "jobs", compute=desk.compute, server_id="server-2", clock=desk.clock
    )
    await desk.store.register_server(_server("server-2"), "host", 1, "birth")
    await second.jobs.resume()
    return second


def _server(name: str) -> Any:
    return name


async def test_a_running_job_is_followed_by_the_next_server(desk: Bench, tmp_path: Path) -> None:
    job = await submitted(desk)
    desk.compute.say(job.id, REQUEST, message("stream", name="stdout", text="a"))
    await until(desk, job.id, lambda each: each.log_seq == 2)
    await desk.jobs.board.settled(job.id)
    second = await restarted(desk, tmp_path)
    desk.compute.say(job.id, message("stream", name="stdout", text="b"), ended(names=[NAME]))
    over = await until(second, job.id, lambda e: e.result_state is ResultState.landed)
    assert (over.state, over.log_seq) == (JobState.ok, 4)
    assert second.recorder.said == [
        ("begun", job.id, NOTEBOOK),
        ("said", 1, "request"),
        ("said", 2, "message"),
        ("said", 3, "message"),
        ("ended", "ok", 4),
    ]
    assert [spec.job_id for spec in desk.compute.submitted] == [job.id]
    await second.jobs.stop()


async def test_what_was_not_sent_yet_is_handed_over_or_refused(desk: Bench, tmp_path: Path) -> None:
    desk.compute.submit_error = "x"
    desk.kernels.gate.clear()
    packing = await desk.jobs.submit(NEW, None)
    await until(desk, packing.id, lambda each: "busy" in each.detail)
    desk.kernels.gate.set()
    desk.kernels.packed = {**desk.kernels.packed, "items": [warned(needs_word=True)]}
    asking = await desk.jobs.submit(NEW, None)
    await until(desk, asking.id, lambda e: bool(e.preflight and e.preflight.is_waiting))
    packed = await desk.jobs.board.latest(asking.id)
    ready = replace(packed, id=JobId("ready"), preflight=None)
    await desk.store.save_job(ready)
    folder = desk.compute.job_folder(asking.id)
    spec = json.loads((folder / "job.json").read_text())
    own = desk.compute.job_folder(ready.id)
    (own / "job.json").write_text(json.dumps({**spec, "job_id": "ready"}))
    await desk.jobs.board.settled(asking.id)
    # The first is packed by now and would be sent; it is stopped right there.
    held = desk.jobs.board.held(packing.id)
    if held is not None:
        await desk.store.save_job(replace(held, sent_bytes=None, preflight=None))
    desk.compute.submit_error = ""
    second = await restarted(desk, tmp_path)
    await until(second, "ready", lambda _: "ready" in desk.compute.known)
    assert (await second.jobs.job(asking.id)).state is JobState.queued
    await second.jobs.confirm(asking.id)
    await until(second, asking.id, lambda _: asking.id in desk.compute.known)
    await second.jobs.stop()


async def test_the_part_takes_over_in_its_first_round_and_lets_go(
    desk: Bench, tmp_path: Path
) -> None:
    job = await submitted(desk)
    await desk.jobs.board.settled(job.id)
    for task in asyncio.all_tasks():
        if task.get_name().startswith("dsinfra "):
            task.cancel()
    second = bench(desk.store, tmp_path / "jobs", compute=desk.compute, server_id="server-2")
    part = keeping(second)
    await part.start()
    await until(second, job.id, lambda _: second.jobs.board.held(job.id) is not None)
    assert part.health().state is ServiceState.running
    await part.stop()
    assert (await desk.store.job(job.id)).state is JobState.queued
