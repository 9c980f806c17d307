"""The monitor looks at kernels from outside, at the rate somebody needs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from dsinfra_jlab.domain.clock import HandClock, SystemClock
from dsinfra_jlab.domain.health import ServiceState
from dsinfra_jlab.domain.ids import KernelId, RunId
from dsinfra_jlab.domain.resources.samples import HostSample, KernelState, SampleQuery
from dsinfra_jlab.sensors.host import HostSensor
from dsinfra_jlab.services.monitor import Monitor
from dsinfra_jlab.services.monitor_ports import KernelFacts

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


def test_a_kernel_that_nobody_has_buried_yet_has_ended() -> None:
    with process(HOLD) as kernel:
        watch = monitor(SystemClock())
        watch.follow(KERNEL, kernel.pid)
        assert watch.look().kernels[0].absent == ""
        kernel.kill()
        end = time.monotonic() + 60
        while psutil.Process(kernel.pid).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < end
            time.sleep(0.01)
        assert watch.look().kernels[0].absent == "Its process has ended."


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


# The rate


def test_the_rate_follows_the_need() -> None:
    busy: set[KernelId] = set()
    watch = Monitor(HandClock(), lambda kernel_id: kernel_id in busy, LOG)
    watch.follow(KERNEL, os.getpid())
    assert watch.look().interval_s == 10.0
    busy.add(KERNEL)
    assert watch.look().interval_s == 1.0, "something runs"
    busy.clear()
    watch.look_on("panel", True)
    watch.look_on("other", True)
    watch.look_on("panel", False)
    assert watch.look().interval_s == 1.0, "somebody looks on"
    watch.look_on("other", False)
    watch.look_on("other", False)
    assert watch.look().interval_s == 10.0
    watch.run_begun(KERNEL, RunId("r"))
    assert watch.look().interval_s == 1.0
    assert watch.run_ended(KERNEL, RunId("r")) is not None
    assert watch.look().interval_s == 10.0


def test_nobody_looks_at_all_until_there_is_somebody_or_something() -> None:
    async def wait_for(watch: Monitor, seq: int) -> None:
        for _ in range(100):
            snapshot = watch.latest()
            if snapshot is not None and snapshot.seq >= seq:
                return
            await asyncio.sleep(0.05)
        raise AssertionError("there was no look")

    async def live() -> None:
        watch = monitor(SystemClock())
        heard: list[int] = []
        watch.listen(lambda snapshot: heard.append(snapshot.seq))
        watch.listen(lambda snapshot: heard[-10])  # fails, which is nothing to others
        assert watch.health().state is ServiceState.stopped
        await watch.start()
        await asyncio.sleep(0.6)
        assert watch.latest() is None
        watch.look_on("panel", True)
        await wait_for(watch, 2)
        assert watch.health().state is ServiceState.running
        watch.look_on("panel", False)
        await asyncio.sleep(1.2)
        seen = len(heard)
        await asyncio.sleep(1.3)
        assert len(heard) == seen, "nobody looks on any more"
        watch.follow(KERNEL, os.getpid())
        await wait_for(watch, seen + 1)
        assert heard == list(range(1, len(heard) + 1))
        began = time.monotonic()
        await watch.stop()
        assert time.monotonic() - began < 1.5
        assert watch.health().state is ServiceState.stopped

    asyncio.run(live())


def test_a_look_that_fails_is_told_and_the_next_one_tried() -> None:
    class Broken(HostSensor):
        def read(self, now_s: float, *, is_close: bool = True) -> HostSample:
            raise OSError("no /proc")

    def ask(kernel_id: KernelId) -> KernelFacts:
        raise LookupError("gone meanwhile")

    watch = Monitor(HandClock(), lambda kernel_id: False, LOG, host=Broken("."), facts=ask)
    watch.follow(KERNEL, os.getpid())
    snapshot = watch.look()
    assert snapshot.host is None
    assert snapshot.absent["host"] == "This machine could not be read (OSError)."
    assert snapshot.kernels[0].rss_bytes is not None, "kernels are seen all the same"


# What it gives


def test_a_snapshot_says_what_is_known_of_a_kernel() -> None:
    facts = KernelFacts("python3", "a.ipynb", "a", KernelState.busy)
    clock = HandClock()
    watch = Monitor(clock, lambda kernel_id: True, LOG, facts=lambda kernel_id: facts)
    watch.follow(KERNEL, os.getpid())
    watch.look()
    clock.advance(1)
    snapshot = watch.look()
    (row,) = snapshot.kernels
    assert (row.kernel_name, row.notebook_path, row.state) == ("python3", "a.ipynb", "busy")
    assert row.rss_bytes is not None and row.rss_bytes > 10_000_000
    assert row.cpu_ratio is not None and row.cpu_ratio >= 0
    assert row.gpu_memory_bytes is None
    assert snapshot.host is not None and snapshot.host.memory_limit_bytes
    assert snapshot.absent == {"nvidia": "GPUs are not looked at."}
    assert snapshot.cost.tick_p95_s is not None
    window = watch.window(SampleQuery(keys="kernel.k.rss_bytes,host.memory_used_bytes"))
    assert window.seq == snapshot.seq == 2
    assert len(window.series["kernel.k.rss_bytes"]) == 2


def test_files_are_not_opened_anew_at_each_look() -> None:
    opened: list[object] = []
    is_counting = [False]

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event == "open" and is_counting[0] and threading.current_thread() is me:
            opened.append(args[0])

    me = threading.current_thread()
    sys.addaudithook(hook)
    with contextlib.ExitStack() as stack:
        kernels = [stack.enter_context(process("print(1); input()")) for _ in range(10)]
        clock = HandClock()
        watch = monitor(clock)
        watch.look_on("panel", True)
        for number, kernel in enumerate(kernels):
            watch.follow(KernelId(str(number)), kernel.pid)
        counts: list[int] = []
        for _ in range(10):
            opened.clear()
            is_counting[0] = True
            assert all(row.rss_bytes for row in watch.look().kernels)
            is_counting[0] = False
            paths = [str(path) for path in opened if str(path).startswith(("/proc", "/sys"))]
            counts.append(len(paths))
            stats = [path for path in paths if path.endswith("/stat") and path != "/proc/stat"]
            assert len(stats) == len(set(stats)), "a search opens one file of each process"
            clock.advance(1)
    quiet = [count for count in counts if count <= 15]
    assert len(quiet) >= 8, counts


def test_kernels_and_runs_may_come_and_go_while_it_looks() -> None:
    watch = monitor(SystemClock())
    failed: list[BaseException] = []
    is_over = threading.Event()

    def keep(act: Callable[[int], object]) -> threading.Thread:
        def work() -> None:
            number = 0
            try:
                while not is_over.is_set():
                    act(number)
                    number += 1
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        return thread

    def come_and_go(number: int) -> None:
        kernel_id = KernelId(str(number % 5))
        watch.follow(kernel_id, os.getpid() if number % 3 else 2**22 + number)
        watch.run_begun(kernel_id, RunId(str(number)))
        watch.state(kernel_id)
        watch.look_on(number, True)
        watch.run_ended(kernel_id, RunId(str(number)))
        watch.look_on(number, False)
        watch.leave(kernel_id)

    threads = [keep(lambda number: watch.look()), keep(come_and_go), keep(come_and_go)]
    threads.append(keep(lambda number: watch.window(SampleQuery())))
    time.sleep(1.5)
    is_over.set()
    for thread in threads:
        thread.join(10)
    assert failed == []
    watch.follow(KERNEL, os.getpid())
    assert watch.look().kernels[-1].rss_bytes


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("is_wanted", [False, True])
def test_kernels_die_of_a_lack_of_memory_before_the_server_where_that_is_wanted(
    is_wanted: bool,
) -> None:
    with process(HOLD) as kernel:
        file = Path(f"/proc/{kernel.pid}/oom_score_adj")
        before = int(file.read_text())
        wanted = min(1000, before + 250)
        score = wanted if is_wanted else 0
        watch = Monitor(HandClock(), lambda kernel_id: False, LOG, oom_score=score)
        watch.follow(KERNEL, kernel.pid)
        assert int(file.read_text()) == (wanted if is_wanted else before)
        watch.follow(KernelId("elsewhere"), None)
