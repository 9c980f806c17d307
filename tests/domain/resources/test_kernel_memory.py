"""The memory of a kernel is the sum of its processes', unless part of it is not known."""

from __future__ import annotations

from datetime import datetime, timezone

from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.domain.resources.kernel_memory import KernelMemory, ProcessMemory, kernel_memory

AT = datetime(2026, 11, 22, tzinfo=timezone.utc)


def memory(*found: ProcessMemory, unread: int = 0) -> KernelMemory:
    return kernel_memory(KernelId("k"), AT, list(found), unread, 0.1)


def test_it_is_the_sum() -> None:
    one = memory(ProcessMemory(10, 7, 5, 0), ProcessMemory(20, 9, 3, 4), unread=2)
    assert (one.resident_bytes, one.proportional_bytes, one.own_bytes) == (30, 16, 8)
    assert (one.swapped_bytes, one.process_count, one.unread_count) == (4, 2, 2)


def test_a_sum_without_one_of_its_parts_is_not_known() -> None:
    one = memory(ProcessMemory(10, None, 5, 0), ProcessMemory(20, 9, 3, None))
    assert (one.proportional_bytes, one.swapped_bytes) == (None, None)
    assert (one.resident_bytes, one.own_bytes) == (30, 8)


def test_nothing_that_was_read_is_not_0() -> None:
    one = memory(unread=1)
    figures = (one.resident_bytes, one.proportional_bytes, one.own_bytes, one.swapped_bytes)
    assert figures == (None, None, None, None)
