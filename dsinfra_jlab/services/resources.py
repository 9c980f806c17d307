"""What the machine does and did: for whoever looks on, and for one run or cell."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from ..domain.events import Looked
from ..domain.exceptions import Unavailable
from ..domain.ids import CellId, KernelId, RunId
from ..domain.resources.alert_details import AlertDetails
from ..domain.resources.cell_peaks import cell_peak
from ..domain.resources.costs import hourly_expense, run_expense
from ..domain.resources.kernel_memory import KernelMemory
from ..domain.resources.right_sizing import NotebookSize, notebook_size
from ..domain.resources.run_gpus import RunGpuBook
from ..domain.resources.samples import (
    Alert,
    CellPeak,
    KernelSample,
    Price,
    RunSamples,
    SampleQuery,
    SampleWindow,
    Snapshot,
)
from ..domain.resources.trends import Trend
from .alert_details import AlertDetailsDesk
from .contents_paths import ContentsPaths
from .exact_memory import ExactMemory
from .monitor_ports import ResourceMonitor
from .ports import RecordStore
from .sample_history import SampleHistory

POLL_PATIENCE_S = 15.0
"""Whoever asks without a websocket counts as looking on for so long: three polls of 5 s."""


MEMORY_SPAN_S, MEMORY_LEAST_SPAN_S = 60.0, 30.0
"""How fast memory fills is judged by the last minute, from half a minute on."""

MEMORY_ETA_MAX_S = 600.0
"""What is said of more than ten minutes ahead, from one minute behind, is a guess."""

OnLook = Callable[[Snapshot], None]
"""Called on the sampler's thread with each look."""


class ResourceService:
    """The use cases of resources; paths are those of the file browser.

    Parameters
    ----------
    prices
        Of the host and its GPUs, as the operator set them; none shows no money.
    publish
        Tells who watches of each look; called on the sampler's thread.
    history
        Keeps what is read beyond this server's time; ``None`` keeps it in memory only.
    """

    def __init__(
        self,
        store: RecordStore,
        paths: ContentsPaths,
        prices: Sequence[Price],
        publish: Callable[[Looked], None],
        history: SampleHistory | None = None,
    ) -> None:
        self._store = store
        self._paths = paths
        self._prices = prices
        self._publish = publish
        self._history = history
        self._monitor: ResourceMonitor | None = None
        self._takers: Sequence[OnLook] = ()
        self._latest: Snapshot | None = None
        self._gpus = RunGpuBook()
        self._gpus_lock = threading.Lock()
        self._memory = Trend(MEMORY_SPAN_S, MEMORY_LEAST_SPAN_S)
        self._forgetting: asyncio.TimerHandle | None = None
        self._exact = ExactMemory()
        self._details = AlertDetailsDesk()

    def ask_monitor(self, monitor: ResourceMonitor, takers: Sequence[OnLook] = ()) -> None:
        """Ask this monitor from now on, and give what it reads to ``takers``, too."""
        self._monitor = monitor
        self._takers = takers
        monitor.listen(self._take)

    def latest(self) -> Snapshot:
        """Return everything as last read; raises ``Unavailable`` before the first look."""
        self._note_poll(self._there())
        if self._latest is None:
            raise Unavailable("The machine has not been looked at yet; ask again in a second.")
        return self._latest

    async def window(self, query: SampleQuery) -> SampleWindow:
        """Return series of the past; raises ``BadInput`` for names there are none of.

        Raises ``Unavailable`` for what only the store has while it is away.
        """
        monitor = self._there()
        if self._history is not None:
            return await self._history.window(query, monitor.window)
        # Six hours of a hundred series are more than the event loop should wait for.
        return await asyncio.to_thread(monitor.window, query)

    async def of_run(self, run_id: RunId) -> RunSamples:
        """Return the resources of a run, empty series if nobody looked; raises ``NotFound``."""
        samples = await self._store.run_samples(run_id)
        if not self._prices:
            return samples
        run = await self._store.run(run_id)
        duration_s = run.duration_s or (samples.at_s[-1] if samples.at_s else 0.0)
        return replace(samples, expense=run_expense(samples, duration_s, self._prices))

    def completed(self, run_id: RunId, samples: RunSamples) -> RunSamples:
        """Return the samples of a run that has ended, with what it held of GPUs; any thread."""
        with self._gpus_lock:
            gpus = self._gpus.take_out(run_id)
        host = self._latest.host if self._latest is not None else None
        count = host.cpu_count if host is not None else None
        return replace(samples, gpus=gpus, cpu_count=count)

    async def cell_peak(self, cell_id: CellId, notebook_path: str) -> CellPeak:
        """Return what the last runs of a cell took, against what is free now."""
        stored = self._paths.to_stored(notebook_path) if notebook_path else None
        peaks = await self._store.cell_peaks(cell_id, stored)
        kernel = self._kernel_of(self._latest, stored)
        return cell_peak(cell_id, peaks, self._latest, kernel)

    async def kernel_memory(self, kernel_id: KernelId) -> KernelMemory:
        """Return what the memory of a kernel is made of; raises ``NotFound``, ``Unavailable``."""
        return await self._exact.of(kernel_id, self._there().exact_memory)

    async def alert_details(self, alert: Alert) -> AlertDetails:
        """Return what lies behind an alert; raises ``Unavailable`` if that takes too long."""
        return await self._details.of(alert, self._there())

    async def notebook_size(self, notebook_path: str) -> NotebookSize:
        """Return in how much memory a notebook would fit, by its last sessions."""
        stored = self._paths.to_stored(notebook_path)
        sessions = await self._store.notebook_peaks(stored)
        host, gpus = None, []
        if self._latest is not None:
            host, gpus = self._latest.host, self._latest.gpus
        divided = {gpu.parent_uuid for gpu in gpus}
        return notebook_size(
            notebook_path,
            sessions,
            host.memory_limit_bytes if host is not None else None,
            [gpu.memory_total_bytes or 0 for gpu in gpus if gpu.uuid not in divided],
        )

    def _take(self, snapshot: Snapshot) -> None:
        """Add to a look what follows from it, and pass it on; on the sampler's thread."""
        snapshot = replace(
            snapshot,
            hourly_expense=hourly_expense(snapshot, self._prices),
            memory_full_in_s=self._memory_full_in_s(snapshot),
        )
        with self._gpus_lock:
            self._gpus.look(snapshot)
        self._latest = snapshot
        self._publish(Looked(snapshot))
        for take in self._takers:
            take(snapshot)

    def _memory_full_in_s(self, snapshot: Snapshot) -> float | None:
        host = snapshot.host
        is_running = any(kernel.running is not None for kernel in snapshot.kernels)
        used = host.memory_used_bytes if host is not None else None
        limit = host.memory_limit_bytes if host is not None else None
        if not is_running or used is None or limit is None:
            self._memory.clear()
            return None
        self._memory.add(snapshot.at.timestamp(), float(used))
        full_in_s = self._memory.full_in_s(float(limit))
        return full_in_s if full_in_s is not None and full_in_s < MEMORY_ETA_MAX_S else None

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
