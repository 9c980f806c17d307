"""Looks at the process tree of a job: what it uses, and whether it holds too much memory."""

from __future__ import annotations

import time
from typing import Any

from . import limits
from .forwarding import said
from .gpus import gpu_memory_bytes, known_gpus
from .processes import (
    TICKS_PER_S,
    descendants,
    process_table,
    shared_out_bytes,
)


class TreeWatch:
    """The processes of one job, from the one of its kernel down."""

    def __init__(self, pid: int, limit_bytes: int | None) -> None:
        self._pid = pid
        self._limit = limit_bytes
        self.seen: dict[int, int] = {}
        """Every process there was, by start tick: some leave the tree and have to end too."""
        self.is_over = False
        self.held_bytes = 0
        self._has_gpus = bool(known_gpus())
        self._told_at = 0.0
        self._ticks_before = self._ticks_of(self._look())
        self.next_at = time.monotonic() + limits.SAMPLE_INTERVAL_S

    def look(self) -> dict[str, Any] | None:
        """Look, and return an event ``sample`` if one is due."""
        now = time.monotonic()
        tree = self._look()
        held = sum(process.rss_bytes for process in tree)
        is_near = self._limit is not None and held > self._limit / 2
        if self._limit is not None and held > self._limit * limits.NEAR_RATIO:
            # Pages that forks share stand in the figure of each; who would be killed for that
            # is looked at closely first.
            shared_out = shared_out_bytes(process.pid for process in tree)
            held = shared_out if shared_out is not None else held
            self.is_over = held > self._limit
        self.held_bytes = held
        interval = limits.NEAR_INTERVAL_S if is_near else limits.SAMPLE_INTERVAL_S
        self.next_at = now + interval
        if now - self._told_at < limits.SAMPLE_INTERVAL_S * 0.9 and not self.is_over:
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

    def _look(self) -> list[Any]:
        table = process_table()
        roots = [self._pid]
        roots += [
            pid
            for pid, since in self.seen.items()
            if pid in table and pid != self._pid and table[pid].started == since
        ]
        tree = [table[pid] for pid in descendants(table, roots)]
        self.seen.update((process.pid, process.started) for process in tree)
        return [process for process in tree if process.state not in "ZX"]

    @staticmethod
    def _ticks_of(tree: list[Any]) -> int:
        return sum(process.ticks for process in tree)
