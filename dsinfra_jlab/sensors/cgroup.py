"""The memory and CPU limits that a process really has: of its control groups, or of the machine.

Linux has two versions of control groups, and machines with both at once, where a controller is
in one and the other looks empty. So every group of a process is looked at, from its own one up to
the root, and the tightest limit counts. (https://docs.kernel.org/admin-guide/cgroup-v2.html,
https://docs.kernel.org/admin-guide/cgroup-v1/memory.html)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_UNLIMITED_BYTES = 1 << 60
"""Version 1 writes a number of about 2**63 where there is no limit."""

_ESCAPED = re.compile(r"\\([0-7]{3})")
"""How ``mountinfo`` writes blanks and the like in paths."""

_TOTAL = re.compile(r"^MemTotal:\s+(\d{1,20})\s", re.M)
_AVAILABLE = re.compile(r"^MemAvailable:\s+(\d{1,20})\s", re.M)
_CACHED_V2 = re.compile(r"^inactive_file (\d{1,20})$", re.M)
_CACHED_V1 = re.compile(r"^total_inactive_file (\d{1,20})$", re.M)
"""Single lines of long files that are read each second."""

Read = Callable[[str], "bytes | None"]
"""Gives what a file says; ``None`` if it cannot be read."""


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """How much memory a process may use with those around it, and how much they do."""

    used_bytes: int | None
    """Without what the kernel can drop at once (``inactive_file``)."""
    limit_bytes: int | None
    source: str
    """``machine``, or the path of the control group that sets the limit."""
    oom_kills: int | None
    """Processes of its own group killed for want of memory so far; ``None`` if not counted."""


@dataclass(frozen=True, slots=True)
class CpuLimit:
    """How many CPUs a control group may use, and what it has used."""

    cpu_count: float
    source: str
    """The path of the group that sets the limit."""
    used_s: float | None
    """CPU seconds of all that is in the group."""
    periods: int | None
    """Of the scheduler, in which the group had something to do."""
    throttled_periods: int | None
    """In how many of them it used up what it may and had to wait."""


@dataclass(frozen=True, slots=True)
class Group:
    """One control group."""

    path: PurePosixPath
    """Within its hierarchy."""
    folder: Path
    version: int


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of a process, each from its own one up; of version 1 by what they control.

    They stay readable when the process has gone.
    """

    memory: tuple[Group, ...]
    cpu: tuple[Group, ...]
    cpu_use: tuple[Group, ...]


class ControlGroups:
    """Reads the control groups of processes.

    Parameters
    ----------
    root
        Where ``proc`` and ``sys`` lie; another one for tests.
    read
        Reads one file; one that keeps files open is cheaper.
    """

    def __init__(self, root: Path = Path("/"), read: Read | None = None) -> None:
        self._root = root
        self._meminfo = str(root / "proc" / "meminfo")
        self._read = read or _read_once

    def of(self, pid: int) -> Groups:
        """Return the groups that a process is in now; none where there are none."""
        return Groups(
            memory=tuple(self._groups(pid, "memory", ("memory.max", "memory.limit_in_bytes"))),
            cpu=tuple(self._groups(pid, "cpu", ("cpu.max", "cpu.cfs_quota_us"))),
            cpu_use=tuple(self._groups(pid, "cpuacct", ("cpu.stat", "cpuacct.usage"))),
        )

    def memory(self, groups: Groups) -> MemoryLimit | None:
        """Return the tightest memory limit; ``None`` if nothing can be read."""
        kills = next((k for k in map(self._oom_kills, groups.memory) if k is not None), None)
        return self.memory_within(self.tightest_memory(groups), kills)

    def tightest_memory(self, groups: Groups) -> tuple[int, Group] | None:
        """Return the least limit that a group sets, and which; it changes seldom if ever."""
        tightest: tuple[int, Group] | None = None
        for group in groups.memory:
            limit = self._memory_limit(group)
            if limit is not None and (tightest is None or limit < tightest[0]):
                tightest = limit, group
        return tightest

    def memory_within(
        self, tightest: tuple[int, Group] | None, oom_kills: int | None = None
    ) -> MemoryLimit | None:
        """Return how much is used of that limit now, or of the machine if it has less."""
        total, used = self._machine()
        if tightest is not None and (total is None or tightest[0] < total):
            limit, group = tightest
            return MemoryLimit(self._memory_used(group), limit, str(group.path), oom_kills)
        return MemoryLimit(used, total, "machine", oom_kills) if total is not None else None

    def own_memory_used(self, groups: Groups) -> int | None:
        """Return what the own group of a process uses; ``None`` if that is the whole machine."""
        own = next((group for group in groups.memory if group.path.name), None)
        return self._memory_used(own) if own is not None else None

    def cpu(self, groups: Groups) -> CpuLimit | None:
        """Return the tightest limit of CPUs; ``None`` if no group sets one."""
        tightest = self.tightest_cpu(groups)
        return self.cpu_within(tightest, groups) if tightest is not None else None

    def tightest_cpu(self, groups: Groups) -> tuple[float, Group] | None:
        """Return the least number of CPUs that a group allows, and which."""
        tightest: tuple[float, Group] | None = None
        for group in groups.cpu:
            limit = self._cpu_limit(group)
            if limit is not None and (tightest is None or limit < tightest[0]):
                tightest = limit, group
        return tightest

    def cpu_within(self, tightest: tuple[float, Group], groups: Groups) -> CpuLimit:
        """Return that limit with what its group has used until now."""
        limit, group = tightest
        stat = _pairs(self._text(f"{group.folder}/cpu.stat"))
        return CpuLimit(
            limit,
            str(group.path),
            self._cpu_used_s(group, groups, stat),
            stat.get("nr_periods"),
            stat.get("nr_throttled"),
        )

    # Where they are

    def _groups(self, pid: int, controller: str, names: tuple[str, str]) -> Iterator[Group]:
        for line in self._fresh("proc", str(pid), "cgroup").splitlines():
            number, controllers, path = ([*line.split(":", 2), "", ""])[:3]
            if number != "0" and controller not in controllers.split(","):
                continue
            version = 2 if number == "0" else 1
            mount = self._mount(version, controller)
            if mount is None or not path.startswith("/"):
                continue
            folder, base = mount
            # A path that leads out of what is mounted means the group that is mounted.
            own = PurePosixPath("/") if ".." in path.split("/") else PurePosixPath(path)
            for each in (own, *own.parents):
                below = each.relative_to(base if each.is_relative_to(base) else "/")
                group = Group(each, folder / below, version)
                # Looked for once, so that what is missing is not looked for at each reading.
                wanted = names[0] if version == 2 else names[1]
                if (group.folder / wanted).exists() or _counts(group):
                    yield group
                if each == base:
                    break

    def _mount(self, version: int, controller: str) -> tuple[Path, PurePosixPath] | None:
        """Return where a controller's hierarchy is mounted, and which part of it is."""
        for line in self._fresh("proc", "self", "mountinfo").splitlines():
            before, _, after = line.partition(" - ")
            kind, *rest = after.split(" ")
            options = rest[-1].split(",") if rest else []
            wanted = (
                kind == "cgroup2" if version == 2 else kind == "cgroup" and controller in options
            )
            fields = before.split(" ")
            if wanted and len(fields) > 4:
                base = PurePosixPath(_unescaped(fields[3]))
                base = PurePosixPath("/") if ".." in base.parts else base
                return self._root / _unescaped(fields[4]).lstrip("/"), base
        return None

    # What they say

    def _memory_limit(self, group: Group) -> int | None:
        name = "memory.max" if group.version == 2 else "memory.limit_in_bytes"
        found = _number(self._text(f"{group.folder}/{name}"))
        return found if found is not None and 0 < found < _UNLIMITED_BYTES else None

    def _memory_used(self, group: Group) -> int | None:
        name = "memory.current" if group.version == 2 else "memory.usage_in_bytes"
        used = _number(self._text(f"{group.folder}/{name}"))
        if used is None:
            return None
        pattern = _CACHED_V2 if group.version == 2 else _CACHED_V1
        return max(0, used - (_found(pattern, self._text(f"{group.folder}/memory.stat")) or 0))

    def _oom_kills(self, group: Group) -> int | None:
        name = "memory.events" if group.version == 2 else "memory.oom_control"
        return _pairs(self._text(f"{group.folder}/{name}")).get("oom_kill")

    def _machine(self) -> tuple[int | None, int | None]:
        """Return the machine's memory, and how much of it is in use."""
        text = self._text(self._meminfo)
        total, free = _found(_TOTAL, text), _found(_AVAILABLE, text)
        if total is None:
            return None, None
        return total * 1024, (total - free) * 1024 if free is not None else None

    def _cpu_limit(self, group: Group) -> float | None:
        if group.version == 2:
            quota, _, period = self._text(f"{group.folder}/cpu.max").strip().partition(" ")
        else:
            quota = self._text(f"{group.folder}/cpu.cfs_quota_us")
            period = self._text(f"{group.folder}/cpu.cfs_period_us")
        quota_us, period_us = _number(quota), _number(period)
        return quota_us / period_us if quota_us and period_us else None

    def _cpu_used_s(self, group: Group, groups: Groups, stat: dict[str, int]) -> float | None:
        if group.version == 2:
            used_us = stat.get("usage_usec")
            return used_us / 1e6 if used_us is not None else None
        for each in groups.cpu_use:
            if each.version == 1 and each.path == group.path:
                used_ns = _number(self._text(f"{each.folder}/cpuacct.usage"))
                return used_ns / 1e9 if used_ns is not None else None
        return None

    def _text(self, path: str) -> str:
        content = self._read(path)
        return content.decode("utf-8", "replace") if content is not None else ""

    def _fresh(self, *names: str) -> str:
        """Return a file that is read seldom and may be long."""
        content = _read_once(str(self._root.joinpath(*names)))
        return content.decode("utf-8", "replace") if content is not None else ""


def read_memory_limit(pid: int, root: Path = Path("/")) -> MemoryLimit | None:
    """Return the tightest memory limit over a process; ``None`` if nothing can be read."""
    groups = ControlGroups(root)
    return groups.memory(groups.of(pid))


def _counts(group: Group) -> bool:
    """Return whether a group without a limit counts its use or its kills."""
    names = (
        ("memory.current", "memory.events")
        if group.version == 2
        else ("memory.usage_in_bytes", "memory.oom_control")
    )
    return any((group.folder / name).exists() for name in names)


def _pairs(text: str) -> dict[str, int]:
    """Return the numbers of a file with a name and a number on each line."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        name, _, rest = line.partition(" ")
        number = _number(rest.split()[0] if rest.split() else "")
        if number is not None:
            found[name] = number
    return found


def _found(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return int(found[1]) if found is not None else None


def _number(text: str) -> int | None:
    text = text.strip()
    # More than 20 digits are no number of bytes or microseconds.
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else None


def _unescaped(path: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), path)


def _read_once(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError):
        return None
