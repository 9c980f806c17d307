"""The monitor looks at kernels from outside, at the rate somebody needs."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dsinfra_jlab.domain.clock import HandClock, SystemClock
from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.services.monitor import Monitor

KERNEL = KernelId("k")
LOG = logging.getLogger("test")
HOLD = "block = bytearray(50_000_000); print('ready', flush=True); input()"


@contextmanager
def process(program: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program as kernels are started, and wait until it says something."""
    started = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert started.stdout is not None and started.stdin is not None
    try:
        started.stdout.readline()
        yield started
    finally:
        started.kill()
        started.stdin.close()
        started.stdout.close()
        started.wait(10)


def monitor(clock: HandClock | SystemClock | None = None, *, is_busy: bool = False) -> Monitor:
    return Monitor(clock or HandClock(), lambda kernel_id: is_busy, LOG)


def test_what_a_kernel_held_is_known_after_its_death() -> None:
    with process(HOLD) as kernel:
        watch = monitor(SystemClock(), is_busy=True)

        async def look() -> None:
            await watch.start()
            watch.follow(KERNEL, kernel.pid)
            await asyncio.sleep(1.5)
            kernel.kill()
            kernel.wait()
            watch.look()
            state = watch.state(KERNEL)
            await watch.stop()
            assert state is not None
            assert state.rss_bytes is not None and state.rss_bytes > 50_000_000
            assert state.trail and state.trail[-1].before_s >= 0
            assert state.memory_limit_bytes is not None
            assert state.oom_kills in (None, 0)

        asyncio.run(look())
        snapshot = watch.latest()
        assert snapshot is not None
        (row,) = snapshot.kernels
        assert (row.rss_bytes, row.cpu_ratio, row.process_count) == (None, None, None)
        assert row.absent == "Its process has ended."
        assert row.peak_rss_bytes is not None and row.peak_rss_bytes > 50_000_000


def test_a_kernel_elsewhere_has_a_row_and_a_reason() -> None:
    watch = monitor()
    watch.follow(KERNEL, os.getpid())
    assert watch.state(KERNEL) is not None
    watch.follow(KERNEL, None)
    assert watch.state(KERNEL) is None
    (row,) = watch.look().kernels
    assert row.rss_bytes is None
    assert row.absent == "Its process does not run on this machine."
    watch.leave(KERNEL)
    assert watch.look().kernels == []
