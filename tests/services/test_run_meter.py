"""What runs took is kept with them, and no rise is called exact that may be of the next run."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from dsinfra_jlab.domain.changes import SaveRun, SaveSamples
from dsinfra_jlab.domain.clock import SystemClock
from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.domain.runs.records import RunKind, RunRecord, RunStatus
from dsinfra_jlab.services.monitor import Monitor
from dsinfra_jlab.services.run_meter import RunMeter
from tests.store.samples import record

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="marks are counted on Linux")

KERNEL = KernelId("kernel-1")
PROGRAM = """
import sys
for line in sys.stdin:
    block = bytearray(int(line))
    del block
    print("done", flush=True)
"""


class Kernel:
    """A process that holds as much memory for a moment as it is told to."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid = process.pid

    def spike(self, size: int) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{size}\n".encode())
        self._process.stdin.flush()
        self._process.stdout.readline()


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        kernel = Kernel(process)
        kernel.spike(1)
        yield kernel


@pytest.fixture
def meter(kernel: Kernel) -> RunMeter:
    monitor = Monitor(SystemClock(), lambda kernel_id: True, logging.getLogger("test"))
    monitor.follow(KERNEL, kernel.pid)
    return RunMeter(monitor)


def kept(meter: RunMeter, *records: RunRecord) -> list[SaveSamples]:
    found = meter.seen([SaveRun(each) for each in records])
    assert all(isinstance(each, SaveSamples) for each in found)
    return found  # type: ignore[return-value]


def test_a_run_alone_has_an_exact_peak(kernel: Kernel, meter: RunMeter) -> None:
    assert kept(meter, record("a", status=RunStatus.queued)) == []
    assert kept(meter, record("a", status=RunStatus.running)) == []
    kernel.spike(200_000_000)
    (took,) = kept(meter, record("a"))
    assert took.run_id == "a"
    assert took.peak_rss is not None and took.peak_rss.kind == "exact"
    assert took.peak_rss.bytes > 200_000_000
    assert kept(meter, record("a")) == [], "it has ended once"


def test_a_rise_while_another_run_waits_is_not_called_exact(
    kernel: Kernel, meter: RunMeter
) -> None:
    kept(meter, record("a", status=RunStatus.running), record("b", status=RunStatus.queued))
    kernel.spike(200_000_000)
    (took,) = kept(meter, record("a"))
    assert took.peak_rss is not None and took.peak_rss.kind == "at_most"
    kept(meter, record("b", status=RunStatus.running))
    kernel.spike(300_000_000)
    (took,) = kept(meter, record("b"))
    assert took.peak_rss is not None and took.peak_rss.kind == "exact"


def test_a_run_that_waits_elsewhere_is_nothing_to_this_kernel(
    kernel: Kernel, meter: RunMeter
) -> None:
    other = record("b", status=RunStatus.queued, kernel_id=KernelId("other"))
    kept(meter, other, record("a", status=RunStatus.running))
    kernel.spike(200_000_000)
    (took,) = kept(meter, record("a"))
    assert took.peak_rss is not None and took.peak_rss.kind == "exact"


def test_runs_that_never_began_and_blocks_took_nothing(meter: RunMeter) -> None:
    aborted = record("a", status=RunStatus.aborted)
    block = record("b", kind=RunKind.block, status=RunStatus.running)
    assert kept(meter, record("a", status=RunStatus.queued), aborted, block) == []
    assert kept(meter, record("b", kind=RunKind.block)) == []
