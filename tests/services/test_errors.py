"""What a person does with errors, on the real store."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from dsinfra_jlab.domain.changes import SaveCapture, SaveData, SaveEnvironment, SaveValues
from dsinfra_jlab.domain.errors.groups import (
    ErrorExportQuery,
    ErrorGroupPatch,
    ErrorQuery,
    ErrorTrendQuery,
    ExportFormat,
    GroupState,
    IgnoreUntil,
    OccurrenceQuery,
)
from dsinfra_jlab.domain.exceptions import BadInput, NotFound
from dsinfra_jlab.domain.ids import EnvironmentId, ErrorGroupId, RunId
from dsinfra_jlab.domain.runs.capture import DataItem, DataKind, DataMode, RunCapture
from dsinfra_jlab.domain.runs.records import Environment, GitState, RunStatus
from dsinfra_jlab.services.contents_paths import ContentsPaths
from dsinfra_jlab.services.errors import BY_USERS, ErrorService
from dsinfra_jlab.services.lineage import LineageService
from dsinfra_jlab.store import SqlStore

from .error_samples import NOW, error, run

NOTEBOOK = "/home/ana/work/deep/train.ipynb"
ELSEWHERE = "/srv/shared/other.ipynb"


@pytest.fixture
def errors(store: SqlStore, paths: ContentsPaths) -> ErrorService:
    return ErrorService(store, paths, LineageService(store, paths, lambda code: code))


async def saved(store: SqlStore, *changes: Any) -> None:
    store.record(changes)
    await store.flush()


async def one(errors: ErrorService) -> ErrorGroupId:
    (group,) = (await errors.groups(ErrorQuery())).items
    return group.id


async def test_paths_are_those_of_the_file_browser_everywhere(store, errors) -> None:
    await saved(
        store,
        run("r-1", NOTEBOOK),
        error("r-1", NOTEBOOK),
        run("r-2", ELSEWHERE),
        error("r-2", ELSEWHERE, "other"),
    )
    groups = (await errors.groups(ErrorQuery())).items
    assert {path for group in groups for path in group.notebooks} == {
        "deep/train.ipynb",
        ELSEWHERE,
    }
    (group,) = (await errors.groups(ErrorQuery(notebook_path="deep/train.ipynb"))).items
    assert (await errors.group(group.id)).notebooks == ["deep/train.ipynb"]
    (record,) = (await errors.occurrences(group.id, OccurrenceQuery())).items
    assert record.notebook_path == "deep/train.ipynb"
    files = ["deep/train.ipynb", "deep/own.py", "/opt/lib/pandas/frame.py"]
    assert [frame.file for frame in record.frames] == files
    assert [frame.file for frame in record.chain[0].frames] == files
    assert (await errors.of_run(RunId("r-1"))).items == [record]
    history = await errors.history(group.id)
    assert [share.notebook_path for share in history.notebooks] == ["deep/train.ipynb"]
    assert [other.notebooks for other in history.family] == [[ELSEWHERE]]
    exported = await errors.export(ErrorExportQuery(group_id=group.id))
    assert b"/home/ana" not in exported.content and b"deep/train.ipynb" in exported.content


async def test_a_moment_without_a_zone_is_meant_in_utc(store, errors) -> None:
    await saved(store, run("r-1", NOTEBOOK), error("r-1", NOTEBOOK))
    naive = NOW.replace(tzinfo=None)
    for since, count in ((naive, 1), (naive + timedelta(seconds=1), 0)):
        assert len((await errors.groups(ErrorQuery(since=since))).items) == count
        assert len(await store.errors_to_export(ErrorExportQuery(since=NOW))) == 1
    trend = await errors.trend(ErrorTrendQuery(since=naive - timedelta(hours=3)))
    assert sum(map(sum, trend.categories.values())) == 1


@pytest.mark.parametrize("state", [state for state in GroupState if state not in BY_USERS])
async def test_states_that_come_by_themselves_are_refused(store, errors, state) -> None:
    await saved(store, run("r-1", NOTEBOOK), error("r-1", NOTEBOOK))
    with pytest.raises(BadInput, match="ongoing, resolved, ignored") as refused:
        await errors.patch(await one(errors), ErrorGroupPatch(state=state), "ana")
    assert refused.value.details["field"] == "state"


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        (ErrorGroupPatch(ignore_until=IgnoreUntil.forever), "ignore_until"),
        (
            ErrorGroupPatch(state=GroupState.resolved, ignore_until=IgnoreUntil.escalating),
            "ignore_until",
        ),
        (
            ErrorGroupPatch(state=GroupState.ignored, ignore_until=IgnoreUntil.number),
            "ignore_count",
        ),
        (ErrorGroupPatch(state=GroupState.ignored, ignore_count=3), "ignore_count"),
        (ErrorGroupPatch(ignore_count=3), "ignore_count"),
    ],
)
async def test_what_does_not_go_together_is_refused(store, errors, patch, field) -> None:
    await saved(store, run("r-1", NOTEBOOK), error("r-1", NOTEBOOK))
    with pytest.raises(BadInput) as refused:
        await errors.patch(await one(errors), patch, "ana")
    assert refused.value.details == {"field": field}


async def test_what_a_user_decides_is_kept(store, errors) -> None:
    await saved(store, run("r-1", NOTEBOOK), error("r-1", NOTEBOOK))
    group_id = await one(errors)
    patch = ErrorGroupPatch(
        state=GroupState.ignored,
        ignore_until=IgnoreUntil.number,
        ignore_count=2,
        note="known",
        runbook="# Do this",
        assignee="bo",
    )
    group = await errors.patch(group_id, patch, "ana")
    assert (group.state, group.ignore_remaining) == (GroupState.ignored, 2)
    assert (group.note, group.runbook, group.assignee) == ("known", "# Do this", "bo")
    assert "ana" in group.state_reason
    assert group == await errors.group(group_id)
    assert (await errors.groups(ErrorQuery(is_open=True))).items == []
    group = await errors.patch(group_id, ErrorGroupPatch(state=GroupState.ongoing), "ana")
    assert group.state is GroupState.ongoing
    assert len((await errors.groups(ErrorQuery(is_open=True))).items) == 1


def environment(pandas: str, commit: str = "a" * 40) -> Environment:
    packages = {"attrs": "1.0" if pandas < "3" else "2.0", "pandas": pandas}
    return Environment("3.11.4", "Linux", packages, GitState(commit, "main", False))


def read(run_id: str, digest: str) -> SaveData:
    item = DataItem(DataKind.file, "/home/ana/work/sales.csv", DataMode.read, digest=digest)
    return SaveData(RunId(run_id), (item,), ("audit",))


def seen(run_id: str) -> SaveCapture:
    return SaveCapture(RunId(run_id), RunCapture(["df"], [], []))


def moment(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


async def test_the_history_says_what_changed_before_it_began(store, errors) -> None:
    """The cell succeeded, failed since an update, was edited, succeeded, and failed again."""
    ok = RunStatus.ok
    old, new = EnvironmentId("e-2"), EnvironmentId("e-3")
    await saved(
        store,
        SaveEnvironment(old, environment("2.2.3")),
        SaveEnvironment(new, environment("3.0.1", "b" * 40)),
        run("r-1", NOTEBOOK, at=moment(50), status=ok, environment="e-2"),
        run("r-2", NOTEBOOK, at=moment(40), environment="e-3"),
        error("r-2", NOTEBOOK, at=moment(40), environment_id=new),
        run("r-3", NOTEBOOK, at=moment(30), status=ok, environment="e-3", code="df['sum']"),
        seen("r-3"),
        read("r-3", "c" * 64),
        SaveValues(RunId("r-3"), {"lr": 0.1}),
        run("r-4", NOTEBOOK, at=moment(20), environment="e-3"),
        seen("r-4"),
        read("r-4", "d" * 64),
        SaveValues(RunId("r-4"), {"lr": 0.2}),
        error("r-4", NOTEBOOK, at=moment(20), environment_id=new),
    )
    history = await errors.history(await one(errors))
    assert history.began_after == [
        "pandas 2.2.3 → 3.0.1",  # the error went through pandas, and not through attrs
        "attrs 1.0 → 2.0",
        "git commit aaaaaaa → bbbbbbb",
    ]
    assert (history.last_success_run_id, history.failed_run_id) == ("r-3", "r-4")
    assert history.changes == [
        "The cell was edited: 1 line added, 1 removed.",
        "lr: 0.1 → 0.2",
        "sales.csv has other content.",
    ]
    assert [share.environment_id for share in history.environments] == [new]


async def test_without_a_success_there_is_nothing_to_compare_with(store, errors) -> None:
    await saved(store, run("r-1", NOTEBOOK), error("r-1", NOTEBOOK))
    history = await errors.history(await one(errors))
    assert (history.began_after, history.changes) == ([], [])
    assert history.last_success_run_id is None


async def test_a_run_that_was_erased_costs_its_comparison_only(store, errors) -> None:
    await saved(
        store,
        run("r-1", NOTEBOOK, at=moment(9), status=RunStatus.ok),
        run("r-2", NOTEBOOK),
        error("r-2", NOTEBOOK),
    )
    group_id = await one(errors)
    await store.delete_run(RunId("r-1"))
    assert (await errors.history(group_id)).changes == []


@pytest.mark.parametrize("wanted", list(ExportFormat))
async def test_every_format_is_a_file_with_the_errors(store, errors, wanted) -> None:
    await saved(store, run("r-1", NOTEBOOK), error("r-1", NOTEBOOK, evalue="ü \ud800"))
    export = await errors.export(ErrorExportQuery(format=wanted))
    text = export.content.decode()
    assert export.name.startswith("errors.") and "KeyError" in text
    if wanted is ExportFormat.jsonl:
        assert json.loads(text)["run_id"] == "r-1"


async def test_what_is_not_there_is_not_found(store, errors) -> None:
    nobody = ErrorGroupId("g-0")
    for work in (
        errors.group(nobody),
        errors.history(nobody),
        errors.occurrences(nobody, OccurrenceQuery()),
        errors.patch(nobody, ErrorGroupPatch(note="x"), None),
        errors.of_run(RunId("r-0")),
        errors.export(ErrorExportQuery(group_id=nobody)),
        errors.export(ErrorExportQuery(run_id=RunId("r-0"))),
    ):
        with pytest.raises(NotFound):
            await work
    assert (await errors.export(ErrorExportQuery())).content == b""
