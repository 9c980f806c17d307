from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.limits import STORABLE_MAX_DEPTH
from dsinfra_jlab.domain.storable import storable_text, to_storable

TEXT = st.text(st.characters(exclude_categories=()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(TEXT | st.integers(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        ("a\0b", "a\ufffdb"),
        ("\ud83d", "\ufffd"),
        ("\ud83d\ude00", "\ufffd\ufffd"),
        ("😀 é", "😀 é"),
        (2**63 - 1, 2**63 - 1),
        (2**63, str(2**63)),
        (-(2**63), -(2**63)),
        (-(2**63) - 1, str(-(2**63) - 1)),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (True, True),
        ((1, {2}), [1, [2]]),
        ({1: 2, None: 3}, {"1": 2, "None": 3}),
        (b"x", "<bytes>"),
        (object, "<type>"),
    ],
)
def test_what_becomes_of_a_value(given_: Any, stored: Any) -> None:
    assert to_storable(given_) == stored


def test_an_integer_with_a_million_digits_costs_no_time() -> None:
    stored = to_storable(1 << 10_000_000)
    assert isinstance(stored, str)
    assert stored.startswith("0x1")


def test_depth_ends_somewhere() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    stored = to_storable(deep)
    depth = 0
    while isinstance(stored, list):
        stored, depth = stored[0], depth + 1
    assert depth == STORABLE_MAX_DEPTH
    assert stored == "<1 items, nested too deep to be kept>"


@given(TEXT)
def test_any_text_can_be_encoded(text: str) -> None:
    stored = storable_text(text)
    assert "\0" not in stored.encode().decode()
    assert len(stored) == len(text)
    assert storable_text(stored) == stored


@given(JSON)
def test_any_value_becomes_json_and_stays_so(value: Any) -> None:
    stored = to_storable(value)
    assert json.loads(json.dumps(stored, allow_nan=False)) == stored
    json.dumps(stored, ensure_ascii=False).encode()
    assert to_storable(stored) == stored
