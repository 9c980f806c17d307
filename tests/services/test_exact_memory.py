"""Memory is read to the page for whoever asks: seldom, in a bounded time, and never twice."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone

import pytest

from dsinfra_jlab.domain.clock import SystemClock
from dsinfra_jlab.domain.exceptions import NotFound, Unavailable
from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.domain.resources import limits
from dsinfra_jlab.domain.resources.kernel_memory import KernelMemory, ProcessMemory, kernel_memory
from dsinfra_jlab.services import monitor_memory
from dsinfra_jlab.services.exact_memory import ExactMemory
from dsinfra_jlab.services.monitor import Monitor

from .test_monitor import HOLD, process

KERNEL = KernelId("k")
AT = datetime(2026, 11, 22, tzinfo=timezone.utc)


class Reader:
    """Counts how often it is asked, and waits until it may answer."""

    def __init__(self, took_s: float = 0.0) -> None:
        self.count = 0
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.took_s = took_s

    def __call__(self, kernel_id: KernelId) -> KernelMemory:
        """Read."""
        self.count += 1
        assert self.may_answer.wait(60)
        found = [ProcessMemory(1000 + self.count, 700, 500, 0)]
        return kernel_memory(kernel_id, AT, found, 0, self.took_s)


async def test_whoever_asks_meanwhile_or_soon_after_is_given_the_same() -> None:
    desk, read = ExactMemory(), Reader()
    read.may_answer.clear()
    asked = [asyncio.create_task(desk.of(KERNEL, read)) for _ in range(5)]
    await asyncio.sleep(0.05)
    read.may_answer.set()
    answers = await asyncio.gather(*asked)
    answers.append(await desk.of(KERNEL, read))
    assert read.count == 1
    assert {id(answer) for answer in answers} == {id(answers[0])}


async def test_it_is_read_again_after_a_rest_as_long_as_it_was_dear(monkeypatch) -> None:
    monkeypatch.setattr(limits, "EXACT_MEMORY_AGAIN_S", 0.0)
    desk, cheap, dear = ExactMemory(), Reader(), Reader(took_s=60.0)
    other = KernelId("other")
    for _ in range(2):
        await desk.of(KERNEL, cheap)
        await desk.of(other, dear)
    assert (cheap.count, dear.count) == (2, 1)


async def test_a_reader_that_is_held_up_holds_up_nobody_else(monkeypatch) -> None:
    monkeypatch.setattr(limits, "EXACT_MEMORY_PATIENCE_S", 0.2)
    desk, stuck, read = ExactMemory(), Reader(), Reader()
    stuck.may_answer.clear()
    for _ in range(3):
        with pytest.raises(Unavailable, match="does not let"):
            await desk.of(KERNEL, stuck)
    assert stuck.count == 1
    assert (await desk.of(KernelId("other"), read)).own_bytes == 500
    stuck.may_answer.set()
    for _ in range(600):
        if desk._found.get(KERNEL) is not None:
            break
        await asyncio.sleep(0.1)
    assert (await desk.of(KERNEL, stuck)).own_bytes == 500


async def test_only_some_kernels_are_read_at_once(monkeypatch) -> None:
    monkeypatch.setattr(limits, "EXACT_MEMORY_PATIENCE_S", 0.05)
    desk, stuck = ExactMemory(), Reader()
    stuck.may_answer.clear()
    for number in range(limits.EXACT_MEMORY_READERS_MAX):
        with pytest.raises(Unavailable, match="does not let"):
            await desk.of(KernelId(f"k{number}"), stuck)
    with pytest.raises(Unavailable, match="other kernels"):
        await desk.of(KERNEL, stuck)
    stuck.may_answer.set()


async def test_what_fails_is_told_and_tried_again() -> None:
    desk, read = ExactMemory(), Reader()

    def missing(kernel_id: KernelId) -> KernelMemory:
        raise NotFound("no such kernel")

    with pytest.raises(NotFound):
        await desk.of(KERNEL, missing)
    assert (await desk.of(KERNEL, read)).own_bytes == 500


def a_monitor() -> Monitor:
    return Monitor(SystemClock(), lambda kernel_id: False, logging.getLogger("test"))


def test_a_real_kernel_is_read_and_no_look_ever_does_it(monkeypatch) -> None:
    read = count_readings(monkeypatch)
    with process(HOLD) as kernel:
        watch = a_monitor()
        watch.follow(KERNEL, kernel.pid)
        for _ in range(3):
            watch.look()
        assert read() == 0
        memory = watch.exact_memory(KERNEL)
        assert read() == 1
        assert memory.own_bytes is not None and memory.own_bytes > 50_000_000
        assert memory.resident_bytes is not None and memory.resident_bytes > memory.own_bytes
        assert (memory.process_count, memory.unread_count, memory.absent) == (1, 0, "")
        kernel.kill()
        kernel.wait()
        gone = watch.exact_memory(KERNEL)
        assert (gone.own_bytes, gone.process_count, gone.unread_count) == (None, 0, 0)
        assert gone.absent == "Its process has ended."
    with pytest.raises(NotFound):
        watch.exact_memory(KernelId("none"))


def count_readings(monkeypatch) -> Callable[[], int]:
    counted: list[int] = []
    read = monitor_memory.exact_memory

    def counting(key, processes):  # type: ignore[no-untyped-def]
        counted.append(key.pid)
        return read(key, processes)

    monkeypatch.setattr(monitor_memory, "exact_memory", counting)
    return lambda: len(counted)


def test_a_kernel_elsewhere_has_no_figures_and_a_reason() -> None:
    watch = a_monitor()
    watch.follow(KERNEL, None)
    memory = watch.exact_memory(KERNEL)
    assert (memory.own_bytes, memory.process_count) == (None, 0)
    assert memory.absent == "Its process does not run on this machine."


def test_what_is_not_read_in_time_is_counted(monkeypatch) -> None:
    monkeypatch.setattr(limits, "EXACT_MEMORY_S", -1.0)
    watch = a_monitor()
    watch.follow(KERNEL, os.getpid())
    memory = watch.exact_memory(KERNEL)
    assert (memory.own_bytes, memory.process_count, memory.unread_count) == (None, 0, 1)
    assert memory.absent == monitor_memory.UNREADABLE


def test_others_may_ask_the_monitor_while_it_is_read(monkeypatch) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow(key, processes):  # type: ignore[no-untyped-def]
        begun.set()
        assert may_end.wait(60)

    monkeypatch.setattr(monitor_memory, "exact_memory", slow)
    watch = a_monitor()
    watch.follow(KERNEL, os.getpid())
    reader = threading.Thread(target=watch.exact_memory, args=(KERNEL,))
    reader.start()
    assert begun.wait(60)
    looked_s = time.monotonic()
    (row,) = watch.look().kernels
    assert row.rss_bytes is not None and time.monotonic() - looked_s < 30
    assert reader.is_alive()
    may_end.set()
    reader.join(60)
