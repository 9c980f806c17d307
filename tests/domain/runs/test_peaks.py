"""How much memory a run held, and how sure that is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.resources.run_trail import RunTrail
from dsinfra_jlab.domain.runs.peaks import PeakReadings, peak_of

MB = 1_000_000

CASES = [
    # idle, begun, during, ended, seen, alone, waiting, expected
    ("a rise is exact", 80, 80, None, 380, 82, True, False, (380, "exact")),
    ("no rise: what was seen", 900, 900, 900, 900, 120, True, False, (120, "at_least")),
    ("no rise but near the mark", 125, 125, 125, 125, 120, True, False, (125, "at_most")),
    ("risen before it was heard to begin", 80, 380, None, 380, 82, True, False, (380, "at_most")),
    ("the next may have begun", 80, 80, 90, 380, 95, True, True, (380, "at_most")),
    ("risen long before the next", 80, 80, 380, 380, 95, True, True, (380, "exact")),
    ("others beside it", 80, 80, 90, 380, 700, False, False, (700, "at_least")),
    ("the main one above all seen", 80, 80, 90, 900, 700, False, False, (900, "at_least")),
    ("others, and the next waiting", 80, 80, 90, 900, 70, False, True, (90, "at_least")),
    ("it died while it ran", 80, 80, 800, None, 700, True, False, (800, "at_least")),
    ("it died at once", 80, 80, None, None, 90, True, False, (90, "at_least")),
    ("marks are not counted here", None, None, None, None, 90, True, False, (90, "at_least")),
    ("nothing was read", None, None, None, None, None, True, False, None),
    ("nothing was seen but the mark", None, None, None, 90, None, True, False, (90, "at_most")),
    ("others, with nothing seen", 80, 80, None, 80, None, False, False, None),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_the_peak_of_a_run(case: tuple[object, ...]) -> None:
    _, *read, alone, waiting, expected = case
    sizes = [size * MB if isinstance(size, int) else None for size in read]
    peak = peak_of(PeakReadings(*sizes, bool(alone), bool(waiting)))
    if not isinstance(expected, tuple):
        assert peak is None
        return
    assert peak is not None
    assert (peak.bytes / MB, peak.kind) == expected


@given(
    idle=st.integers(1, 500),
    lates=st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300)),
    own=st.integers(1, 1500),
    seen_ratio=st.floats(0.1, 1),
    is_next_waiting=st.booleans(),
)
def test_a_claim_holds_whatever_happened_between_the_readings(
    idle: int, lates: tuple[int, int, int], own: int, seen_ratio: float, is_next_waiting: bool
) -> None:
    """The run's own peak is ``own``; messages were late, and the next run may have risen too."""
    before_begun, in_run, after = lates
    begun = max(idle, min(own, idle + before_begun))
    during = max(begun, min(own, begun + in_run))
    own_mark = max(during, own)
    ended = own_mark + (after if is_next_waiting else 0)
    seen = max(1, int(own * seen_ratio))
    peak = peak_of(PeakReadings(idle, begun, during, ended, seen, True, is_next_waiting))
    assert peak is not None
    if peak.kind == "exact":
        assert peak.bytes == own
    elif peak.kind == "at_least":
        assert peak.bytes <= own
    else:
        assert peak.bytes >= own


@pytest.mark.parametrize("is_alone", [True, False])
def test_a_mark_that_fell_was_set_back_by_somebody(is_alone: bool) -> None:
    peak = peak_of(PeakReadings(900, 900, None, 300, 250, is_alone))
    assert peak is not None
    assert (peak.bytes, peak.kind) == (300, "at_least")


def test_a_mark_that_was_set_back_as_the_run_began_is_its_own() -> None:
    peak = peak_of(PeakReadings(None, 0, None, 300, 250, True))
    assert peak is not None
    assert (peak.bytes, peak.kind) == (300, "exact")


def test_a_long_run_is_thinned_and_keeps_its_peaks() -> None:
    trail = RunTrail(points_max=10)
    for second in range(1000):
        trail.add((float(second), 0.5, 9.0 if second == 777 else 1.0, None))
    samples = trail.samples(100, True)
    assert 5 <= len(samples.at_s) <= 10
    assert samples.at_s[0] == 0.0 and samples.at_s == sorted(samples.at_s)
    assert max(value for value in samples.rss_bytes if value is not None) == 9.0
    assert trail.rss_max == 9.0 and trail.gpu_memory_max is None
    assert set(samples.gpu_memory_bytes) == {None}
    assert samples.memory_limit_bytes == 100
