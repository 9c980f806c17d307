"""Where a result came from, what changed about it, and how to get it again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ..domain import limits
from ..domain.comparing.comparison import RunChanges, RunDifference, StaleReason
from ..domain.exceptions import NotFound
from ..domain.ids import RunId
from ..domain.lineage.differences import Facts, difference
from ..domain.lineage.graph import Lineage, Reproduction
from ..domain.lineage.origins import lineage_of
from ..domain.lineage.reproduction import reproduction_of
from ..domain.lineage.slicing import Session, Slice
from ..domain.lineage.staleness import FileNow, SavedNotebook, stale_reasons
from ..domain.runs.capture import DataItem, DataKind, DataMode
from ..domain.runs.records import Environment, Run, RunKind
from .contents_paths import ContentsPaths
from .details import located_item
from .disk import files_now, saved_notebook
from .ports import RecordStore

Value = TypeVar("Value")
ClearOfSecrets = Callable[[str], str]
"""Takes secrets out of code, as is done before it is recorded."""


class LineageService:
    """The use cases of origins; what is asked of a block is answered for its cell.

    Paths come out as the file browser says them.
    """

    def __init__(self, store: RecordStore, paths: ContentsPaths, clear: ClearOfSecrets) -> None:
        self._store = store
        self._paths = paths
        self._clear = clear

    async def lineage(self, run_id: RunId) -> Lineage:
        """Return the cell versions and data that a result came from; raises ``NotFound``."""
        run = await self._cell_run(run_id)
        return await self._lineage(await self._slice(run.id))

    async def changes(self, run_id: RunId) -> RunChanges:
        """Return what differs from earlier runs of the cell, and why the result is stale.

        Raises
        ------
        NotFound
            There is no such run, or it is that of a session.
        """
        run = await self._cell_run(run_id)
        session, earlier = await asyncio.gather(
            self._session(run.id), self._store.earlier_runs(run.id)
        )
        found = await _slice_to(session, run.id)
        facts = await self._facts(run, found)
        last_id, good_id = earlier
        since_last = await self._difference(last_id, facts, session)
        is_other = good_id != last_id
        since_good = await self._difference(good_id, facts, session) if is_other else None
        return RunChanges(since_last, since_good, await self._stale(run, found))

    async def difference(
        self, earlier_id: RunId | None, later_id: RunId | None
    ) -> RunDifference | None:
        """Return what differs between two runs of one cell.

        ``None`` if one of them is not known, was erased, or is that of a session.
        """
        if earlier_id is None or later_id is None:
            return None
        try:
            later = await self._cell_run(later_id)
            session = await self._session(later.id)
            facts = await self._facts(later, await _slice_to(session, later.id))
        except NotFound:
            return None
        return await self._difference(earlier_id, facts, session)

    async def reproduction(self, run_id: RunId) -> Reproduction:
        """Return a notebook that leads to the result again; raises ``NotFound``."""
        run = await self._cell_run(run_id)
        found = await self._slice(run.id)
        lineage = await self._lineage(found)
        environment = await self._environment(run.id)
        return reproduction_of(self._located(run), found.steps, lineage, environment)

    # What is known

    async def _cell_run(self, run_id: RunId) -> Run:
        """Return the run, or the cell run that a block is in."""
        run = await self._store.run(run_id)
        while run.kind is RunKind.block and run.parent_id is not None:
            run = await self._store.run(run.parent_id)
        if run.kind is not RunKind.cell:
            raise NotFound("A session comes from nothing; ask for one of its cell runs.")
        return run

    async def _slice(self, run_id: RunId) -> Slice:
        return await _slice_to(await self._session(run_id), run_id)

    async def _session(self, run_id: RunId) -> Session:
        steps = await self._store.steps(run_id)
        is_cut = len(steps) >= limits.LINEAGE_MAX_STEPS
        return await asyncio.to_thread(Session, steps, is_cut)

    async def _lineage(self, found: Slice) -> Lineage:
        data = await self._data(found)
        located = {
            run_id: [located_item(item, self._paths) for item in items]
            for run_id, items in data.items()
        }
        return lineage_of(found, located)

    async def _data(self, found: Slice) -> dict[RunId, list[DataItem]]:
        run_ids = [step.run_id for step in found.steps[-limits.ORIGIN_DATA_MAX :]]
        data = await asyncio.gather(*(self._store.data(run_id) for run_id in run_ids))
        return {run_id: each.items for run_id, each in zip(run_ids, data, strict=True)}

    async def _environment(self, run_id: RunId) -> Environment | None:
        try:
            return await self._store.environment(run_id)
        except NotFound:
            return None

    # Changes

    async def _difference(
        self, earlier_id: RunId | None, facts: Facts, session: Session
    ) -> RunDifference | None:
        if earlier_id is None:
            return None
        try:
            earlier = await self._store.run(earlier_id)
            if earlier_id not in session:
                session = await self._session(earlier_id)
            before = await self._facts(earlier, await _slice_to(session, earlier_id))
        except NotFound:  # it was deleted a moment ago
            return None
        return await asyncio.to_thread(difference, before, facts)

    async def _facts(self, run: Run, found: Slice) -> Facts:
        data = await self._store.data(run.id)
        return Facts(
            run=run,
            steps=found.steps,
            data=[located_item(item, self._paths) for item in data.items],
            environment=await self._environment(run.id),
            is_seen=bool(found.steps) and found.steps[-1].capture is not None,
        )

    async def _stale(self, run: Run, found: Slice) -> list[StaleReason]:
        if not found.steps:
            return []
        cells = {step.cell_id for step in found.steps if step.cell_id is not None}
        newest = await self._store.steps_of_cells(run.id, cells)
        data = await self._data(found)
        reads = [
            item
            for step in found.steps
            for item in data.get(step.run_id, ())
            if item.kind is DataKind.file and item.mode is not DataMode.write
        ]
        notebook = await self._notebook(run)
        files = await _within_time(lambda: files_now(reads[::-1]), dict[str, FileNow]())
        reasons = await asyncio.to_thread(
            stale_reasons, found.steps, newest, notebook, reads, files, _hash_of
        )
        return [self._located_reason(reason) for reason in reasons]

    async def _notebook(self, run: Run) -> SavedNotebook | None:
        path = run.notebook_path
        if path is None or not self._paths.is_local(path):
            return None
        return await _within_time(lambda: saved_notebook(path, self._clear), None)

    def _located_reason(self, reason: StaleReason) -> StaleReason:
        if reason.name is None:
            return reason
        name = self._paths.to_contents(reason.name)
        return replace(reason, name=name, detail=reason.detail.replace(reason.name, name, 1))

    def _located(self, run: Run) -> Run:
        if run.notebook_path is None:
            return run
        return replace(run, notebook_path=self._paths.to_contents(run.notebook_path))


async def _slice_to(session: Session, run_id: RunId) -> Slice:
    """Return the origins of a run; none if it was deleted a moment ago."""
    if run_id not in session:
        return Slice([], {}, [])
    return await asyncio.to_thread(session.slice_to, run_id)


def _hash_of(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


async def _within_time(look: Callable[[], Value], otherwise: Value) -> Value:
    """Return what a look at the disk finds, or ``otherwise`` if the disk does not answer."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(look), limits.DISK_LOOK_S)
    except asyncio.TimeoutError:
        return otherwise
