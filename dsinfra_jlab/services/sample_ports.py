"""What the services need of the store about the resources of runs."""

from __future__ import annotations

from typing import Protocol

from ..domain.cell_peaks import RunPeaks
from ..domain.ids import CellId, RunId
from ..domain.samples import RunSamples


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
