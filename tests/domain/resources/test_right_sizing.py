"""A size is only named where there is evidence that it is enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.resources.right_sizing import (
    SIZES,
    SessionPeaks,
    notebook_size,
    side_by_side,
)
from dsinfra_jlab.domain.runs.records import PeakMemory

GB = 1_000_000_000


def session(
    rss: float | None, gpu: float | None = None, kind: str = "exact", has_died: bool = False
) -> SessionPeaks:
    return SessionPeaks(
        None if rss is None else PeakMemory(int(rss * GB), kind),
        None if gpu is None else PeakMemory(int(gpu * GB), "at_least"),
        has_died,
    )


def test_the_largest_of_the_last_sessions_decides() -> None:
    size = notebook_size("a.ipynb", [session(rss) for rss in (1.0, 3.1, 2.0)])
    assert size.memory is not None and size.gpu_memory is None
    assert (size.memory.max_bytes, size.memory.fits_bytes) == (3_100_000_000, 4 * GB)
    assert size.memory.text == (
        "The largest of this notebook's last 3 sessions took 3.1 GB of memory: "
        "it would fit in 4 GB."
    )


@pytest.mark.parametrize("rss", [0.001, 0.4, 0.5, 3.33, 3.34, 4.0, 100.0, 853.0])
def test_there_is_always_a_fifth_to_spare(rss: float) -> None:
    fit = notebook_size("", [session(rss)] * 3).memory
    assert fit is not None and fit.fits_bytes is not None
    assert fit.fits_bytes >= fit.max_bytes * 1.2
    smaller = [size for size in SIZES if size < fit.fits_bytes]
    assert not smaller or smaller[-1] < fit.max_bytes * 1.2


def test_what_is_larger_than_every_size_has_none() -> None:
    fit = notebook_size("", [session(900)] * 3).memory
    assert fit is not None and fit.fits_bytes is None
    assert fit.text.endswith("took 900.0 GB of memory.")


def test_it_is_told_how_many_fit_side_by_side() -> None:
    sessions = [session(3.0, gpu=9.5)] * 3
    size = notebook_size("", sessions, 16 * GB, [24 * GB, 12 * GB])
    assert size.memory is not None and size.gpu_memory is not None
    assert size.memory.side_by_side == 4
    assert size.memory.text.endswith("fit in 4 GB. This machine has room for 4 at once.")
    assert size.gpu_memory.side_by_side == 3, "each within one GPU"
    assert size.gpu_memory.text.endswith("room for at most 3 at once."), "peaks may be missed"
    none = notebook_size("", sessions, 3 * GB).memory
    assert none is not None and none.side_by_side == 0
    assert none.text.endswith("This machine has no room for that.")


def test_who_does_not_know_the_machine_tells_no_number() -> None:
    size = notebook_size("", [session(3.0, gpu=9.5)] * 3)
    assert size.memory is not None and size.gpu_memory is not None
    assert (size.memory.side_by_side, size.gpu_memory.side_by_side) == (None, None)
    died = notebook_size("", [session(3.0, has_died=True)] * 3, 16 * GB).memory
    assert died is not None and died.side_by_side is None


@given(st.integers(1, 10**12), st.lists(st.integers(0, 10**13), max_size=4))
def test_as_many_fit_as_there_is_room_for_and_not_one_more(peak: int, rooms: list[int]) -> None:
    count = side_by_side(peak, rooms)
    assert count * peak * 1.2 <= sum(rooms) * (1 + 1e-9)
    assert (count + 1 + len(rooms)) * peak * 1.2 > sum(rooms) * (1 - 1e-9)


def test_too_little_evidence_is_none() -> None:
    few = [session(3.0), session(3.0), session(None, gpu=4.0), session(None), session(None)]
    size = notebook_size("a.ipynb", few)
    assert (size.memory, size.gpu_memory) == (None, None)
    assert notebook_size("", [session(0.0)] * 5).memory is None


def test_a_peak_that_may_have_been_missed_is_called_so() -> None:
    sessions = [session(3.0, gpu=9.5), session(1.0, gpu=2.0, kind="at_least"), session(2.0, 1.0)]
    size = notebook_size("", sessions)
    assert size.memory is not None and size.gpu_memory is not None
    assert not size.memory.is_bound and not size.gpu_memory.is_bound
    assert "took at least 9.5 GB of GPU memory: it would fit in 12 GB." in size.gpu_memory.text


def test_a_kernel_that_died_may_have_needed_more() -> None:
    fit = notebook_size("", [session(3.0, has_died=True), session(1.0), session(1.0)]).memory
    assert fit is not None and fit.fits_bytes is None
    assert fit.text.endswith("a kernel died in one of them: it may need more.")
