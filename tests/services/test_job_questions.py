"""What a kernel asks about jobs and targets, between scripted neighbours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain.compute.jobs import JobId
from dsinfra_jlab.domain.exceptions import BadInput, Conflict, DsinfraError, NotFound, NotPermitted
from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.services import job_questions
from dsinfra_jlab.services.job_questions import JobQuestions
from dsinfra_jlab.services.watched_kernel import WatchedKernel
from dsinfra_jlab.store import SqlStore

from .scripted_compute import KERNEL, NAME, REQUEST, Bench, bench, ended, message

BEGIN = {"target": "local", "code": "train()"}
PACKED = {"ok": True, "items": [], "names": [NAME], "bytes": 7, "python": "3.11.7"}


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(6_000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


class Asking:
    """A kernel that asks."""

    def __init__(self, desk: Bench) -> None:
        self.desk = desk
        self.questions = JobQuestions(desk.jobs, desk.targets, desk.compute)

    @property
    def kernel(self) -> WatchedKernel:
        assert self.desk.kernels.one is not None
        return self.desk.kernels.one

    async def ask(self, what: str, /, **given: Any) -> Any:
        assert self.questions.knows(what)
        return await self.questions.answer(self.kernel, what, given)

    async def sent(self, **more: Any) -> str:
        """Begin a job and hand it over; return its id."""
        begun = await self.ask("job_begin", **{**BEGIN, "is_confirmed": True, **more})
        await self.ask("job_submit", job_id=begun["job_id"], packed=PACKED)
        await until(lambda: begun["job_id"] in self.desk.compute.known)
        return str(begun["job_id"])

    async def over(self, job_id: str, state: str = "ok", **more: Any) -> None:
        """Let a job end."""
        self.desk.compute.say(job_id, REQUEST, ended(state, **more))
        await self.until_state(job_id, state)

    async def until_state(self, job_id: str, state: str) -> Any:
        """Wait until a job stands so, and return it."""
        for _ in range(6_000):
            job = await self.ask("job_status", job_id=job_id)
            if job["state"] == state:
                return job
            await asyncio.sleep(0.01)
        raise AssertionError(job)


@pytest.fixture
def asking(
    store: SqlStore, tmp_path: Path, jp_asyncio_loop: asyncio.AbstractEventLoop
) -> Iterator[Asking]:
    async def make() -> Asking:
        return Asking(bench(store, tmp_path / "jobs"))

    found = jp_asyncio_loop.run_until_complete(make())
    yield found
    jp_asyncio_loop.run_until_complete(found.desk.jobs.stop())


# Sending


async def test_a_job_is_begun_packed_and_handed_over(asking: Asking) -> None:
    begun = await asking.ask(
        "job_begin",
        **BEGIN,
        name="train(" + "x" * 300,
        group_id="g",
        returns=["model"],
        resources={"cpus": 2},
        mode="group",
        cell_id="c1",
    )
    request = begun["request"]
    assert (request["job_id"], request["code"]) == (begun["job_id"], "train()")
    assert request["folder"] == str(asking.desk.compute.job_folder(begun["job_id"]))
    record = await asking.desk.store.job(begun["job_id"])
    assert (record.kernel_id, record.group_id, record.cell_id) == (KERNEL, "g", "c1")
    assert (record.mode.value, record.resources.cpus, record.returns) == ("group", 2, ("model",))
    # Code that runs sends it: it stands below that cell, and is of who runs it.
    assert (record.parent_run_id, record.user) == ("cell", "ana")
    assert (record.shown_by.value, len(record.name)) == ("nobody", job_questions.NAME_MAX_CHARS)
    assert asking.desk.compute.submitted == []
    job = await asking.ask("job_submit", job_id=begun["job_id"], packed=PACKED)
    assert (job["sent_bytes"], [each["name"] for each in job["sent"]]) == (7, ["model"])
    await until(lambda: bool(asking.desk.compute.submitted))
    (spec,) = asking.desk.compute.submitted
    assert (spec.job_id, spec.python, spec.user) == (begun["job_id"], "3.11.7", "ana")


async def test_nobody_is_said_to_have_sent_a_job_where_that_is_not_known(asking: Asking) -> None:
    asking.desk.kernels.user_name = None
    job_id = await asking.sent()
    assert (await asking.desk.store.job(JobId(job_id))).user is None


async def test_what_could_not_be_packed_ends_the_job_and_says_why(asking: Asking) -> None:
    begun = await asking.ask("job_begin", **BEGIN)
    culprit = {"kind": "unpicklable", "text": "lock cannot be sent", "is_blocking": True}
    packed = {"ok": False, "items": [{**culprit, "needs_word": False}]}
    job = await asking.ask("job_submit", job_id=begun["job_id"], packed=packed)
    assert (job["state"], job["detail"]) == ("error", "lock cannot be sent")
    assert asking.desk.compute.submitted == []


@pytest.mark.parametrize(("is_confirmed", "is_waiting"), [(True, False), (False, True)])
async def test_a_job_waits_for_a_word_unless_it_was_given(
    asking: Asking, is_confirmed: bool, is_waiting: bool
) -> None:
    begun = await asking.ask("job_begin", **BEGIN, is_confirmed=is_confirmed)
    large = {"kind": "large", "text": "much", "is_blocking": False, "needs_word": True}
    packed = {**PACKED, "items": [large]}
    job = await asking.ask("job_submit", job_id=begun["job_id"], packed=packed)
    assert job["preflight"]["is_waiting"] is is_waiting


async def test_another_kernel_packs_nothing_for_a_job(asking: Asking) -> None:
    begun = await asking.ask("job_begin", **BEGIN)
    asking.desk.kernels.one = replace(asking.kernel, id=KernelId("kernel-2"))
    with pytest.raises(NotPermitted, match="Another kernel"):
        await asking.ask("job_submit", job_id=begun["job_id"], packed=PACKED)


async def test_a_target_that_does_not_start_refuses_and_ends_the_job(asking: Asking) -> None:
    asking.desk.compute.running.clear()
    asking.desk.compute.start_error = "No room for a worker."
    with pytest.raises(DsinfraError, match="No room"):
        await asking.ask("job_begin", **BEGIN)
    (job,) = (await asking.ask("jobs"))["items"]
    assert (await asking.until_state(job["id"], "error"))["detail"] == "No room for a worker."


@pytest.mark.parametrize(
    ("what", "given", "said"),
    [
        ("job_begin", {"target": "local"}, "code is missing"),
        ("job_begin", {**BEGIN, "target": 5}, "target is wrong"),
        ("job_begin", {**BEGIN, "mode": "forever"}, "mode is wrong"),
        ("job_begin", {**BEGIN, "resources": {"cpus": 0}}, "cpus"),
        ("job_begin", {**BEGIN, "returns": ["a b"]}, "no name"),
        ("job_begin", {**BEGIN, "code": " \n"}, "no code"),
        ("job_submit", {}, "job_id is missing"),
        ("job_wait", {"job_ids": "all"}, "job_ids is wrong"),
        ("job_wait", {"job_ids": ["x"] * 1001}, "at most 1000 jobs"),
        ("jobs_cancel", {"job_ids": ["x"] * 1001}, "at most 1000 jobs"),
        ("job_log", {"job_id": "x", "after": "0"}, "after is wrong"),
        ("jobs", {"limit": "many"}, "limit is wrong"),
        ("map_begin", {**BEGIN, "code": ""}, "no code"),
        ("map_send", {"group_id": "g"}, "items is missing"),
        ("map_send", {"group_id": "g", "items": [{"number": 0}]}, "name is missing"),
        ("target_register", {"name": "mine"}, "address is missing"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    asking: Asking, what: str, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        await asking.ask(what, **given)
    assert (await asking.ask("jobs"))["items"] == []


@pytest.mark.parametrize("what", ["job_begin", "map_begin"])
async def test_a_target_that_is_none_is_refused(asking: Asking, what: str) -> None:
    with pytest.raises(NotFound, match="no target 'moon'"):
        await asking.ask(what, **{**BEGIN, "target": "moon"})


# Looking


async def test_waiting_for_one_tells_of_it_and_for_many_of_those_that_have_ended(
    asking: Asking,
) -> None:
    one, two = [await asking.sent() for _ in range(2)]
    assert (await asking.ask("job_wait", job_ids=[one, two], timeout_s=0))["items"] == []
    (still,) = (await asking.ask("job_wait", job_ids=[one], timeout_s=0))["items"]
    assert still["state"] == "queued"
    waiting = asyncio.ensure_future(asking.ask("job_wait", job_ids=[one, two], timeout_s=20))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    asking.desk.compute.say(two, REQUEST, ended("ok"))
    assert [each["id"] for each in (await waiting)["items"]] == [two]


async def test_who_waits_for_very_many_is_told_of_several_ends_at_once(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_questions, "GATHERED_FROM", 3)
    ids = [await asking.sent() for _ in range(3)]
    waiting = asyncio.ensure_future(asking.ask("job_wait", job_ids=ids, timeout_s=20))
    await asyncio.sleep(0.05)
    for each in ids[:2]:
        asking.desk.compute.say(each, REQUEST, ended("ok"))
        await asyncio.sleep(0)
    told = [each["id"] for each in (await waiting)["items"]]
    assert told and set(told) <= set(ids[:2])
    assert (await asking.ask("job_wait", job_ids=ids[2:], timeout_s=0))["items"][0]["id"] == ids[2]
    await asking.over(ids[2])
    began = asyncio.get_running_loop().time()
    # When all have ended there is nothing to gather, and a look does not wait either.
    monkeypatch.setattr(job_questions, "GATHER_S", 30.0)
    answer = await asking.ask("job_wait", job_ids=ids, timeout_s=20)
    assert [each["state"] for each in answer["items"]] == ["ok"] * 3
    ids.append(await asking.sent())
    assert len((await asking.ask("job_wait", job_ids=ids, timeout_s=0))["items"]) == 3
    assert asyncio.get_running_loop().time() - began < 25


async def test_a_log_is_told_when_it_grows_and_when_it_is_whole(asking: Asking) -> None:
    job_id = await asking.sent()
    nothing = await asking.ask("job_log", job_id=job_id, after=0, wait_s=0)
    assert (nothing["items"], nothing["is_complete"]) == ([], False)
    waiting = asyncio.ensure_future(asking.ask("job_log", job_id=job_id, after=0, wait_s=20))
    await asyncio.sleep(0.05)
    asking.desk.compute.say(job_id, REQUEST, message("stream", name="stdout", text="hello"))
    page = await waiting
    assert [each["content"]["text"] for each in page["items"]] == ["hello"]
    waiting = asyncio.ensure_future(
        asking.ask("job_log", job_id=job_id, after=page["next_seq"], wait_s=20)
    )
    await asyncio.sleep(0.05)
    asking.desk.compute.say(job_id, ended("ok"))
    assert (await waiting)["is_complete"] is True


async def test_results_are_told_of_when_a_job_has_ended(asking: Asking) -> None:
    job_id = await asking.sent()
    with pytest.raises(Conflict, match="not ended"):
        await asking.ask("job_result", job_id=job_id)
    await asking.over(job_id, names=[NAME])
    where = await asking.ask("job_result", job_id=job_id)
    assert (where["job_id"], where["names"]) == (job_id, ["model"])
    assert where["folder"] == str(asking.desk.compute.job_folder(JobId(job_id)))


async def test_jobs_of_a_group_are_listed_and_no_more_than_a_page(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = [await asking.sent(group_id="g") for _ in range(3)]
    await asking.sent()
    found = await asking.ask("jobs", group_id="g")
    assert {each["id"] for each in found["items"]} == set(mine)
    monkeypatch.setattr(job_questions, "JOBS_MAX", 2)
    assert len((await asking.ask("jobs", limit=10_000))["items"]) == 2
    assert len((await asking.ask("jobs", limit=-3))["items"]) == 1


@pytest.mark.parametrize("what", ["job_status", "job_log", "job_cancel", "job_result"])
async def test_a_job_that_is_none_is_not_found(asking: Asking, what: str) -> None:
    with pytest.raises(NotFound, match="no job"):
        await asking.ask(what, job_id="nothing")


# Cancelling


async def test_a_job_is_cancelled_at_its_target(asking: Asking) -> None:
    job_id = await asking.sent()
    job = await asking.ask("job_cancel", job_id=job_id)
    assert job["cancel_asked_at"] is not None
    assert asking.desk.compute.cancelled == [job_id]


async def test_many_jobs_are_cancelled_with_one_question(asking: Asking) -> None:
    ids = [await asking.sent() for _ in range(3)]
    await asking.over(ids[1])
    answer = await asking.ask("jobs_cancel", job_ids=ids)
    assert [each["id"] for each in answer["items"]] == ids
    assert answer["items"][1]["state"] == "ok" and answer["items"][1]["cancel_asked_at"] is None
    assert sorted(asking.desk.compute.cancelled) == sorted([ids[0], ids[2]])


# Targets


async def test_targets_are_listed_and_a_cluster_of_code_becomes_one(asking: Asking) -> None:
    address = "tcp://10.0.0.1:8786"
    assert [each["name"] for each in (await asking.ask("targets"))["items"]] == ["local"]
    first = await asking.ask("target_register", name=None, address=address, options={})
    assert (first["name"], first["registered_by"]) == ("dask-10.0.0.1-8786", KERNEL)
    again = await asking.ask("target_register", name=None, address=address, options={})
    other = await asking.ask("target_register", address="tcp://10.0.0.1-8786")
    named = await asking.ask("target_register", name="mine", address=address)
    assert (again["name"], other["name"]) == (first["name"], "dask-10.0.0.1-8786-2")
    assert (named["name"], named["options"]["address"]) == ("mine", address)
