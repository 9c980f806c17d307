"""What every store keeps of jobs and targets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsinfra_jlab.domain.changes import MoveDocument, SaveRun
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.compute.jobs import (
    JobId,
    JobQuery,
    JobRecord,
    JobResources,
    JobState,
    KernelMode,
    ParcelName,
    Preflight,
    PreflightItem,
    PreflightKind,
    ResultState,
    ShownBy,
    job_run_id,
)
from dsinfra_jlab.domain.compute.limits import JOB_FOLDER_KEPT_S
from dsinfra_jlab.domain.compute.targets import TargetRecord
from dsinfra_jlab.domain.exceptions import BadInput, NotFound
from dsinfra_jlab.domain.ids import CellId, KernelId, RunId, ServerId
from dsinfra_jlab.domain.runs.records import RunQuery, RunStatus
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.services.compute_ports import JobStore
from dsinfra_jlab.store import SqlStore
from tests.store.samples import at, record

HOME = "home-1"
WHOLE = JobRecord(
    id=JobId("whole"),
    run_id=RunId("run"),
    target="gpu",
    state=JobState.running,
    code="print('ä')",
    submitted_at=at(1),
    home=HOME,
    server_id=ServerId("server-1"),
    kernel_id=KernelId("kernel-1"),
    notebook_path="/nb/train.ipynb",
    cell_id=CellId("cell-1"),
    resources=JobResources(2, 10**9, 1),
    returns=("model", "loss"),
    mode=KernelMode.session,
    shown_by=ShownBy.kernel,
    user="ana",
    parent_run_id=RunId("session"),
    retry_of=JobId("before"),
    group_id="group",
    name="train",
    detail="It runs.",
    started_at=at(2),
    worker="w1",
    queue_place=3,
    progress_ratio=0.5,
    progress_text="50 %",
    cancel_asked_at=at(3),
    preflight=Preflight(
        [PreflightItem(PreflightKind.large, "Large.", False, True, "x", None, 10**9)], 10**9, 2.5
    ),
    sent=(ParcelName("x", "ndarray", 10**9, "ab"),),
    sent_bytes=10**9,
    returned=(ParcelName("model", "Model", 7, "", "left out"),),
    returned_bytes=7,
    changed_inputs=(ParcelName("x", "ndarray", 1, ""),),
    result_state=ResultState.conflict,
    conflicts=("loss",),
    log_seq=17,
    error_id="error",
)


def job(name: str, **changes: object) -> JobRecord:
    """Return a plain job that waits."""
    plain = JobRecord(
        id=JobId(name),
        run_id=job_run_id(JobId(name)),
        target="local",
        state=JobState.queued,
        code="1",
        submitted_at=at(1),
        home=HOME,
        server_id=ServerId("server-1"),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


async def names(store: JobStore, **query: object) -> list[str]:
    page = await store.jobs(JobQuery(**query))  # type: ignore[arg-type]
    return [str(each.id) for each in page.items]


@pytest.mark.parametrize("whole", [WHOLE, job("plain")], ids=["whole", "plain"])
async def test_a_job_is_kept_as_it_was(store: SqlStore, whole: JobRecord) -> None:
    await store.save_job(whole)
    assert await store.job(whole.id) == whole
    changed = replace(whole, state=JobState.ok, ended_at=at(9), log_seq=20, detail="\0")
    await store.save_job(changed)
    assert await store.job(whole.id) == replace(changed, detail="\ufffd")
    assert (await store.jobs(JobQuery())).items == [replace(changed, detail="\ufffd")]


async def test_many_jobs_are_kept_together_or_not_at_all(store: SqlStore) -> None:
    await store.save_job(job("a"))
    await store.save_jobs([replace(job("a"), detail="again"), WHOLE, job("b")])
    assert (await store.job(JobId("a"))).detail == "again"
    assert await store.job(WHOLE.id) == WHOLE
    await store.save_jobs([])
    impossible = job("d", target=None)
    with pytest.raises(Exception, match=r"(?i)null"):
        await store.save_jobs([job("c"), impossible])
    assert sorted(await names(store)) == ["a", "b", "whole"]


async def test_an_unknown_job_is_not_found(store: SqlStore) -> None:
    for name in ("x", "\0", ""):
        with pytest.raises(NotFound):
            await store.job(JobId(name))


async def test_jobs_come_newest_first_in_pages_that_miss_none(store: SqlStore) -> None:
    for number in range(7):
        await store.save_job(job(f"j{number}"))
    seen: list[str] = []
    cursor = None
    while True:
        page = await store.jobs(JobQuery(limit=3, cursor=cursor))
        seen += [each.id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"j{number}" for number in reversed(range(7))]
    with pytest.raises(BadInput):
        await store.jobs(JobQuery(cursor="nonsense"))


async def test_jobs_can_be_narrowed_by_each_of_their_fields(store: SqlStore) -> None:
    await store.save_job(WHOLE)
    await store.save_job(job("plain"))
    await store.save_job(job("done", state=JobState.ok, ended_at=at(5)))
    for field in ("target", "notebook_path", "cell_id", "kernel_id", "group_id"):
        assert await names(store, **{field: getattr(WHOLE, field)}) == ["whole"], field
    assert await names(store, state="open") == ["plain", "whole"]
    assert await names(store, state="ok, running") == ["done", "whole"]
    assert [each.id for each in await store.open_jobs()] == ["whole", "plain"]
    with pytest.raises(BadInput, match="no-such"):
        await store.jobs(JobQuery(state="ok,no-such"))


async def test_only_ended_jobs_can_be_forgotten(store: SqlStore) -> None:
    await store.save_job(job("open"))
    await store.save_job(job("done", state=JobState.ok, ended_at=at(5)))
    await store.delete_jobs([JobId("open"), JobId("done"), JobId("unknown")])
    assert await names(store) == ["open"]


async def test_jobs_follow_their_notebook(store: SqlStore) -> None:
    for name, path in [("a", "/nb/a.ipynb"), ("b", "/nb/deep/b.ipynb"), ("c", "/nb/a.ipynbx")]:
        await store.save_job(job(name, notebook_path=path))
    store.record([MoveDocument("/nb/a.ipynb", "/nb/z.ipynb"), MoveDocument("/nb/deep", "/far")])
    await store.flush()
    paths = {each.id: each.notebook_path for each in (await store.jobs(JobQuery())).items}
    assert paths == {"a": "/nb/z.ipynb", "b": "/far/b.ipynb", "c": "/nb/a.ipynbx"}
    # What was read before the move does not bring the old path back.
    await store.save_job(job("a", notebook_path="/nb/a.ipynb", log_seq=1))
    assert (await store.job(JobId("a"))).notebook_path == "/nb/z.ipynb"


async def test_open_jobs_of_a_dead_server_go_to_one_of_the_same_home(
    store: SqlStore, clock: HandClock
) -> None:
    own = ServerId("own")
    await store.register_server(own, "host", 1, "birth")
    await store.register_server(ServerId("alive"), "elsewhere", 1, "birth")
    await store.save_job(job("mine", server_id=own))
    await store.save_job(job("orphan", server_id=ServerId("dead"), notebook_path="/nb/a.ipynb"))
    await store.save_job(job("theirs", server_id=ServerId("alive")))
    await store.save_job(job("foreign", server_id=ServerId("dead"), home="home-2"))
    ended = job("ended", server_id=ServerId("dead"), state=JobState.ok, ended_at=at(5))
    await store.save_job(ended)
    adopted = await store.adopt_jobs(HOME, own)
    assert [(each.id, each.server_id) for each in adopted] == [("orphan", own)]
    assert (await store.job(JobId("orphan"))) == adopted[0]
    assert adopted[0].notebook_path == "/nb/a.ipynb"
    assert await store.adopt_jobs(HOME, own) == []


async def test_the_run_of_a_job_at_work_is_not_lost_with_its_server(store: SqlStore) -> None:
    at_work, over = job("at-work"), job("over", state=JobState.ok, ended_at=at(5))
    for each in (at_work, over):
        await store.save_job(each)
        store.record([SaveRun(record(each.run_id, status=RunStatus.running, server_id="dead"))])
    await store.flush()
    own = ServerId("own")
    await store.register_server(own, "host", 1, "birth")
    await store.close_orphans(own, at(10**6))
    assert (await store.run(at_work.run_id)).status is RunStatus.running
    assert (await store.run(over.run_id)).status is RunStatus.lost


async def test_a_run_says_where_it_ran_and_can_be_found_by_that(store: SqlStore) -> None:
    sent = replace(record("sent"), target="gpu", job_id="j1")
    store.record([SaveRun(record("here")), SaveRun(sent)])
    await store.flush()
    run = await store.run(RunId("sent"))
    assert (run.target, run.job_id) == ("gpu", "j1")
    assert (await store.run(RunId("here"))).target is None
    for query, found in [
        ("target:gpu", ["sent"]),
        ("target:local", []),
        ("-target:gpu", ["here"]),
        ("target!=gpu", ["here"]),
    ]:
        page = await store.runs(RunQuery(q=query))
        assert [(each.id, each.target) for each in page.items] == [
            (name, "gpu" if name == "sent" else None) for name in found
        ], query


async def test_jobs_are_erased_after_their_runs(store: SqlStore, clock: HandClock) -> None:
    kept = job("kept", state=JobState.ok, ended_at=at(5))
    store.record([SaveRun(record(kept.run_id))])
    for each in (kept, job("gone", state=JobState.ok, ended_at=at(5)), job("open")):
        await store.save_job(each)
    await store.erase_expired(at(6), Settings())
    assert await names(store) == ["open", "gone", "kept"]
    await store.erase_expired(at(6 + JOB_FOLDER_KEPT_S), Settings(runs_retention_days=0))
    assert await names(store) == ["open", "kept"]


async def test_targets_are_kept_by_home_and_name(store: SqlStore) -> None:
    gpu = TargetRecord("gpu", "dask", {"address": "tcp://ä:1", "n": 3}, 2.5, "EUR", "kernel-1")
    await store.save_target(HOME, gpu)
    await store.save_target(HOME, TargetRecord("alpha", "dask"))
    await store.save_target("home-2", TargetRecord("other", "dask"))
    assert await store.targets(HOME) == [TargetRecord("alpha", "dask"), gpu]
    await store.save_target(HOME, replace(gpu, price_per_hour=None))
    assert (await store.targets(HOME))[1].price_per_hour is None
    await store.delete_target(HOME, "gpu")
    assert [each.name for each in await store.targets(HOME)] == ["alpha"]
    for name in ("gpu", "other", "\0"):
        with pytest.raises(NotFound):
            await store.delete_target(HOME, name)
