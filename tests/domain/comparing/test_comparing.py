"""Runs side by side, their differences, why they are stale: the pure parts."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from dsinfra_jlab.domain.comparing.comparison import StaleKind
from dsinfra_jlab.domain.comparing.side_by_side import columns, commit_of, environment_diff, is_same
from dsinfra_jlab.domain.ids import CellId, RunId
from dsinfra_jlab.domain.lineage.differences import changed
from dsinfra_jlab.domain.lineage.graph import LineageData, Step
from dsinfra_jlab.domain.lineage.origins import summary_of
from dsinfra_jlab.domain.lineage.staleness import FileNow, SavedNotebook, stale_reasons
from dsinfra_jlab.domain.runs.artifacts import shown_media_type
from dsinfra_jlab.domain.runs.capture import DataItem, DataKind, DataMode
from dsinfra_jlab.domain.runs.records import Environment, GitState, RunStatus

START = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)


# Side by side


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 1.0], True),
        ([1, True], False),
        ([0, False], False),
        ([math.nan, math.nan], True),
        ([math.nan, None], False),
        ([None, None], True),
        (["1", 1], False),
        ([[1], [1]], True),
        ([10**400, 10**400], True),
        ([10**400, math.inf], False),
        ([], True),
    ],
)
def test_values_are_the_same_if_a_person_would_say_so(values: list[Any], expected: bool) -> None:
    assert is_same(values) is expected


def test_keys_that_differ_come_first_then_by_name() -> None:
    found = columns([{"b": 1, "a": 1, "z": 1}, {"b": 1, "a": 1, "z": 2, "only": 0}])
    assert list(found) == ["only", "z", "a", "b"]
    assert found["only"] == [None, 0]


def test_an_environment_that_is_not_known_differs_in_nothing() -> None:
    one = Environment("3.12", "Linux", {"numpy": "1"}, GitState("abc", "main", True))
    other = replace(one, python="3.13", git=GitState("abc", "main", False))
    found = environment_diff([one, None, other])
    assert (found.python, found.platform) == (["3.12", None, "3.13"], [])
    assert found.git == ["abc+", None, "abc"]
    assert found.packages == {}
    assert environment_diff([None, None]).python == []
    assert commit_of(GitState(None, "main", True)) is None


def test_changes_are_told_key_by_key() -> None:
    before, after = {"a": 1, "b": math.nan, "c": None}, {"a": 2, "b": math.nan, "d": 0}
    assert [(each.key, each.before, each.after) for each in changed(before, after)] == [
        ("a", 1, 2),
        ("d", None, 0),
    ]


# Summaries


def read(kind: DataKind, name: str) -> LineageData:
    return LineageData(RunId("r"), DataItem(kind, name, DataMode.read))


@pytest.mark.parametrize(
    ("versions", "data", "expected"),
    [
        (1, [], "This result came from this cell version."),
        (
            4,
            [read(DataKind.file, "a"), read(DataKind.file, "b"), read(DataKind.file, "a")],
            "This result came from these 4 cell versions and these 2 files.",
        ),
        (
            1_200,
            [read(DataKind.url, "u"), read(DataKind.file, "a"), read(DataKind.database, "d")],
            "This result came from these 1,200 cell versions, this file, this database "
            "and this address.",
        ),
    ],
)
def test_the_summary_counts(versions: int, data: list[LineageData], expected: str) -> None:
    assert summary_of(versions, data) == expected


# Stale


def step(name: str, cell: str | None, seconds: int, code: str = "x") -> Step:
    at = START + timedelta(seconds=seconds)
    cell_id = None if cell is None else CellId(cell)
    return Step(RunId(name), cell_id, seconds, RunStatus.ok, at, code, f"hash {code}", None)


UP, TARGET = step("up", "c-up", 1), step("target", "c-target", 5)


def stale(
    *newest: Step, notebook: SavedNotebook | None = None, files: Any = None, reads: Any = ()
) -> list[tuple[StaleKind, str | None]]:
    reasons = stale_reasons(
        [UP, TARGET], newest, notebook, reads, files or {}, lambda code: f"hash {code}"
    )
    assert all(reason.detail.endswith(".") for reason in reasons)
    return [(reason.kind, reason.cell_id or reason.name) for reason in reasons]


def test_a_result_stands_while_nothing_newer_is_there() -> None:
    assert stale() == stale(UP, TARGET) == []


def test_a_newer_run_of_the_cell_itself_only_counts_with_other_code() -> None:
    assert stale(UP, step("t-2", "c-target", 9)) == []
    assert stale(UP, step("t-2", "c-target", 9, "y")) == [(StaleKind.code, "c-target")]


def test_a_newer_run_of_what_it_came_from_counts() -> None:
    assert stale(step("up-2", "c-up", 9), TARGET) == [(StaleKind.upstream, "c-up")]
    assert stale(step("up-2", "c-up", 3, "y"), TARGET) == [(StaleKind.upstream, "c-up")]
    assert stale(step("up-2", "c-up", 3), TARGET) == []  # in another kernel, the same code
    assert stale(step("up-0", "c-up", 0, "y"), TARGET) == []
    never_ran = replace(step("up-2", "c-up", 9, "y"), status=RunStatus.aborted)
    assert stale(never_ran, TARGET) == []


def test_only_a_notebook_saved_after_the_cell_ran_tells_of_an_edit() -> None:
    def saved(seconds: int, **sources: str) -> SavedNotebook:
        cells = {CellId(f"c-{name}"): code for name, code in sources.items()}
        return SavedNotebook(START + timedelta(seconds=seconds), cells)

    assert stale(notebook=saved(9, up="x", target="x")) == []
    assert stale(notebook=saved(9, up="x ", target="\nx")) == []
    assert stale(notebook=saved(9, up="y", target="x")) == [(StaleKind.upstream, "c-up")]
    assert stale(notebook=saved(3, up="y")) == [(StaleKind.upstream, "c-up")]
    assert stale(notebook=saved(0)) == []
    assert stale(notebook=saved(9, up="x")) == [(StaleKind.code, "c-target")]
    newer = step("up-2", "c-up", 7, "y")
    assert stale(newer, TARGET, notebook=saved(9, up="z", target="x")) == [
        (StaleKind.upstream, "c-up")
    ]


ITEM = DataItem(DataKind.file, "/d/x.csv", DataMode.read, 10, "sha256:a", "2026-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("item", "now", "expected"),
    [
        (ITEM, None, False),
        (ITEM, FileNow(False), True),
        (ITEM, FileNow(True, 11, ITEM.modified_at), True),
        (ITEM, FileNow(True, 10, ITEM.modified_at), False),
        (ITEM, FileNow(True, 10, "later", "sha256:a"), False),
        (ITEM, FileNow(True, 10, "later", "sha256:b"), True),
        (ITEM, FileNow(True, 10, "later"), True),
        (replace(ITEM, digest=None), FileNow(True, 10, "later", "sha256:b"), True),
        (replace(ITEM, digest=None, modified_at=None), FileNow(True, 10, "later"), False),
        (replace(ITEM, digest=None, modified_at=None, size_bytes=None), FileNow(True, 1), False),
    ],
)
def test_a_file_has_changed_by_the_strongest_evidence(
    item: DataItem, now: FileNow | None, expected: bool
) -> None:
    found = stale(reads=[item], files={} if now is None else {item.name: now})
    assert found == ([(StaleKind.data, item.name)] if expected else [])


def test_of_a_file_that_was_read_twice_the_last_state_counts() -> None:
    older = replace(ITEM, size_bytes=5, digest="sha256:0")
    now = {ITEM.name: FileNow(True, 10, ITEM.modified_at)}
    assert stale(reads=[older, ITEM], files=now) == []


def test_no_media_type_is_passed_on_that_could_run() -> None:
    for given in ("", "text/html", "image/svg+xml", "text/xml", "*/*", "text/plain\n", "é/x"):
        sent = shown_media_type(given)
        assert sent in ("application/octet-stream", "text/plain; charset=utf-8"), given
