"""What stands in for a store that could not even be made, so that all else works on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NoReturn

from ..domain.changes import Change
from ..domain.compute.job_groups import GroupItemsQuery, JobGroupId, JobGroupQuery, JobGroupRecord
from ..domain.compute.jobs import JobId, JobQuery, JobRecord
from ..domain.compute.targets import TargetRecord
from ..domain.errors.groups import (
    ErrorExportQuery,
    ErrorGroup,
    ErrorGroupPatch,
    ErrorHistory,
    ErrorQuery,
    ErrorTrend,
    ErrorTrendQuery,
    OccurrenceQuery,
)
from ..domain.errors.occurrences import ErrorRecord
from ..domain.events import EventListener
from ..domain.exceptions import Unavailable
from ..domain.health import StoreHealth
from ..domain.ids import ArtifactId, CellId, ErrorGroupId, ExperimentId, RunId, ServerId
from ..domain.lineage.graph import Step
from ..domain.resources.cell_peaks import RunPeaks
from ..domain.resources.right_sizing import SessionPeaks
from ..domain.resources.samples import RunSamples, SampleWindow
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


class AbsentStore:
    """A store that holds nothing, counts what it was given, and says why it is away.

    Parameters
    ----------
    url
        Where the store should have been, without a password.
    reason
        One sentence for a person.
    """

    schema_version = ""

    def __init__(self, url: str, reason: str) -> None:
        self._url = url
        self._reason = reason
        self._dropped: dict[str, int] = {}

    def open(self) -> None:
        """Do nothing: there is nothing to open."""

    def record(self, changes: Iterable[Change]) -> None:
        """Count what is lost."""
        for change in changes:
            name = type(change).__name__
            self._dropped[name] = self._dropped.get(name, 0) + 1

    def listen(self, listener: EventListener) -> None:
        """Take no listener: nothing is ever committed here."""

    def health(self) -> StoreHealth:
        """Return why the store is away, and what was lost by it."""
        return StoreHealth(self._url, dropped=dict(self._dropped), detail=self._reason)

    async def flush(self) -> None:
        """Raise ``Unavailable``."""
        self._refuse()

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def close_now(self) -> None:
        """Close nothing."""

    async def experiments(self, q: str, limit: int, cursor: str | None) -> Page[Experiment]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def rename_experiment(self, experiment_id: ExperimentId, name: str) -> Experiment:
        """Raise ``Unavailable``."""
        self._refuse()

    async def runs(self, query: RunQuery) -> Page[RunSummary]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def run(self, run_id: RunId) -> Run:
        """Raise ``Unavailable``."""
        self._refuse()

    async def patch_run(self, run_id: RunId, patch: RunPatch) -> Run:
        """Raise ``Unavailable``."""
        self._refuse()

    async def delete_run(self, run_id: RunId) -> None:
        """Raise ``Unavailable``."""
        self._refuse()

    async def outputs(self, run_id: RunId) -> RunOutputs:
        """Raise ``Unavailable``."""
        self._refuse()

    async def environment(self, run_id: RunId) -> Environment:
        """Raise ``Unavailable``."""
        self._refuse()

    async def metrics(self, run_id: RunId, key: str | None, max_points: int) -> RunMetrics:
        """Raise ``Unavailable``."""
        self._refuse()

    async def data(self, run_id: RunId) -> RunData:
        """Raise ``Unavailable``."""
        self._refuse()

    async def capture(self, run_id: RunId) -> RunCapture | None:
        """Raise ``Unavailable``."""
        self._refuse()

    async def artifacts(self, run_id: RunId) -> RunArtifacts:
        """Raise ``Unavailable``."""
        self._refuse()

    async def artifact(self, run_id: RunId, artifact_id: ArtifactId) -> Artifact:
        """Raise ``Unavailable``."""
        self._refuse()

    async def artifact_digests(self) -> set[str]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def trials(self, cell_id: CellId, query: TrialQuery) -> Trials:
        """Raise ``Unavailable``."""
        self._refuse()

    async def steps(self, run_id: RunId) -> list[Step]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def steps_of_cells(self, run_id: RunId, cell_ids: Iterable[CellId]) -> list[Step]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def earlier_runs(self, run_id: RunId) -> tuple[RunId | None, RunId | None]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def settings(self) -> Settings | None:
        """Raise ``Unavailable``."""
        self._refuse()

    async def save_settings(self, settings: Settings) -> None:
        """Raise ``Unavailable``."""
        self._refuse()

    async def erase_expired(self, now: datetime, settings: Settings) -> int:
        """Raise ``Unavailable``."""
        self._refuse()

    async def register_server(self, server_id: ServerId, host: str, pid: int, birth: str) -> None:
        """Raise ``Unavailable``."""
        self._refuse()

    async def beat(self, server_id: ServerId, now: datetime) -> None:
        """Raise ``Unavailable``."""
        self._refuse()

    async def close_orphans(self, server_id: ServerId, now: datetime) -> int:
        """Raise ``Unavailable``."""
        self._refuse()

    async def experiment_of(self, document: Document) -> ExperimentId | None:
        """Raise ``Unavailable``."""
        self._refuse()

    async def error_groups(self, query: ErrorQuery) -> Page[ErrorGroup]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def error_group(self, group_id: ErrorGroupId) -> ErrorGroup:
        """Raise ``Unavailable``."""
        self._refuse()

    async def patch_error_group(
        self, group_id: ErrorGroupId, patch: ErrorGroupPatch, user: str | None
    ) -> ErrorGroup:
        """Raise ``Unavailable``."""
        self._refuse()

    async def occurrences(
        self, group_id: ErrorGroupId, query: OccurrenceQuery
    ) -> Page[ErrorRecord]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def run_errors(self, run_id: RunId) -> list[ErrorRecord]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def error_trend(self, query: ErrorTrendQuery) -> ErrorTrend:
        """Raise ``Unavailable``."""
        self._refuse()

    async def error_history(self, group_id: ErrorGroupId) -> ErrorHistory:
        """Raise ``Unavailable``."""
        self._refuse()

    async def first_failure(self, group_id: ErrorGroupId) -> tuple[RunId | None, RunId | None]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def errors_to_export(self, query: ErrorExportQuery) -> list[ErrorRecord]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def run_samples(self, run_id: RunId) -> RunSamples:
        """Raise ``Unavailable``."""
        self._refuse()

    async def cell_peaks(self, cell_id: CellId, notebook_path: str | None) -> list[RunPeaks]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def notebook_peaks(self, notebook_path: str) -> list[SessionPeaks]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def sample_history(self, machine: str, since: datetime, step_s: int) -> SampleWindow:
        """Raise ``Unavailable``."""
        self._refuse()

    async def save_job(self, job: JobRecord) -> None:
        """Raise ``Unavailable``."""
        self._refuse()

    async def save_jobs(self, written: Sequence[JobRecord]) -> None:
        """Raise ``Unavailable``."""
        self._refuse()

    async def job(self, job_id: JobId) -> JobRecord:
        """Raise ``Unavailable``."""
        self._refuse()

    async def jobs(self, query: JobQuery) -> Page[JobRecord]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def job_groups(self, query: JobGroupQuery) -> Page[JobGroupRecord]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def job_group(self, group_id: JobGroupId) -> JobGroupRecord:
        """Raise ``Unavailable``."""
        self._refuse()

    async def group_items(self, group_id: JobGroupId, query: GroupItemsQuery) -> Page[JobRecord]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def open_jobs(self) -> list[JobRecord]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def adopt_jobs(self, home: str, server_id: ServerId) -> list[JobRecord]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def delete_jobs(self, ids: Iterable[JobId]) -> None:
        """Raise ``Unavailable``."""
        self._refuse()

    async def targets(self, home: str) -> list[TargetRecord]:
        """Raise ``Unavailable``."""
        self._refuse()

    async def save_target(self, home: str, target: TargetRecord) -> None:
        """Raise ``Unavailable``."""
        self._refuse()

    async def delete_target(self, home: str, name: str) -> None:
        """Raise ``Unavailable``."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise Unavailable(self._reason)
