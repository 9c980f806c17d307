"""Follows the memory of kernels, so that a death can be told from what came before it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from ..domain import limits
from ..domain.clock import Clock
from ..domain.ids import KernelId
from ..domain.occurrences import MemoryPoint, ResourceState
from ..sensors.cgroup import MemoryLimit, read_memory_limit
from ..sensors.kernel_memory import tree_rss


@dataclass(slots=True)
class _Followed:
    pid: int
    oom_kills: int | None
    """Of its control group when it began."""
    limit: MemoryLimit | None = None
    trail: deque[tuple[float, int]] = field(
        default_factory=lambda: deque(maxlen=limits.MEMORY_TRAIL_POINTS)
    )
    """Monotonic seconds and resident bytes."""


class MemoryWatch:
    """Reads the memory of kernels in a thread of its own: each second while cells run.

    Parameters
    ----------
    is_busy
        Whether something runs in a kernel; asked from the thread.
    """

    def __init__(
        self, clock: Clock, is_busy: Callable[[KernelId], bool], log: logging.Logger
    ) -> None:
        self._clock = clock
        self._is_busy = is_busy
        self._log = log
        self._followed: dict[KernelId, _Followed] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self, kernel_id: KernelId, pid: int | None) -> None:
        """Begin with a kernel's process; without one on this machine there is nothing to see."""
        with self._lock:
            known = self._followed.get(kernel_id)
            if pid is None:
                self._followed.pop(kernel_id, None)
            elif known is None or known.pid != pid:
                limit = read_memory_limit(pid)
                kills = limit.oom_kills if limit is not None else None
                self._followed[kernel_id] = _Followed(pid, kills, limit)

    def leave(self, kernel_id: KernelId) -> None:
        """Forget a kernel."""
        with self._lock:
            self._followed.pop(kernel_id, None)

    def state(self, kernel_id: KernelId) -> ResourceState | None:
        """Return how the machine stands for a kernel, with its last minute; any thread."""
        with self._lock:
            followed = self._followed.get(kernel_id)
            if followed is None:
                return None
            trail = list(followed.trail)
            pid, before, kept = followed.pid, followed.oom_kills, followed.limit
        # A process that has died is in no group any more: what it was in still counts its kills.
        limit = read_memory_limit(pid) or kept
        now_s = self._clock.monotonic_s()
        kills = limit.oom_kills if limit is not None else None
        return ResourceState(
            rss_bytes=trail[-1][1] if trail else None,
            memory_used_bytes=limit.used_bytes if limit is not None else None,
            memory_limit_bytes=limit.limit_bytes if limit is not None else None,
            memory_limit_source=limit.source if limit is not None else "",
            oom_kills=kills - before if kills is not None and before is not None else None,
            trail=[
                MemoryPoint(round(now_s - at_s, 1), rss)
                for at_s, rss in trail
                if now_s - at_s <= limits.MEMORY_TRAIL_S
            ],
        )

    # A part of the server

    async def start(self) -> None:
        """Begin to look."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._look_for_ever, name="dsinfra-memory")
        self._thread.daemon = True
        self._thread.start()

    async def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, limits.MEMORY_INTERVAL_S)

    def _look_for_ever(self) -> None:
        beat = 0
        while not self._stopping.wait(limits.MEMORY_INTERVAL_S):
            beat += 1
            try:
                self._look(is_idle_due=beat % limits.MEMORY_IDLE_BEATS == 0)
            except Exception:  # the next look may do better
                self._log.debug("dsinfra: the memory of kernels was not read", exc_info=True)

    def _look(self, *, is_idle_due: bool) -> None:
        for kernel_id, followed in list(self._followed.items()):
            if not (is_idle_due or self._is_busy(kernel_id)):
                continue
            rss = tree_rss(followed.pid)
            if rss is None:
                continue
            limit = read_memory_limit(followed.pid)
            with self._lock:
                followed.trail.append((self._clock.monotonic_s(), rss))
                followed.limit = limit or followed.limit
