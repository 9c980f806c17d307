"""Processes of Linux, read from ``/proc`` by the shortest way.

The search reads one file of each process of the machine; the looks between read two files of the
kernels' own processes, which stay open.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field
from typing import NamedTuple

from .kept_files import FILES_MAX, KeptFiles, Opener
from .processes import ProcessKey, ProcessReading, Scan, TreeReading, members_below

_STATE, _PARENT, _SESSION, _UTIME, _STIME, _CUTIME, _CSTIME, _STARTED, _RSS = (
    0,
    1,
    3,
    11,
    12,
    13,
    14,
    19,
    21,
)
"""Fields of ``stat``, counted after the name, which may hold spaces and parentheses."""

_TICKS_PER_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_MARK = b"VmHWM:"


_FULL_SCAN_S = 300.0
"""Between searches that believe nothing of the ones before."""


class _Known(NamedTuple):
    """A process that was read in a search before."""

    inode: int
    """Of its folder: another process of the same number has a folder of its own."""
    key: ProcessKey
    parent: int
    session: int


class _Stat(NamedTuple):
    key: ProcessKey
    cpu_s: float
    reaped_cpu_s: float
    rss_bytes: int


@dataclass(slots=True)
class _Tree:
    started: float | None = None
    """Of the root; ``None`` until it was read."""
    members: dict[int, ProcessKey] = field(default_factory=dict)

    def is_of(self, key: ProcessKey | None) -> bool:
        """Return whether a process is the root, and no later one with its number."""
        return key is not None and self.started in (None, key.started)


class LinuxProcesses:
    """Reads the trees of processes below some roots.

    Parameters
    ----------
    root
        Where ``proc`` lies; another one for tests.
    """

    def __init__(
        self, root: str = "/", opener: Opener = os.open, files_max: int = FILES_MAX
    ) -> None:
        self._proc = os.path.join(root, "proc")
        self._open = opener
        self._files = KeptFiles(opener, files_max)
        self._trees: dict[int, _Tree] = {}
        self._found: dict[int, _Known] = {}
        self._full_at_s: float | None = None
        self._has_exact_clock = root == "/" and hasattr(time, "clock_gettime")

    def follow(self, pid: int) -> None:
        """Begin with a root."""
        stat = self._stat(pid)
        tree = _Tree()
        if stat is not None:
            tree.started = stat.key.started
            tree.members[pid] = stat.key
        self._trees[pid] = tree

    def leave(self, pid: int) -> None:
        """Forget a root."""
        tree = self._trees.pop(pid, None)
        for member in tree.members if tree is not None else ():
            self._forget(member)

    def scan(self) -> Scan:
        """Return every process of the machine; one thread at a time.

        One that was there at the last search is not read again: that would be most of what the
        monitor costs. All are, now and then.
        """
        listed = self._folders()
        now_s = time.monotonic()
        if self._full_at_s is None or now_s - self._full_at_s >= _FULL_SCAN_S:
            self._full_at_s, self._found = now_s, {}
        kept = {pid: known for pid, known in self._found.items() if listed.get(pid) == known.inode}
        found: dict[int, _Known] = {}
        for pid, inode in listed.items():
            known = kept.get(pid)
            # Whose parent has gone has another one by now, and the number may be another's.
            if known is None or (known.parent and known.parent not in kept):
                known = self._known(pid, inode)
            if known is not None:
                found[pid] = known
        self._found = found
        scan = Scan()
        for pid, known in found.items():
            scan.keys[pid], scan.parents[pid] = known.key, known.parent
            scan.sessions[pid] = known.session
        return scan

    def adopt(self, scan: Scan) -> None:
        """Add the processes below the roots that a scan found."""
        roots = [root for root, tree in self._trees.items() if tree.is_of(scan.keys.get(root))]
        known = {
            pid: root
            for root, tree in self._trees.items()
            for pid, key in tree.members.items()
            if scan.keys.get(pid) == key
        }
        for pid, root in members_below(roots, scan, known).items():
            self._trees[root].members[pid] = scan.keys[pid]

    def read(self, pid: int) -> TreeReading | None:
        """Return the tree of a root; ``None`` if the root has gone or cannot be read."""
        tree = self._trees.get(pid)
        if tree is None:
            return None
        now_s = _uptime_s()
        readings: list[ProcessReading] = []
        for member, key in list(tree.members.items()):
            exact_s = self._exact_cpu_s(member)
            # Read after the clock: if it still is that process, the clock was its own.
            stat = self._stat(member)
            if stat is None or stat.key != key:
                self._forget(member)
                del tree.members[member]
                if member == pid:
                    return None
                continue
            readings.append(
                ProcessReading(
                    key,
                    stat.cpu_s if exact_s is None else exact_s,
                    stat.reaped_cpu_s,
                    max(0.0, now_s - key.started) if now_s is not None else None,
                    stat.rss_bytes,
                )
            )
        if pid not in tree.members:
            return None
        readings.sort(key=lambda reading: reading.key.pid != pid)
        return TreeReading(tuple(readings))

    def high_mark(self, key: ProcessKey) -> int | None:
        """Return the most resident memory a process ever held; ``None`` if nobody counts it."""
        content = self._files.read(self._path(key.pid, "status"))
        _, found, rest = (content or b"").partition(_MARK)
        fields = rest.split(None, 2)
        if not found or len(fields) < 2 or not fields[0].isdigit() or fields[1] != b"kB":
            return None
        stat = self._stat(key.pid)
        is_same = stat is not None and stat.key == key
        return int(fields[0]) * 1024 if is_same else None

    def is_seen(self, pid: int) -> bool:
        """Return whether a process is there, whosever it is."""
        return pid > 0 and os.path.exists(self._path(pid, "stat"))

    def is_alive(self, key: ProcessKey) -> bool:
        """Return whether this very process is there and can be read; any thread."""
        content = self._read_once(self._path(key.pid, "stat"))
        stat = _parsed(key.pid, content) if content is not None else None
        return stat is not None and stat.key == key

    def close(self) -> None:
        """Let go of what is held open."""
        self._files.close()

    def _stat(self, pid: int) -> _Stat | None:
        content = self._files.read(self._path(pid, "stat"))
        return _parsed(pid, content) if content is not None else None

    def _forget(self, pid: int) -> None:
        self._files.forget(self._path(pid, "stat"))
        self._files.forget(self._path(pid, "status"))

    def _path(self, pid: int, name: str) -> str:
        return f"{self._proc}/{pid}/{name}"

    def _known(self, pid: int, inode: int) -> _Known | None:
        """Read a process as a search needs it; ``None`` if it has gone."""
        fields = _fields(self._read_once(self._path(pid, "stat")), _STARTED + 1)
        if fields is None:
            return None
        try:
            key = ProcessKey(pid, int(fields[_STARTED]) / _TICKS_PER_S)
            return _Known(inode, key, int(fields[_PARENT]), int(fields[_SESSION]))
        except ValueError:
            return None

    def _folders(self) -> dict[int, int]:
        """Return the number of each process with the inode of its folder."""
        try:
            with os.scandir(self._proc) as entries:
                return {
                    int(entry.name): entry.inode() for entry in entries if entry.name.isdecimal()
                }
        except (OSError, ValueError):
            return {}

    def _read_once(self, path: str) -> bytes | None:
        try:
            descriptor = self._open(path, os.O_RDONLY)
        except OSError:
            return None
        try:
            return os.read(descriptor, 4096)
        except OSError:
            return None
        finally:
            os.close(descriptor)

    def _exact_cpu_s(self, pid: int) -> float | None:
        """Return a process's CPU time to the nanosecond; ``stat`` gives hundredths of a second."""
        if self._has_exact_clock:
            with contextlib.suppress(OSError, OverflowError):
                return time.clock_gettime((~pid << 3) | 2)
        return None


def _parsed(pid: int, content: bytes) -> _Stat | None:
    """Return what ``stat`` says; ``None`` for nonsense and for a process that has ended."""
    fields = _fields(content, _RSS + 1)
    if fields is None:
        return None
    try:
        cpu = int(fields[_UTIME]) + int(fields[_STIME])
        reaped = int(fields[_CUTIME]) + int(fields[_CSTIME])
        return _Stat(
            ProcessKey(pid, int(fields[_STARTED]) / _TICKS_PER_S),
            cpu / _TICKS_PER_S,
            reaped / _TICKS_PER_S,
            max(0, int(fields[_RSS])) * _PAGE_BYTES,
        )
    except ValueError:
        return None


def _fields(content: bytes | None, count: int) -> list[bytes] | None:
    """Return so many fields behind the name; ``None`` for what has ended and for nonsense."""
    fields = content.rpartition(b")")[2].split(None, count) if content is not None else []
    return fields if len(fields) > count and fields[_STATE] not in (b"Z", b"X") else None


def _uptime_s() -> float | None:
    """Return seconds since the machine started, as ``stat`` counts the start of processes."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else None
