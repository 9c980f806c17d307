from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.changes import (
    Change,
    MoveDocument,
    SaveEnvironment,
    SaveOutputs,
    SaveRun,
    SaveValues,
)
from dsinfra_jlab.domain.ids import EnvironmentId, RunId
from dsinfra_jlab.domain.runs import Environment, RunOutputs, RunStatus
from dsinfra_jlab.store.pending import Pending, size_of
from tests.store.samples import record

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


CHANGES = st.lists(
    st.one_of(
        st.builds(
            lambda name, status: SaveRun(record(name, status=status)),
            st.sampled_from("abc"),
            st.sampled_from([RunStatus.running, RunStatus.ok]),
        ),
        st.builds(outputs, st.sampled_from("abc"), st.integers(0, 50)),
        st.just(MoveDocument("/a", "/b")),
        st.just("take"),
        st.just("back"),
    ),
    max_size=40,
)


@given(CHANGES)
def test_it_weighs_what_it_holds_and_loses_no_run(changes: list[Any]) -> None:
    pending = Pending()
    out: list[Any] = []
    gone: list[Change] = []
    names = set()
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
    numbers = [entry.number for entry in pending._entries.values()]
    assert pending.bytes == sum(entry.size for entry in pending._entries.values())
    gone += [entry.change for _, entry in out] + drained(pending)
    assert {change.record.id for change in gone if isinstance(change, SaveRun)} == names
    assert numbers == sorted(numbers)
    assert pending.bytes == 0
