"""What the store answers about the resources of runs."""

from __future__ import annotations

from datetime import datetime

from ..domain.ids import CellId, RunId
from ..domain.resources.right_sizing import SessionPeaks
from ..domain.resources.samples import RunSamples, SampleWindow
from . import notebook_peaks, sample_hours, sample_queries
from .calls import Calls, stored_id

__all__ = ["SampleAnswers"]


class SampleAnswers(Calls):
    """The part of the store that is about resources; see ``services.sample_ports``."""

    async def run_samples(self, run_id: RunId) -> RunSamples:
        """Return the resources of a run over its time; raises ``NotFound``."""
        run_id = stored_id(run_id)
        return await self._read(lambda c: sample_queries.samples_of(c, run_id))

    async def cell_peaks(
        self, cell_id: CellId, notebook_path: str | None
    ) -> list[tuple[int | None, int | None]]:
        """Return the peaks of the last 20 runs at most of one cell, newest first."""
        return await self._read(lambda c: sample_queries.peaks_of_cell(c, cell_id, notebook_path))

    async def sample_history(self, machine: str, since: datetime, step_s: int) -> SampleWindow:
        """Return what is stored of a machine since a moment, the most of each step."""
        return await self._read(lambda c: sample_hours.history_of(c, machine, since, step_s))

    async def notebook_peaks(self, notebook_path: str) -> list[SessionPeaks]:
        """Return the peaks of the last sessions of a notebook at a stored path, newest first."""
        return await self._read(lambda c: notebook_peaks.peaks_of_notebook(c, notebook_path))
