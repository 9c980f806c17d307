"""``jupyter dsinfra targets`` and ``jobs``, of servers that run and where none does."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from dsinfra_jlab.domain.compute.jobs import JobId, JobRecord, JobState, job_run_id
from dsinfra_jlab.domain.ids import ServerId
from dsinfra_jlab.server.app import DsinfraApp
from tests.store.samples import at

from .test_status import Said, nowhere, say

__all__ = ["nowhere", "say"]


def test_without_a_server_there_is_nobody_to_ask(nowhere, say: Said) -> None:
    for words in (["targets"], ["jobs"], ["jobs", "cancel", "x"], ["targets", "stop", "local"]):
        status, out, err = say(*words)
        assert (status, out) == (1, "")
        assert "start one first" in err


async def test_targets_are_listed_and_stopped(
    dsinfra: DsinfraApp, jp_serverapp, jp_fetch, say: Said
) -> None:
    jp_serverapp.write_server_info_file()
    status, out, err = await asyncio.to_thread(say, "targets")
    assert status == 0, err
    assert out.splitlines()[1].split() == ["local", "stopped", "dask"]
    status, out, _ = await asyncio.to_thread(say, "targets", "stop", "local", "--format", "json")
    assert json.loads(out)["items"][0]["state"] in ("stopping", "stopped")
    status, _, err = await asyncio.to_thread(say, "targets", "start", "no/where")
    assert status == 1 and "There is no target" in err


async def test_jobs_are_listed_and_cancelled(
    dsinfra: DsinfraApp, jp_serverapp, jp_fetch, say: Said
) -> None:
    jp_serverapp.write_server_info_file()
    status, out, err = await asyncio.to_thread(say, "jobs")
    assert (status, out) == (0, ""), err
    assert "No jobs" in err
    for number, (name, state) in enumerate(
        (("aaaa-open", JobState.queued), ("bbbb-over", JobState.ok)), start=1
    ):
        job = JobRecord(
            JobId(name), job_run_id(JobId(name)), "local", state, "train()\n", at(number),
            home=dsinfra.job_parts.home, server_id=ServerId(dsinfra.server_id),
            ended_at=at(3) if state.is_final else None,
        )  # fmt: skip
        await dsinfra.store.save_job(job)
        if not state.is_final:
            dsinfra.job_parts.jobs.board.hold(job)
    status, out, _ = await asyncio.to_thread(say, "jobs", "--limit", "5")
    assert [line.split()[:3] for line in out.splitlines()[1:]] == [
        ["bbbb-ove", "ok", "local"],
        ["aaaa-ope", "queued", "local"],
    ]
    _, out, _ = await asyncio.to_thread(say, "jobs", "--open", "--format", "json")
    assert [each["id"] for each in json.loads(out)["items"]] == ["aaaa-open"]
    _, out, _ = await asyncio.to_thread(say, "jobs", "--target", "other")
    assert out == ""
    status, _, err = await asyncio.to_thread(say, "jobs", "cancel", "bbbb")
    assert status == 1 and "no open job" in err
    status, out, _ = await asyncio.to_thread(say, "jobs", "cancel", "aaaa")
    assert status == 0 and out.splitlines()[1].split()[1] == "cancelled"


async def test_a_server_that_does_not_answer_hides_nothing_of_the_others(
    dsinfra: DsinfraApp, jp_serverapp, jp_fetch, say: Said
) -> None:
    jp_serverapp.write_server_info_file()
    other = _silent_beside(jp_serverapp.info_file)
    try:
        for words in (["targets"], ["jobs"], ["targets", "stop", "local"]):
            status, out, err = await asyncio.to_thread(say, *words)
            assert status == 0, err
            assert ("local" in out) is (words[0] == "targets")
            assert ("http://127.0.0.1:1/: It does not answer." in err) is (len(words) == 1)
        jp_serverapp.remove_server_info_file()
        status, out, err = await asyncio.to_thread(say, "targets")
        assert (status, out) == (1, "") and "does not answer" in err
    finally:
        os.unlink(other)


def _silent_beside(info_file: str) -> Path:
    """Write a server down that is said to run in this process, and where nobody listens."""
    own = Path(info_file)
    other = own.with_name("jpserver-1.json")
    other.write_text(json.dumps(json.loads(own.read_text()) | {"url": "http://127.0.0.1:1/"}))
    return other
