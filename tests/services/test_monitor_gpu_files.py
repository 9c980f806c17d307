"""Whose a GPU is where the driver names no process: by real processes that have its file open."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.ids import KernelId, RunId
from dsinfra_jlab.domain.resources import limits
from dsinfra_jlab.domain.resources.gpu_owners import ALONE, NOT_OURS, SHARED
from dsinfra_jlab.domain.resources.samples import KernelSample, SampleQuery, Snapshot
from dsinfra_jlab.sensors.gpu_files import GpuFiles
from dsinfra_jlab.sensors.nvidia import NvidiaSensor
from dsinfra_jlab.sensors.nvidia_sleep import PciSleep
from dsinfra_jlab.services.monitor import Monitor
from dsinfra_jlab.services.monitor_ports import KernelFacts
from tests.sensors.fake_nvml import GIB, FakeDevice, FakeNvml, process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")

A, B, RUN = KernelId("a"), KernelId("b"), RunId("r")

KERNEL = """
import subprocess, sys
held, children = {}, []
for line in sys.stdin:
    what, _, path = line.strip().partition(" ")
    if what == "open":
        held[path] = open(path)
    elif what == "close":
        held.pop(path).close()
    elif what == "child":
        code = "import sys; file = open(sys.argv[1]); print(1, flush=True); input()"
        child = subprocess.Popen([sys.executable, "-c", code, path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        child.stdout.readline()
        children.append(child)
    print(1, flush=True)
for child in children:
    child.communicate()
"""


class Kernel:
    """A process that opens files as it is told."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", KERNEL],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def tell(self, what: str, path: Path) -> None:
        """Have it open or close a file, or a child of its own open one."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{what} {path}\n".encode())
        self.process.stdin.flush()
        assert self.process.stdout.readline()

    def end(self) -> None:
        """End it with its children."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


class Counted(GpuFiles):
    """Files in a container, whose every look at a process is counted."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder=str(folder))
        self.asked: list[int] = []
        self.is_container = True

    def is_first_count(self) -> bool:
        return not self.is_container

    def opened_by(self, pid: int) -> frozenset[int] | None:
        self.asked.append(pid)
        return super().opened_by(pid)


class Machine:
    """Two kernels and a driver in a container that names none of their processes."""

    def __init__(self, dev: Path, *devices: FakeDevice) -> None:
        self.clock = HandClock()
        self.files = Counted(dev)
        self.sensor = NvidiaSensor(
            lambda: FakeNvml(*devices), sleep=PciSleep("/nowhere"), now_s=self.clock.monotonic_s
        )
        self.kernels = {A: Kernel(), B: Kernel()}
        facts = {id_: KernelFacts("python3", f"{id_}.ipynb", id_) for id_ in self.kernels}
        self.watch = Monitor(
            self.clock,
            lambda kernel_id: True,
            logging.getLogger("test"),
            facts=facts.get,
            gpus=self.sensor,
            gpu_files=self.files,
        )
        self.watch.look_on("panel", True)
        for kernel_id, kernel in self.kernels.items():
            self.watch.follow(kernel_id, kernel.process.pid)

    def look(self, seconds: float = limits.SAMPLE_DISCOVERY_INTERVAL_S) -> Snapshot:
        """Look after a while, by default after one in which processes are searched for."""
        self.clock.advance(seconds)
        self.sensor.look()
        return self.watch.look()

    def held(self) -> dict[KernelId, tuple[int | None, int | None, str]]:
        """Return what the kernels hold: bytes, at most, and why that is not known."""
        return {row.kernel_id: held_by(row) for row in self.look().kernels}


def held_by(row: KernelSample) -> tuple[int | None, int | None, str]:
    return row.gpu_memory_bytes, row.gpu_memory_at_most_bytes, row.gpu_memory_absent


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    folder = tmp_path / "dev"
    folder.mkdir()
    (folder / "nvidia3").touch()
    return folder


@pytest.fixture
def device() -> FakeDevice:
    return FakeDevice(minor=3, compute=[process(3_999_999, 5 * GIB), process(3_999_998, GIB)])


@pytest.fixture
def machine(dev: Path, device: FakeDevice) -> Iterator[Machine]:
    machine = Machine(dev, device)
    try:
        machine.look()
        yield machine
    finally:
        for kernel in machine.kernels.values():
            kernel.end()


def test_who_has_a_gpu_open_is_told_with_what_can_be_known(machine: Machine, dev: Path) -> None:
    nothing = (0, None, "")
    assert machine.held() == {A: nothing, B: nothing}
    machine.kernels[A].tell("open", dev / "nvidia3")
    assert machine.held() == {A: (None, 6 * GIB, ALONE), B: nothing}
    machine.kernels[B].tell("child", dev / "nvidia3")
    assert machine.held() == {A: (None, None, SHARED), B: (None, None, SHARED)}
    machine.kernels[A].tell("close", dev / "nvidia3")
    assert machine.held() == {A: nothing, B: (None, 6 * GIB, ALONE)}
    (gpu,) = machine.look(1).gpus
    (owner,) = gpu.owners
    assert (owner.kernel_id, owner.notebook_path, owner.memory_bytes) == (B, "b.ipynb", None)
    assert (owner.is_by_file, owner.process_count) == (True, 1)


def test_an_empty_list_of_a_container_is_no_proof(
    machine: Machine, dev: Path, device: FakeDevice
) -> None:
    device.compute = []
    machine.kernels[A].tell("open", dev / "nvidia3")
    assert machine.held() == {A: (None, 10 * GIB, ALONE), B: (0, None, "")}
    machine.kernels[A].tell("close", dev / "nvidia3")
    assert machine.held()[A] == (0, None, "")
    assert machine.look(1).gpus[0].absent["owners"] == NOT_OURS


def test_files_are_looked_at_with_searches_and_only_if_the_driver_is_silent(
    machine: Machine, device: FakeDevice
) -> None:
    pids = {kernel.process.pid for kernel in machine.kernels.values()}
    machine.look()
    for _ in range(30):  # a search each five seconds
        machine.look(1)
    asked = [pid for pid in machine.files.asked if pid in pids]
    assert asked == machine.files.asked, "of no other process"
    assert 2 * len(pids) <= len(asked) <= 8 * len(pids)
    device.compute = [process(pid, GIB) for pid in pids]
    machine.look()
    machine.files.asked.clear()
    for _ in range(30):
        assert {row.gpu_memory_bytes for row in machine.look(1).kernels} == {GIB}
    assert machine.files.asked == [], "the driver has said it all"


def test_no_machine_without_a_gpu_pays_for_this(dev: Path) -> None:
    machine = Machine(dev)
    try:
        for _ in range(20):
            assert {row.gpu_memory_bytes for row in machine.look(1).kernels} == {None}
        assert machine.files.asked == []
    finally:
        for kernel in machine.kernels.values():
            kernel.end()


def test_a_new_kernel_makes_nothing_unknown(machine: Machine, dev: Path) -> None:
    machine.kernels[A].tell("open", dev / "nvidia3")
    assert machine.held()[A] == (None, 6 * GIB, ALONE)
    new = machine.kernels[KernelId("new")] = Kernel()
    machine.watch.follow(KernelId("new"), new.process.pid)
    rows = {row.kernel_id: held_by(row) for row in machine.look(0.3).kernels}
    assert rows[A] == (None, 6 * GIB, ALONE)
    assert rows[KernelId("new")] == (0, None, "")


def test_a_kernel_that_has_ended_holds_nothing_and_hides_nobody(
    machine: Machine, dev: Path
) -> None:
    for kernel in machine.kernels.values():
        kernel.tell("open", dev / "nvidia3")
    machine.look()
    machine.kernels.pop(B).end()
    machine.look()
    held = machine.held()
    assert held[A] == (None, 6 * GIB, ALONE)
    assert held[B] == (None, None, "")
    asked = len(machine.files.asked)
    machine.look(1)
    assert len(machine.files.asked) == asked


def test_a_bound_is_no_sample_and_no_peak(machine: Machine, dev: Path) -> None:
    machine.kernels[A].tell("open", dev / "nvidia3")
    machine.look()
    machine.watch.run_begun(A, RUN)
    for _ in range(4):
        machine.look(1)
    took = machine.watch.run_ended(A, RUN)
    assert took is not None
    assert (took.peak_gpu_memory, took.energy_j) == (None, None)
    assert set(took.samples.gpu_memory_bytes) == {None}
    assert "kernel.a.gpu_memory_bytes" not in machine.watch.window(SampleQuery()).series


@pytest.mark.parametrize("minor", [None, 0])
def test_a_gpu_without_a_file_of_its_own_stays_unknown(dev: Path, minor: Any) -> None:
    device = FakeDevice(minor=minor, compute=[process(3_999_999, GIB)])
    machine = Machine(dev, device)
    try:
        machine.kernels[A].tell("open", dev / "nvidia3")
        machine.look()
        assert {(size, most) for size, most, _ in machine.held().values()} == {(None, None)}
        (gpu,) = machine.look(1).gpus
        assert [owner.kernel_id for owner in gpu.owners] == [None]
    finally:
        for kernel in machine.kernels.values():
            kernel.end()


def test_instances_of_a_divided_gpu_stay_unknown(dev: Path) -> None:
    device = FakeDevice(minor=3)
    device.make_instance(0, compute=[process(3_999_999, GIB)])
    machine = Machine(dev, device)
    try:
        machine.kernels[A].tell("open", dev / "nvidia3")
        machine.look()
        for size, most, why in machine.held().values():
            assert (size, most) == (None, None) and why
    finally:
        for kernel in machine.kernels.values():
            kernel.end()
