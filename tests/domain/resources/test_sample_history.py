"""Looks become minutes, and minutes windows; what nobody saw stays a gap."""

from __future__ import annotations

import pytest

from dsinfra_jlab.domain.exceptions import BadInput
from dsinfra_jlab.domain.resources import limits
from dsinfra_jlab.domain.resources.sample_history import MinuteBook, joined, step_of, with_keys
from dsinfra_jlab.domain.resources.sample_series import READINGS
from dsinfra_jlab.domain.resources.samples import SampleWindow

from ..snapshots import START, gpu, host, kernel, snapshot

START_S = int(START.timestamp())


def window(at_s: list[float], seq: int = 0, **series: list[float | None]) -> SampleWindow:
    return SampleWindow(seq, 1.0, at_s, series)


def test_a_minute_is_told_when_the_next_begins() -> None:
    book = MinuteBook()
    for second in range(0, 60, 10):
        cpu = 0.9 if second == 30 else 0.1
        assert book.add(snapshot(second, host(cpu_ratio=cpu), (kernel(),), (gpu(),))) is None
    done = book.add(snapshot(60, host(cpu_ratio=0.2)))
    assert done is not None and done.start_s == START_S
    by_subject = {each.subject: each for each in done.subjects}
    assert list(by_subject) == ["host", "kernel.k1", "gpu.g1"]
    assert by_subject["host"].values[0] == 0.9
    assert by_subject["kernel.k1"].label == "k1.ipynb"
    assert all(
        len(each.values) == len(READINGS[each.subject.partition(".")[0]]) for each in done.subjects
    )
    rest = book.take_out()
    assert rest is not None and rest.start_s == START_S + 60
    assert book.take_out() is None


def test_what_is_no_number_was_not_seen() -> None:
    book = MinuteBook()
    book.add(snapshot(0, host(None, cpu_ratio=float("nan"))))
    done = book.take_out()
    assert done is not None
    assert done.subjects[0].values[0] is None
    assert done.subjects[0].values[READINGS["host"].index("memory_used_bytes")] is None


def test_a_minute_in_which_nothing_could_be_read_is_none() -> None:
    book = MinuteBook()
    book.add(snapshot(0))
    assert book.add(snapshot(60)) is None


def test_a_clock_that_is_set_back_begins_another_minute() -> None:
    book = MinuteBook()
    book.add(snapshot(120, host()))
    done = book.add(snapshot(60, host()))
    assert done is not None and done.start_s == START_S + 120


def test_every_window_there_is_has_a_step() -> None:
    for window_s in (600.0, limits.SAMPLE_MEMORY_S, 86_400.0, limits.SAMPLES_WINDOW_MAX_S):
        step_s = step_of(window_s)
        assert window_s / step_s <= limits.SAMPLE_HISTORY_POINTS
        assert 3600 % step_s == 0  # an hour that is stored is a whole number of steps


def test_what_is_stored_and_what_is_held_become_one() -> None:
    stored = window([0.0, 60.0, 120.0], a=[1.0, 2.0, 3.0], gone=[5.0, None, None])
    held = window([110.0, 130.0, 300.0], 9, a=[9.0, 1.0, 4.0], new=[None, None, 7.0])
    whole = joined(stored, held, -1.0, 60)
    assert (whole.seq, whole.step_s, whole.at_s) == (9, 60.0, [0.0, 60.0, 120.0, 300.0])
    assert whole.series == {
        "a": [1.0, 9.0, 3.0, 4.0],
        "gone": [5.0, None, None, None],
        "new": [None, None, None, 7.0],
    }
    assert joined(stored, held, 60.0, 60).at_s == [120.0, 300.0]


def test_series_can_be_asked_for_by_name() -> None:
    both = window([0.0], a=[1.0], b=[2.0])
    assert with_keys(both, " b ,").series == {"b": [2.0]}
    assert with_keys(both, "").series == both.series
    with pytest.raises(BadInput, match="'c'"):
        with_keys(both, "a,c")
