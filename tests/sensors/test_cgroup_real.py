"""Inside a real control group that is smaller than the machine, where one may be made.

Below the group that the tests run in, so that whatever limits those goes on to hold.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from dsinfra_jlab.domain.clock import SystemClock
from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.sensors.cgroup import ControlGroups, Group
from dsinfra_jlab.services.monitor import Monitor

MIB = 1 << 20
LIMIT = 256 * MIB
HELD = 64 * MIB
KERNEL = KernelId("k")
PATIENCE_S = 60.0

READ_HOST = f"""
import dataclasses, json, sys, time
from dsinfra_jlab.sensors.host import HostSensor
input()
held = b"x" * {HELD}
sensor = HostSensor(".", {{}})
sensor.read(time.monotonic())
end = time.monotonic() + 1.5
while time.monotonic() < end:
    pass
print(json.dumps(dataclasses.asdict(sensor.read(time.monotonic()))), flush=True)
"""
GROW = """
input()
held = []
print("begun", flush=True)
while True:
    held.append(b"x" * 4_000_000)
"""


@pytest.fixture
def group() -> Iterator[Callable[[str, str], list[Path]]]:
    """Make groups of a name below the own ones, one for each hierarchy; removed at the end."""
    made: list[Path] = []

    def make(controller: str, name: str) -> list[Path]:
        own = ControlGroups().of(os.getpid())
        chosen: tuple[Group, ...] = own.memory[:1]
        if controller == "cpu":
            chosen = (*own.cpu[:1], *own.cpu_use[:1])
        folders = list(dict.fromkeys(each.folder / name for each in chosen))
        if not folders:
            pytest.skip(f"no control groups of {controller} here")
        for folder in folders:
            try:
                folder.mkdir()
            except OSError as error:
                pytest.skip(f"no control group may be made here: {error.strerror}")
            made.append(folder)
        return folders

    yield make
    for folder in reversed(made):
        end = time.monotonic() + PATIENCE_S
        while folder.exists() and time.monotonic() < end:
            with suppress(OSError):  # busy for a moment after its last process
                folder.rmdir()
            time.sleep(0.05)


def limit(folders: list[Path], *settings: tuple[str, object]) -> None:
    """Set the one of several settings that this version of control groups knows."""
    for folder in folders:
        for name, value in settings:
            if (folder / name).exists():
                (folder / name).write_text(str(value))
                return
    pytest.skip("the parent does not hand on this controller")


@contextmanager
def inside(program: str, folders: list[Path]) -> Iterator[subprocess.Popen[str]]:
    """Run a program in groups: it waits for a line before it begins."""
    started = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        for folder in folders:
            (folder / "cgroup.procs").write_text(str(started.pid))
        yield started
    finally:
        started.kill()
        started.communicate(timeout=PATIENCE_S)


def host_inside(folders: list[Path]) -> dict[str, Any]:
    with inside(READ_HOST, folders) as reader:
        assert reader.stdin is not None and reader.stdout is not None
        reader.stdin.write("\n")
        reader.stdin.flush()
        found: dict[str, Any] = json.loads(reader.stdout.readline())
        return found


Make = Callable[[str, str], list[Path]]


def test_memory_is_that_of_a_group_smaller_than_the_machine(group: Make) -> None:
    name = f"dsinfra-test-{os.getpid()}-memory"
    outer = group("memory", name)
    limit(outer, ("memory.max", LIMIT), ("memory.limit_in_bytes", LIMIT))
    found = host_inside(outer)
    assert found["memory_limit_bytes"] == LIMIT < psutil.virtual_memory().total
    assert found["memory_limit_source"].endswith(f"/{name}")
    assert HELD <= found["memory_used_bytes"] <= LIMIT


def test_a_limit_of_the_group_above_counts(group: Make) -> None:
    name = f"dsinfra-test-{os.getpid()}-above"
    outer = group("memory", name)
    limit(outer, ("memory.max", LIMIT), ("memory.limit_in_bytes", LIMIT))
    inner = group("memory", f"{name}/inner")
    found = host_inside(inner)
    assert found["memory_limit_bytes"] == LIMIT
    assert found["memory_limit_source"].endswith(f"/{name}"), "not /inner, which has none"
    assert HELD <= found["memory_used_bytes"] <= LIMIT


def test_cpus_are_those_of_a_group_smaller_than_the_machine(group: Make) -> None:
    name = f"dsinfra-test-{os.getpid()}-cpu"
    folders = group("cpu", name)
    limit(folders, ("cpu.max", "20000 100000"), ("cpu.cfs_quota_us", 20_000))
    found = host_inside(folders)
    assert found["cpu_count"] == 0.2
    assert found["cpu_count_source"].endswith(f"/{name}")
    assert found["cpu_ratio"] is not None and 0 < found["cpu_ratio"] <= 1
    assert found["throttled_ratio"] > 0, "it wanted a whole CPU and may use a fifth of one"


def test_a_kernel_that_its_group_killed_for_memory_is_known_as_such(group: Make) -> None:
    name = f"dsinfra-test-{os.getpid()}-killed"
    folders = group("memory", name)
    limit(folders, ("memory.max", HELD), ("memory.limit_in_bytes", HELD))
    limit_swap(folders)
    watch = Monitor(SystemClock(), lambda kernel_id: False, logging.getLogger("test"))
    with inside(GROW, folders) as kernel:
        assert kernel.stdin is not None
        watch.follow(KERNEL, kernel.pid)
        before = watch.state(KERNEL)
        assert before is not None and before.oom_kills == 0
        assert before.memory_limit_bytes == HELD
        kernel.stdin.write("\n")
        kernel.stdin.flush()
        assert kernel.wait(PATIENCE_S) == -9
        after = watch.state(KERNEL)
        assert after is not None and after.oom_kills == 1
        assert after.memory_limit_source.endswith(f"/{name}")


def limit_swap(folders: list[Path]) -> None:
    """Let memory not be moved to the disk instead, where that can be said."""
    for folder in folders:
        for setting, value in (
            ("memory.swap.max", 0),
            ("memory.memsw.limit_in_bytes", HELD),
        ):
            if (folder / setting).exists():
                (folder / setting).write_text(str(value))
