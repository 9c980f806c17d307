"""What every store does, whatever the database."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from dsinfra_jlab.domain.changes import (
    MoveDocument,
    SaveEnvironment,
    SaveOutputs,
    SaveRun,
    SaveValues,
)
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.events import Event, RunsChanged
from dsinfra_jlab.domain.exceptions import NotFound
from dsinfra_jlab.domain.ids import EnvironmentId, RunId, ServerId
from dsinfra_jlab.domain.runs.records import (
    Document,
    DocumentKind,
    Environment,
    Experiment,
    Flag,
    FlagKind,
    GitState,
    PeakMemory,
    RunKind,
    RunOutputs,
    RunPatch,
    RunQuery,
    RunRecord,
    RunStatus,
    RunSummary,
)
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.store import SqlStore
from tests.store.samples import NOTEBOOK, at, notebook, record


async def save(store: SqlStore, *records: RunRecord) -> None:
    store.record([SaveRun(one) for one in records])
    await store.flush()


async def listed(store: SqlStore, **query: Any) -> list[str]:
    return [run.id for run in (await store.runs(RunQuery(**query))).items]


async def summary(store: SqlStore, run_id: str) -> RunSummary:
    (found,) = [run for run in (await store.runs(RunQuery())).items if run.id == run_id]
    return found


async def experiments(store: SqlStore, q: str = "") -> dict[str, Experiment]:
    return {one.name: one for one in (await store.experiments(q, 50, None)).items}


def test_it_keeps_the_port(store: SqlStore) -> None:
    from dsinfra_jlab.services.ports import RecordStore

    port: RecordStore = store
    assert port.schema_version == "0007"


# Recording


async def test_everything_recorded_is_read_back(store: SqlStore) -> None:
    whole = record(
        "whole",
        parent_id=RunId("session"),
        cell_id="cell-1",
        execution_count=7,
        status=RunStatus.error,
        status_reason="KeyError: 'x'",
        code="\n\n  import os\nos.x",
        duration_s=0.125,
        error_name="KeyError",
        error_message="'x'",
        missed_messages=3,
        environment_id=EnvironmentId("e" * 64),
        user="ana",
        name="block",
        cpu_s=0.75,
        peak_gpu_memory=PeakMemory(2**33, "at_least"),
        flags=(Flag(FlagKind.edited_cell, "df", RunId("r"), None),),
    )
    await save(store, whole)
    run = await store.run(whole.id)
    for name in {f.name for f in dataclasses.fields(run)} & {
        f.name for f in dataclasses.fields(whole)
    } - {"flags"}:
        assert getattr(run, name) == getattr(whole, name), name
    assert run.flags == list(whole.flags)
    assert run.notebook_path == NOTEBOOK.path
    assert run.experiment_name == "train.ipynb"
    line = await summary(store, "whole")
    assert line.code_line == "  import os"
    assert (line.note, line.tags, line.is_starred, line.name) == ("", {}, False, "block")
    assert (line.cpu_s, line.flags) == (0.75, list(whole.flags))


async def test_repeating_records_changes_nothing(store: SqlStore) -> None:
    first = [record("a", 1), record("b", 2, status=RunStatus.error)]
    await save(store, *first)
    before = await store.runs(RunQuery())
    for _ in range(3):
        await save(store, *first)
    assert await store.runs(RunQuery()) == before
    assert (await experiments(store))["train.ipynb"].run_count == 2


async def test_a_run_that_ended_stays_ended(store: SqlStore) -> None:
    await save(store, record("a"))
    await save(store, record("a", status=RunStatus.running, ended_at=None, duration_s=None))
    assert (await store.run(RunId("a"))).status is RunStatus.ok
    await save(store, record("a", status=RunStatus.error))
    assert (await store.run(RunId("a"))).status is RunStatus.error


async def test_recording_leaves_what_users_said(store: SqlStore) -> None:
    await save(store, record("a", status=RunStatus.running))
    patch = RunPatch(name="baseline", note="good", tags={"team": "nlp"}, is_starred=True)
    await store.patch_run(RunId("a"), patch)
    await save(store, record("a", status=RunStatus.error, error_name="ValueError"))
    run = await store.run(RunId("a"))
    assert (run.name, run.note, run.tags, run.is_starred) == (
        "baseline",
        "good",
        {"team": "nlp"},
        True,
    )
    assert await listed(store, q="baseline") == ["a"]
    assert await listed(store, q="valueerror") == ["a"]


async def test_a_moment_that_changes_moves_the_run(store: SqlStore) -> None:
    await save(store, record("a", 1), record("b", 2))
    store.record([SaveOutputs(RunId("a"), RunOutputs([{"output_type": "stream"}]))])
    await store.flush()
    await save(store, record("a", 3, code="moved later"))
    assert await listed(store) == ["a", "b"]
    assert await listed(store, q="later") == ["a"]
    assert len((await store.outputs(RunId("a"))).items) == 1


async def test_runs_of_the_same_moment_are_all_kept(store: SqlStore) -> None:
    names = [f"r{number:04}" for number in range(1_500)]
    await save(store, *(record(name) for name in names[:700]))
    await save(store, *(record(name) for name in names[700:]))
    seen: list[str] = []
    cursor = None
    while True:
        page = await store.runs(RunQuery(limit=500, cursor=cursor))
        seen += [run.id for run in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == names


async def test_counts_do_not_depend_on_who_comes_first(store: SqlStore) -> None:
    session = record("s", 0, kind=RunKind.session, status=RunStatus.running)
    cells = [
        record("a", 1, parent_id=RunId("s")),
        record("b", 2, parent_id=RunId("s"), status=RunStatus.error),
        record("c", 3, parent_id=RunId("s"), status=RunStatus.kernel_died),
    ]
    await save(store, cells[0], cells[1])
    await save(store, session)
    await save(store, cells[2], dataclasses.replace(cells[0], status=RunStatus.error))
    found = await summary(store, "s")
    assert (found.child_count, found.error_count) == (3, 3)
    experiment = (await experiments(store))["train.ipynb"]
    assert (experiment.run_count, experiment.error_count) == (3, 3)
    assert experiment.last_run_at == at(3)


async def test_a_parent_and_its_child_in_one_batch(store: SqlStore) -> None:
    session = record("s", 0, kind=RunKind.session)
    await save(store, record("a", 1, parent_id=RunId("s")), session)
    assert (await summary(store, "s")).child_count == 1


async def test_a_run_follows_its_document(store: SqlStore) -> None:
    nowhere = Document(DocumentKind.kernel, "python3", "python3")
    await save(store, record("a", document=nowhere))
    await save(store, record("a"), record("b", 1))
    found = await experiments(store)
    assert set(found) == {"train.ipynb"}
    assert found["train.ipynb"].run_count == 2
    assert await store.experiment_of(NOTEBOOK) == found["train.ipynb"].id
    assert await store.experiment_of(notebook("/elsewhere.ipynb")) is None


async def test_outputs(store: SqlStore) -> None:
    await save(store, record("a"))
    assert await store.outputs(RunId("a")) == RunOutputs([])
    items: list[dict[str, Any]] = [
        {"output_type": "stream", "name": "stdout", "text": "nul \0 and \ud800"},
        {"output_type": "display_data", "data": {"x": 2**70, "y": math.nan, "z": [1.5, None]}},
    ]
    store.record([SaveOutputs(RunId("a"), RunOutputs(items, truncated=True))])
    await store.flush()
    kept = await store.outputs(RunId("a"))
    assert kept.truncated
    assert kept.items[0]["text"] == "nul \ufffd and \ufffd"
    assert kept.items[1]["data"] == {"x": str(2**70), "y": "NaN", "z": [1.5, None]}
    with pytest.raises(NotFound):
        await store.outputs(RunId("nobody"))


async def test_outputs_of_a_run_that_was_never_recorded_are_counted(store: SqlStore) -> None:
    store.record([SaveOutputs(RunId("ghost"), RunOutputs([{"a": 1}]))])
    await store.flush()
    assert store.health().dropped == {"outputs_of_unknown_run": 1}


async def test_values(store: SqlStore) -> None:
    await save(store, record("a"))
    params = {"lr": 0.1, "model": "resnet", "big": 2**80, "on": True, "none": None, "l": [1, "x"]}
    metrics = {"acc": 0.5, "loss": math.nan, "up": math.inf, "int": 3}
    store.record([SaveValues(RunId("a"), params, metrics)])
    store.record([SaveValues(RunId("a"), {"lr": 0.2}, {"acc": 0.75})])
    await store.flush()
    run = await store.run(RunId("a"))
    assert run.params == {**params, "lr": 0.2, "big": str(2**80)}
    assert math.isnan(run.metrics.pop("loss"))
    assert run.metrics == {"acc": 0.75, "up": math.inf, "int": 3.0}
    line = await summary(store, "a")
    assert line.params == run.params


async def test_environment(store: SqlStore) -> None:
    environment = Environment(
        python="3.12.1",
        platform="Linux",
        packages={"numpy": "2.0"},
        git=GitState("abc", "main", True),
        language="python",
    )
    environment_id = EnvironmentId("hash")
    for _ in range(2):
        store.record([SaveEnvironment(environment_id, environment)])
        await save(store, record("a", environment_id=environment_id), record("b"))
    assert await store.environment(RunId("a")) == environment
    assert (await store.run(RunId("a"))).git == GitState("abc", "main", True)
    for missing in ("b", "nobody"):
        with pytest.raises(NotFound):
            await store.environment(RunId(missing))


HOSTILE = ["a\0b", "\ud800", "'; DROP TABLE run; --", "%_\\", "𝕏é", "x" * 100_000, "\x1b[31m"]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_stored_everywhere(store: SqlStore, text: str) -> None:
    hostile = record(
        "a",
        code=text,
        kernel_id=text,
        kernel_name=text,
        cell_id=text,
        language=text,
        status_reason=text,
        error_name=text,
        error_message=text,
        user=text,
        server_id=text,
        environment_id=text,
        execution_count=2**80,
        duration_s=math.nan,
        document=Document(DocumentKind.notebook, text, text),
    )
    store.record([SaveRun(hostile), SaveOutputs(hostile.id, RunOutputs([{text: text}]))])
    store.record([SaveValues(hostile.id, {text: text}, {text: 1.0})])
    await store.flush()
    await store.patch_run(hostile.id, RunPatch(name=text[:200], note=text, tags={text[:99]: text}))
    clean = text.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    run = await store.run(hostile.id)
    assert (run.code, run.note, run.error_message) == (clean, clean, clean)
    assert (run.execution_count, run.duration_s) == (None, None)
    assert store.health().dropped == {}


# Experiments


async def test_a_renamed_notebook_keeps_its_runs(store: SqlStore) -> None:
    await save(store, record("a"))
    before = (await experiments(store))["train.ipynb"]
    store.record([MoveDocument(NOTEBOOK.path, "/home/ana/work/final.ipynb")])
    await save(store, record("b", 1, document=notebook("/home/ana/work/final.ipynb")))
    found = await experiments(store)
    assert set(found) == {"final.ipynb"}
    assert (found["final.ipynb"].id, found["final.ipynb"].run_count) == (before.id, 2)
    assert (await store.run(RunId("a"))).notebook_path == "/home/ana/work/final.ipynb"


async def test_a_moved_folder_takes_its_notebooks_along(store: SqlStore) -> None:
    await save(
        store,
        record("a", document=notebook("/w/lab_1/a.ipynb")),
        record("b", document=notebook("/w/lab_1/deep/b.ipynb")),
        record("c", document=notebook("/w/lab_12/c.ipynb")),
        record("d", document=notebook("/w/labx1/d.ipynb")),
    )
    store.record([MoveDocument("/w/lab_1", "/w/done")])
    await store.flush()
    paths = {one.notebook_path for one in (await experiments(store)).values()}
    assert paths == {
        "/w/done/a.ipynb",
        "/w/done/deep/b.ipynb",
        "/w/lab_12/c.ipynb",
        "/w/labx1/d.ipynb",
    }


async def test_a_move_onto_another_notebook_makes_one_experiment(store: SqlStore) -> None:
    await save(store, record("a"), record("b", 5, document=notebook("/w/b.ipynb")))
    store.record([MoveDocument(NOTEBOOK.path, "/w/b.ipynb")])
    await store.flush()
    found = await experiments(store)
    assert set(found) == {"b.ipynb"}
    assert (found["b.ipynb"].run_count, found["b.ipynb"].last_run_at) == (2, at(5))
    assert await listed(store, experiment_id=found["b.ipynb"].id) == ["b", "a"]


async def test_records_around_a_move_stay_in_order(store: SqlStore) -> None:
    """Those before it are of the old path even if they wait together."""
    new = notebook("/w/new.ipynb")
    store.record(
        [
            SaveRun(record("a", status=RunStatus.running)),
            MoveDocument(NOTEBOOK.path, new.path),
            SaveRun(record("a", document=new)),
        ]
    )
    await store.flush()
    assert [one.run_count for one in (await experiments(store)).values()] == [1]


async def test_a_name_of_the_users_outlives_a_move(store: SqlStore) -> None:
    await save(store, record("a"))
    experiment = (await experiments(store))["train.ipynb"]
    renamed = await store.rename_experiment(experiment.id, "Big Idea")
    assert renamed.name == "Big Idea"
    store.record([MoveDocument(NOTEBOOK.path, "/w/x.ipynb")])
    await store.flush()
    assert set(await experiments(store)) == {"Big Idea"}
    assert set(await experiments(store, "big")) == {"Big Idea"}
    with pytest.raises(NotFound):
        await store.rename_experiment(type(experiment.id)("nobody"), "x")


# What users change


async def test_patching(store: SqlStore) -> None:
    await save(store, record("a"))
    run = await store.patch_run(RunId("a"), RunPatch(note="half\ndone", tags={"k": "v", "x": "1"}))
    assert (run.note, run.tags, run.name) == ("half\ndone", {"k": "v", "x": "1"}, "")
    run = await store.patch_run(RunId("a"), RunPatch(tags={}, name="n"))
    assert (run.note, run.tags, run.name) == ("half\ndone", {}, "n")
    assert await listed(store, q='"half done"') == ["a"]
    with pytest.raises(NotFound):
        await store.patch_run(RunId("nobody"), RunPatch(note="x"))


async def _a_tree(store: SqlStore) -> None:
    await save(
        store,
        record("s", 0, kind=RunKind.session, status=RunStatus.running),
        record("a", 1, parent_id=RunId("s")),
        record("b", 2, parent_id=RunId("s"), status=RunStatus.error),
        record("b1", 3, kind=RunKind.block, parent_id=RunId("b")),
    )


async def test_deleting_takes_everything_below_along(store: SqlStore) -> None:
    await _a_tree(store)
    await store.delete_run(RunId("b"))
    assert await listed(store) == ["a", "s"]
    session = await summary(store, "s")
    assert (session.child_count, session.error_count) == (1, 0)
    experiment = (await experiments(store))["train.ipynb"]
    assert (experiment.run_count, experiment.error_count) == (1, 0)
    assert experiment.last_run_at == at(1)
    for gone in ("b", "b1", "nobody"):
        with pytest.raises(NotFound):
            await store.run(RunId(gone))
        with pytest.raises(NotFound):
            await store.delete_run(RunId(gone))
        with pytest.raises(NotFound):
            await store.outputs(RunId(gone))
        with pytest.raises(NotFound):
            await store.patch_run(RunId(gone), RunPatch(note="x"))


async def test_undo_brings_back_what_went_together(store: SqlStore) -> None:
    await _a_tree(store)
    before = (await store.runs(RunQuery()), await experiments(store))
    await store.delete_run(RunId("a"))
    await store.delete_run(RunId("s"))
    assert await listed(store) == []
    assert await experiments(store) == {}
    await store.patch_run(RunId("s"), RunPatch(is_deleted=False))
    assert await listed(store) == ["b1", "b", "s"]
    await store.patch_run(RunId("a"), RunPatch(is_deleted=False))
    assert (await store.runs(RunQuery()), await experiments(store)) == before


async def test_bringing_back_a_part_brings_back_what_is_above(store: SqlStore) -> None:
    await _a_tree(store)
    await store.delete_run(RunId("s"))
    run = await store.patch_run(RunId("b"), RunPatch(is_deleted=False))
    assert run.child_count == 1
    assert await listed(store) == ["b1", "b", "s"]
    assert (await summary(store, "s")).child_count == 1


async def test_a_kernel_that_goes_on_brings_its_session_back(store: SqlStore) -> None:
    await _a_tree(store)
    await store.delete_run(RunId("s"))
    await save(store, record("c", 4, parent_id=RunId("s")))
    assert await listed(store) == ["c", "s"]
    assert (await summary(store, "s")).child_count == 1


async def test_an_end_that_comes_late_leaves_a_run_in_the_trash(store: SqlStore) -> None:
    await save(store, record("a", status=RunStatus.running))
    await store.delete_run(RunId("a"))
    await save(store, record("a", status=RunStatus.error))
    assert await listed(store) == []
    run = await store.patch_run(RunId("a"), RunPatch(is_deleted=False))
    assert run.status is RunStatus.error
    assert (await experiments(store))["train.ipynb"].error_count == 1


async def test_a_circle_of_parents_holds_nobody(store: SqlStore) -> None:
    await save(store, record("a", parent_id=RunId("b")), record("b", 1, parent_id=RunId("a")))
    await store.delete_run(RunId("a"))
    assert await listed(store) == []
    await store.patch_run(RunId("a"), RunPatch(is_deleted=False))
    assert await listed(store) == ["b", "a"]


async def test_settings(store: SqlStore) -> None:
    assert await store.settings() is None
    mine = Settings(is_recording=False, excluded_notebooks=["a.ipynb"], runs_retention_days=3)
    await store.save_settings(Settings())
    await store.save_settings(mine)
    assert await store.settings() == mine


# Time passes


async def test_trash_is_erased_when_its_time_is_over(store: SqlStore, clock: HandClock) -> None:
    await _a_tree(store)
    store.record([SaveOutputs(RunId("b"), RunOutputs([{"a": 1}]))])
    await store.delete_run(RunId("b"))
    clock.advance(6.9 * 86_400)
    assert await store.erase_expired(clock.now(), Settings()) == 0
    clock.advance(0.2 * 86_400)
    assert await store.erase_expired(clock.now(), Settings()) == 2
    with pytest.raises(NotFound):
        await store.patch_run(RunId("b"), RunPatch(is_deleted=False))
    assert await listed(store) == ["a", "s"]


async def test_old_runs_are_erased_but_for_starred_ones(store: SqlStore, clock: HandClock) -> None:
    session = record("s", 0, kind=RunKind.session)
    cells = [record(name, 1, parent_id=RunId("s")) for name in ("a", "b")]
    await save(store, session, *cells)
    await save(store, record("lone", 2, document=notebook("/w/lone.ipynb")))
    await save(store, record("open", 3, status=RunStatus.running))
    for name in ("a", "b", "lone"):
        store.record([SaveOutputs(RunId(name), RunOutputs([{"a": 1}]))])
    await store.patch_run(RunId("a"), RunPatch(is_starred=True))
    clock.advance(10 * 86_400)
    await save(store, record("new", 10 * 86_400))
    assert await store.erase_expired(clock.now(), Settings(outputs_retention_days=30)) == 0
    assert await store.erase_expired(clock.now(), Settings(outputs_retention_days=5)) == 2
    assert (await store.outputs(RunId("b"))).items == []
    assert (await store.outputs(RunId("a"))).items == [{"a": 1}]
    # Two runs, and the experiment that has none left.
    assert await store.erase_expired(clock.now(), Settings(runs_retention_days=5)) == 3
    assert await listed(store) == ["new", "open", "a", "s"]
    assert (await experiments(store))["train.ipynb"].run_count == 3
    assert (await summary(store, "s")).child_count == 1


async def test_runs_of_dead_servers_are_ended_as_lost(store_url: str, clock: HandClock) -> None:
    from tests.store.samples import opened

    alive = {(10, "me"), (11, "sister")}
    with opened(store_url, clock, liveness=lambda pid, birth: (pid, birth) in alive) as store:
        for name, host, pid, birth in [
            ("me", "here", 10, "me"),
            ("sister", "here", 11, "sister"),
            ("dead", "here", 12, "dead"),
            ("reborn", "here", 11, "other"),
            ("far", "there", 99, "far"),
            ("silent", "there", 98, "silent"),
        ]:
            await store.register_server(ServerId(name), host, pid, birth)
        names = ["me", "sister", "dead", "reborn", "far", "silent", "unknown"]
        await save(
            store,
            *(
                record(
                    name,
                    number,
                    server_id=ServerId(name),
                    status=RunStatus.running,
                    ended_at=None,
                    duration_s=None,
                )
                for number, name in enumerate(names)
            ),
            record("done", 9, server_id=ServerId("dead")),
        )
        clock.advance(100)
        await store.beat(ServerId("far"), clock.now())
        assert await store.close_orphans(ServerId("me"), clock.now()) == 3
        assert set(await listed(store, status=RunStatus.lost)) == {"dead", "reborn", "unknown"}
        clock.advance(100)
        assert await store.close_orphans(ServerId("me"), clock.now()) == 1
        assert set(await listed(store, status=RunStatus.running)) == {"me", "sister", "far"}
        assert (await store.run(RunId("dead"))).status_reason
        assert (await store.run(RunId("done"))).status is RunStatus.ok
        # Whoever watched it after all may still say how it ended.
        await save(store, record("dead", 2))
        assert (await store.run(RunId("dead"))).status is RunStatus.ok


# Events


async def test_events_come_after_the_commit(store: SqlStore) -> None:
    events: list[Event] = []
    store.listen(events.append)
    await save(store, record("a", parent_id=RunId("s")), record("s", kind=RunKind.session))
    experiment_id = (await experiments(store))["train.ipynb"].id
    assert events == [RunsChanged(frozenset({RunId("a"), RunId("s")}), frozenset({experiment_id}))]
    events.clear()
    await store.delete_run(RunId("a"))
    await store.rename_experiment(experiment_id, "x")
    assert events == [
        RunsChanged(frozenset({RunId("a"), RunId("s")}), frozenset({experiment_id})),
        RunsChanged(frozenset(), frozenset({experiment_id})),
    ]


async def test_a_listener_that_fails_harms_nobody(store: SqlStore) -> None:
    def fail(event: Event) -> None:
        raise RuntimeError("listener")

    heard: list[Event] = []
    store.listen(fail)
    store.listen(heard.append)
    await save(store, record("a"))
    assert heard
    assert store.health().dropped["event"] >= 1
