"""Processes of systems without ``/proc``, by psutil."""

from __future__ import annotations

import contextlib
import time

import psutil

from .processes import ProcessKey, ProcessReading, Scan, TreeReading, members_below


class PortableProcesses:
    """Reads the trees of processes below some roots."""

    def __init__(self) -> None:
        self._trees: dict[int, dict[int, psutil.Process]] = {}

    def follow(self, pid: int) -> None:
        """Begin with a root."""
        self._trees[pid] = {}
        try:
            self._trees[pid][pid] = psutil.Process(pid)
        except (psutil.Error, ValueError, OverflowError):
            return

    def leave(self, pid: int) -> None:
        """Forget a root."""
        self._trees.pop(pid, None)

    def scan(self) -> Scan:
        """Return every process of the machine, each read once; any thread, at any time."""
        scan = Scan()
        # psutil keeps its own objects of processes between calls, each with its start time.
        for process in psutil.process_iter(["ppid", "create_time"]):
            started = process.info["create_time"]
            if started is not None:
                scan.keys[process.pid] = ProcessKey(process.pid, started)
                scan.parents[process.pid] = process.info["ppid"] or 0
        return scan

    def adopt(self, scan: Scan) -> None:
        """Add the processes below the roots that a scan found."""
        known: dict[int, int] = {}
        for root, members in self._trees.items():
            for pid, process in list(members.items()):
                if scan.keys.get(pid) == ProcessKey(pid, _started(process)):
                    known[pid] = root
        roots = [root for root in self._trees if known.get(root) == root]
        for pid, root in members_below(roots, scan, known).items():
            if pid not in self._trees[root]:
                with contextlib.suppress(psutil.Error):  # it has ended meanwhile
                    self._trees[root][pid] = psutil.Process(pid)

    def read(self, pid: int, patience_s: float = 0.0) -> TreeReading | None:
        """Return the tree of a root, read anew each time.

        ``None`` if the root has gone or cannot be read.
        """
        members = self._trees.get(pid)
        if not members or pid not in members:
            return None
        readings: list[ProcessReading] = []
        for member, process in list(members.items()):
            reading = _read(process)
            if reading is None:
                del members[member]
                if member == pid:
                    return None
                continue
            readings.append(reading)
        readings.sort(key=lambda reading: reading.key.pid != pid)
        return TreeReading(tuple(readings))

    def high_mark(self, key: ProcessKey) -> int | None:
        """Return the most resident memory a process ever held; only Windows counts it."""
        try:
            process = psutil.Process(key.pid)
            peak = getattr(process.memory_info(), "peak_wset", None)
            return int(peak) if peak and process.create_time() == key.started else None
        except psutil.Error:
            return None

    def is_seen(self, pid: int) -> bool:
        """Return whether a process is there, whosever it is."""
        return 0 < pid < 2**31 and psutil.pid_exists(pid)

    def is_alive(self, key: ProcessKey) -> bool:
        """Return whether this very process is there and can be read; any thread."""
        try:
            process = psutil.Process(key.pid)
            has_ended = process.status() == psutil.STATUS_ZOMBIE
            return not has_ended and process.create_time() == key.started
        except psutil.Error:
            return False

    def close(self) -> None:
        """Hold nothing open, so let go of nothing."""


def _started(process: psutil.Process) -> float:
    try:
        return process.create_time()
    except psutil.Error:
        return -1.0


def _read(process: psutil.Process) -> ProcessReading | None:
    try:
        # What psutil remembers of a number is not noticed to be of another process otherwise.
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return None
        with process.oneshot():
            started = process.create_time()
            times = process.cpu_times()
            return ProcessReading(
                ProcessKey(process.pid, started),
                times.user + times.system,
                getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0),
                max(0.0, time.time() - started),
                process.memory_info().rss,
            )
    except psutil.Error:
        return None
