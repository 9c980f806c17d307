"""A monitor that reads what a test tells it."""

from __future__ import annotations

from collections.abc import Callable

from dsinfra_jlab.domain.errors.occurrences import ResourceState
from dsinfra_jlab.domain.ids import KernelId, RunId
from dsinfra_jlab.domain.resources.samples import SampleQuery, SampleWindow, Snapshot
from dsinfra_jlab.services.monitor_ports import RunResources


class ScriptedMonitor:
    """Has read the snapshot it was played last, and remembers who looks on."""

    def __init__(self) -> None:
        self.viewers: set[object] = set()
        self._listeners: list[Callable[[Snapshot], None]] = []
        self._latest: Snapshot | None = None

    def play(self, *snapshots: Snapshot) -> None:
        """Look at the machine as a test says it is."""
        for snapshot in snapshots:
            self._latest = snapshot
            for listener in self._listeners:
                listener(snapshot)

    def follow(self, kernel_id: KernelId, pid: int | None) -> None:
        """Begin with a kernel."""

    def leave(self, kernel_id: KernelId) -> None:
        """Forget a kernel."""

    def state(self, kernel_id: KernelId) -> ResourceState | None:
        """Return nothing."""
        return None

    def run_begun(self, kernel_id: KernelId, run_id: RunId) -> None:
        """A cell begins to run."""

    def run_ended(self, kernel_id: KernelId, run_id: RunId) -> RunResources | None:
        """Return nothing."""
        return None

    def latest(self) -> Snapshot | None:
        """Return what was played last."""
        return self._latest

    def window(self, query: SampleQuery) -> SampleWindow:
        """Return a window with nothing in it."""
        return SampleWindow(0, 1.0, [], {})

    def look_on(self, viewer: object, is_looking: bool) -> None:
        """Somebody begins or ceases to look on."""
        (self.viewers.add if is_looking else self.viewers.discard)(viewer)

    def listen(self, listener: Callable[[Snapshot], None]) -> None:
        """Call ``listener`` with each snapshot that is played."""
        self._listeners.append(listener)
