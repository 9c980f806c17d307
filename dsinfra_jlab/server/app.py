"""The server extension: its configuration, and who is wired to whom."""

from __future__ import annotations

import atexit
import csv
import os
import socket
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.services.contents.fileio import FileManagerMixin
from traitlets import Bool, Dict, Enum, Integer, List, TraitError, Unicode, default, validate

from .. import __version__
from ..domain import limits
from ..domain.clock import SystemClock
from ..domain.errors.rules import ErrorRule
from ..domain.events import HealthChanged
from ..domain.exceptions import BadInput, DsinfraError
from ..domain.health import ServiceHealth, ServiceState
from ..domain.ids import RunId, random_server_id
from ..domain.redaction.redactor import Redactor
from ..domain.resources.costs import check_prices
from ..domain.resources.price_files import read_prices
from ..domain.resources.samples import Price, RunSamples
from ..domain.settings import Settings, SettingsPatch
from ..sensors.oom_score import SCORE_MAX
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
from ..services.settings import SettingsService, check_error_rules
from ..services.supervision import Supervisor
from ..services.trials import TrialService
from ..store import artifacts_folder, default_url
from ..store.artifact_files import ArtifactFiles
from ..store.install_key import install_key
from ..store.processes import birth_of
from . import wire
from .base import Services
from .interrupting import KernelInterrupter
from .job_parts import Around, JobParts, decode_targets, home_of
from .kernel_parts import KernelParts, Surroundings
from .prometheus import ResourceMetrics
from .routes import handlers

_DEFAULTS = Settings()


class DsinfraApp(ExtensionApp):
    """Records every cell that any kernel of this server runs."""

    name = "dsinfra"
    load_other_extensions = True

    store_url = Unicode(
        help="""Where runs are kept, as a database URL.

        Default: the environment variable DSINFRA_STORE_URL, else a SQLite file in
        jupyter_data_dir()/dsinfra/. A team shares one store with
        postgresql://user@host/database; a password is better given in the
        environment variable or a .pgpass file than on the command line.
        """,
    ).tag(config=True)

    is_recording = Bool(
        _DEFAULTS.is_recording,
        help="Whether runs are recorded, until a user decides otherwise in the panel.",
    ).tag(config=True)

    is_recording_code = Bool(
        _DEFAULTS.is_recording_code,
        help="Whether the code of cells is kept, until a user decides otherwise. "
        "Without it a run has only the hash of its code.",
    ).tag(config=True)

    is_recording_outputs = Bool(
        _DEFAULTS.is_recording_outputs,
        help="Whether what cells print and show is kept, until a user decides otherwise.",
    ).tag(config=True)

    is_recording_environment = Bool(
        _DEFAULTS.is_recording_environment,
        help="Whether interpreter, packages and git state are kept, "
        "until a user decides otherwise.",
    ).tag(config=True)

    is_recording_errors = Bool(
        _DEFAULTS.is_recording_errors,
        help="Whether the frames of errors and the names, types and shapes of what they held "
        "are kept, until a user decides otherwise.",
    ).tag(config=True)

    is_capturing_values = Bool(
        _DEFAULTS.is_capturing_values,
        help="Whether short values of variables are kept with errors, until a user decides "
        "otherwise. They may be personal or secret data, which whoever can read the store can "
        "read; what looks like a secret is taken out, but not everything looks like one.",
    ).tag(config=True)

    is_recording_warnings = Bool(
        _DEFAULTS.is_recording_warnings,
        help="Whether Python's warnings are kept, until a user decides otherwise.",
    ).tag(config=True)

    error_rules = List(
        Dict(),
        help="Rules that outrank what is found about errors, until a user decides otherwise. "
        "Each has field (ename or message), pattern, and any of category, severity, is_ignored "
        "and group. Default: none.",
    ).tag(config=True)

    excluded_notebooks = List(
        Unicode(),
        help="Paths, from the server's root, of notebooks that are not recorded, "
        "until a user decides otherwise. Default: none.",
    ).tag(config=True)

    outputs_max_bytes = Integer(
        _DEFAULTS.outputs_max_bytes,
        min=limits.OUTPUTS_MAX_BYTES_LEAST,
        max=limits.OUTPUTS_MAX_BYTES_MOST,
        help="Bytes kept of the outputs of one run, until a user decides otherwise.",
    ).tag(config=True)

    outputs_retention_days = Integer(
        _DEFAULTS.outputs_retention_days,
        min=0,
        max=limits.RETENTION_MAX_DAYS,
        help="Days after which outputs are erased, until a user decides otherwise; 0 keeps them.",
    ).tag(config=True)

    runs_retention_days = Integer(
        _DEFAULTS.runs_retention_days,
        min=0,
        max=limits.RETENTION_MAX_DAYS,
        help="Days after which runs are erased, until a user decides otherwise; 0 keeps them.",
    ).tag(config=True)

    is_interrupting_at_memory_limit = Bool(
        _DEFAULTS.is_interrupting_at_memory_limit,
        help="Whether the cell of the largest kernel is interrupted when 97 % of memory are in "
        "use, until a user decides otherwise.",
    ).tag(config=True)

    muted_alerts = List(
        Unicode(),
        help="Alerts that nobody wants to hear of, as kind and subject, until a user decides "
        "otherwise. Default: none.",
    ).tag(config=True)

    prices = List(
        Dict(),
        help="What an hour costs of the host or of a GPU. Each has what (host, or words of the "
        "GPU's name), per_hour and currency, and any of basis (list, invoice or estimate), "
        "source and valid_from. Default: none, and then no money is shown.",
    ).tag(config=True)

    prices_file = Unicode(
        help="A CSV file of prices, with the columns what, per_hour and currency; or a catalogue "
        "with InstanceType, Price and Region. It is read once, at the start.",
    ).tag(config=True)

    instance_type = Unicode(
        help="Which machine of the catalogue in prices_file this one is.",
    ).tag(config=True)

    instance_region = Unicode(
        help="The region of the catalogue in prices_file that this machine is in.",
    ).tag(config=True)

    kernel_oom_score = Integer(
        0,
        min=0,
        max=SCORE_MAX,
        help="Linux ends the process with the highest score when memory runs out: kernels are "
        "given at least this one (oom_score_adj, up to 1000), so that a kernel dies and not the "
        "server. 0 leaves them alone.",
    ).tag(config=True)

    is_exporting_metrics = Bool(
        False,
        help="Whether readings of the machine are added to what the server's /metrics gives to "
        "Prometheus.",
    ).tag(config=True)

    is_naming_notebooks_in_metrics = Bool(
        False,
        help="Whether those metrics tell kernels apart by notebook. Whoever may read /metrics "
        "then sees the paths of notebooks.",
    ).tag(config=True)

    targets = List(
        Dict(),
        help="Places that cells can be sent to, beside those that are added in the panel and "
        "`local`, which is always there. Each has name and engine (such as dask), and any of "
        "options (as the engine has them; paths of files, never secrets), price_per_hour (of one "
        "worker) and currency. Default: none.",
    ).tag(config=True)

    injection = Enum(
        ["auto", "off"],
        "auto",
        help="Whether the probe is put into Python kernels. It sees parameters, metrics, names "
        "and data of cells, and serves the Python API and the magics. Without it, kernels "
        "are recorded by their messages alone.",
    ).tag(config=True)

    @validate("error_rules")
    def _valid_rules(self, proposal: Any) -> list[dict[str, Any]]:
        try:
            _rules(proposal["value"])
        except BadInput as error:
            raise TraitError(f"DsinfraApp.error_rules: {error.message}") from error
        return list(proposal["value"])

    @validate("prices")
    def _valid_prices(self, proposal: Any) -> list[dict[str, Any]]:
        try:
            check_prices(decode_prices(proposal["value"]))
        except BadInput as error:
            raise TraitError(f"DsinfraApp.prices: {error.message}") from error
        return list(proposal["value"])

    @validate("targets")
    def _valid_targets(self, proposal: Any) -> list[dict[str, Any]]:
        try:
            decode_targets(proposal["value"])
        except BadInput as error:
            raise TraitError(f"DsinfraApp.targets: {error.message}") from error
        return list(proposal["value"])

    @default("store_url")
    def _default_store_url(self) -> str:
        given = os.environ.get("DSINFRA_STORE_URL", "").strip()
        if given:
            return given
        return default_url(_own_folder())

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
        self.recording_settings = SettingsService(self.store, self._settings(), self.paths)
        self.redactor = Redactor(install_key(_own_folder() / "redaction.key"))
        self.artifact_files = ArtifactFiles(artifacts_folder(_own_folder(), self.store_url))
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
                self.store, self.paths, self._all_prices(), self.events.publish, self.history
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
                folder=_own_folder() / "compute",
                home=home_of(install_key(_own_folder() / "redaction.key")),
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

    def _with_alerts(self, run_id: RunId, samples: RunSamples) -> RunSamples:
        """Return the samples of a run that has ended with what else was seen meanwhile."""
        samples = self.services.resources.completed(run_id, samples)
        return replace(samples, alerts=self.services.alerts.of_run(run_id))

    def _all_prices(self) -> list[Price]:
        """Return the prices that were configured, none if the file of them cannot be used."""
        prices = decode_prices(self.prices)
        if self.prices_file:
            try:
                path = Path(self.prices_file).expanduser()
                text = path.read_text(encoding="utf-8-sig")
                prices += read_prices(text, path.name, self.instance_type, self.instance_region)
                check_prices(prices)
            except (OSError, UnicodeDecodeError, csv.Error, BadInput) as error:
                self.log.error("dsinfra: no prices from %s: %s", self.prices_file, error)
                return []
        return prices

    def _settings(self) -> Settings:
        """Return the settings this server was started with."""
        given = {field.name: getattr(self, field.name) for field in fields(Settings)}
        return Settings(**{**given, "error_rules": _rules(self.error_rules)})

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


def _rules(given: list[dict[str, Any]]) -> list[ErrorRule]:
    """Return rules as configured; raises ``BadInput`` that says which one is wrong."""
    rules = wire.decode_fields({"error_rules": given}, SettingsPatch).error_rules or []
    check_error_rules(rules)
    return rules


def _own_folder() -> Path:
    """Return the folder of this installation's own files."""
    return Path(jupyter_data_dir()) / "dsinfra"


def decode_prices(given: list[dict[str, Any]]) -> list[Price]:
    """Return prices as configured; raises ``BadInput`` that says which one is wrong."""
    return wire.decode_fields({"prices": given}, _Prices).prices


@dataclass(frozen=True, slots=True)
class _Prices:
    prices: list[Price]


def _reason_of(error: Exception) -> str:
    return f"The store cannot be made ({type(error).__name__}); the server's log has more."
