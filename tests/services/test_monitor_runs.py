"""What a run took, read from outside of real kernels."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Coroutine, Iterator
from itertools import pairwise
from typing import Any

import pytest

from dsinfra_jlab.domain.clock import SystemClock
from dsinfra_jlab.domain.ids import KernelId, RunId
from dsinfra_jlab.services.monitor import Monitor
from dsinfra_jlab.services.monitor_ports import RunResources
from tests.kernel.kernels import Kernel, started

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="marks are counted on Linux")

KERNEL, RUN = KernelId("k"), RunId("r")
MB = 1_000_000
SPIKE = "import time; block = bytearray(300_000_000); time.sleep(0.02); del block"


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with started(with_probe=False) as kernel:
        kernel.ok("import re, subprocess, sys, time")
        yield kernel


@pytest.fixture
def watch(kernel: Kernel) -> Monitor:
    """A monitor whose thread does not run: every look is asked for."""
    watch = Monitor(SystemClock(), lambda kernel_id: True, logging.getLogger("test"))
    watch.follow(KERNEL, pid_of(kernel))
    watch.look()
    return watch


def pid_of(kernel: Kernel) -> int:
    return int(kernel.manager.provisioner.process.pid)  # type: ignore[union-attr]


def apart(work: Coroutine[Any, Any, None]) -> None:
    """Run something in a loop of its own: the client of the kernel has one in this thread."""
    thread = threading.Thread(target=asyncio.run, args=(work,))
    thread.start()
    thread.join(10)


def ended(watch: Monitor, **options: object) -> RunResources:
    took = watch.run_ended(KERNEL, RUN, **options)  # type: ignore[arg-type]
    assert took is not None
    return took


def test_a_spike_of_20_ms_is_in_the_peak() -> None:
    with started(with_probe=False) as fresh:
        watch = Monitor(SystemClock(), lambda kernel_id: True, logging.getLogger("test"))
        watch.follow(KERNEL, pid_of(fresh))
        watch.look()
        watch.run_begun(KERNEL, RUN)
        fresh.ok(SPIKE)
        took = ended(watch)
        assert took.peak_rss is not None and took.peak_rss.kind == "exact"
        assert 300 * MB < took.peak_rss.bytes < 480 * MB
        assert max(size or 0 for size in took.samples.rss_bytes) < 200 * MB, "no look saw it"
        assert took.samples.is_complete and len(took.samples.at_s) == 2
        assert took.samples.memory_limit_bytes is not None
        # What raises no mark claims no more than was seen.
        time.sleep(0.6)
        watch.run_begun(KERNEL, RUN)
        fresh.ok("1")
        took = ended(watch)
        assert took.peak_rss is not None and took.peak_rss.kind == "at_least"
        assert took.peak_rss.bytes < 200 * MB


def test_a_spike_is_in_the_peak_of_a_run_that_was_heard_of_when_it_was_over() -> None:
    with started(with_probe=False) as fresh:
        watch = Monitor(SystemClock(), lambda kernel_id: True, logging.getLogger("test"))
        watch.follow(KERNEL, pid_of(fresh))
        watch.look()
        time.sleep(0.6)
        fresh.ok(SPIKE)
        watch.run_begun(KERNEL, RUN)
        took = ended(watch)
        assert took.peak_rss is not None and took.peak_rss.kind == "at_most"
        assert 300 * MB < took.peak_rss.bytes < 480 * MB


def test_a_rise_is_not_pinned_on_a_run_that_another_may_have_followed() -> None:
    with started(with_probe=False) as fresh:
        watch = Monitor(SystemClock(), lambda kernel_id: True, logging.getLogger("test"))
        watch.follow(KERNEL, pid_of(fresh))
        watch.run_begun(KERNEL, RUN)
        fresh.ok(SPIKE)
        took = ended(watch, is_next_waiting=True)
        assert took.peak_rss is not None and took.peak_rss.kind == "at_most"


def test_marks_of_the_kernel_itself_outrank_ours(watch: Monitor) -> None:
    watch.run_begun(KERNEL, RUN)
    took = ended(watch, is_next_waiting=True, marks=(800 * MB, 900 * MB))
    assert took.peak_rss is not None
    assert (took.peak_rss.bytes, took.peak_rss.kind) == (900 * MB, "exact")


def test_children_are_in_the_peak_and_in_the_cpu(kernel: Kernel, watch: Monitor) -> None:
    child = (
        "import time; block = bytearray(200_000_000); print(flush=True); end = time.time() + 1.5\n"
        "while time.time() < end: pass"
    )
    watch.run_begun(KERNEL, RUN)
    kernel.ok(f"p = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=-1)")
    kernel.ok("_ = p.stdout.readline()")
    watch._discovered_s = None  # a search is due
    watch.look()
    time.sleep(0.5)
    watch.look()
    kernel.ok("p.stdout.close(); p.wait()")
    took = ended(watch)
    assert took.peak_rss is not None and took.peak_rss.kind == "at_least"
    assert took.peak_rss.bytes > 250 * MB
    assert max(ratio or 0.0 for ratio in took.samples.cpu_ratio) > 0.05


def test_a_child_that_nobody_saw_makes_the_peak_a_lower_bound(
    kernel: Kernel, watch: Monitor
) -> None:
    code = "block = bytearray(150_000_000); sum(range(3_000_000))"
    watch.run_begun(KERNEL, RUN)
    kernel.ok(f"_ = subprocess.run([sys.executable, '-c', {code!r}])")
    took = ended(watch)
    assert took.peak_rss is not None and took.peak_rss.kind == "at_least"


def test_what_went_on_in_a_kernel_that_died_is_told() -> None:
    with started(with_probe=False) as fresh:
        watch = Monitor(SystemClock(), lambda kernel_id: True, logging.getLogger("test"))
        watch.follow(KERNEL, pid_of(fresh))
        watch.run_begun(KERNEL, RUN)
        fresh.ok("block = bytearray(250_000_000)")
        watch.look()
        process = fresh.manager.provisioner.process  # type: ignore[union-attr]
        process.kill()
        process.wait()
        watch.leave(KERNEL)
        took = ended(watch)
        assert took.peak_rss is not None and took.peak_rss.kind == "at_least"
        assert took.peak_rss.bytes > 250 * MB
        assert not took.samples.is_complete
        assert watch.run_ended(KERNEL, RUN) is None, "it has ended once"


def test_cpu_used_before_a_run_is_not_its_own(kernel: Kernel, watch: Monitor) -> None:
    kernel.ok("end = time.time() + 0.5\nwhile time.time() < end: pass")
    watch.run_begun(KERNEL, RUN)
    time.sleep(0.3)
    watch.look()
    took = ended(watch)
    assert took.samples.at_s == sorted(took.samples.at_s)
    assert took.samples.cpu_ratio[0] is None
    assert took.samples.cpu_ratio[1] is not None and took.samples.cpu_ratio[1] < 0.2


def test_a_run_that_began_while_a_look_was_under_way_begins_at_0(kernel: Kernel) -> None:
    def begin(kernel_id: KernelId) -> bool:
        watch.run_begun(KERNEL, RUN)
        time.sleep(0.02)
        return True

    watch = Monitor(SystemClock(), begin, logging.getLogger("test"))
    watch.follow(KERNEL, pid_of(kernel))
    watch.look()
    assert ended(watch).samples.at_s[0] == 0.0
    watch.run_begun(KERNEL, RUN)
    watch.look()
    assert min(ended(watch).samples.at_s) == 0.0


def test_a_run_of_a_kernel_that_is_not_followed_took_nothing_known(watch: Monitor) -> None:
    watch.run_begun(KernelId("elsewhere"), RUN)
    assert watch.run_ended(KernelId("elsewhere"), RUN) is None


def test_a_busy_call_in_c_does_not_stop_the_row(kernel: Kernel) -> None:
    """A regular expression without end holds the interpreter; nothing is asked of the kernel."""
    watch = Monitor(SystemClock(), lambda kernel_id: True, logging.getLogger("test"))
    looks: list[tuple[float, float | None, int | None]] = []
    watch.listen(
        lambda snapshot: looks.extend(
            (time.monotonic(), row.cpu_ratio, row.rss_bytes) for row in snapshot.kernels
        )
    )

    apart(watch.start())
    watch.follow(KERNEL, pid_of(kernel))
    began = time.monotonic()
    watch.run_begun(KERNEL, RUN)
    kernel.run("re.match(r'(a+)+$', 'a' * 27 + 'b')")
    took_s = time.monotonic() - began
    apart(watch.stop())
    assert took_s > 2.5, "the call was too short to tell anything"
    assert len(looks) >= int(took_s) - 1
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(looks)]
    assert max(gaps) < 2.0
    busy = [ratio for _, ratio, _ in looks[1:-1] if ratio is not None]
    assert busy and max(busy) > 0.02, "a kernel at rest uses a hundredth of that"
    assert all(rss for _, _, rss in looks)
