from __future__ import annotations

import itertools
import math
import struct
from array import array

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsinfra_jlab.domain.runs.metrics import POINT_BYTES, kept_points, thin, unpacked

VALUES = st.lists(st.floats(width=32) | st.integers(-3, 3).map(float), max_size=300)


@given(VALUES, st.integers(1, 100))
@example([math.nan] * 50, 10)
@example([0.0] * 20 + [math.inf] + [0.0] * 20 + [-math.inf] * 3 + [5.0], 7)
@example([1e308] * 30 + [-1e308] * 30, 8)
def test_what_is_kept_stands_for_all(values: list[float], max_points: int) -> None:
    kept = kept_points(array("d", values), max_points)
    assert kept == sorted(set(kept)), "each once, in order"
    assert len(kept) <= max(max_points, 4)
    if len(values) <= max_points:
        assert kept == list(range(len(values)))
    if values:
        assert (kept[0], kept[-1]) == (0, len(values) - 1)
    numbers = [value for value in values if math.isfinite(value)]
    if numbers:
        shown = [values[place] for place in kept]
        assert {min(numbers), max(numbers)} <= set(shown), "peaks stay"


@given(VALUES, st.integers(4, 100))
def test_no_stretch_is_left_out(values: list[float], max_points: int) -> None:
    kept = kept_points(array("d", values), max_points)
    widest = max((after - before for before, after in itertools.pairwise(kept)), default=0)
    assert widest <= 2 * (len(values) / max(1, (max_points - 2) // 2) + 1)


@given(VALUES, st.integers(1, 100))
def test_points_stay_whole(values: list[float], max_points: int) -> None:
    points = array("d")
    for place, value in enumerate(values):
        points.extend((float(place), place + 0.5, value))
    kept = thin(points, max_points)
    places = kept_points(array("d", values), max_points)
    assert list(kept[0::3]) == places
    assert list(kept[1::3]) == [place + 0.5 for place in places]
    assert [struct.pack("<d", value) for value in kept[2::3]] == [
        struct.pack("<d", values[place]) for place in places
    ]


def test_packed_points_are_little_endian() -> None:
    body = struct.pack("<ddd", 1.0, 2.0, 3.0)
    assert len(body) == POINT_BYTES
    assert unpacked(body).tolist() == [1.0, 2.0, 3.0]


def test_a_machine_of_the_other_order_turns_them_round(monkeypatch: pytest.MonkeyPatch) -> None:
    # This machine reads big-endian numbers wrongly; turned round they are right.
    monkeypatch.setattr("dsinfra_jlab.domain.runs.metrics.sys.byteorder", "big")
    assert unpacked(struct.pack(">ddd", 1.0, 2.0, 3.0)).tolist() == [1.0, 2.0, 3.0]
