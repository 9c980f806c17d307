"""Has the monitor look closely at what runs, and keeps with a run what it took."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable

from ..domain.changes import Change, SaveRun, SaveSamples
from ..domain.ids import KernelId, RunId
from ..domain.limits import AMEND_WINDOW_RUNS
from ..domain.resources.samples import RunSamples
from ..domain.runs.records import RunKind, RunRecord, RunStatus
from .monitor_ports import ResourceMonitor

CompleteSamples = Callable[[RunId, RunSamples], RunSamples]


class RunMeter:
    """Follows runs of cells from their beginning to their end; used on the observer's thread.

    Parameters
    ----------
    complete
        Adds to the samples of a run what others saw of it meanwhile.
    """

    def __init__(self, monitor: ResourceMonitor, complete: CompleteSamples | None = None) -> None:
        self._monitor = monitor
        self._complete = complete
        self._running: OrderedDict[RunId, None] = OrderedDict()
        self._open: OrderedDict[RunId, KernelId] = OrderedDict()
        """Runs that wait or go on, and their kernels."""

    def seen(self, changes: Iterable[Change]) -> list[Change]:
        """Return what is to be kept besides, of runs that have ended."""
        kept: list[Change] = []
        for change in changes:
            if isinstance(change, SaveRun) and change.record.kind is RunKind.cell:
                kept += self._follow(change)
        return kept

    def _follow(self, change: SaveRun) -> list[Change]:
        record = change.record
        self._note(record)
        if record.status is RunStatus.running and record.id not in self._running:
            self._running[record.id] = None
            self._monitor.run_begun(record.kernel_id, record.id)
            while len(self._running) > AMEND_WINDOW_RUNS:  # an end that never came
                self._running.popitem(last=False)
        if not record.status.is_final or record.id not in self._running:
            return []
        del self._running[record.id]
        took = self._monitor.run_ended(
            record.kernel_id,
            record.id,
            is_next_waiting=record.kernel_id in self._open.values(),
            marks=record.rss_marks,
        )
        if took is None:
            return []
        samples = took.samples
        if self._complete is not None:
            samples = self._complete(record.id, samples)
        return [SaveSamples(record.id, samples, took.peak_rss, took.peak_gpu_memory, took.energy_j)]

    def _note(self, record: RunRecord) -> None:
        """Note whether a run waits or goes on; the oldest are those whose end never came."""
        self._open.pop(record.id, None)
        if not record.status.is_final:
            self._open[record.id] = record.kernel_id
            while len(self._open) > AMEND_WINDOW_RUNS:
                self._open.popitem(last=False)
