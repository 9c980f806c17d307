"""Values to JSON and back."""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.bounds import check_bounds
from dsinfra_jlab.domain.events import WatchRequest
from dsinfra_jlab.domain.exceptions import BadInput
from dsinfra_jlab.domain.runs.records import ExperimentPatch, Page, RunPatch, RunQuery, RunStatus
from dsinfra_jlab.domain.settings import SettingsPatch
from dsinfra_jlab.server import wire


@dataclass(frozen=True)
class Thing:
    at: datetime | None = None
    value: Any = None


def through(value: Any) -> Any:
    return json.loads(wire.encode(value))


def test_moments_are_in_utc_with_a_z() -> None:
    at = datetime(2026, 11, 22, 19, 54, 15, 250_000, timezone.utc)
    assert through(Thing(at))["at"] == "2026-11-22T19:54:15.250000Z"


def test_what_json_cannot_say_is_null() -> None:
    assert through(Thing(value=[math.nan, math.inf, -math.inf])) == {
        "at": None,
        "value": [None, None, None],
    }


def test_enums_are_their_words_and_pages_are_objects() -> None:
    page = Page([RunStatus.ok], "c")
    assert through(page) == {"items": ["ok"], "next_cursor": "c"}


def test_a_page_in_parts_is_the_page() -> None:
    for page in (Page([], None), Page([Thing()], "c"), Page([Thing(), "\ud800"], None)):
        parts = list(wire.encode_page_in_parts(page))
        assert json.loads(b"".join(parts)) == through(page)
        assert len(parts) == len(page.items) + 2


def test_words_below_a_list_are_listed_too() -> None:
    rule = {"field": "colour", "pattern": "x"}
    with pytest.raises(BadInput, match="known are ename, message") as refused:
        wire.decode_fields({"error_rules": [rule]}, SettingsPatch)
    assert refused.value.details["known"] == ["ename", "message"]


@pytest.mark.parametrize("text", ["\ud800", "a\udcffb", "\x00", "\u2028", "🙂", "<script>"])
def test_any_text_goes_through(text: str) -> None:
    assert through(Thing(value={"k": text}))["value"]["k"] == text


def test_numbers_of_any_size_go_through() -> None:
    assert through(Thing(value=[2**53 + 1, -(2**63), 2**64, 10**30]))["value"] == [
        2**53 + 1,
        -(2**63),
        2**64,
        10**30,
    ]


def test_a_body_becomes_its_dataclass() -> None:
    assert wire.decode_body(b'{"name": "x", "tags": {"a": "b"}}', RunPatch) == RunPatch(
        name="x", tags={"a": "b"}
    )
    assert wire.decode_body(b"{}", RunPatch) == RunPatch()
    assert wire.decode_body(b'{"name": null}', RunPatch) == RunPatch()


def test_a_query_becomes_its_dataclass() -> None:
    query = wire.decode_query({"status": ["ok"], "limit": ["7"], "q": ["12"]}, RunQuery)
    assert query == RunQuery(q="12", status=RunStatus.ok, limit=7)


def test_ids_that_look_like_numbers_or_null_stay_text() -> None:
    query = wire.decode_query({"kernel_id": ["7"], "cell_id": ["null"]}, RunQuery)
    assert (query.kernel_id, query.cell_id) == ("7", "null")


def test_a_lone_surrogate_in_a_body_is_refused_or_kept_but_never_a_crash() -> None:
    try:
        patch = wire.decode_body(rb'{"name": "\ud800"}', RunPatch)
    except BadInput:
        return
    assert patch.name == "\ud800"


KINDS = [RunPatch, SettingsPatch, ExperimentPatch]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from([field.name for kind in KINDS for field in fields(kind)]) | st.text()


@given(st.dictionaries(FIELDS, JSON, max_size=4) | JSON, st.sampled_from(KINDS))
def test_any_json_is_taken_or_refused_in_words(value: Any, kind: type) -> None:
    try:
        found = wire.decode_body(json.dumps(value).encode(), kind)
    except BadInput as error:
        assert error.message
        wire.encode(error.details)
    else:
        assert isinstance(found, kind)
        check_bounds(found)


@given(st.binary(max_size=200), st.sampled_from([*KINDS, WatchRequest]))
def test_any_bytes_are_taken_or_refused_in_words(raw: bytes, kind: type) -> None:
    with contextlib.suppress(BadInput):
        assert isinstance(wire.decode_body(raw, kind), kind)


@given(
    st.dictionaries(
        st.sampled_from([field.name for field in fields(RunQuery)]) | st.text(),
        st.lists(st.text() | st.sampled_from(["ok", "cell", "7", "-1", "1e3", "null"]), min_size=1),
        max_size=4,
    )
)
def test_any_query_is_taken_or_refused_in_words(given_parameters: dict[str, list[str]]) -> None:
    try:
        query = wire.decode_query(given_parameters, RunQuery)
    except BadInput as error:
        assert error.message
    else:
        assert 1 <= query.limit <= 500
        for name in {"q", "experiment_id", "kernel_id", "cell_id", "parent_id", "cursor"}:
            assert (
                getattr(query, name) == given_parameters.get(name, [getattr(RunQuery(), name)])[0]
            )


@dataclass(frozen=True)
class Listed:
    id: list[str]
    key: str = ""


def test_a_list_takes_a_parameter_as_often_as_it_is_given() -> None:
    assert wire.decode_query({"id": ["a", "b", "a"]}, Listed) == Listed(["a", "b", "a"])
    assert wire.decode_query({"id": ["a"]}, Listed) == Listed(["a"])
    for query, words in [
        ({"id": ["a"], "key": ["x", "y"]}, "key was given 2 times"),
        ({}, "id is missing"),
    ]:
        with pytest.raises(BadInput, match=words):
            wire.decode_query(query, Listed)
