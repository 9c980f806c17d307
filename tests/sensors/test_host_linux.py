"""What Linux tells of a machine, against what psutil makes of the same."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from dsinfra_jlab.sensors import host
from dsinfra_jlab.sensors.host_linux import (
    cpu_seconds,
    disk_flow,
    disks_of,
    network_counts,
    swap_space,
)
from dsinfra_jlab.sensors.kept_files import READ_BYTES

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_networks_are_counted_as_the_machine_counts_them() -> None:
    content = (
        b"Inter-|   Receive  |  Transmit\n face |bytes ...\n"
        b"    lo: 500 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0\n"
        b"  eth0:7 1 0 0 0 0 0 0 9 1 0 0 0 0 0 0\n"
        b"wlan0:1: 100 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0\n"
        b"  cut: 12 3\n"
    )
    assert network_counts(content) == {"lo": (500, 500), "eth0": (7, 9), "wlan0:1": (100, 200)}
    assert network_counts(b"") == {}


@on_linux
def test_networks_are_counted_as_psutil_does() -> None:
    before = psutil.net_io_counters(pernic=True)
    counts = network_counts(Path("/proc/net/dev").read_bytes())
    after = psutil.net_io_counters(pernic=True)
    assert counts.keys() == before.keys()
    for name, (taken, sent) in counts.items():
        assert before[name].bytes_recv <= taken <= after[name].bytes_recv
        assert before[name].bytes_sent <= sent <= after[name].bytes_sent


STAT = (
    b"cpu  300 0 100 500 60 20 20 0 50 0\n"
    b"cpu0 200 0 50 200 50 0 0 0 50 0\n"
    b"cpu10 100 0 50 300 10 20 20 0 0 0\n"
    b"intr 12345 0 9\n"
)
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@pytest.mark.parametrize(
    ("numbers", "busy", "total"),
    [(None, 440, 1000), ([0], 250, 500), ([10], 190, 500), ([0, 10], 440, 1000)],
)
def test_cpu_times_are_those_of_the_cpus_that_count(
    numbers: list[int] | None, busy: int, total: int
) -> None:
    times = cpu_seconds(STAT, numbers)
    assert times is not None
    assert (round(times.busy_s * TICKS), round(times.total_s * TICKS)) == (busy, total)


@pytest.mark.parametrize("numbers", [[1], [0, 11], [0, 1]])
def test_a_cpu_that_is_not_told_of_makes_the_sum_unknown(numbers: list[int]) -> None:
    assert cpu_seconds(STAT, numbers) is None
    assert cpu_seconds(b"", None) is None
    assert cpu_seconds(b"cpu  1 2 3\n", None) is None


@on_linux
@pytest.mark.parametrize("numbers", [None, [0]])
def test_cpu_times_are_those_of_psutil(numbers: list[int] | None) -> None:
    before = host._cpu_times(numbers)
    times = cpu_seconds(Path("/proc/stat").read_bytes(), numbers)
    after = host._cpu_times(numbers)
    assert times is not None
    assert before.total_s - 0.1 <= times.total_s <= after.total_s + 0.1
    assert before.busy_s - 0.1 <= times.busy_s <= after.busy_s + 0.1


DISKS = (
    b"   7       0 loop0 5 0 50 1 0 0 0 0 0 5 5\n"
    b"   8       0 sda 10 0 1000 5 20 0 3000 9 0 7 14 0 0 0 0\n"
    b"   8       1 sda1 9 0 990 5 20 0 3000 9 0 7 14 0 0 0 0\n"
    b" 253       0 dm-0 9 0 990 5 20 0 3000 9 0 7 14 0 0 0 0\n"
    b" 104       0 cciss/c0d0 1 0 2 0 1 0 4 0 0 0 0\n"
    b"   8      16 sdb\n"
    b"nonsense\n"
)


def test_each_byte_is_counted_once_where_it_lies(tmp_path: Path) -> None:
    for name, target in {
        "sda": "pci0000:00/ata1/block/sda",
        "cciss!c0d0": "pci0000:00/cciss0/block/cciss!c0d0",
        "nvme0n1": "virtual/nvme-subsystem/nvme-subsys0/nvme0n1",
        "loop0": "virtual/block/loop0",
        "dm-0": "virtual/block/dm-0",
    }.items():
        folder = tmp_path / "devices" / target
        folder.mkdir(parents=True)
        (tmp_path / "block").mkdir(exist_ok=True)
        (tmp_path / "block" / name).symlink_to(folder)
    disks = disks_of(tmp_path / "block")
    assert disks == {b"sda", b"cciss/c0d0", b"nvme0n1"}
    flow = disk_flow(DISKS, disks)
    assert flow is not None
    assert (flow.in_bytes, flow.out_bytes) == (1002 * 512, 3004 * 512)


def test_where_all_disks_lie_on_others_these_are_counted(tmp_path: Path) -> None:
    (tmp_path / "devices/virtual/block/loop0").mkdir(parents=True)
    (tmp_path / "block").mkdir()
    (tmp_path / "block/loop0").symlink_to(tmp_path / "devices/virtual/block/loop0")
    assert disks_of(tmp_path / "block") == {b"loop0"}


@pytest.mark.parametrize("content", [b"", DISKS, b"   8       0 sdz 10 0\n", b"x" * READ_BYTES])
def test_disks_of_which_nothing_is_told_are_unknown(content: bytes, tmp_path: Path) -> None:
    assert disk_flow(content, frozenset({b"sdz"})) is None
    assert disks_of(tmp_path / "nowhere") == frozenset()


@on_linux
def test_disks_are_counted_as_psutil_counts_them() -> None:
    disks = disks_of(Path("/sys/block"))

    def known() -> tuple[int, int]:
        counts = psutil.disk_io_counters(perdisk=True)
        mine = [count for name, count in counts.items() if name.encode() in disks]
        return sum(c.read_bytes for c in mine), sum(c.write_bytes for c in mine)

    before = known()
    content = Path("/proc/diskstats").read_bytes()
    after = known()
    flow = disk_flow(content, disks)
    if not disks or len(content) >= READ_BYTES:
        pytest.skip("this machine shows no disks, or too many")
    assert flow is not None
    assert before[0] <= flow.in_bytes <= after[0]
    assert before[1] <= flow.out_bytes <= after[1]


def test_swap_that_is_not_told_of_is_unknown() -> None:
    assert swap_space(b"SwapTotal: 0 kB\nSwapFree: 0 kB\n") == (0, 0)
    assert swap_space(b"SwapTotal: 5 kB\nMemFree: 1 kB\n") is None
    assert swap_space(b"") is None


@on_linux
def test_swap_is_counted_as_psutil_counts_it() -> None:
    found = swap_space(Path("/proc/meminfo").read_bytes())
    assert found is not None
    swap = psutil.swap_memory()
    assert found[1] == swap.total
    assert abs(found[0] - swap.used) < 64_000_000, "it may be used meanwhile"
