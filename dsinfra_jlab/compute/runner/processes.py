"""Reads the process tree of a job and ends it, from /proc or, where there is none, by psutil."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from . import limits
from .guard import children, kill_below

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Process(NamedTuple):
    """One process, as /proc tells it."""

    pid: int
    state: str
    parent: int
    group: int
    ticks: int
    """CPU time of it and of the children it has waited for."""
    started: int
    """In ticks since boot; with the pid it tells a process from a later one of that pid."""
    rss_bytes: int


def process_table() -> dict[int, Process]:
    """Return every process that can be seen; empty where nothing tells of them."""
    found = {}
    try:
        names = os.listdir("/proc")
    except OSError:
        return _table_of_psutil()
    for name in names:
        if name.isdigit():
            process = read_process(int(name))
            if process is not None:
                found[process.pid] = process
    return found


def read_process(pid: int) -> Process | None:
    """Return a process, ``None`` if it is gone or cannot be read."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name of the program may hold anything, also spaces and brackets.
            fields = file.read().rpartition(b")")[2].split()
        return Process(
            pid=pid,
            state=fields[0].decode(),
            parent=int(fields[1]),
            group=int(fields[2]),
            ticks=sum(map(int, fields[11:15])),
            started=int(fields[19]),
            rss_bytes=int(fields[21]) * PAGE_BYTES,
        )
    except (OSError, ValueError, IndexError):
        return None


def tree_below(pid: int) -> dict[int, Process]:
    """Return a process and those below it, without a look at all others.

    One that is started or ends in this very moment may be missing: for a first or last figure.
    """
    found: dict[int, Process] = {}
    open_ = [pid]
    while open_:
        each = open_.pop()
        process = read_process(each) if each not in found else None
        if process is not None:
            found[each] = process
            open_ += children(each)
    return found or process_table()


def _table_of_psutil() -> dict[int, Process]:
    try:
        import psutil
    except ImportError:
        return {}
    found = {}
    for each in psutil.process_iter():
        with suppress(psutil.Error, OSError), each.oneshot():
            times = each.cpu_times()
            found[each.pid] = Process(
                pid=each.pid,
                state="Z" if each.status() == psutil.STATUS_ZOMBIE else "R",
                parent=each.ppid(),
                group=os.getpgid(each.pid),
                ticks=round(sum(times[:4]) * TICKS_PER_S),  # of its children too
                started=round(each.create_time() * TICKS_PER_S),
                rss_bytes=each.memory_info().rss,
            )
    return found


def descendants(table: dict[int, Process], roots: Iterable[int]) -> set[int]:
    """Return the processes below ``roots`` and these themselves."""
    children: dict[int, list[int]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process.pid)
    found: set[int] = set()
    open_ = [pid for pid in roots if pid in table]
    while open_:
        pid = open_.pop()
        if pid not in found:
            found.add(pid)
            open_ += children.get(pid, ())
    return found


def marked(table: Iterable[int], mark: str) -> set[int]:
    """Return those that were started with ``mark`` (``NAME=value``) in their environment."""
    wanted = mark.encode()
    found = set()
    for pid in table:
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if wanted in file.read().split(b"\0"):
                    found.add(pid)
        except OSError:
            continue  # another user's, or gone
    return found


def shared_out_bytes(pids: Iterable[int]) -> int | None:
    """Return the memory of processes with shared pages counted once; ``None`` if not told."""
    total = 0
    seen = False
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
                for line in file:
                    if line.startswith(b"Pss:"):
                        total += int(line.split()[1]) * 1024
                        seen = True
                        break
        except (OSError, ValueError, IndexError):
            continue
    return total if seen else None


def kill_all(group: int | None, mark: str, known: dict[int, int], guard: int | None = None) -> bool:
    """Kill a group, all that bear ``mark``, all below them and ``known`` (pid to start tick).

    Also all below ``guard``, which takes in what has lost its parent; the guard itself is left.
    Returns whether nothing of them is left.
    """
    known = dict(known)
    spared = {os.getpid()} if guard is None else {os.getpid(), guard}
    for round_ in range(limits.KILL_ROUNDS):
        if group is not None:
            _send(group, signal.SIGKILL, to_group=True)
        if guard is not None:
            kill_below(guard)
        table = process_table()
        left = {pid for pid, started in known.items() if _is_same(table, pid, started)}
        left |= descendants(table, [guard] if guard is not None else [])
        if group is not None:
            left |= {process.pid for process in table.values() if process.group == group}
        left |= marked(table, mark)
        left = descendants(table, left) - spared
        living = {pid for pid in left if table[pid].state not in "ZX"}
        if not living:
            return True
        for pid in living:
            known[pid] = table[pid].started
            _send(pid, signal.SIGKILL)
        if round_:
            time.sleep(limits.KILL_PAUSE_S)
        else:
            time.sleep(limits.KILL_PAUSE_S / 10)  # most are gone at once
    return False


def interrupt_group(group: int) -> None:
    """Send the interrupt to every process of a group; those that were stopped go on for it."""
    _send(group, signal.SIGINT, to_group=True)
    _send(group, signal.SIGCONT, to_group=True)


def signal_name(number: int) -> str:
    """Return the name of a signal, as in ``SIGSEGV``."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def oom_kills() -> int | None:
    """Return how often the kernel has ended a process of our control group for memory."""
    for path in _memory_event_files():
        try:
            with open(path, encoding="ascii") as file:
                for line in file:
                    name, _, value = line.partition(" ")
                    if name == "oom_kill":
                        return int(value)
        except (OSError, ValueError):
            continue
    return None


def _memory_event_files() -> list[str]:
    found = []
    try:
        with open("/proc/self/cgroup", encoding="utf-8") as file:
            for line in file:
                number, controllers, path = line.rstrip("\n").split(":", 2)
                if number == "0":
                    found.append(f"/sys/fs/cgroup{path.rstrip('/')}/memory.events")
                elif "memory" in controllers.split(","):
                    found.append(f"/sys/fs/cgroup/memory{path.rstrip('/')}/memory.oom_control")
    except (OSError, ValueError):
        pass
    return [*found, "/sys/fs/cgroup/memory.events"]


def _is_same(table: dict[int, Process], pid: int, started: int) -> bool:
    return pid in table and table[pid].started == started


def _send(pid: int, number: int, *, to_group: bool = False) -> None:
    with suppress(OSError):  # it may have gone meanwhile
        (os.killpg if to_group else os.kill)(pid, number)
