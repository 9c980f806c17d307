"""The memory limit that a process really has: of its control groups, or of the machine.

Linux has two versions of control groups, and machines with both at once, where the memory
controller is in one and the other looks empty. So every group of a process is looked at, from its
own one up to the root, and the tightest limit counts. (https://docs.kernel.org/admin-guide/
cgroup-v2.html#memory, https://docs.kernel.org/admin-guide/cgroup-v1/memory.html)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_UNLIMITED_BYTES = 1 << 60
"""Version 1 writes a number of about 2**63 where there is no limit."""


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
class _Group:
    path: PurePosixPath
    """Within its hierarchy."""
    folder: Path
    version: int


def read_memory_limit(pid: int, root: Path = Path("/")) -> MemoryLimit | None:
    """Return the tightest memory limit over a process; ``None`` if nothing can be read.

    Parameters
    ----------
    root
        Where ``proc`` and ``sys`` lie; another one for tests.
    """
    groups = list(_groups(pid, root))
    tightest: MemoryLimit | None = None
    for group in groups:
        limit = _limit(group)
        if limit is not None and (tightest is None or limit < (tightest.limit_bytes or 0)):
            tightest = MemoryLimit(_used(group), limit, str(group.path), None)
    machine = _machine(root)
    total = machine.limit_bytes if machine is not None else None
    if tightest is None or (total is not None and total <= (tightest.limit_bytes or 0)):
        tightest = machine
    if tightest is None:
        return None
    kills = next((found for found in map(_oom_kills, groups) if found is not None), None)
    return MemoryLimit(tightest.used_bytes, tightest.limit_bytes, tightest.source, kills)


def _groups(pid: int, root: Path) -> Iterator[_Group]:
    """Yield the groups of a process that control memory, each from its own one up."""
    for line in _text(root / "proc" / str(pid) / "cgroup").splitlines():
        number, controllers, path = ([*line.split(":", 2), "", ""])[:3]
        if number != "0" and "memory" not in controllers.split(","):
            continue
        version = 2 if number == "0" else 1
        mount = _mount(root, version)
        if mount is None:
            continue
        folder, base = mount
        own = PurePosixPath(path)
        for each in (own, *own.parents):
            below = each.relative_to(base) if each.is_relative_to(base) else each.relative_to("/")
            yield _Group(each, folder / below, version)


def _mount(root: Path, version: int) -> tuple[Path, PurePosixPath] | None:
    """Return where the memory controller's hierarchy is mounted, and which part of it is."""
    for line in _text(root / "proc" / "self" / "mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        kind, *rest = after.split(" ")
        options = rest[-1].split(",") if rest else []
        wanted = kind == "cgroup2" if version == 2 else kind == "cgroup" and "memory" in options
        fields = before.split(" ")
        if wanted and len(fields) > 4:
            return root / fields[4].lstrip("/"), PurePosixPath(fields[3])
    return None


def _limit(group: _Group) -> int | None:
    name = "memory.max" if group.version == 2 else "memory.limit_in_bytes"
    found = _number(_text(group.folder / name))
    return found if found is not None and found < _UNLIMITED_BYTES else None


def _used(group: _Group) -> int | None:
    name = "memory.current" if group.version == 2 else "memory.usage_in_bytes"
    used = _number(_text(group.folder / name))
    if used is None:
        return None
    stat = _pairs(_text(group.folder / "memory.stat"))
    cached = stat.get("inactive_file" if group.version == 2 else "total_inactive_file", 0)
    return max(0, used - cached)


def _oom_kills(group: _Group) -> int | None:
    name = "memory.events" if group.version == 2 else "memory.oom_control"
    return _pairs(_text(group.folder / name)).get("oom_kill")


def _machine(root: Path) -> MemoryLimit | None:
    pairs = _pairs(_text(root / "proc" / "meminfo").replace(":", ""))
    total, free = pairs.get("MemTotal"), pairs.get("MemAvailable")
    if total is None:
        return None
    used = (total - free) * 1024 if free is not None else None
    return MemoryLimit(used, total * 1024, "machine", None)


def _pairs(text: str) -> dict[str, int]:
    """Return the numbers of a file with a name and a number on each line."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        name, _, rest = line.partition(" ")
        number = _number(rest.split()[0] if rest.split() else "")
        if number is not None:
            found[name] = number
    return found


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _text(path: Path) -> str:
    """Return what a file says, nothing if it cannot be read."""
    try:
        return path.read_text("utf-8", "replace")
    except (OSError, ValueError):
        return ""
