"""What the services need of the store about the resources of runs."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from ..domain.ids import CellId, RunId
from ..domain.resources.cell_peaks import RunPeaks
from ..domain.resources.right_sizing import SessionPeaks
from ..domain.resources.samples import RunSamples, SampleWindow


class SampleStore(Protocol):
    """The part of the store that answers about the resources of runs."""

    async def run_samples(self, run_id: RunId) -> RunSamples:
        """Return the resources of a run over its time, empty series if nobody looked.

        Raises
        ------
        NotFound
            There is no such run.
        """

    async def cell_peaks(self, cell_id: CellId, notebook_path: str | None) -> list[RunPeaks]:
        """Return the peaks of the last 20 good runs at most of one cell, newest first.

        ``notebook_path`` is a stored path; ``None`` takes the runs of every notebook.
        """

    async def sample_history(self, machine: str, since: datetime, step_s: int) -> SampleWindow:
        """Return what is stored of a machine since a moment, a point for each step.

        ``step_s`` is one of ``limits.SAMPLE_HISTORY_STEPS_S``.
        """

    async def notebook_peaks(self, notebook_path: str) -> list[SessionPeaks]:
        """Return the peaks of the last sessions of a notebook at a stored path, newest first."""
