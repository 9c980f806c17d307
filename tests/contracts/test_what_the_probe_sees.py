"""What every store keeps of what the probe in a kernel says."""

from __future__ import annotations

import dataclasses
import math
import random
import struct
from typing import Any

import pytest

from dsinfra_jlab.domain.changes import (
    MoveDocument,
    SaveArtifact,
    SaveCapture,
    SaveData,
    SaveEnvironment,
    SavePoints,
    SaveRun,
    SaveTags,
    SaveValues,
)
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.events import Event, RunsChanged
from dsinfra_jlab.domain.exceptions import BadInput, NotFound
from dsinfra_jlab.domain.ids import ArtifactId, CellId, EnvironmentId, RunId
from dsinfra_jlab.domain.runs.artifacts import Artifact
from dsinfra_jlab.domain.runs.capture import DataItem, DataKind, DataMode, RunCapture, RunData
from dsinfra_jlab.domain.runs.metrics import MetricSeries
from dsinfra_jlab.domain.runs.records import (
    Environment,
    Experiment,
    Flag,
    FlagKind,
    RunKind,
    RunPatch,
    RunQuery,
    RunRecord,
    RunStatus,
)
from dsinfra_jlab.domain.runs.trials import TrialQuery
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.store import SqlStore
from tests.store.samples import NOTEBOOK, at, notebook, record

A = RunId("a")
START_S = at(0).timestamp()


async def save(store: SqlStore, *records: RunRecord) -> None:
    store.record([SaveRun(one) for one in records])
    await store.flush()


def packed(*values: float, first: int = 0) -> bytes:
    return b"".join(
        struct.pack("<ddd", first + place, START_S + first + place, value)
        for place, value in enumerate(values)
    )


def points(key: str, number: int, *values: float, run: str = "a") -> SavePoints:
    return SavePoints(RunId(run), key, number, packed(*values, first=number))


async def series(store: SqlStore, key: str = "loss", max_points: int = 1_000) -> MetricSeries:
    (found,) = (await store.metrics(A, key, max_points)).items
    return found


async def values(store: SqlStore, key: str = "loss") -> list[float | None]:
    return [point[2] for point in (await series(store, key, 10_000)).points]


async def last(store: SqlStore, key: str = "loss") -> float:
    return (await store.run(A)).metrics[key]


async def experiments(store: SqlStore) -> dict[str, Experiment]:
    return {one.name: one for one in (await store.experiments("", 50, None)).items}


async def listed(store: SqlStore, **query: Any) -> list[str]:
    return [run.id for run in (await store.runs(RunQuery(**query))).items]


# Metrics


async def test_points_are_read_back_as_they_were_logged(store: SqlStore) -> None:
    await save(store, record("a"))
    store.record([points("loss", 0, 3.0, math.nan), points("acc", 0, 0.5)])
    store.record([points("loss", 2, 1.0, math.inf, 0.25)])
    await store.flush()
    found = await store.metrics(A, None, 1_000)
    acc, loss = found.items
    assert (acc.key, acc.point_count, len(acc.points)) == ("acc", 1, 1)
    assert loss.key == "loss"
    assert loss.point_count == 5
    assert loss.points == [
        (0.0, "2026-03-01T12:00:00Z", 3.0),
        (1.0, "2026-03-01T12:00:01Z", None),
        (2.0, "2026-03-01T12:00:02Z", 1.0),
        (3.0, "2026-03-01T12:00:03Z", None),
        (4.0, "2026-03-01T12:00:04Z", 0.25),
    ]
    assert (await store.run(A)).metrics == {"acc": 0.5, "loss": 0.25}
    with pytest.raises(NotFound):
        await store.metrics(RunId("nobody"), None, 10)
    assert (await store.metrics(A, "nothing", 10)).items == []


async def test_writing_points_again_adds_nothing(store: SqlStore) -> None:
    await save(store, record("a"))
    for change in [
        points("loss", 0, 0.0, 1.0, 2.0),
        points("loss", 0, 0.0, 1.0, 2.0),
        points("loss", 2, 2.0, 3.0),
        points("loss", 1, 1.0),
        points("loss", 6, 6.0, 7.0),  # some were given up before
        points("loss", 3, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0),  # and come after all
    ]:
        store.record([change])
        await store.flush()
    assert await values(store) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    assert (await series(store)).point_count == 9
    assert await last(store) == 8.0


async def test_an_older_point_that_comes_late_is_not_the_last_value(store: SqlStore) -> None:
    await save(store, record("a"))
    store.record([points("loss", 5, 0.5)])
    await store.flush()
    store.record([points("loss", 1, 0.1)])
    await store.flush()
    assert await values(store) == [0.1, 0.5]
    assert (await last(store), (await series(store)).point_count) == (0.5, 6)


async def test_any_order_and_overlap_gives_the_same_series(store: SqlStore) -> None:
    generator = random.Random(7)
    await save(store, record("a"))
    expected = [float(number) for number in range(300)]
    stretches = [(start, min(300, start + 7)) for start in range(0, 300, 5)]
    generator.shuffle(stretches)
    for start, end in stretches:
        store.record([points("loss", start, *expected[start:end])])
        if generator.random() < 0.3:
            await store.flush()
    await store.flush()
    assert await values(store) == expected
    assert await last(store) == 299.0


async def test_a_logged_metric_outranks_one_that_was_only_seen(store: SqlStore) -> None:
    await save(store, record("a"))
    store.record([SaveValues(A, {}, {"loss": 9.0, "acc": 0.5}), points("loss", 0, 1.0)])
    await store.flush()
    store.record([SaveValues(A, {}, {"loss": 8.0, "acc": 0.75})])
    await store.flush()
    assert (await store.run(A)).metrics == {"loss": 1.0, "acc": 0.75}
    assert await series(store, "acc") == MetricSeries(
        "acc", [(0.0, "2026-03-01T12:00:01Z", 0.75)], 1
    )
    store.record([points("acc", 0, 0.1)])
    await store.flush()
    assert await last(store, "acc") == 0.1
    assert [point[2] for point in (await series(store, "acc")).points] == [0.1]


async def test_a_last_value_that_is_no_number(store: SqlStore) -> None:
    await save(store, record("a", ended_at=None, status=RunStatus.running))
    store.record([SaveValues(A, {}, {"loss": math.nan}), points("up", 0, 1.0, math.inf)])
    await store.flush()
    assert (await series(store)).points == [(0.0, "2026-03-01T12:00:00Z", None)]
    assert await last(store, "up") == math.inf


async def test_steps_and_moments_that_cannot_be_are_mended(store: SqlStore) -> None:
    """They are the kernel's claim, and JSON has no word for them."""
    await save(store, record("a"))
    body = struct.pack("<9d", math.nan, math.nan, 1.0, math.inf, 1e300, 2.0, -3.5, -1.0, 3.0)
    store.record([SavePoints(A, "loss", 0, body), SavePoints(A, "odd", 0, body[:30])])
    await store.flush()
    end = "2026-03-01T12:00:01Z"
    assert (await series(store)).points == [(0.0, end, 1.0), (1.0, end, 2.0), (-3.5, end, 3.0)]
    assert len((await series(store, "odd")).points) == 1


async def test_a_series_is_thinned_and_keeps_its_peaks(store: SqlStore) -> None:
    await save(store, record("a"))
    numbers = [math.sin(place / 50) for place in range(20_000)]
    numbers[7_777], numbers[12_345] = 50.0, -50.0
    store.record([points("loss", 0, *numbers)])
    await store.flush()
    found = await series(store, max_points=100)
    shown = [point[2] for point in found.points]
    assert len(shown) <= 100
    assert {50.0, -50.0, numbers[0], numbers[-1]} <= set(shown)
    assert [point[0] for point in found.points] == sorted(point[0] for point in found.points)
    assert found.point_count == 20_000


async def test_points_of_a_run_that_was_never_recorded_are_counted(store: SqlStore) -> None:
    ghost = RunId("ghost")
    item = DataItem(DataKind.file, "/x", DataMode.read)
    store.record(
        [
            points("loss", 0, 1.0, 2.0, run="ghost"),
            SaveTags(ghost, {"a": "b"}),
            SaveCapture(ghost, RunCapture()),
            SaveData(ghost, (item,), ()),
            SaveArtifact(an_artifact(run_id=ghost)),
        ]
    )
    await store.flush()
    assert store.health().dropped == {
        "points_of_unknown_run": 2,
        "tags_of_unknown_run": 1,
        "captures_of_unknown_run": 1,
        "data_of_unknown_run": 1,
        "artifacts_of_unknown_run": 1,
    }


async def test_metrics_are_told_of(store: SqlStore) -> None:
    await save(store, record("a"))
    events: list[Event] = []
    store.listen(events.append)
    store.record([points("loss", 0, 1.0)])
    await store.flush()
    assert events == [RunsChanged(frozenset({A}), frozenset())]


# Tags


async def test_tags_from_code_yield_to_those_set_by_hand(store: SqlStore) -> None:
    await save(store, record("a"))
    store.record([SaveTags(A, {"team": "nlp", "stage": "1", "gone": "x"})])
    await store.flush()
    run = await store.patch_run(A, RunPatch(tags={"team": "vision", "stage": "1", "mine": "y"}))
    assert run.tags == {"team": "vision", "stage": "1", "mine": "y"}
    later = {"team": "nlp", "stage": "2", "gone": "z", "mine": "w", "new": "1"}
    store.record([SaveTags(A, later), SaveTags(A, {"new": "2"})])
    await store.flush()
    tags = (await store.run(A)).tags
    assert tags == {"team": "vision", "stage": "2", "mine": "y", "new": "2"}
    assert await listed(store, q="tag.stage:2") == ["a"]


# Names, data, artifacts


async def test_capture(store: SqlStore) -> None:
    await save(store, record("a"), record("b", 1))
    assert await store.capture(A) is None
    store.record([SaveData(A, (), ("audit",))])
    await store.flush()
    assert await store.capture(A) is None
    for reads in (["x"], ["df", "größe"]):
        capture = RunCapture(reads, ["y"], ["z"], {"df": RunId("b")}, {"names": 3}, "ok")
        store.record([SaveCapture(A, capture)])
        await store.flush()
        assert await store.capture(A) == capture
    assert (await store.data(A)).coverage == ["audit"]
    assert (await store.run(A)).dropped == {"names": 3}
    assert (await store.run(RunId("b"))).dropped == {}
    with pytest.raises(NotFound):
        await store.capture(RunId("nobody"))


async def test_data(store: SqlStore) -> None:
    await save(store, record("a"), record("b", 1))
    assert await store.data(A) == RunData([], [])
    items = (
        DataItem(DataKind.file, "/d/b.csv", DataMode.read),
        DataItem(DataKind.file, "/d/a.csv", DataMode.write, 3, None, "2026-03-01T12:00:00Z"),
        DataItem(DataKind.url, "https://host/" + "x" * 4_000, DataMode.read, collector="requests"),
        DataItem(DataKind.process, "ls\0-l", DataMode.read_write, 2**70),
    )
    store.record([SaveData(A, items, ("audit",))])
    await store.flush()
    whole = dataclasses.replace(items[0], size_bytes=5, digest="sha256:" + "0" * 64)
    other = dataclasses.replace(items[0], mode=DataMode.write)
    store.record([SaveData(A, (whole,), ("audit", "pandas")), SaveData(A, (other,), ("audit",))])
    await store.flush()
    found = await store.data(A)
    assert found.coverage == ["audit"]
    mended = DataItem(DataKind.process, "ls\ufffd-l", DataMode.read_write, None)
    assert {item.name[:20]: item for item in found.items if item.mode is not DataMode.write} == {
        item.name[:20]: item for item in (whole, items[2], mended)
    }
    assert [item for item in found.items if item.mode is DataMode.write] == [items[1], other]
    assert (await store.data(RunId("b"))).items == []
    with pytest.raises(NotFound):
        await store.data(RunId("nobody"))


def an_artifact(name: str = "model.pt", **changes: Any) -> Artifact:
    sample = Artifact(
        id=ArtifactId(f"id-{name}"),
        run_id=A,
        name=name,
        media_type="application/octet-stream",
        size_bytes=2**40,
        digest="sha256:" + "1" * 64,
        created_at=at(2),
    )
    return dataclasses.replace(sample, **changes)


async def test_artifacts(store: SqlStore, clock: HandClock) -> None:
    await save(store, record("a"), record("b", 1))
    assert (await store.artifacts(A)).items == []
    model, plot = an_artifact(), an_artifact("plots/loss.png", digest="sha256:" + "2" * 64)
    store.record([SaveArtifact(plot), SaveArtifact(an_artifact(size_bytes=1))])
    store.record([SaveArtifact(model)])
    await store.flush()
    assert (await store.artifacts(A)).items == [model, plot]
    assert await store.artifact(A, plot.id) == plot
    assert await store.artifact_digests() == {model.digest, plot.digest}
    for run, artifact in [("b", plot.id), ("a", "nothing"), ("nobody", plot.id)]:
        with pytest.raises(NotFound):
            await store.artifact(RunId(run), ArtifactId(artifact))
    await store.delete_run(A)
    with pytest.raises(NotFound):
        await store.artifacts(A)
    # The trash can be undone, so the contents must stay.
    assert await store.artifact_digests() == {model.digest, plot.digest}
    clock.advance(8 * 86_400)
    await store.erase_expired(clock.now(), Settings())
    assert await store.artifact_digests() == set()


async def test_everything_follows_a_run_that_gets_another_number(store: SqlStore) -> None:
    await save(store, record("a", 1))
    item = DataItem(DataKind.file, "/x", DataMode.read)
    capture = RunCapture(["x"])
    store.record(
        [
            points("loss", 0, 1.0, 2.0),
            SaveTags(A, {"k": "v"}),
            SaveCapture(A, capture),
            SaveData(A, (item,), ("audit",)),
            SaveArtifact(an_artifact()),
        ]
    )
    await store.flush()
    await save(store, record("a", 3))
    store.record([points("loss", 1, 2.0, 3.0)])
    await store.flush()
    assert await values(store) == [1.0, 2.0, 3.0]
    assert await store.capture(A) == capture
    assert await store.data(A) == RunData([item], ["audit"])
    assert (await store.artifacts(A)).items == [an_artifact()]


async def test_erased_runs_leave_no_rows(store: SqlStore, clock: HandClock) -> None:
    used, unused = EnvironmentId("used"), EnvironmentId("unused")
    for environment_id in (used, unused):
        environment = Environment("3.12", "Linux", {environment_id: "1"}, None)
        store.record([SaveEnvironment(environment_id, environment)])
    await save(store, record("a", environment_id=unused), record("b", 1, environment_id=used))
    item = DataItem(DataKind.file, "/x", DataMode.read)
    store.record(
        [
            points("loss", 0, 1.0, 2.0),
            SaveTags(A, {"k": "v"}),
            SaveCapture(A, RunCapture(["x"])),
            SaveData(A, (item,), ("audit",)),
            SaveArtifact(an_artifact()),
        ]
    )
    await store.flush()
    await store.patch_run(A, RunPatch(tags={"k": "w"}))
    await store.delete_run(A)
    clock.advance(8 * 86_400)
    assert await store.erase_expired(clock.now(), Settings()) == 2  # the run and its environment
    engines = store._writer.usable(is_to_write=False).engines
    with engines.reader.connect() as connection:
        for table in [
            "run_tag",
            "run_tag_by_hand",
            "run_metric",
            "metric_chunk",
            "run_probe",
            "run_data",
            "artifact",
        ]:
            rows = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            assert rows == 0, table
        kept = connection.exec_driver_sql("SELECT id FROM environment").scalars().all()
    assert kept == ["used"]


# Blocks and named experiments


async def test_blocks_are_children_of_their_cell(store: SqlStore) -> None:
    block = record("x", 2, kind=RunKind.block, parent_id=A, name="fold 1", code="")
    await save(store, record("s", 0, kind=RunKind.session), record("a", 1, parent_id=RunId("s")))
    await save(store, block, dataclasses.replace(block, id=RunId("y"), status=RunStatus.error))
    cell = await store.run(A)
    assert (cell.child_count, cell.error_count) == (2, 1)
    experiment = (await experiments(store))["train.ipynb"]
    assert (experiment.run_count, experiment.error_count) == (1, 0)
    assert await listed(store, q="name:fold kind:block", order="queued_at") == ["x", "y"]
    assert await listed(store, q="fold", order="queued_at") == ["x", "y"]
    await store.patch_run(RunId("x"), RunPatch(name="best"))
    await save(store, dataclasses.replace(block, status=RunStatus.interrupted))
    run = await store.run(RunId("x"))
    assert (run.name, run.status) == ("best", RunStatus.interrupted)
    assert await listed(store, q="best") == ["x"]


async def test_a_named_experiment(store: SqlStore) -> None:
    """The call comes in the middle of a cell; the run stays one of its notebook."""
    await save(store, record("a", status=RunStatus.running), record("b", 1))
    await save(store, record("a", experiment="Baseline", status=RunStatus.running))
    found = await experiments(store)
    assert {name: one.run_count for name, one in found.items()} == {
        "Baseline": 1,
        "train.ipynb": 1,
    }
    assert found["train.ipynb"].last_run_at == at(1)
    assert found["Baseline"].notebook_path is None
    await save(store, record("a", experiment="Baseline", status=RunStatus.error))
    assert (await experiments(store))["Baseline"].error_count == 1
    run = await store.run(A)
    assert (run.experiment_name, run.notebook_path) == ("Baseline", NOTEBOOK.path)
    assert run.experiment_id == found["Baseline"].id
    assert await listed(store, experiment_id=found["Baseline"].id) == ["a"]
    assert await listed(store, q="notebook:train") == ["b", "a"]
    assert await listed(store, q="notebook:train kind:cell status:error") == ["a"]
    assert await listed(store, q="notebook!=train") == []
    assert await listed(store, q="experiment:base") == ["a"]
    # A file of that name that moves is none of its business.
    store.record([MoveDocument("Baseline", "elsewhere"), MoveDocument(NOTEBOOK.path, "/w/n.ipynb")])
    await store.flush()
    run = await store.run(A)
    assert (run.experiment_name, run.notebook_path) == ("Baseline", "/w/n.ipynb")
    # Back to the experiment of the document.
    await save(store, record("a", document=notebook("/w/n.ipynb"), status=RunStatus.error))
    assert set(await experiments(store)) == {"n.ipynb"}
    assert (await experiments(store))["n.ipynb"].run_count == 2


async def test_leaving_an_experiment_is_told(store: SqlStore) -> None:
    await save(store, record("a"))
    before = (await experiments(store))["train.ipynb"].id
    events: list[Event] = []
    store.listen(events.append)
    await save(store, record("a", experiment="Big"))
    after = (await experiments(store))["Big"].id
    assert events == [RunsChanged(frozenset({A}), frozenset({before, after}))]


async def test_a_notebook_all_whose_runs_are_named_keeps_its_path(
    store: SqlStore, clock: HandClock
) -> None:
    other = notebook("/w/other.ipynb")
    await save(store, record("a", experiment="Big"), record("b", 1, document=other))
    assert set(await experiments(store)) == {"Big", "other.ipynb"}
    assert await store.erase_expired(clock.now(), Settings()) == 0
    assert (await store.run(A)).notebook_path == NOTEBOOK.path
    # Both notebooks become one, and the run knows.
    store.record([MoveDocument(NOTEBOOK.path, other.path)])
    await store.flush()
    assert (await store.run(A)).notebook_path == other.path
    assert await listed(store, q="notebook:other") == ["b", "a"]


# Trials and steps

CELL = CellId("cell-1")


async def _trials(store: SqlStore) -> None:
    copy = notebook("/w/copy.ipynb")
    flag = Flag(FlagKind.before_restart, "x")
    await save(
        store,
        record("s", 0, kind=RunKind.session),
        record("other", 1, parent_id=RunId("s"), cell_id=CellId("cell-0"), code="lr = 1"),
        record("a", 2, parent_id=RunId("s"), cell_id=CELL, status=RunStatus.error, flags=(flag,)),
        record("b", 3, parent_id=RunId("s"), cell_id=CELL, experiment="Big"),
        record("b1", 3.5, parent_id=RunId("b"), cell_id=CELL, kind=RunKind.block),
        record("c", 4, parent_id=RunId("s"), cell_id=CELL, status=RunStatus.error),
        record("skip", 5, parent_id=RunId("s"), cell_id=CELL, status=RunStatus.aborted),
        record("d", 6, parent_id=RunId("s2"), cell_id=CELL),
        record("copy", 7, parent_id=RunId("s3"), cell_id=CELL, document=copy),
    )
    store.record(
        [
            SaveValues(A, {"lr": 0.1}, {"acc": 0.5}),
            SaveValues(RunId("d"), {"depth": 3}, {"loss": math.nan}),
            SaveCapture(A, RunCapture(["lr"], ["model"])),
            SaveTags(RunId("d"), {"k": "v"}),
        ]
    )
    await store.flush()


async def test_trials(store: SqlStore) -> None:
    await _trials(store)
    found = await store.trials(CELL, TrialQuery())
    assert [trial.run_id for trial in found.items] == ["copy", "d", "skip", "c", "b", "a"]
    assert found.columns.params == ["depth", "lr"]
    assert found.columns.metrics == ["acc", "loss"]
    first, second = found.items[-1], found.items[1]
    assert (first.params, first.metrics, first.flags) == (
        {"lr": 0.1},
        {"acc": 0.5},
        [Flag(FlagKind.before_restart, "x")],
    )
    assert (second.tags, second.status) == ({"k": "v"}, RunStatus.ok)
    query = TrialQuery(NOTEBOOK.path, limit=2)
    pages = []
    while True:
        page = await store.trials(CELL, query)
        pages.append([trial.run_id for trial in page.items])
        if page.next_cursor is None:
            break
        query = dataclasses.replace(query, cursor=page.next_cursor)
    assert pages == [["d", "skip"], ["c", "b"], ["a"]]
    assert page.columns.params == ["lr"]
    for cell, path in [("cell-9", ""), (CELL, "/w/nothing.ipynb"), ("\0", "\0")]:
        assert (await store.trials(CellId(cell), TrialQuery(path))).items == []
    with pytest.raises(BadInput):
        await store.trials(CELL, TrialQuery(cursor="nonsense"))
    with pytest.raises(BadInput):
        await store.trials(CELL, TrialQuery(limit=0))


async def test_steps(store: SqlStore) -> None:
    await _trials(store)

    async def steps(run: str) -> list[str]:
        return [step.run_id for step in await store.steps(RunId(run))]

    assert await steps("c") == ["other", "a", "b", "c"]
    assert await steps("b1") == ["other", "a", "b"]
    assert await steps("s") == ["other", "a", "b", "c", "skip"]
    assert await steps("d") == ["d"]
    first, second = await store.steps(A)
    assert (first.code, first.cell_id, first.capture) == ("lr = 1", "cell-0", None)
    assert second.capture == RunCapture(["lr"], ["model"])
    await store.delete_run(RunId("other"))
    assert await steps("a") == ["a"]
    with pytest.raises(NotFound):
        await store.steps(RunId("other"))
    await save(store, record("alone", 9))
    assert await steps("alone") == ["alone"]


async def test_steps_of_cells(store: SqlStore) -> None:
    await _trials(store)

    async def newest(run: str, *cells: str) -> list[str]:
        found = await store.steps_of_cells(RunId(run), [CellId(cell) for cell in cells])
        return [step.run_id for step in found]

    assert await newest("a", "cell-1", "cell-0", "cell-9", "cell-1") == ["other", "d"]
    assert await newest("copy", "cell-1", "cell-0") == ["copy"]
    # Another experiment, the same notebook.
    assert await newest("b", "cell-1") == ["d"]
    assert await newest("a") == []
    with pytest.raises(NotFound):
        await newest("nobody", "cell-1")


async def test_earlier_runs(store: SqlStore) -> None:
    await _trials(store)
    assert await store.earlier_runs(RunId("d")) == ("c", "b")
    assert await store.earlier_runs(RunId("c")) == ("b", "b")
    assert await store.earlier_runs(RunId("b")) == ("a", None)
    assert await store.earlier_runs(A) == (None, None)
    assert await store.earlier_runs(RunId("copy")) == (None, None)
    assert await store.earlier_runs(RunId("s")) == (None, None)
    blocks = [
        record(f"b{number}", 10 + number, parent_id=A, cell_id=CELL, kind=RunKind.block, name=name)
        for number, name in [(2, "fold 1"), (3, "fold 2"), (4, "fold 1")]
    ]
    await save(store, *blocks)
    assert await store.earlier_runs(RunId("b4")) == ("b2", "b2")
    assert await store.earlier_runs(RunId("b3")) == (None, None)
    with pytest.raises(NotFound):
        await store.earlier_runs(RunId("nobody"))


HOSTILE = ["a\0b", "\ud800", "'; DROP TABLE run; --", "%_\\", "x" * 100_000]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_stored_everywhere(store: SqlStore, text: str) -> None:
    await save(
        store,
        record("a", name=text, experiment=text, flags=(Flag(FlagKind.edited_cell, text),)),
    )
    item = DataItem(DataKind.file, text, DataMode.read, -1, text, text, text)
    store.record(
        [
            SavePoints(A, text, 0, packed(1.0)),
            SaveTags(A, {text: text}),
            SaveCapture(A, RunCapture([text], [text], [text], {text: RunId(text)}, {text: 2**80})),
            SaveData(A, (item,), (text,)),
            SaveArtifact(an_artifact(name=text[:150], media_type=text, digest=text)),
        ]
    )
    await store.flush()
    assert store.health().dropped == {}
    clean = text.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    run = await store.run(A)
    assert run.flags == [Flag(FlagKind.edited_cell, clean)]
    assert run.metrics == {clean[:200]: 1.0}
    assert (await store.metrics(A, text, 10)).items[0].point_count == 1
    assert (await store.data(A)).items[0].name == clean
    capture = await store.capture(A)
    assert capture is not None
    assert capture.reads == [clean]
    assert len((await store.artifacts(A)).items) == 1
    await store.trials(CellId(text), TrialQuery(text[:4_000]))
    await store.steps_of_cells(A, [CellId(text)])
