"""One kernel as the monitor follows it: what a look need not do again while it rests."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.domain.resources.samples import KernelState
from dsinfra_jlab.sensors.cgroup import ControlGroups
from dsinfra_jlab.sensors.processes import process_sensor
from dsinfra_jlab.services.monitor_kernels import FollowedKernel
from dsinfra_jlab.services.monitor_ports import KernelFacts

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what rests is known on Linux")

WORK = """
import sys, time
for line in sys.stdin:
    end = time.process_time() + 0.02
    while time.process_time() < end: pass
    print('done', flush=True)
"""
FACTS = KernelFacts(
    kernel_name="python3", notebook_path="a.ipynb", name="a", state=KernelState.idle
)
PATIENCE_S, PACE_S = 600.0, 15.0


class Kernel:
    """A process that works when it is told to, followed as a kernel is."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.processes = process_sensor()
        self.now_s = 1000.0
        control = ControlGroups()
        self.followed = FollowedKernel.begin(
            KernelId("k"), process.pid, self.now_s, self.processes, control
        )

    def work(self) -> None:
        """Use the CPU for a fiftieth of a second."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def read(self) -> None:
        """Look again a second later."""
        self.now_s += 1.0
        self.followed.read(self.now_s, self.processes, PATIENCE_S)

    def rest(self) -> None:
        """Look until the process does nothing any more."""
        end_s = time.monotonic() + 60
        before = None
        while self.followed.reading is not before or self.followed.cpu_ratio:
            assert time.monotonic() < end_s
            before = self.followed.reading
            self.read()


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORK],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        kernel = Kernel(process)
        yield kernel
        kernel.processes.close()
        process.kill()


def test_a_kernel_at_rest_is_shown_by_the_same_sample(kernel: Kernel) -> None:
    kernel.rest()
    before = kernel.followed.sample(FACTS)
    kernel.read()
    assert kernel.followed.sample(FACTS) is before
    assert before.cpu_ratio == 0.0
    busy = kernel.followed.sample(replace(FACTS, state=KernelState.busy))
    assert busy == replace(before, state=KernelState.busy)
    kernel.work()
    kernel.read()
    after = kernel.followed.sample(FACTS)
    assert after.cpu_ratio is not None and 0.015 < after.cpu_ratio < 1
    kernel.process.kill()
    kernel.process.wait()
    kernel.read()
    gone = kernel.followed.sample(FACTS)
    assert (gone.rss_bytes, gone.absent) == (None, "Its process has ended.")


def test_the_highest_mark_is_read_again_once_it_may_be_another(kernel: Kernel) -> None:
    followed = kernel.followed
    kernel.rest()
    followed.mark(kernel.now_s, kernel.processes)
    assert not followed.is_mark_due(kernel.now_s + 10 * PACE_S, PACE_S), "it has done nothing"
    kernel.work()
    kernel.read()
    assert not followed.is_mark_due(kernel.now_s, PACE_S), "not so soon"
    assert followed.is_mark_due(kernel.now_s + PACE_S, PACE_S)
