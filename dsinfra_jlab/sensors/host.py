"""The machine, or the part of it that this server may use: CPU, memory, disk and network.

Rates come from counters of our own: psutil's are shared by everybody in the process, and two who
ask shorten each other's interval.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from ..domain.resources import limits
from ..domain.resources.samples import HostSample
from .allotment import own_allotment
from .cgroup import ControlGroups, CpuLimit, Group, Groups, MemoryLimit
from .host_linux import (
    CpuTimes,
    Flow,
    cpu_seconds,
    disk_flow,
    disks_of,
    network_counts,
    swap_space,
)
from .kept_files import KeptFiles

Found = TypeVar("Found")

_SPACE_INTERVAL_S = 60.0
"""Between questions how full a disk is: each is a thread."""

_SPACE_OLD_S = 3 * _SPACE_INTERVAL_S
"""An answer older than that says nothing: the file system does not answer any more."""

_GROUPS_INTERVAL_S = 300.0
"""Between looks which groups this process is in: it is moved seldom if ever."""


@dataclass(slots=True)
class _Rates:
    """Bytes per second between the last two readings of a counter."""

    at_s: float | None = None
    flow: Flow | None = None
    in_bytes_per_s: float | None = None
    out_bytes_per_s: float | None = None

    def take(self, at_s: float, flow: Flow | None) -> None:
        """Take a reading; a counter that fell has been reset, so it says nothing yet."""
        seconds = at_s - self.at_s if self.at_s is not None else 0.0
        before, self.at_s, self.flow = self.flow, at_s, flow
        self.in_bytes_per_s = self.out_bytes_per_s = None
        if before is None or flow is None or seconds <= 0:
            return
        if flow.in_bytes >= before.in_bytes and flow.out_bytes >= before.out_bytes:
            self.in_bytes_per_s = (flow.in_bytes - before.in_bytes) / seconds
            self.out_bytes_per_s = (flow.out_bytes - before.out_bytes) / seconds


class HostSensor:
    """Reads the machine; for one thread.

    Parameters
    ----------
    folder
        Whose file system is looked at.
    environ
        Where JupyterHub says what it has allotted (``MEM_LIMIT``, ``CPU_LIMIT``).
    root
        Where ``proc`` and ``sys`` of the control groups lie; another one for tests.
    """

    def __init__(
        self,
        folder: str,
        environ: Mapping[str, str] | None = None,
        root: Path = Path("/"),
        pid: int | None = None,
    ) -> None:
        self._environ = own_allotment(pid) if environ is None else environ
        self._pid = os.getpid() if pid is None else pid
        self._files = KeptFiles()
        self._network_file = str(root / "proc/net/dev")
        self._stat_file = str(root / "proc/stat")
        self._memory_file = str(root / "proc/meminfo")
        self._disks_file = str(root / "proc/diskstats")
        self._disks_folder = root / "sys/block"
        self._disks: frozenset[bytes] = frozenset()
        self._control = ControlGroups(root, self._files.read)
        self._groups: Groups | None = None
        self._groups_at_s = 0.0
        self._machine_cpus: int | None = None
        self._affinity: list[int] | None = None
        self._memory_bound: tuple[int, Group] | None = None
        self._cpu_bound: tuple[float, Group] | None = None
        self._load_1m: float | None = None
        self._space = _DiskSpace(folder)
        self._times: CpuTimes | None = None
        self._limit: tuple[float, CpuLimit] | None = None
        self._disk, self._network = _Rates(), _Rates()
        self._swap: tuple[int, int] | None = None
        self._seldom_at_s: float | None = None

    def read(self, now_s: float, *, is_close: bool = True) -> HostSample:
        """Return the machine as it is at a monotonic moment; what cannot be read is null.

        Parameters
        ----------
        is_close
            Whether somebody looks on: otherwise disks and limits are read more seldom.
        """
        groups = self._own_groups(now_s)
        self._read_seldom(now_s, groups, is_close)
        limit = self._control.cpu_within(self._cpu_bound, groups) if self._cpu_bound else None
        count, source = self._cpu_count(limit)
        memory = self._memory(groups)
        self._network.take(now_s, _asked(self._network_flow))
        cpu_ratio, throttled = self._cpu_ratio(now_s, limit, count, source)
        space = self._space.latest
        return HostSample(
            cpu_ratio=cpu_ratio,
            cpu_count=count,
            cpu_count_source=source,
            throttled_ratio=throttled,
            load_1m=self._load_1m,
            memory_used_bytes=memory.used_bytes if memory else None,
            memory_limit_bytes=memory.limit_bytes if memory else None,
            memory_limit_source=memory.source if memory else "",
            swap_used_bytes=self._swap[0] if self._swap else None,
            swap_total_bytes=self._swap[1] if self._swap else None,
            disk_used_bytes=space[0] if space else None,
            disk_total_bytes=space[1] if space else None,
            disk_read_bytes_per_s=self._disk.in_bytes_per_s,
            disk_write_bytes_per_s=self._disk.out_bytes_per_s,
            network_in_bytes_per_s=self._network.in_bytes_per_s,
            network_out_bytes_per_s=self._network.out_bytes_per_s,
        )

    def close(self) -> None:
        """Let go of what is held open."""
        self._files.close()

    def _read_seldom(self, now_s: float, groups: Groups, is_close: bool) -> None:
        """Read what costs much or hardly ever changes, if that is due."""
        pace_s = limits.SAMPLE_DISK_INTERVAL_S if is_close else limits.SAMPLE_DISK_IDLE_INTERVAL_S
        if self._seldom_at_s is not None and now_s - self._seldom_at_s < pace_s:
            return
        self._seldom_at_s = now_s
        self._affinity = _affinity()
        self._memory_bound = self._control.tightest_memory(groups)
        self._cpu_bound = self._control.tightest_cpu(groups)
        self._load_1m = _asked(lambda: os.getloadavg()[0])
        self._disk.take(now_s, _asked(self._disk_flow))
        self._swap = _asked(self._swap_space)
        self._space.look()

    def _network_flow(self) -> Flow:
        return _network(self._files.read(self._network_file))

    def _disk_flow(self) -> Flow | None:
        flow = disk_flow(self._files.read(self._disks_file) or b"", self._disks)
        return flow if flow is not None else _disk()

    def _swap_space(self) -> tuple[int, int]:
        return swap_space(self._files.read(self._memory_file) or b"") or _swap()

    def _own_groups(self, now_s: float) -> Groups:
        if self._groups is None or now_s - self._groups_at_s >= _GROUPS_INTERVAL_S:
            found, self._groups_at_s = self._control.of(self._pid), now_s
            self._machine_cpus = os.cpu_count()
            self._count_disks()
            if found != self._groups:
                self._files.close()
                self._seldom_at_s = None
            self._groups = found
        return self._groups

    def _count_disks(self) -> None:
        """Find the disks there are; the sum over others is no rate."""
        found = disks_of(self._disks_folder)
        if found != self._disks:
            self._disks, self._disk = found, _Rates()

    def _cpu_count(self, limit: CpuLimit | None) -> tuple[float | None, str]:
        """Return the CPUs that may be used, and what says so."""
        machine, affinity = self._machine_cpus, self._affinity
        count, source = (float(machine), "machine") if machine else (None, "")
        if affinity and (count is None or len(affinity) < count):
            count, source = float(len(affinity)), "affinity"
        allotted = _positive(self._environ.get("CPU_LIMIT", ""))
        if limit is not None and (count is None or limit.cpu_count < count):
            count, source = limit.cpu_count, limit.source
        # Counted against what the same group uses; without one the use is that of everybody.
        if allotted and limit is not None and limit.used_s is not None and allotted < (count or 0):
            count, source = allotted, "CPU_LIMIT"
        return count, source

    def _cpu_ratio(
        self, now_s: float, limit: CpuLimit | None, count: float | None, source: str
    ) -> tuple[float | None, float | None]:
        """Return the part of the CPUs in use, and of the periods that had to wait."""
        earlier, self._limit = self._limit, (now_s, limit) if limit is not None else None
        throttled: float | None = None
        used_s: float | None = None
        if earlier is not None and limit is not None and earlier[1].source == limit.source:
            throttled = _throttled(earlier[1], limit)
            if limit.used_s is not None and earlier[1].used_s is not None:
                used_s = limit.used_s - earlier[1].used_s
        if source not in ("machine", "affinity", ""):
            seconds = now_s - earlier[0] if earlier is not None else 0.0
            if used_s is None or used_s < 0 or seconds <= 0 or not count:
                return None, throttled
            return min(1.0, used_s / seconds / count), throttled
        before, self._times = self._times, _asked(self._cpu_times)
        if before is None or self._times is None:
            return None, throttled
        total = self._times.total_s - before.total_s
        busy = self._times.busy_s - before.busy_s
        return (min(1.0, max(0.0, busy / total)) if total > 0 else None), throttled

    def _cpu_times(self) -> CpuTimes:
        """Return the times of the CPUs that may be used."""
        affinity = self._affinity
        numbers = affinity if affinity and len(affinity) < (self._machine_cpus or 0) else None
        times = cpu_seconds(self._files.read(self._stat_file) or b"", numbers)
        return times if times is not None else _cpu_times(numbers)

    def _memory(self, groups: Groups) -> MemoryLimit | None:
        memory = self._control.memory_within(self._memory_bound)
        if memory is None:
            return _asked(_machine_memory)
        allotted = _positive(self._environ.get("MEM_LIMIT", ""))
        used = self._control.own_memory_used(groups) if allotted else None
        if allotted and used is not None and allotted < (memory.limit_bytes or 0):
            return MemoryLimit(used, int(allotted), "MEM_LIMIT", memory.oom_kills)
        return memory


class _DiskSpace:
    """How full a file system is, asked in a thread: one of a network may not answer for minutes."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._asking: threading.Thread | None = None
        self._read: tuple[int, int] | None = None
        self._read_at_s = 0.0

    @property
    def latest(self) -> tuple[int, int] | None:
        """Used and total bytes; ``None`` if nothing was heard for a while."""
        age_s = time.monotonic() - self._read_at_s
        return self._read if age_s <= _SPACE_OLD_S else None

    def look(self) -> None:
        """Begin to ask, unless that was a moment ago or has not been answered yet."""
        is_fresh = time.monotonic() - self._read_at_s < _SPACE_INTERVAL_S
        if self._read is not None and is_fresh:
            return
        if self._asking is None or not self._asking.is_alive():
            self._asking = threading.Thread(target=self._ask, name="dsinfra-disk", daemon=True)
            self._asking.start()

    def _ask(self) -> None:
        self._read = _asked(lambda: _space(self._folder))
        self._read_at_s = time.monotonic()


def _asked(ask: Callable[[], Found]) -> Found | None:
    """Return an answer of the system, ``None`` if it has none."""
    try:
        return ask()
    except (OSError, ValueError, ArithmeticError, LookupError, AttributeError, NotImplementedError):
        return None
    except (psutil.Error, RuntimeError):
        return None


def _cpu_times(numbers: Sequence[int] | None) -> CpuTimes:
    if numbers is not None:
        each = psutil.cpu_times(percpu=True)
        times = [each[number] for number in numbers if number < len(each)]
    else:
        times = [psutil.cpu_times()]
    busy = total = 0.0
    for part in times:
        # The time of guests is part of that of users already.
        guests = getattr(part, "guest", 0.0) + getattr(part, "guest_nice", 0.0)
        whole = sum(part) - guests
        total += whole
        busy += whole - part.idle - getattr(part, "iowait", 0.0) - getattr(part, "steal", 0.0)
    return CpuTimes(busy, total)


def _affinity() -> list[int] | None:
    ask = getattr(os, "sched_getaffinity", None)
    return sorted(_asked(lambda: ask(0)) or ()) if ask is not None else None


def _machine_memory() -> MemoryLimit:
    memory = psutil.virtual_memory()
    return MemoryLimit(memory.total - memory.available, memory.total, "machine", None)


def _network(content: bytes | None) -> Flow:
    """Return what all networks took in and sent, without this machine's talk with itself."""
    if content is not None:
        each = network_counts(content)
    else:
        counters = psutil.net_io_counters(pernic=True)
        each = {name: (count.bytes_recv, count.bytes_sent) for name, count in counters.items()}
    real = [count for name, count in each.items() if not name.lower().startswith(("lo", "veth"))]
    return Flow(sum(taken for taken, _ in real), sum(sent for _, sent in real))


def _disk() -> Flow | None:
    counters = psutil.disk_io_counters()
    return Flow(counters.read_bytes, counters.write_bytes) if counters is not None else None


def _swap() -> tuple[int, int]:
    swap = psutil.swap_memory()
    return swap.used, swap.total


def _space(folder: str) -> tuple[int, int]:
    usage = psutil.disk_usage(folder)
    return usage.used, usage.total


def _throttled(before: CpuLimit, now: CpuLimit) -> float | None:
    if None in (before.periods, now.periods, before.throttled_periods, now.throttled_periods):
        return None
    periods = (now.periods or 0) - (before.periods or 0)
    waited = (now.throttled_periods or 0) - (before.throttled_periods or 0)
    if periods < 0 or waited < 0:
        return None
    return min(1.0, waited / periods) if periods else 0.0


def _positive(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if 0 < found < float("inf") else None
