"""What lies behind an alert is looked up for whoever asks: by real processes and real files."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pytest

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.clock import SystemClock
from dsinfra_jlab.domain.exceptions import Unavailable
from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.domain.resources.alert_details import DETAILED_KINDS, AlertDetails
from dsinfra_jlab.domain.resources.samples import Alert, AlertKind
from dsinfra_jlab.sensors.processes import TreeReading
from dsinfra_jlab.services import alert_details
from dsinfra_jlab.services.alert_details import AlertDetailsDesk
from dsinfra_jlab.services.monitor import Monitor

A, B = KernelId("a"), KernelId("b")

BUSY_CHILD = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "print(1, flush=True)\\nwhile True: pass"],
    stdout=subprocess.PIPE)
child.stdout.readline()
print(1, flush=True)
sys.stdin.read()
child.kill()
child.wait()
"""


def alert(kind: AlertKind, kernel_id: KernelId | None = None) -> Alert:
    at = datetime(2026, 11, 23, tzinfo=timezone.utc)
    return Alert("id", kind, kernel_id or "host", "It is so.", at, False, kernel_id, None)


def machine(folder: Path) -> Monitor:
    return Monitor(
        SystemClock(), lambda kernel_id: True, logging.getLogger("test"), folder=str(folder)
    )


@contextmanager
def kernel(folder: Path, code: str = "print(1, flush=True); input()") -> Iterator[int]:
    """Have a process work in a folder, and give its number once it does."""
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=folder,
        start_new_session=True,
    )
    assert child.stdin is not None and child.stdout is not None
    try:
        child.stdout.readline()
        yield child.pid
    finally:
        child.stdin.close()
        child.wait(60)
        child.stdout.close()


async def test_the_processes_of_a_kernel_the_busiest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ALERT_CPU_S", 1.5)  # it has its turn even on a full machine
    watch = machine(tmp_path)
    with kernel(tmp_path, BUSY_CHILD) as pid:
        watch.follow(A, pid)
        watch.look()
        found = await AlertDetailsDesk().of(alert(AlertKind.process_leak, A), watch)
    assert (found.alert_id, found.absent, found.is_complete) == ("id", "", True)
    busy, idle = found.processes
    assert idle.pid == pid != busy.pid
    assert busy.cpu_ratio is not None and idle.cpu_ratio is not None
    assert busy.cpu_ratio > idle.cpu_ratio
    assert busy.name and busy.rss_bytes > 0
    assert found.files == []


async def test_a_kernel_that_has_gone_says_so(tmp_path: Path) -> None:
    found = await AlertDetailsDesk().of(alert(AlertKind.process_leak, A), machine(tmp_path))
    assert found.processes == [] and found.absent


async def test_processes_of_another_account_are_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_details, "own_name", lambda pid: None)
    watch = machine(tmp_path)
    with kernel(tmp_path) as pid:
        watch.follow(A, pid)
        found = await AlertDetailsDesk().of(alert(AlertKind.process_leak, A), watch)
    assert (found.processes, found.is_complete) == ([], False)
    assert "another account" in found.absent


async def test_the_biggest_files_since_the_kernels_began_where_they_work(tmp_path: Path) -> None:
    old, inner = tmp_path / "old.bin", tmp_path / "inner"
    inner.mkdir()
    old.write_bytes(os.urandom(3_000_000))
    os.utime(old, (1_000_000_000, 1_000_000_000))
    watch = machine(tmp_path)
    with kernel(tmp_path) as outer_pid, kernel(inner) as inner_pid:
        watch.follow(A, outer_pid)
        watch.follow(B, inner_pid)
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "new.bin").write_bytes(os.urandom(200_000))
        (inner / "bigger.bin").write_bytes(os.urandom(900_000))
        found = await AlertDetailsDesk().of(alert(AlertKind.disk_filling), watch)
    told = [(each.folder, each.path, each.kernel_ids) for each in found.files]
    assert told == [
        (str(inner), "bigger.bin", [A, B]),
        (str(tmp_path), os.path.join("data", "new.bin"), [A]),
    ]
    assert found.files[0].bytes >= 900_000
    assert (found.is_complete, found.absent, found.processes) == (True, "", [])


async def test_a_kernel_on_another_disk_fills_none_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = machine(tmp_path)
    with kernel(tmp_path) as pid:
        watch.follow(A, pid)
        (tmp_path / "new.bin").write_bytes(b"x" * 5_000)
        monkeypatch.setattr(alert_details, "_is_on", lambda folder, device: False)
        found = await AlertDetailsDesk().of(alert(AlertKind.disk_filling), watch)
    assert found.files == [] and "No kernel" in found.absent


@pytest.mark.parametrize("kind", [kind for kind in AlertKind if kind not in DETAILED_KINDS])
async def test_of_other_alerts_there_is_no_more_to_tell(tmp_path: Path, kind: AlertKind) -> None:
    found = await AlertDetailsDesk().of(alert(kind, A), machine(tmp_path))
    assert found.processes == [] and found.files == [] and found.absent


class Stuck:
    """A monitor whose kernels cannot be read."""

    def __init__(self) -> None:
        self.folder = "."
        self.release = threading.Event()
        self.asked = 0

    def trees(self) -> Mapping[KernelId, TreeReading]:
        self.asked += 1
        self.release.wait(60)
        return {}


async def test_a_file_server_that_is_away_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ALERT_DETAILS_PATIENCE_S", 0.05)
    desk, stuck = AlertDetailsDesk(), Stuck()
    disk = alert(AlertKind.disk_filling)
    try:
        for _ in range(3):
            with pytest.raises(Unavailable, match="not come to an end"):
                await desk.of(disk, stuck)  # type: ignore[arg-type]
        assert stuck.asked == 1, "one search goes on, however often it is asked for"
        monkeypatch.setattr(limits, "ALERT_DETAILS_AT_ONCE_MAX", 1)
        other = alert(AlertKind.process_leak, A)
        with pytest.raises(Unavailable, match="Other searches"):
            await desk.of(Alert(**{**_fields(other), "id": "other"}), stuck)  # type: ignore[arg-type]
        monkeypatch.setattr(limits, "ALERT_DETAILS_PATIENCE_S", 60.0)
    finally:
        stuck.release.set()
    first: AlertDetails = await desk.of(disk, stuck)  # type: ignore[arg-type]
    again = await asyncio.wait_for(desk.of(disk, stuck), 60)  # type: ignore[arg-type]
    assert first is again and stuck.asked == 1


def _fields(of: Alert) -> dict[str, object]:
    return {name: getattr(of, name) for name in of.__slots__}
