"""Turns are let through in a burst, and then at a rate."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.pacing import Pace

PAUSES = st.lists(st.floats(0.0, 3.0), min_size=1, max_size=60)


@given(PAUSES, st.floats(0.1, 2.0), st.integers(1, 6))
def test_no_stretch_of_time_has_more_turns_than_burst_and_rate(
    pauses: list[float], interval_s: float, burst: int
) -> None:
    pace, now, taken = Pace(interval_s, burst), 100.0, []
    for pause_s in pauses:
        now += pause_s
        if now >= pace.due_at:
            pace.take(now)
            taken.append(now)
    for first, begin in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= burst + (taken[last] - begin) / interval_s + 1e-6


@given(PAUSES, st.floats(0.1, 2.0), st.integers(1, 6))
def test_who_waits_is_never_held_up_longer_than_the_rate_says(
    pauses: list[float], interval_s: float, burst: int
) -> None:
    pace, now = Pace(interval_s, burst), 100.0
    for pause_s in pauses:
        now += pause_s
        assert pace.due_at - now <= interval_s + 1e-6
        now = max(now, pace.due_at)
        pace.take(now)


def test_who_was_quiet_has_the_whole_burst_and_not_more() -> None:
    pace = Pace(1.0, 3)
    for _ in range(3):
        assert pace.due_at <= 50.0
        pace.take(50.0)
    assert pace.due_at == 51.0
    assert pace.calm_at == 51.0
    pace.take(51.0)
    assert pace.due_at == pace.calm_at == 52.0


def test_quiet_is_not_saved_up_beyond_the_burst() -> None:
    pace = Pace(1.0, 2)
    pace.take(10.0)
    for _ in range(2):
        assert pace.due_at <= 1_000.0
        pace.take(1_000.0)
    assert pace.due_at == 1_001.0


@given(PAUSES, st.floats(0.1, 2.0), st.integers(2, 6))
def test_turns_that_wait_for_calm_leave_the_burst_as_it_is(
    pauses: list[float], interval_s: float, burst: int
) -> None:
    pace, now = Pace(interval_s, burst), 100.0
    pace.take(now)
    for pause_s in pauses:
        now = max(now + pause_s, pace.calm_at)
        pace.take(now)
        for _ in range(burst - 1):
            assert pace.due_at <= now + 1e-6
            pace.take(now)
        now += burst * interval_s
