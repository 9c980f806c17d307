"""Reading runs: rows to the values that services and handlers work with."""

from __future__ import annotations

import dataclasses
import math
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from ..domain.exceptions import NotFound
from ..domain.ids import ExperimentId, RunId
from ..domain.runs.records import (
    DocumentKind,
    Environment,
    Flag,
    FlagKind,
    GitState,
    Run,
    RunOutputs,
    RunSummary,
)
from .error_models import error
from .models import (
    environment,
    experiment,
    run,
    run_metric,
    run_outputs,
    run_param,
    run_probe,
    run_tag,
)
from .peaks import peak_in

__all__ = [
    "RunValues",
    "environment_of",
    "flags_of",
    "not_found",
    "outputs_of",
    "run_of",
    "summaries",
    "unpack_outputs",
    "values_of",
]

_SAME_NAMES = ({field.name for field in dataclasses.fields(Run)} & set(run.c.keys())) - {"flags"}
_SUMMARY_COLUMNS = [
    column
    for column in run.c
    if column.name not in ("code", "code_sha256", "gpu_peak_bytes", "gpu_peak_kind", "energy_j")
]
_document = experiment.alias("document")
_OF_EXPERIMENT = [
    experiment.c.id.label("experiment_id"),
    experiment.c.name.label("experiment_name"),
    func.coalesce(_document.c.kind, experiment.c.kind).label("document_kind"),
    func.coalesce(_document.c.path, experiment.c.path).label("document_path"),
]
_RUN_IN_EXPERIMENT = run.join(experiment, run.c.experiment_seq == experiment.c.seq).join(
    _document, run.c.document_seq == _document.c.seq, isouter=True
)


def summaries(connection: Connection, seqs: Sequence[int]) -> list[RunSummary]:
    """Return these runs as lists show them, in the order of ``seqs``."""
    if not seqs:
        return []
    statement = (
        select(*_SUMMARY_COLUMNS, *_OF_EXPERIMENT)
        .select_from(_RUN_IN_EXPERIMENT)
        .where(run.c.seq.in_(seqs))
    )
    rows = {row.seq: row for row in connection.execute(statement)}
    values = values_of(connection, rows)
    error_ids = _error_ids(connection, rows)
    return [_summary(rows[seq], values[seq], error_ids[seq]) for seq in seqs if seq in rows]


def run_of(connection: Connection, run_id: RunId, in_trash: bool = False) -> Run:
    """Return one run with its code, even from the trash if asked; raises ``NotFound``."""
    statement = select(run, *_OF_EXPERIMENT).select_from(_RUN_IN_EXPERIMENT)
    row = connection.execute(statement.where(run.c.id == run_id)).first()
    if row is None or (row.deleted_at is not None and not in_trash):
        raise not_found(run_id)
    values = values_of(connection, [row.seq])[row.seq]
    content = _environment_content(connection, row.environment_id)
    fields = {name: value for name, value in row._mapping.items() if name in _SAME_NAMES}
    return Run(
        **fields,
        experiment_id=ExperimentId(row.experiment_id),
        experiment_name=row.experiment_name,
        notebook_path=_notebook_path(row),
        params=values.params,
        metrics=values.metrics,
        tags=values.tags,
        error_ids=_error_ids(connection, [row.seq])[row.seq],
        peak_rss=peak_in(row._mapping, "peak_rss"),
        peak_gpu_memory=peak_in(row._mapping, "gpu_peak"),
        flags=flags_of(row.flags),
        dropped=_dropped(connection, row.seq),
        git=_git(content.get("git")) if content else None,
    )


def _error_ids(connection: Connection, seqs: Iterable[int]) -> defaultdict[int, list[str]]:
    """Return the errors of these runs, the one that ended a run first."""
    columns = error.c
    statement = select(columns.run_seq, columns.id).where(columns.run_seq.in_(list(seqs)))
    found: defaultdict[int, list[str]] = defaultdict(list)
    order = (columns.run_seq, columns.rank, columns.at, columns.seq)
    for run_seq, error_id in connection.execute(statement.order_by(*order)):
        found[run_seq].append(error_id)
    return found


def _dropped(connection: Connection, seq: int) -> dict[str, int]:
    """Return what the probe counted as left out of a run."""
    statement = select(run_probe.c.capture).where(run_probe.c.run_seq == seq)
    capture = connection.execute(statement).scalar() or {}
    return dict(capture.get("dropped") or {})


def outputs_of(connection: Connection, run_id: RunId) -> tuple[bytes, bool]:
    """Return the packed outputs of a run, for ``unpack_outputs``; raises ``NotFound``."""
    statement = (
        select(run.c.deleted_at, run_outputs.c.body, run_outputs.c.truncated)
        .join_from(run, run_outputs, run.c.seq == run_outputs.c.run_seq, isouter=True)
        .where(run.c.id == run_id)
    )
    row = connection.execute(statement).first()
    if row is None or row.deleted_at is not None:
        raise not_found(run_id)
    return row.body or b"", bool(row.truncated)


def unpack_outputs(body: bytes, truncated: bool) -> RunOutputs:
    """Return outputs as they were recorded."""
    items = msgspec.json.decode(zlib.decompress(body)) if body else []
    return RunOutputs(items, truncated)


def environment_of(connection: Connection, run_id: RunId) -> Environment:
    """Return what the run had around it; raises ``NotFound``."""
    statement = select(run.c.environment_id, run.c.deleted_at).where(run.c.id == run_id)
    row = connection.execute(statement).first()
    if row is None or row.deleted_at is not None:
        raise not_found(run_id)
    content = _environment_content(connection, row.environment_id)
    if content is None:
        raise NotFound(
            "No environment was recorded for this run. Whether environments are recorded is "
            "a setting."
        )
    known = {field.name for field in dataclasses.fields(Environment)}
    fields = {name: value for name, value in content.items() if name in known}
    return Environment(**{**fields, "git": _git(content.get("git"))})


def _environment_content(connection: Connection, environment_id: Any) -> dict[str, Any] | None:
    if environment_id is None:
        return None
    statement = select(environment.c.content).where(environment.c.id == environment_id)
    return connection.execute(statement).scalar()


def _git(content: dict[str, Any] | None) -> GitState | None:
    if content is None:
        return None
    return GitState(content.get("commit"), content.get("branch"), content.get("dirty"))


@dataclasses.dataclass(slots=True)
class RunValues:
    """What hangs on a run."""

    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    metrics: dict[str, float] = dataclasses.field(default_factory=dict)
    tags: dict[str, str] = dataclasses.field(default_factory=dict)


def values_of(connection: Connection, seqs: Iterable[int]) -> defaultdict[int, RunValues]:
    """Return parameters, metrics and tags of these runs."""
    found: defaultdict[int, RunValues] = defaultdict(RunValues)
    wanted = list(seqs)
    params, metrics, tags = run_param, run_metric, run_tag
    for param in connection.execute(
        select(params.c.run_seq, params.c.key, params.c.value)
        .where(params.c.run_seq.in_(wanted))
        .order_by(params.c.run_seq, params.c.key)
    ):
        found[param.run_seq].params[param.key] = param.value
    for metric in connection.execute(
        select(metrics.c.run_seq, metrics.c.key, metrics.c.number, metrics.c.word)
        .where(metrics.c.run_seq.in_(wanted))
        .order_by(metrics.c.run_seq, metrics.c.key)
    ):
        number = metric.number if metric.number is not None else float(metric.word or math.nan)
        found[metric.run_seq].metrics[metric.key] = number
    for tag in connection.execute(
        select(tags.c.run_seq, tags.c.key, tags.c.value)
        .where(tags.c.run_seq.in_(wanted))
        .order_by(tags.c.run_seq, tags.c.key)
    ):
        found[tag.run_seq].tags[tag.key] = tag.value
    return found


_SUMMARY_NAMES = ({field.name for field in dataclasses.fields(RunSummary)} & set(run.c.keys())) - {
    "flags"
}


def _summary(row: Row[Any], values: RunValues, error_ids: list[str]) -> RunSummary:
    fields = {name: value for name, value in row._mapping.items() if name in _SUMMARY_NAMES}
    return RunSummary(
        **fields,
        experiment_id=ExperimentId(row.experiment_id),
        notebook_path=_notebook_path(row),
        params=values.params,
        metrics=values.metrics,
        tags=values.tags,
        error_ids=error_ids,
        peak_rss=peak_in(row._mapping, "peak_rss"),
        flags=flags_of(row.flags),
    )


def flags_of(stored: Any) -> list[Flag]:
    """Return flags as they were recorded."""
    return [
        Flag(FlagKind(each["kind"]), each["name"], each.get("run_id"), each.get("cell_id"))
        for each in stored or ()
        if each["kind"] in FlagKind.__members__
    ]


def _notebook_path(row: Row[Any]) -> str | None:
    return row.document_path if row.document_kind is DocumentKind.notebook else None


def not_found(run_id: RunId) -> NotFound:
    """Return the error for a run that is not there."""
    return NotFound(f"There is no run {run_id[:100]!r}; it may have been deleted.")
