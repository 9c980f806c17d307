"""The processes of each kernel: which they are, what they use.

A kernel begins a session of its own, which its descendants stay in even when their parent has
ended. Those that began another session are found by their parents, and once found they stay
known. A process is its number together with the time it started: numbers are used again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

import psutil


class ProcessKey(NamedTuple):
    """One process, never mistaken for a later one with the same number."""

    pid: int
    started: float
    """In the system's own unit, since its own beginning."""


@dataclass(frozen=True, slots=True)
class ProcessReading:
    """One process as read once."""

    key: ProcessKey
    cpu_s: float
    """Of all its threads since it began."""
    reaped_cpu_s: float
    """Of its ended children that it has waited for."""
    age_s: float | None
    rss_bytes: int


@dataclass(frozen=True)
class TreeReading:
    """A kernel with every process below it, as read once; what follows from it is kept."""

    processes: tuple[ProcessReading, ...]
    """The kernel's own first, unless that has gone."""

    @cached_property
    def rss_bytes(self) -> int:
        """Resident memory; pages that several processes share are counted for each."""
        return sum(process.rss_bytes for process in self.processes)

    @cached_property
    def pids(self) -> frozenset[int]:
        """The numbers of the processes."""
        return frozenset(process.key.pid for process in self.processes)

    @cached_property
    def main(self) -> ProcessReading:
        """The process with most memory: of a kernel behind a starting script the kernel."""
        return max(self.processes, key=lambda process: process.rss_bytes)


@dataclass(slots=True)
class Scan:
    """Every process of the machine, by number."""

    keys: dict[int, ProcessKey] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)
    sessions: dict[int, int] = field(default_factory=dict)
    """Empty where sessions are not looked at."""


class ProcessSensor(Protocol):
    """Reads the trees of processes below some roots. Not for several threads at once."""

    def follow(self, pid: int) -> None:
        """Begin with a root."""

    def leave(self, pid: int) -> None:
        """Forget a root."""

    def scan(self) -> Scan:
        """Return every process of the machine, each read once; any thread, at any time."""

    def adopt(self, scan: Scan) -> None:
        """Add the processes below the roots that a scan found."""

    def read(self, pid: int, patience_s: float = 0.0) -> TreeReading | None:
        """Return the tree of a root; ``None`` if the root has gone or cannot be read.

        Parameters
        ----------
        patience_s
            What was read so long ago at most still holds for processes that have hardly used the
            CPU since: most kernels wait most of the time, and to read them all each second is
            half of what a look costs.
        """

    def high_mark(self, key: ProcessKey) -> int | None:
        """Return the most resident memory a process ever held; ``None`` if nobody counts it."""

    def is_seen(self, pid: int) -> bool:
        """Return whether a process is there, whosever it is."""

    def is_alive(self, key: ProcessKey) -> bool:
        """Return whether this very process is there and can be read; any thread."""

    def close(self) -> None:
        """Let go of what is held open."""


def process_sensor() -> ProcessSensor:
    """Return the sensor for this system."""
    if psutil.LINUX and os.access("/proc/self/stat", os.R_OK):
        from .processes_linux import LinuxProcesses

        return LinuxProcesses()
    from .processes_portable import PortableProcesses

    return PortableProcesses()


def members_below(roots: Iterable[int], scan: Scan, known: Mapping[int, int]) -> dict[int, int]:
    """Return the root of each process that belongs to one.

    Parameters
    ----------
    known
        The roots of processes found before.
    """
    wanted = set(roots)
    root_of: dict[int, int | None] = {}
    for pid in scan.keys:
        way: list[int] = []
        at: int | None = pid
        while at is not None and at not in root_of:
            way.append(at)
            # Not yet known, and so nobody's if the parents turn out to go in a circle.
            root_of[at] = _own_root(at, wanted, scan, known)
            if root_of[at] is not None:
                break
            at = scan.parents.get(at)
        root = root_of[at] if at is not None else None
        root_of.update(dict.fromkeys(way, root))
    return {pid: root for pid in scan.keys if (root := root_of[pid]) is not None}


def _own_root(pid: int, roots: set[int], scan: Scan, known: Mapping[int, int]) -> int | None:
    """Return the root that a process belongs to by itself, whoever its parent is."""
    if pid in roots:
        return pid
    session = scan.sessions.get(pid)
    if session in roots:
        return session
    before = known.get(pid)
    return before if before in roots else None


def cpu_since(before: TreeReading | None, now: TreeReading, seconds: float) -> float | None:
    """Return the CPU seconds that a tree used between two readings.

    What an ended child used comes back in its parent's sum of ended children; what was counted
    of it while it lived is not counted again. Of a process found late counts its usual pace.
    """
    if before is None or seconds <= 0:
        return None
    earlier = {process.key: process for process in before.processes}
    used = reaped = 0.0
    for process in now.processes:
        then = earlier.pop(process.key, None)
        if then is not None:
            used += max(0.0, process.cpu_s - then.cpu_s)
            reaped += max(0.0, process.reaped_cpu_s - then.reaped_cpu_s)
        elif process.age_s is None or process.age_s <= seconds:
            used += process.cpu_s
        else:
            used += process.cpu_s * seconds / process.age_s
    counted = sum(process.cpu_s + process.reaped_cpu_s for process in earlier.values())
    return used + max(0.0, reaped - counted)


def has_reaped(before: TreeReading, now: TreeReading) -> bool:
    """Return whether processes of a tree ended between two readings, seen or not."""
    earlier = {process.key: process.reaped_cpu_s for process in before.processes}
    return any(p.reaped_cpu_s > earlier.get(p.key, p.reaped_cpu_s) for p in now.processes)
