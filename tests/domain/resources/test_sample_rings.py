"""The past is held in a fixed room, and what was a peak stays one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.exceptions import BadInput
from dsinfra_jlab.domain.resources.sample_rings import SampleRings
from dsinfra_jlab.domain.resources.samples import SampleQuery

HOUR = SampleQuery(window_s=3600)


def test_the_last_minutes_are_there_point_by_point() -> None:
    rings = SampleRings()
    for second in range(700):
        rings.add(1000.0 + second, second + 1, {"host.cpu_ratio": second / 1000})
    window = rings.window(SampleQuery())
    assert (window.seq, window.step_s, len(window.at_s)) == (700, 1.0, 600)
    assert window.at_s[-1] == 1699.0
    assert window.series["host.cpu_ratio"][-1] == pytest.approx(0.699)
    newer = rings.window(SampleQuery(since=698))
    assert newer.at_s == [1698.0, 1699.0]
    assert rings.window(SampleQuery(window_s=3)).at_s == [1697.0, 1698.0, 1699.0]


def test_thinned_stretches_keep_the_most_of_each() -> None:
    rings = SampleRings()
    for second in range(100):
        rings.add(float(second), second + 1, {"a": 9e9 if second == 37 else 1e9})
    window = rings.window(HOUR)
    assert window.step_s == 10.0
    assert window.at_s == [float(at) for at in range(0, 100, 10)]
    assert window.series["a"] == pytest.approx([1e9] * 3 + [9e9] + [1e9] * 6)


def test_a_gap_is_null_and_never_0() -> None:
    rings = SampleRings()
    rings.add(1.0, 1, {"a": 1.0})
    rings.add(2.0, 2, {"a": None, "b": 0.0})
    rings.add(3.0, 3, {"b": float("nan")})
    window = rings.window(SampleQuery())
    assert window.series == {"a": [1.0, None, None], "b": [None, 0.0, None]}
    assert rings.window(SampleQuery(keys=" b , ")).series.keys() == {"b"}
    with pytest.raises(BadInput, match="'c'"):
        rings.window(SampleQuery(keys="b,c"))


def test_nothing_was_read_yet() -> None:
    window = SampleRings().window(HOUR)
    assert (window.seq, window.at_s, window.series) == (0, [], {})


def test_series_that_ended_long_ago_make_room() -> None:
    rings = SampleRings(fine_points=5, coarse_points=3, series_max=2)
    rings.add(0.0, 1, {"old": 1.0, "host": 1.0})
    rings.add(1.0, 2, {"new": 1.0, "host": 1.0})
    assert rings.names == ["host", "new"], "the one that ended goes first"
    rings.add(2.0, 3, {"new": 1.0, "host": 1.0, "more": 1.0})
    assert (rings.names, rings.dropped) == (["host", "new"], 1)
    rings.add(40.0, 4, {"host": 1.0})
    assert rings.names == ["host"], "beyond the past that is held nothing is known of it"


def test_a_clock_that_is_set_back_loses_no_looks() -> None:
    rings = SampleRings()
    rings.add(1000.0, 1, {"a": 1.0})
    rings.add(400.0, 2, {"a": 2.0})
    assert rings.window(SampleQuery()).series["a"] == [1.0, 2.0]
    assert rings.window(HOUR).series["a"] == [1.0, 2.0]


@given(
    st.lists(st.tuples(st.floats(0.1, 30), st.one_of(st.none(), st.floats(0, 2.0**40, width=32))))
)
def test_the_most_of_the_past_is_in_both_tiers(steps: list[tuple[float, float | None]]) -> None:
    rings = SampleRings()
    at_s = 1e9
    for seq, (pause_s, value) in enumerate(steps):
        at_s += pause_s
        rings.add(at_s, seq + 1, {"a": value})
    known = [value for _, value in steps if value is not None]
    if not known:
        assert rings.names == []
        return
    coarse = rings.window(SampleQuery(window_s=21_600)).series["a"]
    assert max(value for value in coarse if value is not None) == max(known)
    assert len(coarse) <= 2_160
