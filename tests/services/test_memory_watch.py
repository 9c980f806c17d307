"""The memory of kernels is followed while they work, and told when they are gone."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys

from dsinfra_jlab.domain.clock import SystemClock
from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.services.memory_watch import MemoryWatch

KERNEL = KernelId("k")
HOLD = "block = bytearray(50_000_000); print('ready', flush=True); input()"


def test_what_a_kernel_held_is_known_after_its_death() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None and process.stdin is not None
    process.stdout.readline()
    watch = MemoryWatch(SystemClock(), lambda kernel_id: True, logging.getLogger("test"))

    async def look() -> None:
        await watch.start()
        watch.follow(KERNEL, process.pid)
        await asyncio.sleep(2.5)
        process.kill()
        process.wait()
        state = watch.state(KERNEL)
        await watch.stop()
        assert state is not None
        assert state.rss_bytes is not None and state.rss_bytes > 50_000_000
        assert state.trail and state.trail[-1].before_s >= 0
        assert state.memory_limit_bytes is not None
        assert state.oom_kills in (None, 0)

    try:
        asyncio.run(look())
    finally:
        process.stdin.close()
        process.stdout.close()


def test_an_idle_kernel_is_read_seldom_and_one_elsewhere_never() -> None:
    asked: list[KernelId] = []

    def is_busy(kernel_id: KernelId) -> bool:
        asked.append(kernel_id)
        return False

    watch = MemoryWatch(SystemClock(), is_busy, logging.getLogger("test"))
    watch.follow(KERNEL, os.getpid())
    watch._look(is_idle_due=False)
    state = watch.state(KERNEL)
    assert asked == [KERNEL] and state is not None and state.trail == []
    watch._look(is_idle_due=True)
    state = watch.state(KERNEL)
    assert state is not None and len(state.trail) <= 1
    watch.follow(KERNEL, None)
    assert watch.state(KERNEL) is None
