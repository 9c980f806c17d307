"""The store as the services see it: asyncio outside, the store's own threads inside."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from ..domain import limits
from ..domain.changes import Change
from ..domain.clock import Clock
from ..domain.events import EventListener
from ..domain.health import StoreHealth
from ..domain.ids import ArtifactId, CellId, ExperimentId, RunId, ServerId
from ..domain.lineage.graph import Step
from ..domain.runs.artifacts import Artifact, RunArtifacts
from ..domain.runs.capture import RunCapture, RunData
from ..domain.runs.metrics import RunMetrics
from ..domain.runs.records import (
    Document,
    Environment,
    Experiment,
    Page,
    Run,
    RunOutputs,
    RunPatch,
    RunQuery,
    RunSummary,
)
from ..domain.runs.trials import TrialQuery, Trials
from ..domain.settings import Settings
from ..domain.storable import storable_text
from . import (
    decisions,
    details,
    edits,
    experiments,
    queries,
    retention,
    runs,
    series,
    servers,
    trials,
)
from .calls import answer, stored_id
from .engine import run_alone, sqlite_path
from .error_answers import ErrorAnswers
from .filesystem import MOUNTINFO
from .job_answers import JobAnswers
from .opening import Opening
from .processes import is_alive
from .sample_answers import SampleAnswers
from .writer import Pace
from .written import Written

__all__ = ["SqlStore"]


class SqlStore(ErrorAnswers, SampleAnswers, JobAnswers):
    """Runs and experiments in SQLite or PostgreSQL.

    Nothing here blocks: opening, writing and reading happen in threads of the store, and
    a database that hangs or is away costs its callers an ``Unavailable``.

    Parameters
    ----------
    url
        A database URL; see ``default_url`` for the embedded one.
    clock
        Where the moments come from that the store itself writes down.
    liveness
        Tells from pid and birth whether a process of this host still runs.
    pending_max_bytes
        From here on, records that cannot be written give up their outputs.
    mountinfo
        Where the system lists its mounts.
    opening
        How the database is opened; ``None`` makes it where there is none.

    Raises
    ------
    BadInput
        The URL is wrong.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        liveness: servers.Liveness = is_alive,
        pace: Pace = Pace(),  # noqa: B008 - it is frozen
        pending_max_bytes: int = limits.PENDING_MAX_BYTES,
        mountinfo: Path = MOUNTINFO,
        opening: Opening | None = None,
    ) -> None:
        super().__init__(
            url,
            clock,
            pace=pace,
            pending_max_bytes=pending_max_bytes,
            mountinfo=mountinfo,
            opening=opening,
        )
        self._liveness = liveness

    def open(self) -> None:
        """Begin to open the database, and return at once."""
        self._readers.start()
        self._writer.start()

    async def close(self) -> None:
        """Commit what waits, within a deadline, and close every connection."""
        await asyncio.to_thread(self.close_now)

    def close_now(self, timeout_s: float = limits.STORE_CLOSE_S) -> None:
        """Do the same without an event loop; blocks at most so long."""
        self._readers.stop()
        self._writer.close(timeout_s)
        self._readers.join(1.0)

    # Recording

    def record(self, changes: Iterable[Change]) -> None:
        """Queue changes for the writer; returns at once and raises nothing."""
        self._inbox.record(changes)

    async def flush(self) -> None:
        """Wait until everything recorded before this call is committed.

        Raises
        ------
        Unavailable
            The store is away.
        """
        self._writer.usable(is_to_write=True)
        await answer(self._inbox.flush())

    def listen(self, listener: EventListener) -> None:
        """Call ``listener`` after each commit and each change of the store's health."""
        self._writer.listen(listener)

    def health(self) -> StoreHealth:
        """Return how the store is doing, from memory."""
        return self._writer.health()

    @property
    def schema_version(self) -> str:
        """The newest migration of the open database, or ``""`` while it is not open."""
        opened = self._writer.opened
        return "" if opened is None else opened.schema_version

    # Reading

    async def experiments(self, q: str, limit: int, cursor: str | None) -> Page[Experiment]:
        """Return experiments, the one with the newest run first.

        Raises
        ------
        BadInput
            The query, the limit or the cursor is wrong.
        """
        now = self._local_now()
        return await self._read(lambda c: experiments.experiments_page(c, q, limit, cursor, now))

    async def runs(self, query: RunQuery) -> Page[RunSummary]:
        """Return runs that match; raises ``BadInput`` for a wrong query, order or cursor."""
        now = self._local_now()
        given = _askable(query)
        return await self._read(lambda c: queries.runs_page(c, given, now))

    async def run(self, run_id: RunId) -> Run:
        """Return one run; raises ``NotFound``."""
        run_id = stored_id(run_id)
        return await self._read(lambda c: runs.run_of(c, run_id))

    async def outputs(self, run_id: RunId) -> RunOutputs:
        """Return the outputs of a run, none if it has none; raises ``NotFound``."""
        run_id = stored_id(run_id)
        return await self._read(lambda c: runs.unpack_outputs(*runs.outputs_of(c, run_id)))

    async def environment(self, run_id: RunId) -> Environment:
        """Return the environment of a run; raises ``NotFound`` if none was recorded."""
        run_id = stored_id(run_id)
        return await self._read(lambda c: runs.environment_of(c, run_id))

    async def metrics(self, run_id: RunId, key: str | None, max_points: int) -> RunMetrics:
        """Return the series of a run, each thinned to about ``max_points``.

        A metric that has only a last value comes as one point at the end of the run.
        Raises ``NotFound``.
        """
        run_id = stored_id(run_id)
        return await self._read(lambda c: series.metrics_of(c, run_id, key, max_points))

    async def data(self, run_id: RunId) -> RunData:
        """Return the data a run touched; raises ``NotFound``."""
        run_id = stored_id(run_id)
        return await self._read(lambda c: details.data_of(c, run_id))

    async def capture(self, run_id: RunId) -> RunCapture | None:
        """Return which names a run used, ``None`` if no probe looked; raises ``NotFound``."""
        run_id = stored_id(run_id)
        return await self._read(lambda c: details.capture_of(c, run_id))

    async def artifacts(self, run_id: RunId) -> RunArtifacts:
        """Return the artifacts of a run; raises ``NotFound``."""
        run_id = stored_id(run_id)
        return await self._read(lambda c: details.artifacts_of(c, run_id))

    async def artifact(self, run_id: RunId, artifact_id: ArtifactId) -> Artifact:
        """Return one artifact of a run; raises ``NotFound``."""
        run_id, artifact_id = stored_id(run_id), stored_id(artifact_id)
        return await self._read(lambda c: details.artifact_of(c, run_id, artifact_id))

    async def artifact_digests(self) -> set[str]:
        """Return the digest of every artifact that a run has, in the trash or not."""
        return await self._read(details.artifact_digests)

    async def trials(self, cell_id: CellId, query: TrialQuery) -> Trials:
        """Return a page of the runs of one cell, newest first.

        ``query.notebook_path`` is a stored path. Raises ``BadInput`` for a wrong cursor.
        """
        return await self._read(lambda c: trials.trials_of(c, cell_id, query))

    async def steps(self, run_id: RunId) -> list[Step]:
        """Return the cell runs of a run's session until that run, in the order they ran.

        The newest ``limits.LINEAGE_MAX_STEPS`` of them; for a block those until its cell.
        Raises ``NotFound``.
        """
        run_id = stored_id(run_id)
        return await self._read(lambda c: trials.steps_of(c, run_id))

    async def steps_of_cells(self, run_id: RunId, cell_ids: Iterable[CellId]) -> list[Step]:
        """Return the newest run of each of these cells of the run's notebook."""
        run_id, cell_ids = stored_id(run_id), list(cell_ids)
        return await self._read(lambda c: trials.steps_of_cells(c, run_id, cell_ids))

    async def earlier_runs(self, run_id: RunId) -> tuple[RunId | None, RunId | None]:
        """Return the run of the same cell before this one, and the last before it that was ok."""
        run_id = stored_id(run_id)
        return await self._read(lambda c: trials.earlier_runs(c, run_id))

    async def experiment_of(self, document: Document) -> ExperimentId | None:
        """Return the experiment of a document, if it has one yet."""
        return await self._read(lambda c: experiments.experiment_id_of(c, document))

    async def settings(self) -> Settings | None:
        """Return the settings as last saved, or ``None`` if they never were."""
        return await self._read(decisions.load_settings)

    # Changing

    async def rename_experiment(self, experiment_id: ExperimentId, name: str) -> Experiment:
        """Give an experiment a name; raises ``NotFound``."""
        experiment_id = stored_id(experiment_id)

        def rename(connection: Connection, written: Written) -> Experiment:
            written.experiment_ids.add(experiment_id)
            return experiments.rename_experiment(connection, experiment_id, name)

        return await self._write(rename)

    async def patch_run(self, run_id: RunId, patch: RunPatch) -> Run:
        """Change what a user may change, and return the run; raises ``NotFound``."""
        run_id = stored_id(run_id)
        now = self._clock.now()
        return await self._write(lambda c, w: edits.patch_run(c, run_id, patch, now, w))

    async def delete_run(self, run_id: RunId) -> None:
        """Put a run and everything below it into the trash; raises ``NotFound``."""
        run_id = stored_id(run_id)
        now = self._clock.now()
        await self._write(lambda c, w: edits.delete_run(c, run_id, now, w))

    async def save_settings(self, settings: Settings) -> None:
        """Save the settings."""
        await self._write(lambda c, _: decisions.save_settings(c, settings))

    async def erase_expired(self, now: datetime, settings: Settings) -> int:
        """Erase trash, outputs and runs past their time; return how many rows went."""
        total = 0
        while erased := await self._write(lambda c, w: retention.erase_some(c, now, settings, w)):
            total += erased
        if total:
            await self._rewrite_index()
        return total

    async def _rewrite_index(self) -> None:
        """Let what was erased leave the files, too.

        SQLite overwrites the rows it deletes, but not the copies that remain where it once
        moved a row from page to page; only rewriting the file removes those.
        """
        is_first, goes_on = True, True
        while goes_on:
            goes_on = await self._write(partial(retention.merge_words, is_first=is_first))
            is_first = False
        engines = self._writer.usable(is_to_write=True).engines
        if engines.is_sqlite:
            is_small = sqlite_path(engines.url).stat().st_size <= limits.REWRITE_MAX_BYTES
            rewrite = ["VACUUM"] if is_small else []
            rewrite.append("PRAGMA wal_checkpoint(TRUNCATE)")
            await self._do(lambda: run_alone(engines.writer, *rewrite))

    # Servers

    async def register_server(self, server_id: ServerId, host: str, pid: int, birth: str) -> None:
        """Say that this server writes here; ``birth`` tells a reused pid from the same one."""
        now = self._clock.now()
        await self._write(lambda c, _: servers.register_server(c, server_id, host, pid, birth, now))

    async def beat(self, server_id: ServerId, now: datetime) -> None:
        """Say that this server is still alive."""
        await self._write(lambda c, _: servers.beat(c, server_id, now))

    async def close_orphans(self, server_id: ServerId, now: datetime) -> int:
        """End, as ``lost``, the open runs of servers that are dead; return how many."""
        return await self._write(
            lambda c, w: servers.close_orphans(c, server_id, now, self._liveness, w)
        )


def _askable(query: RunQuery) -> RunQuery:
    """Return a query whose texts every database takes."""
    return replace(
        query,
        order=storable_text(query.order),
        experiment_id=stored_id(query.experiment_id),
        kernel_id=stored_id(query.kernel_id),
        cell_id=stored_id(query.cell_id),
        parent_id=stored_id(query.parent_id),
    )
