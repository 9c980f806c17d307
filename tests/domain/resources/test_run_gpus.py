"""What a run held of GPUs is summed over the time that was looked at, and no longer."""

from __future__ import annotations

import pytest

from dsinfra_jlab.domain.resources.run_gpus import RunGpuBook

from ..snapshots import gpu, host, kernel, snapshot


def looked(book: RunGpuBook, seconds: range, card, *kernels) -> None:
    for second in seconds:
        book.look(snapshot(second, host(), kernels, (card,)))


def test_time_memory_and_use_of_each_gpu_are_those_of_the_run() -> None:
    book = RunGpuBook()
    busy, card = kernel("k1", "r1"), gpu(20.0, 80.0, {"k1": 20.0}, util_ratio=0.5)
    looked(book, range(5), card, kernel("k1"))
    looked(book, range(5, 11), card, busy)
    looked(book, range(11, 15), gpu(40.0, 80.0, {"k1": 40.0}, util_ratio=1.0), busy)
    looked(book, range(15, 20), card, kernel("k1"))
    (held,) = book.take_out("r1")
    assert (held.uuid, held.held_s, held.is_shared) == ("g1", 10.0, False)
    assert held.memory_ratio == pytest.approx(0.35)
    assert held.util_ratio == pytest.approx(0.7)
    assert book.take_out("r1") == []


def test_a_gpu_that_others_hold_too_is_shared_and_what_is_not_known_is_null() -> None:
    book = RunGpuBook()
    card = gpu(None, None, {"k1": 20.0, None: 5.0}, util_ratio=None)
    looked(book, range(3), card, kernel("k1", "r1"), kernel("k2", "r2"))
    (held,) = book.take_out("r1")
    assert (held.held_s, held.memory_ratio, held.util_ratio) == (2.0, None, None)
    assert held.is_shared
    assert book.take_out("r2") == []


def test_pauses_and_clocks_that_are_set_back_count_for_nothing() -> None:
    book = RunGpuBook()
    card, busy = gpu(20.0, 80.0, {"k1": 20.0}), kernel("k1", "r1")
    looked(book, range(0, 10, 10), card, busy)
    looked(book, range(10_000, 10_003), card, busy)
    looked(book, range(5), card, busy)
    (held,) = book.take_out("r1")
    assert held.held_s == 6.0
