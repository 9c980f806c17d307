"""The server extension: who is wired to whom, and in which order the parts start."""

from __future__ import annotations

import atexit
import os
import socket
from dataclasses import replace
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.services.contents.fileio import FileManagerMixin

from .. import __version__
from ..domain.clock import SystemClock
from ..domain.events import HealthChanged
from ..domain.exceptions import DsinfraError
from ..domain.health import ServiceHealth, ServiceState
from ..domain.ids import RunId, random_server_id
from ..domain.redaction.redactor import Redactor, known_secrets
from ..domain.resources.samples import RunSamples
from ..services.absent_store import AbsentStore
from ..services.alerting import AlertService
from ..services.artifacts import ArtifactReader
from ..services.contents_paths import ContentsPaths
from ..services.details import RunDetails
from ..services.errors import ErrorService
from ..services.event_hub import EventHub
from ..services.health import READ_ONLY, HealthService
from ..services.housekeeping import Housekeeping
from ..services.kernel_questions import KernelQuestions
from ..services.lineage import LineageService
from ..services.memory_guard import MemoryGuard
from ..services.ports import RecordStore
from ..services.resources import ResourceService
from ..services.runs import RunService
from ..services.sample_history import SampleHistory
from ..services.settings import SettingsService
from ..services.supervision import Supervisor
from ..services.trials import TrialService
from ..store import artifacts_folder
from ..store.artifact_files import ArtifactFiles
from ..store.install_key import install_key
from ..store.processes import birth_of
from .activity import ActivityNotes
from .base import Services
from .configuration import DsinfraOptions, own_folder
from .interrupting import KernelInterrupter
from .job_parts import Around, JobParts, decode_targets, home_of
from .kernel_parts import KernelParts, Surroundings
from .prometheus import ResourceMetrics
from .routes import handlers


class DsinfraApp(DsinfraOptions, ExtensionApp):
    """Records every cell that any kernel of this server runs."""

    name = "dsinfra"
    load_other_extensions = True

    def initialize_handlers(self) -> None:
        """Make every part and add the routes; nothing is started yet."""
        self._make_parts()
        self.watch.clients.tap()
        self.handlers.extend(handlers(self.services))

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        """Start every part once the event loop runs; one that fails shows in ``health``."""
        atexit.register(self._stop_at_exit)
        await self.supervisor.start()

    async def stop_extension(self) -> None:
        """Stop every part, the last started first, within ``STOP_DEADLINE_S``."""
        atexit.unregister(self._stop_at_exit)
        await self.supervisor.stop()

    def _stop_at_exit(self) -> None:
        """Save what there is where Jupyter ends without stopping its extensions.

        It does so on Ctrl-C if it has no terminal to ask for confirmation on.
        """
        self.observer.stop()
        self.store.close_now()

    def _make_parts(self) -> None:
        """Make the parts and name them in the order they shall start."""
        self.clock = SystemClock()
        self.server_id = random_server_id()
        self.events = EventHub()
        self.supervisor = Supervisor(
            self.clock, self.log, lambda: self.events.publish(HealthChanged())
        )
        self.store = self._make_store()
        self.store.listen(self.events.publish)
        self.paths = ContentsPaths(self._local_root())
        self.recording_settings = SettingsService(self.store, self.settings_at_start(), self.paths)
        self.redactor = Redactor(
            install_key(own_folder() / "redaction.key"), known_secrets(os.environ)
        )
        self.artifact_files = ArtifactFiles(artifacts_folder(own_folder(), self.store_url))
        self.history = self._make_history()
        lineage = LineageService(self.store, self.paths, self.redactor.redact)
        runs = RunService(self.store, self.paths)
        self.questions = KernelQuestions(runs, self.store, self.recording_settings)
        self.kernels = self._make_kernels()
        self.job_parts = self._make_jobs()
        self.services = Services(
            runs=runs,
            details=RunDetails(self.store, self.paths),
            artifacts=ArtifactReader(self.store, self.artifact_files.path),
            trials=TrialService(self.store, self.paths),
            lineage=lineage,
            errors=ErrorService(self.store, self.paths, lineage),
            resources=ResourceService(
                self.store, self.paths, self.all_prices(), self.events.publish, self.history
            ),
            alerts=AlertService(self.recording_settings, self.clock, self.events.publish, self.log),
            targets=self.job_parts.targets,
            jobs=self.job_parts.jobs,
            job_groups=self.job_parts.groups,
            settings=self.recording_settings,
            health=HealthService(__version__, self.store, self.supervisor.health),
            events=self.events,
        )
        self.supervisor.add("store", StorePart(self.store))
        self.supervisor.add("events", self.events)
        self.supervisor.add("housekeeping", self._make_housekeeping())
        # Before what reads the machine, so that it stops after it and the last look is kept.
        self.supervisor.add("history", self.history)
        self._add_recording()
        self._add_resources()

    def _make_store(self) -> RecordStore:
        """Return the store, or what stands in for it where it cannot even be made."""
        try:
            from ..store import SqlStore

            return SqlStore(self.store_url, self.clock)
        except Exception as error:
            self.log.error("dsinfra: the store cannot be made", exc_info=error)
            reason = error.message if isinstance(error, DsinfraError) else _reason_of(error)
            return AbsentStore("", reason)

    def _make_history(self) -> SampleHistory:
        return SampleHistory(
            self.store, self.clock, socket.gethostname(), self.recording_settings, self.paths
        )

    def _make_housekeeping(self) -> Housekeeping:
        return Housekeeping(
            self.store,
            self.recording_settings,
            self.clock,
            self.server_id,
            birth_of,
            self.log,
            self.artifact_files.sweep,
        )

    def _make_kernels(self) -> KernelParts:
        return KernelParts(
            Surroundings(
                serverapp=self.serverapp,
                store=self.store,
                policy=self.recording_settings,
                paths=self.paths,
                clock=self.clock,
                redactor=self.redactor,
                server_id=self.server_id,
                files=self.artifact_files,
                complete_samples=self._with_alerts,
                questions=self.questions,
                is_injecting=self.injection == "auto",
                oom_score=self.kernel_oom_score,
                is_resetting_marks=self.is_resetting_memory_marks,
                log=self.log,
            )
        )

    def _make_jobs(self) -> JobParts:
        return JobParts(
            Around(
                kernels=self.kernels,
                questions=self.questions,
                store=self.store,
                policy=self.recording_settings,
                paths=self.paths,
                redactor=self.redactor,
                publish=self.events.publish,
                configured=decode_targets(self.targets),
                folder=own_folder() / "compute",
                home=home_of(install_key(own_folder() / "redaction.key")),
                server_id=self.server_id,
                clock=self.clock,
                log=self.log,
            )
        )

    def _add_recording(self) -> None:
        """Add the parts from a kernel's messages to the store, in the order they start."""
        kernels = self.kernels
        self.observer, self.watch = kernels.observer, kernels.watch
        self.services.health.ask_kernels(self.watch.kernels_health)
        self.supervisor.add("environments", kernels.environments)
        self.supervisor.add("notebooks", kernels.notebooks)
        self.supervisor.add("artifacts", kernels.artifacts)
        self.supervisor.add("questions", kernels)
        self.supervisor.add("monitor", kernels.monitor)
        self.supervisor.add("kernels", self.watch)
        self.supervisor.add("jobs", self.job_parts.part)
        jobs = self.job_parts.jobs
        self.activity = ActivityNotes(
            self.serverapp,
            jobs.at_work,
            self.clock,
            self.log,
            is_counting_jobs=self.is_active_while_jobs_run,
        )
        self.supervisor.add("activity", self.activity)
        self.recording_settings.listen(lambda settings: kernels.settings_changed())

    def _add_resources(self) -> None:
        """Have what the monitor reads sent on, judged and counted."""
        settings, monitor = self.recording_settings, self.kernels.monitor
        guard = MemoryGuard(
            lambda: settings.current.is_interrupting_at_memory_limit,
            KernelInterrupter(self.serverapp, self.log).interrupt,
            self.log,
        )
        takers = [guard.take, self.services.alerts.take, self.history.take]
        if self.is_exporting_metrics:
            metrics = ResourceMetrics(self.is_naming_notebooks_in_metrics)
            self.supervisor.add("metrics", metrics)
            takers.append(metrics.take)
        self.services.resources.ask_monitor(monitor, takers)
        self.events.tell_of_viewers(monitor.look_on)
        monitor.ask_for_lag(self.events.take_lag)

    def _with_alerts(self, run_id: RunId, samples: RunSamples) -> RunSamples:
        """Return the samples of a run that has ended with what else was seen meanwhile."""
        samples = self.services.resources.completed(run_id, samples)
        return replace(samples, alerts=self.services.alerts.of_run(run_id))

    def _local_root(self) -> str | None:
        """Return the folder of the server's files, if its contents manager is of local files."""
        contents = self.serverapp.contents_manager if self.serverapp is not None else None
        return str(contents.root_dir) if isinstance(contents, FileManagerMixin) else None


class StorePart:
    """The store as a part: it is opened first, in its own thread, and closed last."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store

    async def start(self) -> None:
        """Begin to open it."""
        self._store.open()

    async def stop(self) -> None:
        """Commit what waits, and close."""
        await self._store.close()

    def health(self) -> ServiceHealth:
        """Return whether records can be written, and why not."""
        store = self._store.health()
        if store.detail or store.is_read_only:
            return ServiceHealth(ServiceState.degraded, store.detail or READ_ONLY)
        return ServiceHealth(ServiceState.running)


def _reason_of(error: Exception) -> str:
    return f"The store cannot be made ({type(error).__name__}); the server's log has more."
