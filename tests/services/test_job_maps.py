"""The items of a map: taken by the batch, with what they share in one place."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain.compute.jobs import JobId, map_folder
from dsinfra_jlab.domain.compute.limits import JOB_FOLDER_KEPT_S, MAP_BATCH_MAX
from dsinfra_jlab.domain.exceptions import BadInput, Conflict, DsinfraError, NotFound, Unavailable
from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.services.job_keeping import JobKeeping
from dsinfra_jlab.services.watched_kernel import WatchedKernel

from .scripted_compute import HOME, NAME
from .test_job_questions import BEGIN, PACKED, Asking, asking, until

__all__ = ["asking"]

SHARED = {**PACKED, "names": [{**NAME, "name": "train"}], "bytes": 100}


class Map:
    """A kernel that sends a map."""

    def __init__(self, asking: Asking, begun: dict[str, Any]) -> None:
        self.asking = asking
        self.group: str = begun["group_id"]
        self.folder = Path(begun["request"]["folder"])
        self.count = 0

    def packed(self, **said: Any) -> dict[str, Any]:
        """Pack an item as a kernel does; return what it says of it."""
        parcel = self.folder / "items" / str(self.count)
        parcel.mkdir(parents=True)
        (parcel / "parcel.json").write_text("{}")
        item = {"number": self.count, "name": f"train({self.count})", "packed": {**PACKED, **said}}
        self.count += 1
        return item

    async def send(self, *items: dict[str, Any], shared: Any = SHARED) -> Any:
        return await self.asking.ask(
            "map_send", group_id=self.group, items=list(items), shared=shared
        )

    async def handed_over(self, count: int) -> None:
        await until(lambda: len(self.asking.desk.compute.submitted) >= count)


async def begun(asking: Asking, **more: Any) -> Map:
    return Map(asking, await asking.ask("map_begin", **{**BEGIN, "mode": "group", **more}))


async def test_items_become_jobs_with_one_commit(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    sending = await begun(asking, returns=["result"])
    assert sending.folder == asking.desk.compute.job_folder(map_folder(sending.group))
    writes: list[int] = []
    save_jobs, save_job = asking.desk.store.save_jobs, asking.desk.store.save_job

    async def noted(records: Any) -> None:
        writes.append(len(records))
        await save_jobs(records)

    async def noted_one(record: Any) -> None:
        writes.append(1)
        await save_job(record)

    monkeypatch.setattr(asking.desk.store, "save_jobs", noted)
    monkeypatch.setattr(asking.desk.store, "save_job", noted_one)
    answer = await sending.send(*(sending.packed() for _ in range(20)))
    assert writes == [20]
    assert [each["name"] for each in answer["items"]] == [f"train({n})" for n in range(20)]
    await sending.handed_over(20)
    # What all share is told of each, and what is its own.
    job = answer["items"][3]
    assert ([each["name"] for each in job["sent"]], job["sent_bytes"]) == (["train", "model"], 107)
    assert (job["group_id"], job["mode"], job["user"]) == (sending.group, "group", "ana")
    record = await asking.desk.store.job(JobId(job["id"]))
    assert record.parent_run_id == "cell"
    specs = asking.desk.compute.submitted
    assert [each.job_id for each in specs] == [each["id"] for each in answer["items"]]
    assert {each.shared for each in specs} == {sending.folder.name}
    assert {each.session_key for each in specs} == {sending.group}
    folder = Path(answer["folders"][3])
    assert folder == asking.desk.compute.job_folder(JobId(job["id"]))
    assert (folder / "sent" / "parcel.json").exists() and (folder / "probe.json").exists()
    assert os.listdir(sending.folder / "items") == []
    # What is said of the shared part holds for later items, too.
    (more,) = (await sending.send(sending.packed(), shared=None))["items"]
    assert more["sent_bytes"] == 107


async def test_an_item_that_could_not_be_packed_ends_and_the_others_go(asking: Asking) -> None:
    sending = await begun(asking)
    text = "item[0] (lock) cannot be sent"
    culprit = {"kind": "unpicklable", "text": text, "is_blocking": True, "needs_word": False}
    answer = await sending.send(
        sending.packed(), sending.packed(ok=False, items=[culprit]), sending.packed()
    )
    assert [each["state"] for each in answer["items"]] == ["queued", "error", "queued"]
    assert answer["items"][1]["detail"] == text
    await sending.handed_over(2)


async def test_nothing_goes_without_what_all_items_need(asking: Asking) -> None:
    sending = await begun(asking)
    culprit = {"kind": "unpicklable", "text": "no", "is_blocking": True, "needs_word": False}
    shared = {"ok": False, "items": [culprit]}
    (job,) = (
        await sending.send({"number": 0, "name": "x", "packed": {"ok": False}}, shared=shared)
    )["items"]
    assert (job["state"], job["detail"]) == ("error", "no")
    assert asking.desk.compute.submitted == []


async def test_items_go_when_their_target_has_started(asking: Asking) -> None:
    sending = await begun(asking)
    asking.desk.compute.running.clear()
    asking.desk.compute.gate.clear()
    answer = await sending.send(*(sending.packed() for _ in range(3)))
    await asyncio.sleep(0.05)
    details = [
        (await asking.ask("job_status", job_id=each["id"]))["detail"] for each in answer["items"]
    ]
    assert details == ["Starts local."] * 3 and not asking.desk.compute.submitted
    # One of them is cancelled meanwhile, which is nothing to the others.
    await asking.ask("job_cancel", job_id=answer["items"][1]["id"])
    asking.desk.compute.gate.set()
    await sending.handed_over(2)
    left = {answer["items"][0]["id"], answer["items"][2]["id"]}
    assert {each.job_id for each in asking.desk.compute.submitted} == left


async def test_a_target_that_does_not_start_ends_every_item(asking: Asking) -> None:
    sending = await begun(asking)
    asking.desk.compute.running.clear()
    asking.desk.compute.start_error = "No room for a worker."
    answer = await sending.send(*(sending.packed() for _ in range(3)))
    for job in answer["items"]:
        now = await asking.until_state(job["id"], "error")
        assert now["detail"] == "No room for a worker."


async def test_a_map_that_cannot_begin_leaves_no_folder(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[str] = []
    monkeypatch.setattr(asking.desk.compute, "forget", forgotten.append)
    asking.desk.compute.running.clear()
    asking.desk.compute.start_error = "No room for a worker."
    with pytest.raises(DsinfraError, match="No room"):
        await begun(asking)
    assert [each[:4] for each in forgotten] == ["map-"]


async def test_items_that_the_store_does_not_take_leave_no_folder(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(records: Any) -> None:
        raise Unavailable("The store is away.")

    forgotten: list[str] = []
    sending = await begun(asking)
    monkeypatch.setattr(asking.desk.compute, "forget", forgotten.append)
    monkeypatch.setattr(asking.desk.store, "save_jobs", away)
    with pytest.raises(Unavailable, match="away"):
        await sending.send(sending.packed(), sending.packed())
    assert len(forgotten) == 2
    assert asking.desk.jobs.board.records() == [] and asking.desk.compute.submitted == []


async def test_a_cancelled_map_takes_no_more_items(asking: Asking) -> None:
    sending = await begun(asking)
    answer = await sending.send(*(sending.packed() for _ in range(3)))
    await sending.handed_over(3)
    await asking.ask("map_cancel", group_id=sending.group)
    ids = [each["id"] for each in answer["items"]]
    assert sorted(asking.desk.compute.cancelled) == sorted(ids)
    with pytest.raises((Conflict, NotFound)):
        await sending.send(sending.packed())


async def test_items_that_come_while_their_map_is_cancelled_are_cancelled_too(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    sending = await begun(asking)
    save_jobs = asking.desk.store.save_jobs

    async def late(records: Any) -> None:
        await asking.ask("map_cancel", group_id=sending.group)
        await save_jobs(records)

    monkeypatch.setattr(asking.desk.store, "save_jobs", late)
    answer = await sending.send(sending.packed(), sending.packed())
    for job in answer["items"]:
        assert (await asking.ask("job_status", job_id=job["id"]))["cancel_asked_at"] is not None


async def test_a_map_is_of_one_kernel_and_a_batch_has_an_end(asking: Asking) -> None:
    sending = await begun(asking)
    asking.desk.kernels.one = renamed(asking, "kernel-2")
    with pytest.raises(NotFound, match="no such map"):
        await sending.send(sending.packed())
    asking.desk.kernels.one = renamed(asking, "kernel-1")
    with pytest.raises(BadInput, match="at most"):
        await sending.send(*([{"number": 0, "name": "", "packed": {}}] * (MAP_BATCH_MAX + 1)))


def renamed(asking: Asking, name: str) -> WatchedKernel:
    return replace(asking.kernel, id=KernelId(name))


# What is left of maps


async def test_what_items_share_goes_with_the_last_of_them(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[str] = []
    sending = await begun(asking)
    answer = await sending.send(sending.packed(), sending.packed())
    await sending.handed_over(2)
    for job in answer["items"]:
        await asking.over(job["id"])
    monkeypatch.setattr(asking.desk.compute, "forget", forgotten.append)
    one, two = (JobId(each["id"]) for each in answer["items"])
    await asking.desk.jobs.forget(one)
    assert forgotten == [one]
    await asking.desk.jobs.forget(two)
    assert forgotten == [one, two, sending.folder.name]


@pytest.mark.parametrize(
    ("ends", "age_s", "is_removed"),
    [
        (True, JOB_FOLDER_KEPT_S + 10, True),
        (True, JOB_FOLDER_KEPT_S - 10, False),
        (False, JOB_FOLDER_KEPT_S + 10, False),
    ],
)
async def test_what_items_share_is_kept_as_long_as_one_may_need_it(
    asking: Asking, monkeypatch: pytest.MonkeyPatch, ends: bool, age_s: float, is_removed: bool
) -> None:
    desk = asking.desk
    sending = await begun(asking)
    answer = await sending.send(sending.packed(), sending.packed())
    await sending.handed_over(2)
    await asking.over(answer["items"][0]["id"])
    if ends:
        await asking.over(answer["items"][1]["id"])
    place = map_folder(sending.group)
    forgotten: list[str] = []
    monkeypatch.setattr(desk.compute, "forget", forgotten.append)
    monkeypatch.setattr(desk.compute, "map_folders", lambda: [(place, age_s)])
    clock: Any = desk.clock
    clock.advance(JOB_FOLDER_KEPT_S + 20)
    keeping = JobKeeping(
        desk.jobs, desk.targets, desk.compute, desk.store, HOME, clock, logging.getLogger("tests")
    )
    assert await keeping.round()
    assert (place in forgotten) is is_removed
