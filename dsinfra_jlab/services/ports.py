"""What the services need from the layers below them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from ..domain.changes import (
    Change,
    MoveDocument,
    SaveEnvironment,
    SaveOutputs,
    SaveRun,
    SaveValues,
)
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
from .compute_ports import JobStore
from .error_ports import ErrorStore
from .sample_ports import SampleStore

__all__ = [
    "Change",
    "MoveDocument",
    "RecordStore",
    "SaveEnvironment",
    "SaveOutputs",
    "SaveRun",
    "SaveValues",
]


class RecordStore(ErrorStore, SampleStore, JobStore, Protocol):
    """The store as the services see it.

    ``record`` is for what kernels do and never fails; every other method answers a
    person and may raise. All of them are safe to call from any thread; the coroutines
    run their SQL in the store's own threads.
    """

    def open(self) -> None:
        """Begin to open the store, and return at once; what is recorded meanwhile waits."""

    def record(self, changes: Iterable[Change]) -> None:
        """Queue changes for the writer; returns at once and raises nothing.

        Changes are committed in order, several in one transaction under load. A newer
        ``SaveRun`` or ``SaveOutputs`` of a run replaces one that still waits.
        """

    def listen(self, listener: EventListener) -> None:
        """Call ``listener`` after each commit and each change of the store's health."""

    def health(self) -> StoreHealth:
        """Return how the store is doing, from memory."""

    @property
    def schema_version(self) -> str:
        """The newest migration of the open database, or ``""`` while it is not open."""

    async def flush(self) -> None:
        """Wait until everything recorded before this call is committed.

        Raises
        ------
        Unavailable
            The store is away.
        """

    async def close(self) -> None:
        """Commit what waits, within a deadline, and close every connection."""

    def close_now(self) -> None:
        """Do the same where no event loop runs any more."""

    async def experiments(self, q: str, limit: int, cursor: str | None) -> Page[Experiment]:
        """Return experiments, the one with the newest run first.

        Raises
        ------
        BadInput
            The query or the cursor is wrong.
        """

    async def rename_experiment(self, experiment_id: ExperimentId, name: str) -> Experiment:
        """Give an experiment a name; raises ``NotFound``."""

    async def runs(self, query: RunQuery) -> Page[RunSummary]:
        """Return runs that match; raises ``BadInput`` for a wrong query, order or cursor."""

    async def run(self, run_id: RunId) -> Run:
        """Return one run; raises ``NotFound``."""

    async def patch_run(self, run_id: RunId, patch: RunPatch) -> Run:
        """Change what a user may change, and return the run; raises ``NotFound``."""

    async def delete_run(self, run_id: RunId) -> None:
        """Put a run and everything below it into the trash; raises ``NotFound``."""

    async def outputs(self, run_id: RunId) -> RunOutputs:
        """Return the outputs of a run, none if it has none; raises ``NotFound``."""

    async def environment(self, run_id: RunId) -> Environment:
        """Return the environment of a run; raises ``NotFound`` if none was recorded."""

    async def metrics(self, run_id: RunId, key: str | None, max_points: int) -> RunMetrics:
        """Return the series of a run, each thinned to about ``max_points``.

        A metric that has only a last value comes as one point at the end of the run.
        Raises ``NotFound``.
        """

    async def data(self, run_id: RunId) -> RunData:
        """Return the data a run touched; raises ``NotFound``."""

    async def capture(self, run_id: RunId) -> RunCapture | None:
        """Return which names a run used, ``None`` if no probe looked; raises ``NotFound``."""

    async def artifacts(self, run_id: RunId) -> RunArtifacts:
        """Return the artifacts of a run; raises ``NotFound``."""

    async def artifact(self, run_id: RunId, artifact_id: ArtifactId) -> Artifact:
        """Return one artifact of a run; raises ``NotFound``."""

    async def artifact_digests(self) -> set[str]:
        """Return the digest of every artifact that a run has, in the trash or not."""

    async def trials(self, cell_id: CellId, query: TrialQuery) -> Trials:
        """Return a page of the runs of one cell, newest first.

        ``query.notebook_path`` is a stored path. Raises ``BadInput`` for a wrong cursor.
        """

    async def steps(self, run_id: RunId) -> list[Step]:
        """Return the cell runs of a run's session until that run, in the order they ran.

        The newest ``limits.LINEAGE_MAX_STEPS`` of them; for a block those until its cell.
        Raises ``NotFound``.
        """

    async def steps_of_cells(self, run_id: RunId, cell_ids: Iterable[CellId]) -> list[Step]:
        """Return the newest run of each of these cells of the run's notebook."""

    async def earlier_runs(self, run_id: RunId) -> tuple[RunId | None, RunId | None]:
        """Return the run of the same cell before this one, and the last before it that was ok."""

    async def settings(self) -> Settings | None:
        """Return the settings as last saved, or ``None`` if they never were."""

    async def save_settings(self, settings: Settings) -> None:
        """Save the settings."""

    async def erase_expired(self, now: datetime, settings: Settings) -> int:
        """Erase trash, outputs and runs past their time; return how many rows went."""

    async def register_server(self, server_id: ServerId, host: str, pid: int, birth: str) -> None:
        """Say that this server writes here; ``birth`` tells a reused pid from the same one."""

    async def beat(self, server_id: ServerId, now: datetime) -> None:
        """Say that this server is still alive."""

    async def close_orphans(self, server_id: ServerId, now: datetime) -> int:
        """End, as ``lost``, the open runs of servers that are dead; return how many."""

    async def experiment_of(self, document: Document) -> ExperimentId | None:
        """Return the experiment of a document, if it has one yet."""
