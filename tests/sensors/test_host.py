"""The machine, or the part of it that this server may use."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from dsinfra_jlab.domain.resources.samples import HostSample
from dsinfra_jlab.sensors import host
from dsinfra_jlab.sensors.host import HostSensor

GB = 1_000_000_000
PID = 42
MOUNT = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"


class Machine:
    """A made-up machine in which this server is in the control group ``/job``."""

    def __init__(self, root: Path, environ: dict[str, str] | None = None) -> None:
        self.root = root
        self.now_s = 1000.0
        self.write("proc/self/mountinfo", MOUNT)
        self.write(f"proc/{PID}/cgroup", "0::/job\n")
        self.write("proc/meminfo", "MemTotal: 64000000 kB\nMemAvailable: 60000000 kB\n")
        self.job("memory.current", str(3 * GB))
        self.job("memory.stat", f"inactive_file {GB}\n")
        self.sensor = HostSensor(str(root), environ or {}, root, PID)

    def write(self, name: str, content: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def job(self, name: str, content: str) -> None:
        self.write(f"sys/fs/cgroup/job/{name}", content)

    def cpu(self, used_s: float, periods: int = 0, throttled: int = 0) -> None:
        usage = f"usage_usec {int(used_s * 1e6)}\n"
        self.job("cpu.stat", f"{usage}nr_periods {periods}\nnr_throttled {throttled}\n")

    def read(self, after_s: float = 1.0) -> HostSample:
        self.now_s += after_s
        return self.sensor.read(self.now_s)


@pytest.fixture
def eight_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)


@pytest.mark.usefixtures("eight_cpus")
def test_numbers_are_those_of_a_group_smaller_than_the_machine(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.job("memory.max", str(4 * GB))
    machine.job("cpu.max", "200000 100000")
    machine.cpu(10.0, 100, 20)
    first = machine.read()
    assert (first.memory_used_bytes, first.memory_limit_bytes) == (2 * GB, 4 * GB)
    assert (first.cpu_count, first.cpu_count_source) == (2.0, "/job")
    assert (first.cpu_ratio, first.throttled_ratio) == (None, None), "one reading is no rate"
    machine.cpu(11.0, 110, 25)
    second = machine.read()
    assert second.cpu_ratio == pytest.approx(0.5), "one of its two CPUs, not one of eight"
    assert second.throttled_ratio == pytest.approx(0.5)
    machine.cpu(11.0, 110, 25)
    assert machine.read().throttled_ratio == 0.0
    machine.cpu(0.0, 0, 0)
    again = machine.read()
    assert (again.cpu_ratio, again.throttled_ratio) == (None, None), "the counters were reset"


@pytest.mark.usefixtures("eight_cpus")
def test_what_the_hub_allots_counts_if_it_is_less(tmp_path: Path) -> None:
    machine = Machine(tmp_path, {"MEM_LIMIT": str(4 * GB), "CPU_LIMIT": "1.5"})
    machine.job("memory.max", str(8 * GB))
    machine.job("cpu.max", "400000 100000")
    machine.cpu(10.0)
    machine.read()
    machine.cpu(10.75)
    sample = machine.read()
    assert (sample.memory_limit_bytes, sample.memory_limit_source) == (4 * GB, "MEM_LIMIT")
    assert sample.memory_used_bytes == 2 * GB
    assert (sample.cpu_count, sample.cpu_count_source) == (1.5, "CPU_LIMIT")
    assert sample.cpu_ratio == pytest.approx(0.5)


@pytest.mark.usefixtures("eight_cpus")
@pytest.mark.parametrize("nonsense", ["", "lots", "-5", "0", "nan", "inf"])
def test_nonsense_of_the_hub_is_nothing(tmp_path: Path, nonsense: str) -> None:
    machine = Machine(tmp_path, {"MEM_LIMIT": nonsense, "CPU_LIMIT": nonsense})
    machine.job("memory.max", str(8 * GB))
    sample = machine.read()
    assert (sample.memory_limit_bytes, sample.cpu_count) == (8 * GB, 8.0)


def test_cpus_that_this_process_may_not_use_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {2}, raising=False)
    busy_s = [0.0] * 4

    class Times(tuple[float, ...]):
        idle: float

    def cpu_times(percpu: bool = False) -> list[Times]:
        assert percpu
        found = []
        for busy in busy_s:
            times = Times((busy, 100.0))
            times.idle = 100.0
            found.append(times)
        return found

    monkeypatch.setattr(psutil, "cpu_times", cpu_times)
    machine = Machine(tmp_path)
    assert machine.read().cpu_ratio is None
    assert machine.read().cpu_ratio is None, "no time has passed by these counters"
    busy_s[0] = 50.0
    assert machine.read().cpu_ratio is None, "nor of the one CPU that counts"
    busy_s[2] = 50.0
    sample = machine.read()
    assert (sample.cpu_count, sample.cpu_count_source) == (1.0, "affinity")
    assert sample.cpu_ratio == 1.0


def test_rates_are_between_two_readings_and_never_negative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = {"eth0": SimpleNamespace(bytes_recv=1000, bytes_sent=500)}
    total["lo"] = SimpleNamespace(bytes_recv=10**12, bytes_sent=10**12)
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic: total)
    machine = Machine(tmp_path)
    assert machine.read().network_in_bytes_per_s is None
    total["eth0"] = SimpleNamespace(bytes_recv=5000, bytes_sent=700)
    sample = machine.read(2.0)
    assert (sample.network_in_bytes_per_s, sample.network_out_bytes_per_s) == (2000.0, 100.0)
    total["eth0"] = SimpleNamespace(bytes_recv=10, bytes_sent=10)
    assert machine.read().network_in_bytes_per_s is None, "an interface went away"


def test_disks_that_come_are_no_rate(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    disk = "{} 0 {} 1 0 {} 0 1 0 {} 0 0 0 0\n".format
    machine.write("sys/block/sda/size", "1")
    machine.write("proc/diskstats", disk(8, "sda", 100, 10) + disk(8, "sda1", 100, 10))
    assert machine.read().disk_read_bytes_per_s is None, "one reading is no rate"
    machine.write("proc/diskstats", disk(8, "sda", 120, 10) + disk(8, "sdb", 9_000, 9_000))
    sample = machine.read(after_s=10.0)
    assert (sample.disk_read_bytes_per_s, sample.disk_write_bytes_per_s) == (20 * 512 / 10, 0.0)
    machine.write("sys/block/sdb/size", "1")
    assert machine.read(after_s=300.0).disk_read_bytes_per_s is None, "others are counted now"
    machine.write("proc/diskstats", disk(8, "sda", 120, 10) + disk(8, "sdb", 9_001, 9_000))
    assert machine.read(after_s=10.0).disk_read_bytes_per_s == 512 / 10


def test_what_a_system_does_not_tell_is_null(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise PermissionError("no")

    for name in ("cpu_times", "net_io_counters", "disk_io_counters", "swap_memory", "disk_usage"):
        monkeypatch.setattr(psutil, name, refuse)
    monkeypatch.setattr(psutil, "virtual_memory", refuse)
    monkeypatch.setattr(os, "getloadavg", refuse, raising=False)
    sensor = HostSensor(str(tmp_path), {}, tmp_path / "nowhere", PID)
    sensor.read(1.0)
    sample = sensor.read(2.0)
    known = {"cpu_count", "cpu_count_source", "memory_limit_source"}
    values = {name: getattr(sample, name) for name in HostSample.__slots__ if name not in known}
    assert set(values.values()) == {None}


def test_a_file_system_that_does_not_answer_holds_up_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = threading.Event()
    asked: list[str] = []

    def hang(folder: str) -> Any:
        asked.append(folder)
        answer.wait(30)
        return SimpleNamespace(used=1, total=2)

    monkeypatch.setattr(psutil, "disk_usage", hang)
    machine = Machine(tmp_path)
    began = time.monotonic()
    for _ in range(20):
        assert machine.read().disk_total_bytes is None
    assert time.monotonic() - began < 5
    assert len(asked) == 1, "not asked again before it has answered"
    answer.set()
    for _ in range(100):
        if machine.sensor._space.latest is not None:
            break
        time.sleep(0.02)
    assert machine.read(0.1).disk_total_bytes == 2


def test_this_very_machine() -> None:
    sensor = HostSensor(os.getcwd())
    sensor.read(time.monotonic())
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    sample = sensor.read(time.monotonic())
    sensor.close()
    assert sample.cpu_ratio is not None and 0 < sample.cpu_ratio <= 1
    assert sample.memory_used_bytes and sample.memory_limit_bytes
    assert sample.memory_used_bytes < sample.memory_limit_bytes
    assert sample.cpu_count and sample.cpu_count > 0
    times = host._cpu_times(None)
    assert times.total_s > times.busy_s > 0


def test_a_disk_is_not_asked_how_full_it_is_at_each_look(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    usage = psutil.disk_usage("/")
    monkeypatch.setattr(psutil, "disk_usage", lambda folder: asked.append(folder) or usage)
    sensor = HostSensor(".")
    for second in range(60):
        sensor.read(float(second))
        asking = sensor._space._asking
        if asking is not None:
            asking.join()
    assert len(asked) == 1, "all within a moment of the real clock"
    sensor.close()


def test_disks_and_limits_are_read_seldom_while_nobody_looks_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    machine = Machine(tmp_path)
    flow = SimpleNamespace(read_bytes=1, write_bytes=1)
    monkeypatch.setattr(psutil, "disk_io_counters", lambda: asked.append(machine.now_s) or flow)
    machine.job("memory.max", str(8 * GB))
    for _ in range(18):
        machine.now_s += 10
        machine.sensor.read(machine.now_s, is_close=False)
    assert asked == [1010.0, 1070.0, 1130.0]
    machine.job("memory.max", str(4 * GB))
    assert machine.read().memory_limit_bytes == 4 * GB, "read anew once somebody looks on"
