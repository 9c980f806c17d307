"""GPUs in snapshots and runs: who is on them, and what they spent."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain.clock import HandClock, SystemClock
from dsinfra_jlab.domain.ids import KernelId, RunId
from dsinfra_jlab.domain.resources import limits
from dsinfra_jlab.domain.resources.samples import SampleQuery, Snapshot
from dsinfra_jlab.sensors import nvidia_words as words
from dsinfra_jlab.sensors.nvidia import NvidiaSensor
from dsinfra_jlab.sensors.nvidia_sleep import PciSleep
from dsinfra_jlab.sensors.scripted import ScriptedGpus, read_script
from dsinfra_jlab.services.monitor import Monitor
from dsinfra_jlab.services.monitor_ports import KernelFacts, RunResources
from tests.sensors.fake_nvml import FakeDevice, FakeNvml

MINE, OTHER, RUN = KernelId("mine"), KernelId("other"), RunId("r")
GB = 1_000_000_000


class Machine:
    """A monitor of two kernels and scripted GPUs, moved on by hand."""

    def __init__(self, pids: dict[KernelId, int]) -> None:
        self.clock = HandClock()
        self.pids = pids
        self.gpus = ScriptedGpus(read_script('[{"for_s": 1}]'), self.clock.monotonic_s)
        facts = {id_: KernelFacts("python3", f"{id_}.ipynb", id_) for id_ in pids}
        self.watch = Monitor(
            self.clock,
            lambda kernel_id: True,
            logging.getLogger("test"),
            facts=facts.get,
            gpus=self.gpus,
        )
        for kernel_id, pid in pids.items():
            self.watch.follow(kernel_id, pid)

    def show(self, *gpus: dict[str, Any], absent: str = "") -> None:
        """Have the GPUs show one scene from now on."""
        scene = {"for_s": 1, "gpus": list(gpus), "absent": absent}
        self.gpus._scenes = tuple(read_script(json.dumps([scene])))

    def gpu(self, uuid: str = "GPU-1", energy_j: float | None = None, **held: int) -> Any:
        """Return a GPU on which processes hold so many GB."""
        pids = {**self.pids, "nobody": 0, "stranger": 1, "hidden": 999_999_999}
        holdings = [
            {"pid": pids[who], "memory_bytes": size * GB}  # type: ignore[index]
            for who, size in held.items()
        ]
        used = sum(held.values()) * GB
        return {
            "uuid": uuid,
            "energy_j": energy_j,
            "memory_used_bytes": used,
            "holdings": holdings,
        }

    def look(self, seconds: float = 1.0) -> Any:
        self.clock.advance(seconds)
        return self.watch.look()

    def ended(self) -> RunResources:
        took = self.watch.run_ended(MINE, RUN)
        assert took is not None
        return took


@pytest.fixture
def machine() -> Iterator[Machine]:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        yield Machine({MINE: os.getpid(), OTHER: child.pid})
    finally:
        assert child.stdin is not None
        child.stdin.close()
        child.wait(10)


def test_memory_of_gpus_is_shown_by_kernel_and_others_have_no_name(machine: Machine) -> None:
    machine.show(machine.gpu(mine=5, other=2, stranger=9), machine.gpu("GPU-2", mine=1))
    snapshot = machine.look()
    held = {row.kernel_id: row.gpu_memory_bytes for row in snapshot.kernels}
    assert held == {MINE: 6 * GB, OTHER: 2 * GB}
    owners = [(o.kernel_id, o.notebook_path, o.memory_bytes) for o in snapshot.gpus[0].owners]
    assert owners == [
        (MINE, "mine.ipynb", 5 * GB),
        (OTHER, "other.ipynb", 2 * GB),
        (None, None, 9 * GB),
    ]
    assert "nvidia" not in snapshot.absent
    query = SampleQuery(keys="gpu.GPU-2.memory_used_bytes")
    series = machine.watch.window(query).series
    assert series["gpu.GPU-2.memory_used_bytes"] == [pytest.approx(GB)]


def test_without_a_gpu_the_reason_is_given_and_the_rest_is_read(machine: Machine) -> None:
    machine.show(absent="The driver of the GPU is not loaded.")
    snapshot = machine.look()
    assert snapshot.absent == {"nvidia": "The driver of the GPU is not loaded."}
    assert snapshot.gpus == []
    assert {row.gpu_memory_bytes for row in snapshot.kernels} == {None}
    assert snapshot.host is not None and snapshot.host.memory_used_bytes


def test_processes_that_are_not_of_this_machine_make_nothing_zero(machine: Machine) -> None:
    machine.show(machine.gpu(mine=5, hidden=3))
    held = {row.kernel_id: row.gpu_memory_bytes for row in machine.look().kernels}
    assert held == {MINE: 5 * GB, OTHER: None}
    machine.show(machine.gpu(mine=5, nobody=3))
    held = {row.kernel_id: row.gpu_memory_bytes for row in machine.look().kernels}
    assert held == {MINE: 5 * GB, OTHER: None}


def test_a_run_has_the_most_gpu_memory_that_was_seen_and_its_energy(machine: Machine) -> None:
    machine.show(machine.gpu(energy_j=1000.0, mine=1))
    machine.look()
    machine.watch.run_begun(MINE, RUN)
    for joules, size in ((1100.0, 4), (1300.0, 12), (1400.0, 2), (1450.0, 2)):
        machine.show(machine.gpu(energy_j=joules, mine=size))
        machine.look()
    took = machine.ended()
    assert took.peak_gpu_memory is not None
    assert (took.peak_gpu_memory.bytes, took.peak_gpu_memory.kind) == (12 * GB, "at_least")
    assert took.energy_j == pytest.approx(450.0)
    assert took.samples.gpu_memory_bytes[1:5] == [4 * GB, 12 * GB, 2 * GB, 2 * GB]


def test_a_counter_of_energy_that_falls_begins_anew(machine: Machine) -> None:
    machine.show(machine.gpu(energy_j=9000.0, mine=1))
    machine.look()
    machine.watch.run_begun(MINE, RUN)
    for joules in (9100.0, 50.0, 150.0, 250.0):
        machine.show(machine.gpu(energy_j=joules, mine=1))
        machine.look()
    assert machine.ended().energy_j == pytest.approx(300.0)


@pytest.mark.parametrize("beside", ["stranger", "other", "nobody"])
def test_the_energy_of_a_gpu_that_others_use_too_is_nobodys(machine: Machine, beside: str) -> None:
    machine.show(machine.gpu(energy_j=0.0, mine=1))
    machine.look()
    machine.watch.run_begun(MINE, RUN)
    for joules in (100.0, 200.0, 300.0, 400.0):
        held = {"mine": 1, beside: 1} if joules == 200.0 else {"mine": 1}
        machine.show(machine.gpu(energy_j=joules, **held))
        machine.look()
    assert machine.ended().energy_j is None


def test_a_run_without_a_gpu_has_no_energy_and_no_peak_there(machine: Machine) -> None:
    machine.show(machine.gpu(energy_j=0.0, stranger=1))
    machine.watch.run_begun(MINE, RUN)
    for joules in (100.0, 200.0, 300.0, 400.0):
        machine.show(machine.gpu(energy_j=joules, stranger=1))
        machine.look()
    took = machine.ended()
    assert (took.energy_j, took.peak_gpu_memory) == (None, None)


def test_gpus_are_looked_at_closely_while_somebody_looks_on() -> None:
    clock = HandClock()
    gpus = ScriptedGpus(read_script('[{"for_s": 1}]'), clock.monotonic_s)
    watch = Monitor(clock, lambda kernel_id: False, logging.getLogger("test"), gpus=gpus)
    watch.look_on("panel", True)
    watch.look()
    assert gpus.is_close
    watch.look_on("panel", False)
    watch.follow(MINE, os.getpid())
    watch.look()
    assert not gpus.is_close
    watch.look_on("panel", True)
    watch.look()
    watch.leave(MINE)
    watch.look_on("panel", False)
    watch.look()
    assert not gpus.is_close, "there is no kernel left, and nobody"


def test_a_script_in_a_file_names_kernels_as_children(tmp_path: Path) -> None:
    path = tmp_path / "gpus.json"
    holdings = [{"child": 0, "memory_bytes": 7}, {"child": 99, "memory_bytes": 8}]
    scenes = [
        {"for_s": 5, "gpus": [{"uuid": "a", "util_ratio": 0.5, "holdings": holdings}]},
        {"for_s": 5, "absent": "Gone."},
    ]
    path.write_text(json.dumps(scenes))
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        gpus = ScriptedGpus.of(path)
        gpus.start()
        (reading,) = gpus.latest()
        assert reading.sample.util_ratio == 0.5 and reading.sample.power_w is None
        assert reading.holdings is not None
        (held,) = reading.holdings
        assert held.memory_bytes == 7 and held.pid > 0
        assert gpus.absent() == ""
    finally:
        assert child.stdin is not None
        child.stdin.close()
        child.wait(10)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '[{"for_s": 0}]', "[1]", '[{"for_s": 1, "gpus": [{"colour": 1}]}]']
)
def test_what_is_no_script_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        ScriptedGpus(read_script(text))


def test_a_driver_that_hangs_stops_neither_the_host_nor_the_kernels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "GPU_HANG_S", 0.5)
    nvml = FakeNvml(FakeDevice())
    sensor = NvidiaSensor(lambda: nvml, sleep=PciSleep("/nowhere"))
    watch = Monitor(SystemClock(), lambda kernel_id: True, logging.getLogger("test"), gpus=sensor)
    seen: list[Snapshot] = []
    is_read, is_told = threading.Event(), threading.Event()
    late: list[Snapshot] = []

    def look(snapshot: Snapshot) -> None:
        seen.append(snapshot)
        if snapshot.gpus and not nvml.hangs_in:
            nvml.hangs_in = "nvmlDeviceGetPowerUsage"
            is_read.set()
        if snapshot.absent.get("nvidia") == words.HANGS:
            late.append(snapshot)
            if len(late) == 3:
                is_told.set()

    async def live() -> None:
        watch.listen(look)
        await watch.start()
        try:
            watch.follow(MINE, os.getpid())
            assert await asyncio.to_thread(is_read.wait, 60)
            assert await asyncio.to_thread(is_told.wait, 60)
        finally:
            nvml.release.set()
            await watch.stop()

    asyncio.run(live())
    assert nvml.hung.is_set()
    assert [snapshot.interval_s for snapshot in late[:3]] == [1.0] * 3, "no look was put off"
    assert [snapshot.seq for snapshot in late[:3]] == [late[0].seq + n for n in range(3)]
    for snapshot in late[:3]:
        assert snapshot.host is not None and snapshot.host.memory_used_bytes
        assert [kernel.rss_bytes is not None for kernel in snapshot.kernels] == [True]
        assert [gpu.util_ratio for gpu in snapshot.gpus] == [0.4], "as last read"
    ages = [snapshot.gpus[0].age_s for snapshot in late[:3]]
    assert ages == sorted(ages) and ages[0] > 0.4
