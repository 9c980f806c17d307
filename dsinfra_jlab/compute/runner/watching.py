"""Looks at the process tree of a job: what it uses, and whether it holds too much memory."""

from __future__ import annotations

import time
from typing import Any

from . import limits
from .forwarding import said
from .gpus import gpu_memory_bytes, known_gpus
from .processes import (
    TICKS_PER_S,
    Process,
    descendants,
    process_table,
    read_process,
    shared_out_bytes,
    tree_below,
)


class OverLimit(Exception):
    """The job holds more memory than it had asked for."""

    def __init__(self, held_bytes: int, limit_bytes: int) -> None:
        super().__init__(held_bytes, limit_bytes)
        self.held_bytes = held_bytes
        self.limit_bytes = limit_bytes


class TreeWatch:
    """The processes of one job: that of its kernel, and all that has come of it.

    Parameters
    ----------
    guard
        The kernel's parent, below which all of it stays; ``None`` if there is none.
    """

    def __init__(self, pid: int, limit_bytes: int | None, guard: int | None = None) -> None:
        self._pid = pid
        self._guard = guard
        self._limit = limit_bytes
        self.seen: dict[int, int] = {}
        """Every process there was, by start tick: some leave the tree and have to end too."""
        self._has_gpus = bool(known_gpus())
        self._told_at = 0.0
        self._ticks_before = self._ticks_of(self._look(tree_below(guard or pid)))
        self.next_at = time.monotonic() + limits.SAMPLE_INTERVAL_S

    def look(self, *, is_last: bool = False, is_short: bool = False) -> dict[str, Any] | None:
        """Look, and return an event ``sample`` if one is due or if it is the last.

        A short look, where the kernel lives on, is only at what is below it.

        Raises
        ------
        OverLimit
            It holds too much.
        """
        now = time.monotonic()
        tree = self._look(self._short_table() if is_short else process_table())
        if not tree:
            self.next_at = now + limits.SAMPLE_INTERVAL_S
            return None
        held = sum(process.rss_bytes for process in tree)
        is_near = self._limit is not None and held > self._limit / 2
        if self._limit is not None and held > self._limit * limits.NEAR_RATIO:
            # Pages that forks share stand in the figure of each; who would be killed for that
            # is looked at closely first.
            shared_out = shared_out_bytes(process.pid for process in tree)
            held = shared_out if shared_out is not None else held
            if held > self._limit:
                raise OverLimit(held, self._limit)
        interval = limits.NEAR_INTERVAL_S if is_near else limits.SAMPLE_INTERVAL_S
        self.next_at = now + interval
        if now - self._told_at < limits.SAMPLE_INTERVAL_S * 0.9 and not is_last:
            return None
        self._told_at = now
        return said(
            "sample",
            cpu_s=max(0, self._ticks_of(tree) - self._ticks_before) / TICKS_PER_S,
            rss_bytes=held,
            gpu_memory_bytes=(
                gpu_memory_bytes(process.pid for process in tree) if self._has_gpus else None
            ),
            processes=len(tree),
            limit_bytes=self._limit,
            is_near_limit=self._limit is not None and held > self._limit * limits.NEAR_RATIO,
        )

    def _short_table(self) -> dict[int, Process]:
        """Return what is below the kernel, and what was seen there before."""
        table = tree_below(self._guard or self._pid)
        for pid in self.seen.keys() - table.keys():
            process = read_process(pid)
            if process is not None:
                table[pid] = process
        return table

    def _look(self, table: dict[int, Process]) -> list[Process]:
        roots = [self._pid, *([] if self._guard is None else [self._guard])]
        roots += [
            pid
            for pid, since in self.seen.items()
            if pid in table and pid != self._pid and table[pid].started == since
        ]
        tree = [table[pid] for pid in descendants(table, roots) if pid != self._guard]
        self.seen.update((process.pid, process.started) for process in tree)
        return [process for process in tree if process.state not in "ZX"]

    @staticmethod
    def _ticks_of(tree: list[Any]) -> int:
        return sum(process.ticks for process in tree)
