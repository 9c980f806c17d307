"""What is done without being asked for."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta, timezone

import pytest

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.changes import SaveArtifact, SaveRun
from dsinfra_jlab.domain.clock import HandClock, SystemClock
from dsinfra_jlab.domain.exceptions import NotFound
from dsinfra_jlab.domain.health import ServiceState
from dsinfra_jlab.domain.ids import ArtifactId, KernelId, RunId, ServerId
from dsinfra_jlab.domain.runs.artifacts import Artifact
from dsinfra_jlab.domain.runs.records import Document, DocumentKind, RunKind, RunRecord, RunStatus
from dsinfra_jlab.domain.settings import Settings, SettingsPatch
from dsinfra_jlab.services.absent_store import AbsentStore
from dsinfra_jlab.services.housekeeping import Housekeeping
from dsinfra_jlab.services.settings import SettingsService
from dsinfra_jlab.store import SqlStore, default_url
from dsinfra_jlab.store.processes import birth_of

LOG = logging.getLogger("test")


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime.now(timezone.utc))


@pytest.fixture
def settings(store, paths) -> SettingsService:
    return SettingsService(store, Settings(), paths)


@pytest.fixture
def housekeeping(store, settings, clock) -> Housekeeping:
    return Housekeeping(store, settings, clock, ServerId("s-1"), birth_of, LOG)


def run(name: str, server: str, at: datetime, status: RunStatus) -> SaveRun:
    document = Document(DocumentKind.notebook, "/home/ana/work/x.ipynb", "x.ipynb")
    record = RunRecord(
        RunId(name), RunKind.cell, KernelId("k"), "python3", document, ServerId(server), status, at
    )
    return SaveRun(record)


async def test_what_a_dead_server_left_open_is_closed(store, housekeeping, clock) -> None:
    await store.register_server(ServerId("s-dead"), "elsewhere", 1, "x")
    late = clock.now() + timedelta(seconds=limits.SERVER_STALE_S + 60)
    store.record(
        [
            run("theirs", "s-dead", clock.now(), RunStatus.running),
            run("ours", "s-1", clock.now(), RunStatus.running),
        ]
    )
    await store.flush()
    await housekeeping.round()
    assert (await store.run(RunId("theirs"))).status is RunStatus.running
    clock.advance((late - clock.now()).total_seconds())
    await housekeeping.round()
    assert (await store.run(RunId("theirs"))).status is RunStatus.lost
    assert (await store.run(RunId("ours"))).status is RunStatus.running


async def test_what_is_past_its_time_is_erased_once_an_hour(
    store, settings, housekeeping, clock
) -> None:
    await settings.patch(SettingsPatch(runs_retention_days=10))
    store.record([run("old", "s-1", clock.now() - timedelta(days=11), RunStatus.ok)])
    await store.flush()
    await housekeeping.round()
    with pytest.raises(NotFound):
        await store.run(RunId("old"))
    store.record([run("old-2", "s-1", clock.now() - timedelta(days=11), RunStatus.ok)])
    await store.flush()
    await housekeeping.round()
    assert (await store.run(RunId("old-2"))).id == "old-2"
    clock.advance(limits.HOUSEKEEPING_INTERVAL_S)
    await housekeeping.round()
    with pytest.raises(NotFound):
        await store.run(RunId("old-2"))


async def test_a_store_that_opens_late_is_met_as_soon_as_it_opens(tmp_path, paths) -> None:
    store = SqlStore(default_url(tmp_path / "late"), SystemClock())
    settings = SettingsService(store, Settings(is_recording=False), paths)
    housekeeping = Housekeeping(store, settings, SystemClock(), ServerId("s-1"), birth_of, LOG)
    starting = asyncio.ensure_future(housekeeping.start())
    await asyncio.sleep(0.05)
    assert housekeeping.health().state is ServiceState.degraded
    store.open()
    await asyncio.wait_for(starting, limits.FIRST_ROUND_S + 1)
    for _ in range(200):
        if housekeeping.health().state is ServiceState.running:
            break
        await asyncio.sleep(0.02)
    assert housekeeping.health().state is ServiceState.running
    await housekeeping.stop()
    await store.close()


async def test_without_a_store_it_says_so_and_starts_all_the_same(paths) -> None:
    store = AbsentStore("", "The store is away.")
    settings = SettingsService(store, Settings(), paths)
    housekeeping = Housekeeping(store, settings, SystemClock(), ServerId("s"), birth_of, LOG)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await housekeeping.start()
    assert loop.time() - began < limits.FIRST_ROUND_S + 1
    assert housekeeping.health().detail == "The store is away."
    await housekeeping.stop()


async def test_not_even_a_fault_of_ours_ends_the_rounds(store, settings, clock, caplog) -> None:
    faults = [ZeroDivisionError("hunter2")]

    def birth(pid: int) -> str:
        if faults:
            raise faults.pop()
        return birth_of(pid)

    housekeeping = Housekeeping(store, settings, clock, ServerId("s-1"), birth, LOG)
    await housekeeping.round()
    assert housekeeping.health().state is ServiceState.degraded
    assert "ZeroDivisionError" in housekeeping.health().detail
    assert "hunter2" not in housekeeping.health().detail
    await housekeeping.round()
    assert housekeeping.health().state is ServiceState.running


async def test_artifacts_of_no_run_are_swept_with_the_rest(store, settings, clock) -> None:
    swept: list[tuple[set[str], float]] = []

    def sweep(keep: set[str], older_than_s: float) -> int:
        swept.append((keep, older_than_s))
        return 0

    now = clock.now()
    artifact = Artifact(
        ArtifactId("a"), RunId("ours"), "model.bin", "text/plain", 1, "sha256:" + "0" * 64, now
    )
    store.record([run("ours", "s-1", now, RunStatus.ok), SaveArtifact(artifact)])
    await store.flush()
    housekeeping = Housekeeping(store, settings, clock, ServerId("s-1"), birth_of, LOG, sweep)
    await housekeeping.round()
    await housekeeping.round()
    assert swept == [({artifact.digest}, limits.ARTIFACT_SWEEP_AGE_S)]
