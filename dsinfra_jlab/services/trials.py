"""Several runs at once: the trial table of a cell, and runs side by side."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from ..domain.comparing.comparison import Comparison, ComparisonQuery
from ..domain.comparing.side_by_side import compare
from ..domain.exceptions import NotFound
from ..domain.ids import CellId, RunId
from ..domain.runs.records import Environment, Run
from ..domain.runs.trials import TrialQuery, Trials
from .contents_paths import ContentsPaths
from .ports import RecordStore


class TrialService:
    """The use cases of comparing runs; paths are those of the file browser."""

    def __init__(self, store: RecordStore, paths: ContentsPaths) -> None:
        self._store = store
        self._paths = paths

    async def trials(self, cell_id: CellId, query: TrialQuery) -> Trials:
        """Return a page of the runs of one cell; raises ``BadInput`` for a wrong cursor."""
        if query.notebook_path:
            query = replace(query, notebook_path=self._paths.to_stored(query.notebook_path))
        return await self._store.trials(cell_id, query)

    async def comparison(self, query: ComparisonQuery) -> Comparison:
        """Return runs side by side, each once; raises ``NotFound`` if one is not there."""
        run_ids = list(dict.fromkeys(query.id))
        runs = await asyncio.gather(*(self._store.run(run_id) for run_id in run_ids))
        environments = await asyncio.gather(*(self._environment(run_id) for run_id in run_ids))
        located = [self._located(run) for run in runs]
        return await asyncio.to_thread(compare, located, environments)

    async def _environment(self, run_id: RunId) -> Environment | None:
        try:
            return await self._store.environment(run_id)
        except NotFound:
            return None

    def _located(self, run: Run) -> Run:
        if run.notebook_path is None:
            return run
        return replace(run, notebook_path=self._paths.to_contents(run.notebook_path))
