"""The table of routes: routing, the API document and the tests of both read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from tornado.web import RequestHandler

from ..domain.comparing.comparison import Comparison, ComparisonQuery, RunChanges
from ..domain.compute.job_groups import GroupItemsQuery, GroupRetry, JobGroup, JobGroupQuery
from ..domain.compute.jobs import Job, JobLog, JobLogQuery, JobQuery, LandRequest, NewJob
from ..domain.compute.targets import (
    Engines,
    NewTarget,
    Target,
    TargetPatch,
    Targets,
    TargetScale,
    TargetTest,
)
from ..domain.errors.groups import (
    ErrorExportQuery,
    ErrorGroup,
    ErrorGroupPatch,
    ErrorHistory,
    ErrorQuery,
    ErrorTrend,
    ErrorTrendQuery,
    OccurrenceQuery,
    RunErrors,
)
from ..domain.errors.occurrences import ErrorRecord
from ..domain.health import Health
from ..domain.lineage.graph import Lineage, Reproduction
from ..domain.resources.alert_details import AlertDetails
from ..domain.resources.kernel_memory import KernelMemory
from ..domain.resources.right_sizing import NotebookSize, NotebookSizeQuery
from ..domain.resources.samples import (
    Alert,
    AlertPatch,
    Alerts,
    CellPeak,
    CellPeakQuery,
    RunSamples,
    SampleQuery,
    SampleWindow,
    Snapshot,
)
from ..domain.runs.artifacts import RunArtifacts
from ..domain.runs.capture import RunCapture, RunData
from ..domain.runs.metrics import MetricQuery, RunMetrics
from ..domain.runs.records import (
    Environment,
    Experiment,
    ExperimentPatch,
    ExperimentQuery,
    Page,
    Run,
    RunOutputs,
    RunPatch,
    RunQuery,
    RunSummary,
)
from ..domain.runs.trials import TrialQuery, Trials
from ..domain.settings import Settings, SettingsPatch
from .artifacts import ArtifactHandler, ArtifactsHandler
from .base import Services, UnknownPathHandler
from .details import CaptureHandler, DataHandler, MetricsHandler
from .errors import (
    ErrorExportHandler,
    ErrorGroupHandler,
    ErrorHistoryHandler,
    ErrorsHandler,
    ErrorTrendHandler,
    OccurrencesHandler,
    RunErrorsHandler,
)
from .events import EventsHandler
from .experiments import ExperimentHandler, ExperimentsHandler
from .health import HealthHandler, OpenApiHandler
from .job_groups import (
    CancelGroupHandler,
    GroupItemsHandler,
    JobGroupHandler,
    JobGroupsHandler,
    RetryGroupHandler,
)
from .jobs import (
    CancelJobHandler,
    ConfirmJobHandler,
    JobHandler,
    JobLogHandler,
    JobOutputsHandler,
    JobsHandler,
    LandJobHandler,
    RetryJobHandler,
)
from .lineage import ChangesHandler, LineageHandler, ReproductionHandler
from .runs import EnvironmentHandler, OutputsHandler, RunHandler, RunsHandler
from .samples import (
    AlertDetailsHandler,
    AlertHandler,
    AlertsHandler,
    CellPeakHandler,
    KernelMemoryHandler,
    LatestSamplesHandler,
    NotebookSizeHandler,
    RunSamplesHandler,
    SamplesHandler,
)
from .settings import SettingsHandler
from .targets import (
    EnginesHandler,
    ScaleTargetHandler,
    StartTargetHandler,
    StopTargetHandler,
    TargetHandler,
    TargetsHandler,
    TestTargetHandler,
)
from .trials import ComparisonHandler, TrialsHandler

BASE = "dsinfra/api"
"""All routes lie below this, after the server's ``base_url``."""

Verb = Literal["GET", "PATCH", "DELETE", "POST", "WS"]
Action = Literal["read", "write", "execute"]


@dataclass(frozen=True, slots=True)
class Route:
    """One verb of one path."""

    verb: Verb
    path: str
    """Below ``BASE``; names in braces are parts of the path that vary."""
    handler: type[RequestHandler]
    resource: str
    action: Action
    """What the authorizer is asked: may this user do ``action`` on ``resource``?"""
    name: str
    """Unique; the operation's name in the API document."""
    summary: str
    reply: Any = None
    """Type of what is sent; ``None`` sends nothing, ``bytes`` content as it is."""
    query: type | None = None
    """Dataclass of the query parameters."""
    body: type | None = None
    """Dataclass of the body."""
    is_creating: bool = False
    """The reply is a thing that was made, with the status 201."""

    @property
    def refusals(self) -> frozenset[str]:
        """The statuses of errors that this route can answer with."""
        found = {"403", "500"}
        if self.verb != "WS":
            found |= {"400", "503"}
        if "{" in self.path:
            found.add("404")
        if self.body is not None:
            found.add("413")
        if self.resource in ("dsinfra:jobs", "dsinfra:targets") and self.action != "read":
            found |= {"404", "409"}
        return frozenset(found)

    @property
    def pattern(self) -> str:
        """The path as a regular expression, below ``base_url``."""
        return f"{BASE}/" + re.sub(r"\\{\w+\\}", "([^/]+)", re.escape(self.path))


ROUTES: tuple[Route, ...] = (
    Route(
        "GET", "health", HealthHandler, "dsinfra:health", "read", "get_health",
        "How every part of the extension is doing", reply=Health,
    ),
    Route(
        "GET", "openapi.json", OpenApiHandler, "dsinfra:api", "read", "get_api",
        "This document", reply=dict[str, Any],
    ),
    Route(
        "GET", "experiments", ExperimentsHandler, "dsinfra:experiments", "read",
        "list_experiments", "Experiments, the one with the newest run first",
        query=ExperimentQuery, reply=Page[Experiment],
    ),
    Route(
        "PATCH", "experiments/{experiment_id}", ExperimentHandler, "dsinfra:experiments", "write",
        "patch_experiment", "Rename an experiment", body=ExperimentPatch, reply=Experiment,
    ),
    Route(
        "GET", "runs", RunsHandler, "dsinfra:runs", "read", "list_runs",
        "Runs that match, newest first", query=RunQuery, reply=Page[RunSummary],
    ),
    Route(
        "GET", "runs/compare", ComparisonHandler, "dsinfra:runs", "read", "compare_runs",
        "Runs side by side", query=ComparisonQuery, reply=Comparison,
    ),  # above runs/{run_id}, which would take it for an id
    Route(
        "GET", "runs/{run_id}", RunHandler, "dsinfra:runs", "read", "get_run",
        "One run", reply=Run,
    ),
    Route(
        "PATCH", "runs/{run_id}", RunHandler, "dsinfra:runs", "write", "patch_run",
        "Name, annotate, tag, star, delete or restore a run", body=RunPatch, reply=Run,
    ),
    Route(
        "DELETE", "runs/{run_id}", RunHandler, "dsinfra:runs", "write", "delete_run",
        "Put a run and all below it into the trash",
    ),
    Route(
        "GET", "runs/{run_id}/outputs", OutputsHandler, "dsinfra:runs", "read", "get_outputs",
        "What a run printed and showed", reply=RunOutputs,
    ),
    Route(
        "GET", "runs/{run_id}/environment", EnvironmentHandler, "dsinfra:runs", "read",
        "get_environment", "What a run had around it", reply=Environment,
    ),
    Route(
        "GET", "runs/{run_id}/metrics", MetricsHandler, "dsinfra:runs", "read", "get_metrics",
        "The series of a run, thinned so that peaks stay", query=MetricQuery, reply=RunMetrics,
    ),
    Route(
        "GET", "runs/{run_id}/data", DataHandler, "dsinfra:runs", "read", "get_data",
        "The files, databases and addresses that a run touched", reply=RunData,
    ),
    Route(
        "GET", "runs/{run_id}/capture", CaptureHandler, "dsinfra:runs", "read", "get_capture",
        "The names a run used, and where they came from", reply=RunCapture,
    ),
    Route(
        "GET", "runs/{run_id}/artifacts", ArtifactsHandler, "dsinfra:runs", "read",
        "list_artifacts", "The files that a run made and that are kept with it",
        reply=RunArtifacts,
    ),
    Route(
        "GET", "runs/{run_id}/artifacts/{artifact_id}", ArtifactHandler, "dsinfra:runs", "read",
        "get_artifact", "The content of one artifact", reply=bytes,
    ),
    Route(
        "GET", "runs/{run_id}/lineage", LineageHandler, "dsinfra:runs", "read", "get_lineage",
        "The cell versions and data that a result came from", reply=Lineage,
    ),
    Route(
        "GET", "runs/{run_id}/changes", ChangesHandler, "dsinfra:runs", "read", "get_changes",
        "What differs from earlier runs of the cell, and what has changed since",
        reply=RunChanges,
    ),
    Route(
        "GET", "runs/{run_id}/reproduction", ReproductionHandler, "dsinfra:runs", "read",
        "get_reproduction", "A notebook that leads to the result again", reply=Reproduction,
    ),
    Route(
        "GET", "runs/{run_id}/errors", RunErrorsHandler, "dsinfra:errors", "read",
        "list_run_errors", "The errors of one run, whole", reply=RunErrors,
    ),
    Route(
        "GET", "cells/{cell_id}/trials", TrialsHandler, "dsinfra:runs", "read", "list_trials",
        "The runs of one cell as a table, newest first", query=TrialQuery, reply=Trials,
    ),
    Route(
        "GET", "errors", ErrorsHandler, "dsinfra:errors", "read", "list_errors",
        "Groups of errors that match, the one seen last first", query=ErrorQuery,
        reply=Page[ErrorGroup],
    ),
    Route(
        "GET", "errors/trend", ErrorTrendHandler, "dsinfra:errors", "read", "get_error_trend",
        "How often errors occurred, by time and category", query=ErrorTrendQuery,
        reply=ErrorTrend,
    ),  # above errors/{group_id}, which would take it for an id; so is the next one
    Route(
        "GET", "errors/export", ErrorExportHandler, "dsinfra:errors", "read", "export_errors",
        "Errors in a format of other tools", query=ErrorExportQuery, reply=bytes,
    ),
    Route(
        "GET", "errors/{group_id}", ErrorGroupHandler, "dsinfra:errors", "read",
        "get_error_group", "One group of errors", reply=ErrorGroup,
    ),
    Route(
        "PATCH", "errors/{group_id}", ErrorGroupHandler, "dsinfra:errors", "write",
        "patch_error_group", "Resolve, ignore, open again, annotate or assign a group of errors",
        body=ErrorGroupPatch, reply=ErrorGroup,
    ),
    Route(
        "GET", "errors/{group_id}/occurrences", OccurrencesHandler, "dsinfra:errors", "read",
        "list_occurrences", "The errors of a group, whole, newest first",
        query=OccurrenceQuery, reply=Page[ErrorRecord],
    ),
    Route(
        "GET", "errors/{group_id}/history", ErrorHistoryHandler, "dsinfra:errors", "read",
        "get_error_history", "Where a group was seen, and what differs from the last success",
        reply=ErrorHistory,
    ),
    Route(
        "GET", "samples/latest", LatestSamplesHandler, "dsinfra:samples", "read",
        "get_latest_samples", "The machine, every kernel and every GPU as last read",
        reply=Snapshot,
    ),
    Route(
        "GET", "samples", SamplesHandler, "dsinfra:samples", "read", "get_samples",
        "Series of readings over the last minutes, hours or days", query=SampleQuery,
        reply=SampleWindow,
    ),
    Route(
        "GET", "runs/{run_id}/samples", RunSamplesHandler, "dsinfra:samples", "read",
        "get_run_samples", "The resources of a run over its time", reply=RunSamples,
    ),
    Route(
        "GET", "cells/{cell_id}/peak", CellPeakHandler, "dsinfra:samples", "read",
        "get_cell_peak", "What a cell took when it ran last, against what is free now",
        query=CellPeakQuery, reply=CellPeak,
    ),
    Route(
        "GET", "kernels/{kernel_id}/memory", KernelMemoryHandler, "dsinfra:samples", "read",
        "get_kernel_memory", "What the memory of a kernel is made of, read for this answer",
        reply=KernelMemory,
    ),
    Route(
        "GET", "notebooks/size", NotebookSizeHandler, "dsinfra:samples", "read",
        "get_notebook_size", "In how much memory a notebook would fit",
        query=NotebookSizeQuery, reply=NotebookSize,
    ),
    Route(
        "GET", "alerts", AlertsHandler, "dsinfra:samples", "read", "list_alerts",
        "What about the machine a user should know now", reply=Alerts,
    ),
    Route(
        "GET", "alerts/{alert_id}/details", AlertDetailsHandler, "dsinfra:samples", "read",
        "get_alert_details", "The processes or files behind an alert, looked up for this answer",
        reply=AlertDetails,
    ),
    Route(
        "PATCH", "alerts/{alert_id}", AlertHandler, "dsinfra:samples", "write", "patch_alert",
        "Hear of an alert later, or never again", body=AlertPatch, reply=Alert,
    ),
    Route(
        "GET", "targets", TargetsHandler, "dsinfra:targets", "read", "list_targets",
        "The places that cells can be sent to", reply=Targets,
    ),
    Route(
        "POST", "targets", TargetsHandler, "dsinfra:targets", "write", "add_target",
        "Add a target", body=NewTarget, reply=Target, is_creating=True,
    ),
    Route(
        "GET", "targets/engines", EnginesHandler, "dsinfra:targets", "read", "list_engines",
        "The software that can stand behind a target, and its options", reply=Engines,
    ),  # above targets/{name}, which would take it for a name
    Route(
        "GET", "targets/{name}", TargetHandler, "dsinfra:targets", "read", "get_target",
        "One target", reply=Target,
    ),
    Route(
        "PATCH", "targets/{name}", TargetHandler, "dsinfra:targets", "write", "patch_target",
        "Change the options or the price of a target", body=TargetPatch, reply=Target,
    ),
    Route(
        "DELETE", "targets/{name}", TargetHandler, "dsinfra:targets", "write", "delete_target",
        "Stop a target and forget it",
    ),
    Route(
        "POST", "targets/{name}/start", StartTargetHandler, "dsinfra:targets", "execute",
        "start_target", "Start a target, or connect to it", reply=Target,
    ),
    Route(
        "POST", "targets/{name}/stop", StopTargetHandler, "dsinfra:targets", "execute",
        "stop_target", "Stop a target; its running jobs end as cancelled", reply=Target,
    ),
    Route(
        "POST", "targets/{name}/scale", ScaleTargetHandler, "dsinfra:targets", "execute",
        "scale_target", "Ask for so many workers", body=TargetScale, reply=Target,
    ),
    Route(
        "POST", "targets/{name}/test", TestTargetHandler, "dsinfra:targets", "execute",
        "test_target", "Start or reach a target, and try it", reply=TargetTest,
    ),
    Route(
        "GET", "jobs", JobsHandler, "dsinfra:jobs", "read", "list_jobs",
        "Jobs that match, newest first", query=JobQuery, reply=Page[Job],
    ),
    Route(
        "POST", "jobs", JobsHandler, "dsinfra:jobs", "execute", "submit_job",
        "Send a cell, or some code, to a target", body=NewJob, reply=Job, is_creating=True,
    ),
    Route(
        "GET", "jobs/{job_id}", JobHandler, "dsinfra:jobs", "read", "get_job",
        "One job", reply=Job,
    ),
    Route(
        "DELETE", "jobs/{job_id}", JobHandler, "dsinfra:jobs", "write", "forget_job",
        "Forget a job that has ended; its run stays",
    ),
    Route(
        "POST", "jobs/{job_id}/cancel", CancelJobHandler, "dsinfra:jobs", "execute",
        "cancel_job", "Interrupt a job, and end it if that does not", reply=Job,
    ),
    Route(
        "POST", "jobs/{job_id}/retry", RetryJobHandler, "dsinfra:jobs", "execute",
        "retry_job", "Send a job that has ended once more", reply=Job, is_creating=True,
    ),
    Route(
        "POST", "jobs/{job_id}/confirm", ConfirmJobHandler, "dsinfra:jobs", "execute",
        "confirm_job", "Go on with a job that waits for the user's word", reply=Job,
    ),
    Route(
        "POST", "jobs/{job_id}/land", LandJobHandler, "dsinfra:jobs", "execute",
        "land_job", "Have the notebook's kernel take results of a job", body=LandRequest,
        reply=Job,
    ),
    Route(
        "GET", "jobs/{job_id}/outputs", JobOutputsHandler, "dsinfra:jobs", "read",
        "get_job_outputs", "What a job printed and showed, as its cell holds it",
        reply=RunOutputs,
    ),
    Route(
        "GET", "jobs/{job_id}/log", JobLogHandler, "dsinfra:jobs", "read", "get_job_log",
        "What a job puts out, as it came", query=JobLogQuery, reply=JobLog,
    ),
    Route(
        "GET", "job-groups", JobGroupsHandler, "dsinfra:jobs", "read", "list_job_groups",
        "Groups of jobs, such as the items of a map, newest first", query=JobGroupQuery,
        reply=Page[JobGroup],
    ),
    Route(
        "GET", "job-groups/{group_id}", JobGroupHandler, "dsinfra:jobs", "read",
        "get_job_group", "One group of jobs", reply=JobGroup,
    ),
    Route(
        "GET", "job-groups/{group_id}/items", GroupItemsHandler, "dsinfra:jobs", "read",
        "list_group_items", "The jobs of a group, those that failed first",
        query=GroupItemsQuery, reply=Page[Job],
    ),
    Route(
        "POST", "job-groups/{group_id}/cancel", CancelGroupHandler, "dsinfra:jobs", "execute",
        "cancel_job_group", "Cancel what has not ended of a group", reply=JobGroup,
    ),
    Route(
        "POST", "job-groups/{group_id}/retry", RetryGroupHandler, "dsinfra:jobs", "execute",
        "retry_job_group", "Send the failed jobs of a group once more", reply=GroupRetry,
    ),
    Route(
        "GET", "settings", SettingsHandler, "dsinfra:settings", "read", "get_settings",
        "What is recorded, and how long it is kept", reply=Settings,
    ),
    Route(
        "PATCH", "settings", SettingsHandler, "dsinfra:settings", "write", "patch_settings",
        "Change what is recorded, or how long it is kept", body=SettingsPatch, reply=Settings,
    ),
    Route(
        "WS", "events", EventsHandler, "dsinfra:events", "read", "watch_events",
        "Told within a quarter of a second that something changed",
    ),
)  # fmt: skip


def handlers(services: Services) -> list[tuple[str, type[RequestHandler], dict[str, Any]]]:
    """Return the table as Tornado wants it, closed by an answer for unknown paths."""
    by_pattern = {route.pattern: route.handler for route in ROUTES}
    given = {"services": services}
    known = [(pattern, handler, given) for pattern, handler in by_pattern.items()]
    return [*known, (rf"{BASE}(?:/.*)?", UnknownPathHandler, given)]
