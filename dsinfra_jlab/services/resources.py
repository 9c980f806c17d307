"""What the machine does and did: for whoever looks on, and for one run or cell."""

from __future__ import annotations

import asyncio

from ..domain.cell_peaks import cell_peak
from ..domain.errors import Unavailable
from ..domain.ids import CellId, RunId
from ..domain.samples import (
    CellPeak,
    KernelSample,
    RunSamples,
    SampleQuery,
    SampleWindow,
    Snapshot,
)
from .contents_paths import ContentsPaths
from .monitor_ports import ResourceMonitor
from .sample_ports import SampleStore

POLL_PATIENCE_S = 15.0
"""Whoever asks without a websocket counts as looking on for so long: three polls of 5 s."""


class ResourceService:
    """The use cases of resources; paths are those of the file browser."""

    def __init__(self, store: SampleStore, paths: ContentsPaths) -> None:
        self._store = store
        self._paths = paths
        self._monitor: ResourceMonitor | None = None
        self._forgetting: asyncio.TimerHandle | None = None

    def ask_monitor(self, monitor: ResourceMonitor) -> None:
        """Ask this monitor from now on; until then nothing has been looked at."""
        self._monitor = monitor

    def latest(self) -> Snapshot:
        """Return everything as last read; raises ``Unavailable`` before the first look."""
        monitor = self._there()
        self._note_poll(monitor)
        snapshot = monitor.latest()
        if snapshot is None:
            raise Unavailable("The machine has not been looked at yet; ask again in a second.")
        return snapshot

    async def window(self, query: SampleQuery) -> SampleWindow:
        """Return series of the past; raises ``BadInput`` for names there are none of."""
        # Six hours of a hundred series are more than the event loop should wait for.
        return await asyncio.to_thread(self._there().window, query)

    async def of_run(self, run_id: RunId) -> RunSamples:
        """Return the resources of a run; raises ``NotFound`` if nobody looked."""
        return await self._store.run_samples(run_id)

    async def cell_peak(self, cell_id: CellId, notebook_path: str) -> CellPeak:
        """Return what the last runs of a cell took, against what is free now."""
        stored = self._paths.to_stored(notebook_path) if notebook_path else None
        peaks = await self._store.cell_peaks(cell_id, stored)
        snapshot = self._monitor.latest() if self._monitor is not None else None
        return cell_peak(cell_id, peaks, snapshot, self._kernel_of(snapshot, stored))

    def _there(self) -> ResourceMonitor:
        if self._monitor is None:
            raise Unavailable("Nothing looks at the machine; the server's health says why.")
        return self._monitor

    def _note_poll(self, monitor: ResourceMonitor) -> None:
        """Count whoever asks as looking on until they have not asked for a while."""
        if self._forgetting is None:
            monitor.look_on(self, True)
        else:
            self._forgetting.cancel()
        loop = asyncio.get_running_loop()
        self._forgetting = loop.call_later(POLL_PATIENCE_S, self._forget_poll, monitor)

    def _forget_poll(self, monitor: ResourceMonitor) -> None:
        self._forgetting = None
        monitor.look_on(self, False)

    def _kernel_of(self, snapshot: Snapshot | None, stored: str | None) -> KernelSample | None:
        """Return the kernel of a notebook."""
        if snapshot is None or stored is None:
            return None
        for kernel in snapshot.kernels:
            path = kernel.notebook_path
            if path is not None and self._paths.to_stored(path) == stored:
                return kernel
        return None
