"""What the memory of a process is made of: real processes that share pages, and made-up files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dsinfra_jlab.sensors.exact_memory import exact_memory, rollup
from dsinfra_jlab.sensors.processes import ProcessKey, ProcessSensor
from dsinfra_jlab.sensors.processes_linux import LinuxProcesses
from dsinfra_jlab.sensors.processes_portable import PortableProcesses

from .test_processes import kernel

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="uses sessions and signals")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SENSORS: list[Callable[[], ProcessSensor]] = [PortableProcesses]
if sys.platform == "linux":
    SENSORS.append(LinuxProcesses)

MB = 10**6
SHARING = """
import os, sys
block = bytearray(b"x") * 80_000_000
child = os.fork()
if child == 0:
    own = bytearray(b"y") * 40_000_000
    print(os.getpid(), flush=True)
    sys.stdin.readline()
    os._exit(0)
os.waitpid(child, 0)
"""


@contextmanager
def family() -> Iterator[tuple[int, int]]:
    """Start a process and a copy of it, which share 80 MB; the copy has 40 MB more."""
    with kernel(SHARING) as (process, line):
        yield process.pid, int(line)


def key_of(sensor: ProcessSensor, pid: int) -> ProcessKey:
    sensor.follow(pid)
    reading = sensor.read(pid)
    assert reading is not None
    return reading.processes[0].key


@on_linux
@pytest.mark.parametrize("make", SENSORS)
def test_shared_pages_are_told_from_a_processs_own(make: Callable[[], ProcessSensor]) -> None:
    with family() as (parent, child):
        sensor = make()
        one = exact_memory(key_of(sensor, parent), sensor)
        other = exact_memory(key_of(sensor, child), sensor)
        sensor.close()
    assert one is not None and other is not None
    assert one.resident_bytes > 80 * MB and other.resident_bytes > 120 * MB
    assert one.own_bytes < 20 * MB
    assert 40 * MB < other.own_bytes < 60 * MB
    assert one.proportional_bytes is not None and other.proportional_bytes is not None
    assert 40 * MB < one.proportional_bytes < 60 * MB
    assert 80 * MB < other.proportional_bytes < 100 * MB


@pytest.mark.parametrize("make", SENSORS)
def test_a_number_that_was_given_to_another_process_says_nothing(
    make: Callable[[], ProcessSensor],
) -> None:
    sensor = make()
    own = key_of(sensor, os.getpid())
    assert exact_memory(own, sensor) is not None
    assert exact_memory(own._replace(started=own.started - 5), sensor) is None
    assert exact_memory(ProcessKey(2**22 + 7, 1.0), sensor) is None
    sensor.close()


@on_linux
def test_without_the_sums_of_the_system_psutil_adds_them_up(tmp_path: Path) -> None:
    sensor = LinuxProcesses()
    own = key_of(sensor, os.getpid())
    found = exact_memory(own, sensor, root=str(tmp_path))
    assert found is not None
    assert 0 < found.own_bytes <= (found.proportional_bytes or 0) <= found.resident_bytes
    sensor.close()


WHOLE = b"""55d0-7ffc ---p 00000000 00:00 0    [rollup]
Rss:    1000 kB
Pss:     700 kB
Pss_Dirty:  5 kB
Shared_Clean:  300 kB
Private_Clean:  100 kB
Private_Dirty:  400 kB
Swap:    50 kB
SwapPss:   50 kB
"""


def test_the_sums_of_the_system_are_read() -> None:
    found = rollup(WHOLE)
    assert found is not None
    assert found.resident_bytes == 1000 * 1024
    assert found.proportional_bytes == 700 * 1024
    assert found.own_bytes == 500 * 1024
    assert found.swapped_bytes == 50 * 1024
    assert rollup(WHOLE.replace(b"Swap:", b"Other:")) is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Rss: 1000 kB\n",
        WHOLE.replace(b"700 kB", b"-700 kB"),
        WHOLE.replace(b"700 kB", b"700 MB"),
        WHOLE.replace(b"700 kB", b"much"),
        WHOLE.replace(b"Private_Dirty", b"\xff\xfe"),
    ],
)
def test_nonsense_is_unknown_and_not_0(content: bytes) -> None:
    assert rollup(content) is None
