"""Processes of Linux, read from ``/proc`` by the shortest way.

The search reads one file of each process of the machine; the looks between read two files of the
kernels' own processes, which stay open.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
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

_NEWEST = 4
"""Place of the newest process in ``/proc/loadavg``."""

_TICKS_PER_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_MARK = b"VmHWM:"


_FULL_SCAN_S = 300.0
"""Between searches that believe nothing of the ones before."""

_SMALL_TREE = 16
"""Processes of a kernel that may be at rest together: each needs one more file kept open, and of
hundreds some are always at work."""

_HARDLY_S = 0.003
"""CPU of a process that is at rest: an idle kernel takes 0.2 ms a second to see whether its parent
is there and to answer its heartbeat. A child whose end it notices meanwhile is counted by the
next reading."""

_NOTHING_S = 0.0005
"""CPU in which no memory is worth reading: pages for some 8 MB can be had in it."""


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
    reading: TreeReading | None = None
    """As last read."""
    read_s: float = float("-inf")
    """When each of its files was."""
    clocks: Mapping[int, float | None] = field(default_factory=dict)
    """The CPU seconds of its processes then."""
    memory: Mapping[int, bytes | None] = field(default_factory=dict)
    """What the system said of their memory then."""
    root_clock_s: float = 0.0
    """The root's CPU seconds when its memory was asked for last."""

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
        self._scan = Scan()
        """The last one."""
        self._newest: bytes | None = None
        """Which process was the newest before it; ``None`` if the system did not say."""
        self._is_settled = False
        """Whether that process had begun well before the scan, and so is in it."""
        self._search_files: KeptFiles | None = KeptFiles(opener, 1)
        """``None`` where there is nothing to be asked."""
        self._adopted: Scan | None = None
        """What the roots have their processes from, all of them."""
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
        self._adopted = None

    def leave(self, pid: int) -> None:
        """Forget a root."""
        tree = self._trees.pop(pid, None)
        for member in tree.members if tree is not None else ():
            self._forget(member)

    def scan(self) -> Scan:
        """Return every process of the machine; one thread at a time.

        One that was there at the last search is not read again: that would be most of what the
        monitor costs. All are, now and then. Nothing is searched while no process has begun.
        """
        now_s = time.monotonic()
        is_full = self._full_at_s is None or now_s - self._full_at_s >= _FULL_SCAN_S
        # Asked before the search: what begins meanwhile is found by the next one.
        newest = self._newest_process()
        is_same = newest is not None and newest == self._newest
        if is_same and self._is_settled and not is_full:
            return self._scan
        if is_full:
            self._full_at_s, self._found = now_s, {}
        self._newest, self._is_settled = newest, is_same
        self._scan = self._search()
        return self._scan

    def _search(self) -> Scan:
        listed = self._folders()
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

    def _newest_process(self) -> bytes | None:
        """Return the number given last to a process or thread, ``None`` if the system hides it."""
        if self._search_files is None:
            return None
        fields = (self._search_files.read(f"{self._proc}/loadavg") or b"").split()
        if len(fields) > _NEWEST:
            return fields[_NEWEST]
        self._search_files.close()
        self._search_files = None
        return None

    def adopt(self, scan: Scan) -> None:
        """Add the processes below the roots that a scan found."""
        if scan is self._adopted:
            return
        self._adopted = scan
        roots = [root for root, tree in self._trees.items() if tree.is_of(scan.keys.get(root))]
        known = {
            pid: root
            for root, tree in self._trees.items()
            for pid, key in tree.members.items()
            if scan.keys.get(pid) == key
        }
        for pid, root in members_below(roots, scan, known).items():
            self._trees[root].members[pid] = scan.keys[pid]

    def read(self, pid: int, patience_s: float = 0.0) -> TreeReading | None:
        """Return the tree of a root; ``None`` if the root has gone or cannot be read."""
        tree = self._trees.get(pid)
        if tree is None:
            return None
        clocks = {member: self._exact_cpu_s(member) for member in tree.members}
        now_s = time.monotonic()
        if now_s - tree.read_s < patience_s and self._is_at_rest(pid, tree, clocks):
            return tree.reading
        is_small = patience_s > 0 and len(tree.members) <= _SMALL_TREE
        tree.memory = {member: self._memory(member) for member in tree.members if is_small}
        tree.reading, tree.read_s, tree.clocks = self._read_tree(pid, tree, clocks), now_s, clocks
        tree.root_clock_s = clocks.get(pid) or 0.0
        return tree.reading

    def _is_at_rest(self, root: int, tree: _Tree, clocks: Mapping[int, float | None]) -> bool:
        """Return whether a tree has done nothing to speak of since it was read."""
        if tree.reading is None or clocks.keys() != tree.clocks.keys():
            return False
        for pid, now_s in clocks.items():
            then_s = tree.clocks[pid]
            if now_s is None or then_s is None or not 0 <= now_s - then_s < _HARDLY_S:
                return False
            # The root's end is never missed: it takes time. That of a child that does next to
            # nothing may not; of one that has ended, and of a later one with its number, the
            # system says something else.
            if pid == root and now_s - tree.root_clock_s < _NOTHING_S:
                continue
            memory = tree.memory.get(pid)
            if memory is None or self._memory(pid) != memory:
                return False
            if pid == root:
                tree.root_clock_s = now_s
        return True

    def _memory(self, pid: int) -> bytes | None:
        """Return what the system says of a process's memory, the shortest file that there is."""
        return self._files.read(self._path(pid, "statm"))

    def _read_tree(
        self, pid: int, tree: _Tree, clocks: Mapping[int, float | None]
    ) -> TreeReading | None:
        now_s = _uptime_s()
        readings: list[ProcessReading] = []
        for member, key in list(tree.members.items()):
            # Read after the clock: if it still is that process, the clock was its own.
            stat = self._stat(member)
            if stat is None or stat.key != key:
                self._forget(member)
                del tree.members[member]
                if member == pid:
                    return None
                continue
            exact_s = clocks[member]
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
        if self._search_files is not None:
            self._search_files.close()

    def _stat(self, pid: int) -> _Stat | None:
        content = self._files.read(self._path(pid, "stat"))
        return _parsed(pid, content) if content is not None else None

    def _forget(self, pid: int) -> None:
        for name in ("stat", "statm", "status"):
            self._files.forget(self._path(pid, name))

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
