"""Errors as a probe tells of them: whatever comes, what is kept is checked and capped."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.errors import limits as error_limits
from dsinfra_jlab.domain.errors.occurrences import ErrorKind, FrameKind, Relation, Variable
from dsinfra_jlab.domain.errors.sightings import ErrorSeen
from dsinfra_jlab.domain.ids import CellId, RunId
from dsinfra_jlab.domain.tracking.probe_reading import read_events

FRAME: dict[str, Any] = {
    "kind": "cell",
    "file": "/tmp/ipykernel_1/2.py",
    "function": "f",
    "module": "__main__",
    "line": 3,
    "column": 4,
    "end_line": 3,
    "end_column": 9,
    "source": "x = 1 / 0",
    "cell_id": "c1",
    "request": "r1",
    "repeated": 2,
    "variables": [{"name": "x", "type": "int", "summary": ""}],
}
EXCEPTION: dict[str, Any] = {
    "ename": "ZeroDivisionError",
    "module": "builtins",
    "bases": ["builtins.ArithmeticError"],
    "evalue": "division by zero",
    "evalue_chars": 16,
    "notes": ["a note"],
    "parent": None,
    "relation": None,
    "frames": [FRAME],
    "frames_omitted": 1,
}
ERROR: dict[str, Any] = {
    "kind": "error",
    "error": "exception",
    "number": 0,
    "at": 1_700_000_000.5,
    "count": 1,
    "exceptions": [EXCEPTION],
    "facts": [{"topic": "name", "name": "x"}],
    "memory_held_bytes": 8,
    "dropped": {"notes": 3},
}


def read(**changes: Any) -> ErrorSeen | None:
    events, malformed = read_events({"v": 1, "events": [{**ERROR, **changes}]}, [])
    assert len(events) + malformed == 1
    if not events:
        return None
    assert isinstance(events[0], ErrorSeen)
    return events[0]


def test_all_that_is_told_is_read() -> None:
    seen = read()
    assert seen is not None
    assert (seen.kind, seen.number, seen.count) == (ErrorKind.exception, 0, 1)
    assert (seen.at_s, seen.memory_held_bytes) == (1_700_000_000.5, 8)
    assert seen.dropped == {"notes": 3}
    assert seen.facts == ({"topic": "name", "name": "x"},)
    (exception,) = seen.exceptions
    assert (exception.ename, exception.module) == ("ZeroDivisionError", "builtins")
    assert (exception.evalue, exception.evalue_chars) == ("division by zero", 16)
    assert (exception.bases, exception.notes) == (("builtins.ArithmeticError",), ("a note",))
    assert exception.frames_omitted == 1
    (frame,) = exception.frames
    assert (frame.kind, frame.line, frame.column, frame.end_column) == (FrameKind.cell, 3, 4, 9)
    assert (frame.cell_id, frame.run_id) == (CellId("c1"), RunId("message:r1"))
    assert (frame.repeated, frame.variables) == (2, [Variable("x", "int", "")])


@pytest.mark.parametrize(
    "changes",
    [
        {"error": "kernel_death"},
        {"error": "unheard of"},
        {"error": None},
        {"number": -1},
        {"number": "0"},
        {"exceptions": []},
        {"exceptions": [3, None]},
        {"exceptions": "text"},
        {"exceptions": [{**EXCEPTION, "parent": 0}]},
    ],
)
def test_what_is_no_error_is_counted_and_left_out(changes: dict[str, Any]) -> None:
    assert read(**changes) is None


def test_parents_come_before_their_children() -> None:
    links = [
        EXCEPTION,
        {**EXCEPTION, "parent": 0, "relation": "cause"},
        {**EXCEPTION, "parent": 7, "relation": "group"},
        {**EXCEPTION, "parent": None, "relation": "nonsense"},
    ]
    seen = read(exceptions=links)
    assert seen is not None
    assert [each.parent for each in seen.exceptions] == [None, 0, 0, 0]
    assert [each.relation for each in seen.exceptions] == [
        None,
        Relation.cause,
        Relation.group,
        None,
    ]


def test_everything_has_a_cap() -> None:
    long = "x" * 1_000_000
    frame = {
        **dict.fromkeys(("file", "function", "module", "source", "cell_id", "request"), long),
        "kind": "user",
        "variables": [{"name": long, "type": long, "summary": long}] * 1000,
    }
    exception = {
        **EXCEPTION,
        **dict.fromkeys(("ename", "module", "evalue"), long),
        "bases": [long] * 1000,
        "notes": [long] * 1000,
        "frames": [frame] * 1000,
    }
    seen = read(exceptions=[EXCEPTION, *[{**exception, "parent": 0}] * 60])
    assert seen is not None
    assert len(seen.exceptions) == error_limits.EXCEPTIONS_MAX
    last = seen.exceptions[-1]
    assert len(last.frames) == error_limits.FRAMES_MAX
    assert len(last.evalue) == limits.ERROR_MESSAGE_MAX_CHARS
    assert last.evalue_chars == limits.ERROR_MESSAGE_MAX_CHARS
    assert len(last.notes) == error_limits.ERROR_NOTES_MAX
    assert len(last.frames[0].variables) == error_limits.FRAME_VARIABLES_MAX
    assert len(last.frames[0].source) == error_limits.FRAME_SOURCE_MAX_CHARS
    facts = [{"topic": "t", "text": "x" * 3_000}] * 100
    many = read(facts=facts, dropped={f"k{i}": 1 for i in range(10_000)})
    assert many is not None
    assert len(json.dumps(many.facts)) <= error_limits.FACTS_MAX_CHARS + 100
    assert len(many.dropped) == limits.FLAGS_MAX


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.data())
def test_no_message_is_too_odd_to_be_read(data: st.DataObject) -> None:
    def bent(whole: dict[str, Any]) -> dict[str, Any]:
        names = data.draw(st.lists(st.sampled_from(sorted(whole)), max_size=3))
        return {**whole, **{name: data.draw(JSON) for name in names}}

    exception = {**bent(EXCEPTION), "frames": [bent(FRAME)]}
    events, malformed = read_events(
        {"v": 1, "events": [bent({**ERROR, "exceptions": [exception]})]}, []
    )
    assert len(events) + malformed == 1
