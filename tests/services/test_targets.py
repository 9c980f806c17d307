from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain.compute.targets import (
    NewTarget,
    Target,
    TargetPatch,
    TargetRecord,
    TargetState,
)
from dsinfra_jlab.domain.events import TargetsChanged
from dsinfra_jlab.domain.exceptions import BadInput, Conflict, NotFound, Unavailable
from dsinfra_jlab.services import targets
from dsinfra_jlab.services.absent_compute import AbsentCompute
from dsinfra_jlab.services.targets import TargetService
from dsinfra_jlab.store import SqlStore

from .scripted_compute import HOME, Bench, bench

CLUSTER = TargetRecord("cluster", "dask", {"address": "tcp://a:1"})


@pytest.fixture
def desk(store: SqlStore, tmp_path: Path, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Any:
    async def make() -> Bench:
        return bench(store, tmp_path, configured=[CLUSTER])

    found = jp_asyncio_loop.run_until_complete(make())
    yield found
    jp_asyncio_loop.run_until_complete(found.targets.stop_waiting())


async def names(desk: Bench) -> list[str]:
    return [each.name for each in (await desk.targets.targets()).items]


async def until(desk: Bench, name: str, state: TargetState) -> Target:
    for _ in range(500):
        target = await desk.targets.target(name)
        if target.state is state:
            return target
        await asyncio.sleep(0.01)
    raise AssertionError(target)


async def test_local_is_there_with_nothing_configured_and_comes_first(desk: Bench) -> None:
    await desk.targets.add(NewTarget("a-first", "dask"))
    assert await names(desk) == ["local", "a-first", "cluster"]
    local = await desk.targets.target("local")
    assert (local.is_builtin, local.state) == (True, TargetState.running)
    assert (await desk.targets.target("cluster")).state is TargetState.stopped


async def test_a_target_is_added_changed_and_removed(desk: Bench) -> None:
    added = await desk.targets.add(NewTarget("gpu", "dask", {"workers": 2}, 1.5, "EUR"))
    assert (added.options, added.price_per_hour) == ({"workers": 2}, 1.5)
    changed = await desk.targets.patch("gpu", TargetPatch(options={"workers": 3}))
    assert (changed.options, changed.price_per_hour) == ({"workers": 3}, 1.5)
    desk.compute.running.add("gpu")
    await desk.targets.remove("gpu")
    assert "gpu" not in desk.compute.running
    assert await names(desk) == ["local", "cluster"]
    for act in (desk.targets.target, desk.targets.remove, desk.targets.start, desk.targets.test):
        with pytest.raises(NotFound, match=r"'gpu'\. Those there are: local, cluster\."):
            await act("gpu")
    told = {name for e in desk.events if isinstance(e, TargetsChanged) for name in e.names}
    assert "gpu" in told


async def test_targets_are_read_once_for_a_job_and_anew_after_a_change(
    desk: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "KEPT_S", 3_600.0)
    reads: list[str] = []
    read = desk.store.targets

    async def counted(home: str) -> list[TargetRecord]:
        reads.append(home)
        return await read(home)

    monkeypatch.setattr(desk.store, "targets", counted)
    for _ in range(5):
        await desk.targets.record("local")
    assert len(reads) == 1
    await desk.targets.add(NewTarget("gpu", "dask"))
    assert (await desk.targets.record("gpu")).options == {}
    await desk.targets.patch("gpu", TargetPatch(options={"workers": 3}))
    assert (await desk.targets.record("gpu")).options == {"workers": 3}
    await desk.targets.remove("gpu")
    with pytest.raises(NotFound):
        await desk.targets.record("gpu")


async def test_what_is_read_while_something_changes_is_not_kept(
    desk: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "KEPT_S", 3_600.0)
    read, gate = desk.store.targets, asyncio.Event()

    async def slow(home: str) -> list[TargetRecord]:
        found = await read(home)
        await gate.wait()
        return found

    monkeypatch.setattr(desk.store, "targets", slow)
    looking = asyncio.ensure_future(names(desk))
    await asyncio.sleep(0.1)
    await desk.store.save_target(HOME, TargetRecord("gpu", "dask"))
    desk.targets._forget()
    gate.set()
    await looking
    assert "gpu" in await names(desk)


async def test_what_another_server_changes_is_seen_a_moment_later(
    desk: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "KEPT_S", 0.02)
    await desk.targets.targets()
    await desk.store.save_target(HOME, TargetRecord("gpu", "dask"))
    for _ in range(6_000):
        if "gpu" in await names(desk):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("never seen")


async def test_what_is_always_there_can_be_changed_and_not_removed(desk: Bench) -> None:
    for name in ("local", "cluster"):
        await desk.targets.patch(name, TargetPatch(price_per_hour=2.0))
        assert (await desk.targets.target(name)).price_per_hour == 2.0
        with pytest.raises(Conflict):
            await desk.targets.remove(name)
    assert (await desk.store.targets(HOME))[0].options == CLUSTER.options


@pytest.mark.parametrize(
    ("new", "error"),
    [
        (NewTarget("", "dask"), BadInput),
        (NewTarget("engines", "dask"), BadInput),
        (NewTarget("a/b", "dask"), BadInput),
        (NewTarget("ü", "dask"), BadInput),
        (NewTarget(".hidden", "dask"), BadInput),
        (NewTarget("x" * 61, "dask"), BadInput),
        (NewTarget("x\n", "dask"), BadInput),
        (NewTarget("local", "dask"), Conflict),
        (NewTarget("x", "nonsense"), NotFound),
        (NewTarget("x", "ray"), Conflict),
        (NewTarget("x", "dask", {"password": "s3cret"}), BadInput),
        (NewTarget("x", "dask", {"address": 7}), BadInput),
        (NewTarget("x", "dask", {"workers": True}), BadInput),
        (NewTarget("x", "dask", {"workers": 0}), BadInput),
        (NewTarget("x", "dask", {"address": "x" * 10_001}), BadInput),
    ],
)
async def test_what_makes_no_sense_is_refused(
    desk: Bench, new: NewTarget, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await desk.targets.add(new)
    assert await desk.store.targets(HOME) == []
    assert await names(desk) == ["local", "cluster"]


@pytest.mark.parametrize(
    ("written", "kept"), [("8 GB", 8 * 10**9), ("512MiB", 2**29), (" ", None), (10**9, 10**9)]
)
async def test_a_size_is_kept_as_a_number_however_it_is_written(
    desk: Bench, written: str | int, kept: int | None
) -> None:
    added = await desk.targets.add(NewTarget("gpu", "dask", {"memory_bytes": written}))
    assert added.options == {"memory_bytes": kept}
    await desk.targets.patch("gpu", TargetPatch(options={"memory_bytes": written}))
    assert (await desk.store.targets(HOME))[0].options == {"memory_bytes": kept}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("lots", "'lots' is no size; write one such as 8 GB or 512 MiB."),
        ("99 MB", "memory_bytes must be at least 100 MB."),
        ("9 PB", "memory_bytes must be at most 1 PB."),
    ],
)
async def test_a_wrong_size_is_named_with_its_field(desk: Bench, written: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        await desk.targets.add(NewTarget("gpu", "dask", {"memory_bytes": written}))
    assert refused.value.message == said
    assert refused.value.details == {"field": "options.memory_bytes"}


async def test_a_size_of_the_configuration_is_read_before_the_engine_sees_it(desk: Bench) -> None:
    record = TargetRecord("big", "dask", {"memory_bytes": "2 GB"})
    await desk.store.save_target(HOME, record)
    started: list[TargetRecord] = []
    start, test = desk.compute.start, desk.compute.test

    async def note_start(target: TargetRecord) -> Any:
        started.append(target)
        return await start(target)

    async def note_test(target: TargetRecord) -> Any:
        started.append(target)
        return await test(target)

    desk.compute.start = note_start  # type: ignore[method-assign]
    desk.compute.test = note_test  # type: ignore[method-assign]
    await desk.targets.ready("big")
    await desk.targets.test("big")
    assert [each.options for each in started] == [{"memory_bytes": 2 * 10**9}] * 2


async def test_a_start_is_seen_while_it_lasts_and_happens_once(desk: Bench) -> None:
    desk.compute.gate.clear()
    starts: list[str] = []
    start = desk.compute.start

    async def count(target: TargetRecord) -> Any:
        starts.append(target.name)
        return await start(target)

    desk.compute.start = count  # type: ignore[method-assign]
    assert (await desk.targets.start("cluster")).state is TargetState.starting
    assert (await desk.targets.start("cluster")).state is TargetState.starting
    ready = asyncio.ensure_future(desk.targets.ready("cluster"))
    await asyncio.sleep(0.05)
    desk.compute.gate.set()
    assert (await ready).python == "3.11.7"
    assert (await until(desk, "cluster", TargetState.running)).python == "3.11.7"
    assert starts == ["cluster"]
    await desk.targets.stop("cluster")
    await until(desk, "cluster", TargetState.stopped)


async def test_a_start_that_fails_says_why_until_the_next(desk: Bench) -> None:
    desk.compute.start_error = "Nobody answers at tcp://a:1."
    await desk.targets.start("cluster")
    failed = await until(desk, "cluster", TargetState.failed)
    assert failed.detail == "Nobody answers at tcp://a:1."
    with pytest.raises(Unavailable):
        await desk.targets.ready("cluster")
    assert (await desk.targets.test("cluster")).is_ok is False
    desk.compute.start_error = ""
    await desk.targets.ready("cluster")
    assert (await desk.targets.target("cluster")).state is TargetState.running
    assert (await desk.targets.test("cluster")).is_ok


async def test_an_agent_that_says_that_it_failed_is_shown(desk: Bench) -> None:
    async def fail(name: str) -> Any:
        raise Unavailable("The scheduler has ended.")

    desk.compute.status = fail  # type: ignore[method-assign]
    target = await desk.targets.target("cluster")
    assert (target.state, target.detail) == (TargetState.failed, "The scheduler has ended.")


async def test_a_target_that_code_registers_replaces_itself(desk: Bench) -> None:
    record = TargetRecord("mine", "dask", {"address": "tcp://b:2"}, registered_by="kernel-1")
    await desk.targets.register(record, is_new=False)
    again = TargetRecord("mine", "dask", {"address": "tcp://c:3"}, registered_by="kernel-1")
    shown = await desk.targets.register(again, is_new=False)
    assert (shown.options["address"], shown.registered_by) == ("tcp://c:3", "kernel-1")
    assert await names(desk) == ["local", "cluster", "mine"]


async def test_without_compute_targets_are_listed_and_nothing_else(store: SqlStore) -> None:
    absent = AbsentCompute("No agents here.")
    targets = TargetService(store, absent, HOME, [], lambda event: None, logging.getLogger("t"))
    (local,) = (await targets.targets()).items
    assert (local.state, local.detail) == (TargetState.failed, "No agents here.")
    assert targets.engines().items == []
    with pytest.raises(Unavailable):
        await targets.ready("local")
