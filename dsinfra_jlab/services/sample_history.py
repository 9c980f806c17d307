"""Has the store keep a point a minute of what is read, for as long as a week."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from ..domain.changes import SaveMinute
from ..domain.clock import Clock
from ..domain.exceptions import Unavailable
from ..domain.health import ServiceHealth, ServiceState
from ..domain.resources import limits
from ..domain.resources.sample_history import (
    MINUTE_S,
    Minute,
    MinuteBook,
    joined,
    step_of,
    with_keys,
)
from ..domain.resources.samples import KernelSample, SampleQuery, SampleWindow, Snapshot
from .contents_paths import ContentsPaths
from .ports import RecordStore
from .recording import Policy

Recent = Callable[[SampleQuery], SampleWindow]
"""Gives what is held in memory; takes a moment for hours of many series."""

NOTHING = SampleWindow(0, 0.0, [], {})


class SampleHistory:
    """Writes minutes, and gives windows that reach back beyond this server.

    Parameters
    ----------
    machine
        Whose readings these are: servers of one machine write and read the same history.
    policy
        Kernels of notebooks that are not to be recorded are left out.
    """

    def __init__(
        self,
        store: RecordStore,
        clock: Clock,
        machine: str,
        policy: Policy,
        paths: ContentsPaths,
    ) -> None:
        self._store = store
        self._clock = clock
        self._machine = machine
        self._policy = policy
        self._paths = paths
        self._book = MinuteBook()
        self._lock = threading.Lock()

    def take(self, snapshot: Snapshot) -> None:
        """Take in one look; on the sampler's thread."""
        kernels = [each for each in snapshot.kernels if self._is_recorded(each)]
        if len(kernels) < len(snapshot.kernels):
            snapshot = replace(snapshot, kernels=kernels)
        with self._lock:
            self._keep(self._book.add(snapshot))

    async def window(self, query: SampleQuery, recent: Recent) -> SampleWindow:
        """Return what is held in memory, and of longer windows what is stored, too.

        Raises
        ------
        BadInput
            If a name is asked for that no series has.
        Unavailable
            The store is away and the window is longer than what is held in memory.
        """
        if query.since or query.window_s <= limits.SAMPLE_RING_POINTS:
            return await asyncio.to_thread(recent, query)
        now = self._clock.now()
        since = now - timedelta(seconds=query.window_s)
        is_long = query.window_s > limits.SAMPLE_MEMORY_S
        in_memory = min(query.window_s, limits.SAMPLE_MEMORY_S)
        held = await asyncio.to_thread(recent, SampleQuery(window_s=in_memory))
        is_whole = bool(held.at_s) and held.at_s[0] <= since.timestamp() + MINUTE_S
        if is_whole and not is_long:
            return _chosen(held, query)
        step_s = step_of(query.window_s)
        try:
            stored = await self._store.sample_history(self._machine, since, step_s)
        except Unavailable:
            if is_long:
                raise
            stored = NOTHING
        if not stored.at_s and not is_long:
            return _chosen(held, query)
        whole = await asyncio.to_thread(joined, stored, held, since.timestamp(), step_s)
        return _chosen(whole, query)

    def _keep(self, minute: Minute | None) -> None:
        if minute is not None and self._policy.current.is_recording:
            self._store.record([SaveMinute(self._machine, minute)])

    def _is_recorded(self, kernel: KernelSample) -> bool:
        path = kernel.notebook_path
        return path is None or self._policy.is_recorded(self._paths.to_stored(path))

    # A part of the server: it only writes what is left at the end

    async def start(self) -> None:
        """Do nothing: minutes come by ``take``."""

    async def stop(self) -> None:
        """Write the minute that has begun."""
        with self._lock:
            self._keep(self._book.take_out())

    def health(self) -> ServiceHealth:
        """Return that it works: how the store does, the store says."""
        return ServiceHealth(ServiceState.running)


def _chosen(window: SampleWindow, query: SampleQuery) -> SampleWindow:
    return window if not query.keys else with_keys(window, query.keys)
