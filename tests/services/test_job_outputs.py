"""What a job has put out is whole at any moment: before, at and after its end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dsinfra_jlab.domain.changes import SaveOutputs, SaveRun
from dsinfra_jlab.domain.compute.jobs import JobId
from dsinfra_jlab.domain.runs.records import RunOutputs
from dsinfra_jlab.store import SqlStore
from tests.store.samples import record

from .scripted_compute import REQUEST, Bench, ended, message
from .test_jobs import submitted, until_state


def published(job_id: str, kind: str, **content: Any) -> dict[str, Any]:
    """Return a message of the job's kernel that belongs to its cell."""
    event = message(kind, **content)
    event["header"] = {"msg_type": kind, "msg_id": f"{job_id}-{kind}"}
    event["parent_header"] = {"msg_id": job_id, "msg_type": "execute_request"}
    return event


def stream(job_id: str, text: str) -> dict[str, Any]:
    return published(job_id, "stream", name="stdout", text=text)


async def texts(desk: Bench, job_id: JobId) -> list[Any]:
    outputs = await desk.jobs.outputs(job_id)
    return [each.get("text") or each.get("ename") for each in outputs.items]


async def test_outputs_are_whole_while_a_job_runs_and_at_its_end(desk: Bench) -> None:
    job_id = (await submitted(desk)).id
    assert await texts(desk, job_id) == []
    busy = published(job_id, "status", execution_state="busy")
    desk.compute.say(job_id, REQUEST, busy, stream(job_id, "one\n"))
    await until_state(desk, job_id, "running")
    assert await texts(desk, job_id) == ["one\n"]
    failure = published(job_id, "error", ename="KeyError", evalue="k", traceback=[])
    desk.compute.say(job_id, stream(job_id, "two s3cret\n"), failure, ended("error"))
    # Nothing of it was ever stored: the recorder of this bench only listens.
    await until_state(desk, job_id, "error")
    assert await texts(desk, job_id) == ["one\ntwo ***\n", "KeyError"]


async def test_without_the_log_they_are_what_was_stored(desk: Bench, store: SqlStore) -> None:
    job_id = (await submitted(desk)).id
    desk.compute.say(job_id, REQUEST, stream(job_id, "log\n"), ended())
    await until_state(desk, job_id, "ok")
    desk.compute.forget(job_id)
    assert await texts(desk, job_id) == []
    await _store_outputs(store, job_id, "stored\n")
    assert await texts(desk, job_id) == ["stored\n"]


async def test_the_log_of_another_installation_is_not_looked_for(
    desk: Bench, store: SqlStore
) -> None:
    job_id = (await submitted(desk)).id
    desk.compute.say(job_id, REQUEST, stream(job_id, "log\n"), ended())
    await until_state(desk, job_id, "ok")
    await _store_outputs(store, job_id, "stored\n")
    assert await texts(desk, job_id) == ["log\n"]
    await desk.jobs.board.settled(job_id)
    await store.save_job(replace(await store.job(job_id), home="elsewhere"))
    assert await texts(desk, job_id) == ["stored\n"]


async def _store_outputs(store: SqlStore, job_id: JobId, text: str) -> None:
    job = await store.job(job_id)
    output = {"output_type": "stream", "name": "stdout", "text": text}
    store.record(
        [
            SaveRun(replace(record("r"), id=job.run_id)),
            SaveOutputs(job.run_id, RunOutputs([output])),
        ]
    )
    await store.flush()
