from __future__ import annotations

import dataclasses
import struct
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.changes import (
    Change,
    ErrorFound,
    MoveDocument,
    SaveArtifact,
    SaveCapture,
    SaveData,
    SaveEnvironment,
    SaveError,
    SaveMinute,
    SaveOutputs,
    SavePoints,
    SaveRun,
    SaveSamples,
    SaveTags,
    SaveValues,
)
from dsinfra_jlab.domain.errors.sightings import Sighting
from dsinfra_jlab.domain.ids import ArtifactId, EnvironmentId, RunId
from dsinfra_jlab.domain.limits import METRIC_WAIT_POINTS
from dsinfra_jlab.domain.resources.sample_history import Minute, SubjectMinute
from dsinfra_jlab.domain.resources.samples import RunSamples
from dsinfra_jlab.domain.runs.artifacts import Artifact
from dsinfra_jlab.domain.runs.capture import DataItem, DataKind, DataMode, RunCapture
from dsinfra_jlab.domain.runs.records import Environment, PeakMemory, RunOutputs, RunStatus
from dsinfra_jlab.store.inbox import Inbox
from dsinfra_jlab.store.pending import Pending, size_of
from tests.store.error_samples import seen
from tests.store.samples import START, record

ENVIRONMENT = Environment("3.12", "Linux", {}, None)


def outputs(name: str, size: int = 10) -> SaveOutputs:
    return SaveOutputs(RunId(name), RunOutputs([{"text": "x" * size}]))


def drained(pending: Pending) -> list[Change]:
    return [entry.change for _, entry in pending.take(1_000, 10**9)]


def test_newer_records_take_the_place_of_older_ones() -> None:
    pending = Pending()
    running, ended = record("a", status=RunStatus.running), record("a")
    for change in [SaveRun(running), outputs("a", 5), SaveRun(record("b")), SaveRun(ended)]:
        pending.add(change)
    pending.add(outputs("a", 50))
    assert drained(pending) == [SaveRun(ended), outputs("a", 50), SaveRun(record("b"))]
    assert (len(pending), pending.bytes, pending.oldest) == (0, 0, None)


def test_an_older_record_does_not_undo_an_end() -> None:
    pending = Pending()
    pending.add(SaveRun(record("a")))
    pending.add(SaveRun(record("a", status=RunStatus.running)))
    assert drained(pending) == [SaveRun(record("a"))]


def test_values_are_gathered() -> None:
    pending = Pending()
    pending.add(SaveValues(RunId("a"), {"x": 1, "y": 1}, {"m": 1.0}))
    pending.add(SaveValues(RunId("a"), {"x": 2}, {"n": 2.0}))
    assert drained(pending) == [SaveValues(RunId("a"), {"x": 2, "y": 1}, {"m": 1.0, "n": 2.0})]


def test_nothing_overtakes_a_move() -> None:
    pending = Pending()
    changes = [
        SaveRun(record("a", status=RunStatus.running)),
        MoveDocument("/a", "/b"),
        SaveRun(record("a")),
        SaveEnvironment(EnvironmentId("e"), ENVIRONMENT),
    ]
    for change in changes:
        pending.add(change)
    assert drained(pending) == changes


def test_a_batch_ends_at_its_limits() -> None:
    pending = Pending()
    for name in "abcd":
        pending.add(outputs(name, 1_000))
    assert len(pending.take(3, 10**9)) == 3
    pending.add(outputs("e", 1_000))
    assert len(pending.take(10, size_of(outputs("e", 1_000)))) == 1
    # What is larger than any batch still goes, alone.
    assert len(pending.take(10, 1)) == 1


def test_what_comes_back_goes_first_and_yields_to_what_is_newer() -> None:
    pending = Pending()
    for name in "abc":
        pending.add(SaveRun(record(name, status=RunStatus.running)))
    taken = pending.take(2, 10**9)
    pending.add(SaveRun(record("d")))
    pending.add(SaveRun(record("b")))
    pending.give_back(taken)
    assert [change.record.id for change in drained(pending)] == ["a", "b", "c", "d"]  # type: ignore[union-attr]
    for name in "ab":
        pending.add(SaveRun(record(name, status=RunStatus.running)))
    taken = pending.take(1, 10**9)
    pending.add(SaveRun(record("a")))
    pending.give_back(taken)
    first = drained(pending)[0]
    assert isinstance(first, SaveRun)
    assert first.record.status is RunStatus.ok


def test_bodies_of_outputs_are_given_up_oldest_first() -> None:
    pending = Pending()
    for name in "abc":
        pending.add(SaveRun(record(name)))
        pending.add(outputs(name, 100_000))
    assert pending.shed(10**6) == 0
    assert pending.shed(210_000) == 1
    assert pending.shed(1) == 2
    assert pending.shed(1) == 0
    kept = drained(pending)
    assert [one for one in kept if isinstance(one, SaveRun)] == [SaveRun(record(n)) for n in "abc"]
    emptied = [SaveOutputs(RunId(name), RunOutputs([], truncated=True)) for name in "abc"]
    assert [one for one in kept if isinstance(one, SaveOutputs)] == emptied


def points(number: int, count: int, run: str = "a") -> SavePoints:
    body = b"".join(struct.pack("<ddd", n, n, n) for n in range(number, number + count))
    return SavePoints(RunId(run), "loss", number, body)


def test_points_are_gathered_while_they_wait() -> None:
    pending = Pending()
    for change in [points(0, 2), points(2, 3), points(1, 5), points(0, 6), points(3, 1)]:
        pending.add(change)
    assert drained(pending) == [points(0, 6)]


def test_points_with_a_hole_between_them_stay_apart() -> None:
    pending = Pending()
    changes = [points(5, 2), points(9, 1), points(2, 1), points(5, 2, run="b")]
    for change in changes:
        pending.add(change)
    pending.add(points(7, 1))
    assert drained(pending) == [points(5, 3), *changes[1:]]
    assert pending.bytes == 0


def test_not_more_points_are_gathered_than_are_soon_copied() -> None:
    pending = Pending()
    for number in range(0, 3 * METRIC_WAIT_POINTS, 64):
        pending.add(points(number, 64))
    kept = drained(pending)
    assert [change.number for change in kept] == [n * METRIC_WAIT_POINTS for n in range(3)]  # type: ignore[union-attr]


def test_points_that_come_back_are_before_those_that_came_meanwhile() -> None:
    pending = Pending()
    pending.add(points(0, 3))
    taken = pending.take(1, 10**9)
    pending.add(points(3, 2))
    pending.give_back(taken)
    assert drained(pending) == [points(0, 5)]
    pending.add(points(0, 3))
    taken = pending.take(1, 10**9)
    pending.add(points(7, 1))
    pending.give_back(taken)
    assert drained(pending) == [points(0, 3), points(7, 1)]


def test_outputs_are_given_up_before_points_and_of_those_the_last_stays() -> None:
    pending = Pending()
    pending.add(SaveRun(record("a", code="x" * 5_000)))
    pending.add(outputs("a", 50_000))
    pending.add(points(0, 1_000))
    pending.add(points(0, 500, run="b"))
    assert pending.shed(45_000) == 1
    assert pending.shed_points(45_000) == 0
    assert pending.shed_points(25_000) == 999
    assert pending.shed_points(1) == 499
    assert pending.shed_points(1) == 0
    assert drained(pending) == [
        SaveRun(record("a", code="x" * 5_000)),
        SaveOutputs(RunId("a"), RunOutputs([], truncated=True)),
        points(999, 1),
        points(499, 1, run="b"),
    ]


def samples(name: str, count: int) -> SaveSamples:
    numbers: list[Any] = [float(number) for number in range(count)]
    series = RunSamples(numbers, numbers, numbers, numbers, 10, is_complete=count > 0)
    return SaveSamples(RunId(name), series, PeakMemory(count, "exact"))


def test_samples_are_given_up_before_all_else_and_peaks_stay() -> None:
    pending = Pending()
    changes = [SaveRun(record("a")), outputs("a", 1_000), points(0, 9), samples("a", 100)]
    for change in [*changes, samples("b", 0), samples("b", 50), samples("c", 2)]:
        pending.add(change)
    assert pending.shed_samples(pending.bytes) == 0
    before = pending.bytes
    assert pending.shed_samples(before - 1_000) == 1
    assert pending.bytes < before - 10_000
    assert pending.shed_samples(1) == 2
    assert pending.shed_samples(1) == 0
    emptied = RunSamples([], [], [], [], 10, is_complete=False)
    assert drained(pending) == [
        *changes[:3],
        *(
            SaveSamples(RunId(name), emptied, PeakMemory(count, "exact"))
            for name, count in {"a": 100, "b": 50, "c": 2}.items()
        ),
    ]
    assert pending.bytes == 0


def test_minutes_of_the_machine_are_given_up_whole() -> None:
    pending = Pending()
    minutes = [
        SaveMinute("box", Minute(60 * at, (SubjectMinute("host", "", (1.0,)),))) for at in range(9)
    ]
    run = SaveRun(record("a"))
    for change in (minutes[0], run, *minutes[1:]):
        pending.add(change)
    before = pending.bytes
    assert pending.shed_samples(before) == 0
    assert pending.shed_samples(before - 1) == 1
    assert pending.bytes < before
    assert drained(pending) == [run, *minutes[1:]]
    assert pending.bytes == 0
    pending.add(run)
    pending.add(minutes[0])
    assert pending.shed_samples(1) == 1
    assert drained(pending) == [run]


def test_an_error_that_is_seen_better_takes_its_own_place() -> None:
    pending = Pending()
    first, other = SaveError(seen("a", 1)), SaveError(seen("a", 2, number=1))
    better = SaveError(seen("a", 3, evalue="x" * 5_000))
    assert pending.add(first)
    assert pending.add(other)
    assert pending.add(better)
    assert pending.bytes > 5_000
    assert drained(pending) == [better, other]
    assert pending.bytes == 0


def test_what_nobody_has_looked_at_is_not_written() -> None:
    inbox = Inbox(10**6)
    found = ErrorFound(cast(Sighting, None))
    assert not Pending().add(found)
    inbox.record([found, SaveRun(record("a"))])
    assert (inbox.depth, inbox.drops) == (1, {"undiagnosed_error": 1})


def test_what_is_given_up_is_counted() -> None:
    inbox = Inbox(pending_max_bytes=30_000)
    inbox.record([SaveRun(record("a", code="x" * 20_000)), outputs("a", 40_000), points(0, 2_000)])
    assert inbox.drops == {"outputs": 1, "points": 1_999}
    assert inbox.depth == 3


def test_what_else_the_probe_says_is_gathered() -> None:
    def item(name: str, size: int | None = None) -> DataItem:
        return DataItem(DataKind.file, name, DataMode.read, size)

    run = RunId("a")
    artifact = Artifact(ArtifactId("i"), run, "n", "text/plain", 1, "sha256:", START)
    pending = Pending()
    for change in [
        SaveTags(run, {"a": "1", "b": "1"}),
        SaveTags(run, {"b": "2"}),
        SaveCapture(run, RunCapture(["x"])),
        SaveCapture(run, RunCapture(["y"])),
        SaveData(run, (item("x"), item("y")), ("audit",)),
        SaveData(run, (item("x", 5),), ("audit", "pandas")),
        SaveArtifact(artifact),
        SaveArtifact(dataclasses.replace(artifact, size_bytes=2)),
    ]:
        pending.add(change)
    assert drained(pending) == [
        SaveTags(run, {"a": "1", "b": "2"}),
        SaveCapture(run, RunCapture(["y"])),
        SaveData(run, (item("x", 5), item("y")), ("audit", "pandas")),
        SaveArtifact(dataclasses.replace(artifact, size_bytes=2)),
    ]


CHANGES = st.lists(
    st.one_of(
        st.builds(
            lambda name, status: SaveRun(record(name, status=status)),
            st.sampled_from("abc"),
            st.sampled_from([RunStatus.running, RunStatus.ok]),
        ),
        st.builds(outputs, st.sampled_from("abc"), st.integers(0, 50)),
        st.builds(points, st.integers(0, 20), st.integers(1, 9), st.sampled_from("ab")),
        st.builds(samples, st.sampled_from("abc"), st.integers(0, 9)),
        st.just(MoveDocument("/a", "/b")),
        st.just("take"),
        st.just("back"),
    ),
    max_size=40,
)


def numbers_of(change: SavePoints) -> set[tuple[str, float]]:
    """Return which points these are; each says its own number."""
    steps = struct.unpack(f"<{len(change.body) // 8}d", change.body)[::3]
    assert list(steps) == [change.number + place for place in range(len(steps))]
    return {(change.run_id, step) for step in steps}


@given(CHANGES)
def test_it_weighs_what_it_holds_and_loses_no_run(changes: list[Any]) -> None:
    pending = Pending()
    out: list[Any] = []
    gone: list[Change] = []
    names = set()
    logged = set()
    for change in changes:
        if change == "take":
            gone += [entry.change for _, entry in out]
            out = pending.take(2, 10**9)
        elif change == "back":
            pending.give_back(out)
            out = []
        else:
            pending.add(change)
            if isinstance(change, SaveRun):
                names.add(change.record.id)
            if isinstance(change, SavePoints):
                logged |= numbers_of(change)
    numbers = [entry.number for entry in pending._entries.values()]
    assert pending.bytes == sum(entry.size for entry in pending._entries.values())
    gone += [entry.change for _, entry in out] + drained(pending)
    assert {change.record.id for change in gone if isinstance(change, SaveRun)} == names
    kept = [numbers_of(change) for change in gone if isinstance(change, SavePoints)]
    assert set().union(*kept) == logged
    assert numbers == sorted(numbers)
    assert pending.bytes == 0
