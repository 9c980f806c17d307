"""The runs of one cell over time, and those that came before a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, Select, func, literal_column, select

from ..domain.ids import CellId, RunId
from ..domain.limits import LINEAGE_MAX_STEPS
from ..domain.lineage.graph import Step
from ..domain.runs.records import RunKind, RunStatus
from ..domain.runs.trials import Trial, TrialColumns, TrialQuery, Trials
from .cursors import Place, checked_limit, decode_cursor, encode_cursor
from .details import capture_from
from .experiments import documents_at
from .models import run, run_probe
from .runs import RunValues, flags_of, not_found, values_of
from .search_sql import Condition, live, plain
from .upserts import stored_key

__all__ = [
    "earlier_runs",
    "is_of_document",
    "of_cell",
    "steps_of",
    "steps_of_cells",
    "trials_of",
]

_ORDER = "trials"
_NOT_BEGUN = (RunStatus.queued, RunStatus.aborted)

_TRIAL_COLUMNS = [
    run.c[name]
    for name in [
        "seq",
        "id",
        "execution_count",
        "queued_at",
        "duration_s",
        "status",
        "code_sha256",
        "name",
        "note",
        "is_starred",
        "flags",
        "error_name",
    ]
]
_STEP_COLUMNS = [
    run.c[name]
    for name in [
        "id",
        "cell_id",
        "execution_count",
        "status",
        "queued_at",
        "code",
        "code_sha256",
        "flags",
    ]
]

# Spelled out: an index over a part of the table serves only those who name that part so. There
# may be thousands of blocks with the id of a cell.
_is_cell: Condition = literal_column("run.kind = 'cell'")


def of_cell(cell_id: str, *columns: Any) -> Select[Any]:
    """Return the live cell runs of one cell, newest first, by the index made for them."""
    return (
        select(*columns)
        .where(run.c.cell_id == cell_id, live(), _is_cell)
        .order_by(run.c.seq.desc())
    )


def trials_of(connection: Connection, cell_id: CellId, query: TrialQuery) -> Trials:
    """Return a page of the trial table, newest first; raises ``BadInput`` for a wrong cursor."""
    limit = checked_limit(query.limit)
    statement = of_cell(stored_key(cell_id), *_TRIAL_COLUMNS)
    if query.notebook_path:
        seqs = documents_at(connection, query.notebook_path)
        if not seqs:
            return Trials(TrialColumns([], []), [])
        statement = statement.where(is_of_document(seqs))
    if query.cursor:
        statement = statement.where(run.c.seq < decode_cursor(query.cursor, _ORDER).seq)
    rows = connection.execute(statement.limit(limit + 1)).all()
    shown = rows[:limit]
    values = values_of(connection, [row.seq for row in shown])
    items = [_trial(row, values[row.seq]) for row in shown]
    columns = TrialColumns(
        sorted({key for item in items for key in item.params}),
        sorted({key for item in items for key in item.metrics}),
    )
    more = None
    if len(rows) > limit:
        more = encode_cursor(Place(_ORDER, 0, None, shown[-1].seq))
    return Trials(columns, items, more)


def is_of_document(seqs: Iterable[int]) -> Condition:
    """Return whether a run is of one of these documents, whatever experiment it is in."""
    return func.coalesce(run.c.document_seq, run.c.experiment_seq).in_(list(seqs))


def _trial(row: Row[Any], values: RunValues) -> Trial:
    return Trial(
        run_id=RunId(row.id),
        execution_count=row.execution_count,
        queued_at=row.queued_at,
        duration_s=row.duration_s,
        status=row.status,
        code_sha256=row.code_sha256,
        params=values.params,
        metrics=values.metrics,
        name=row.name,
        note=row.note,
        tags=values.tags,
        is_starred=row.is_starred,
        flags=flags_of(row.flags),
        error_name=row.error_name,
    )


# What came before


_TARGET_COLUMNS = [
    run.c[name]
    for name in [
        "seq",
        "id",
        "kind",
        "parent_id",
        "cell_id",
        "name",
        "experiment_seq",
        "document_seq",
    ]
]


def _target(connection: Connection, run_id: str) -> Row[Any]:
    """Return what is needed of a run to look around it; raises ``NotFound``."""
    found = select(*_TARGET_COLUMNS).where(run.c.id == run_id, live())
    row = connection.execute(found).first()
    if row is None:
        raise not_found(RunId(run_id))
    return row


def _cell_of(connection: Connection, row: Row[Any]) -> Row[Any]:
    """Return the cell run that a block is part of; for other runs, the run itself."""
    seen = set()
    while row.kind is RunKind.block and row.parent_id is not None and row.id not in seen:
        seen.add(row.id)
        above = select(*_TARGET_COLUMNS).where(run.c.id == row.parent_id, live())
        parent = connection.execute(above).first()
        if parent is None:
            break
        row = parent
    return row


def steps_of(connection: Connection, run_id: RunId) -> list[Step]:
    """Return the cell runs of a run's session until that run, in the order they ran.

    The newest of them; for a block those until its cell, for a session all.
    Raises ``NotFound``.
    """
    cell = _cell_of(connection, _target(connection, run_id))
    where = [live(), plain(run.c.kind) == RunKind.cell]
    if cell.kind is RunKind.session:
        where.append(run.c.parent_id == cell.id)
    elif cell.parent_id is None:
        where.append(run.c.seq == cell.seq)
    else:
        where += [run.c.parent_id == cell.parent_id, run.c.seq <= cell.seq]
    statement = _steps().where(*where).order_by(run.c.seq.desc()).limit(LINEAGE_MAX_STEPS)
    return [_step(row) for row in reversed(connection.execute(statement).all())]


def steps_of_cells(connection: Connection, run_id: RunId, cell_ids: Iterable[CellId]) -> list[Step]:
    """Return the newest run of each of these cells of the run's notebook.

    Those that never began are passed by. Raises ``NotFound``.
    """
    target = _target(connection, run_id)
    of_document = is_of_document([target.document_seq or target.experiment_seq])
    seqs: list[int] = []
    for cell_id in dict.fromkeys(cell_ids):
        newest = of_cell(stored_key(cell_id), run.c.seq)
        newest = newest.where(of_document, plain(run.c.status).not_in(_NOT_BEGUN))
        seqs += connection.execute(newest.limit(1)).scalars()
    statement = _steps().where(run.c.seq.in_(seqs)).order_by(run.c.seq)
    return [_step(row) for row in connection.execute(statement)] if seqs else []


def _steps() -> Select[Any]:
    return select(*_STEP_COLUMNS, run_probe.c.capture).join_from(
        run, run_probe, run.c.seq == run_probe.c.run_seq, isouter=True
    )


def _step(row: Row[Any]) -> Step:
    return Step(
        run_id=RunId(row.id),
        cell_id=row.cell_id,
        execution_count=row.execution_count,
        status=row.status,
        queued_at=row.queued_at,
        code=row.code,
        code_sha256=row.code_sha256,
        capture=capture_from(row.capture),
        flags=tuple(flags_of(row.flags)),
    )


def earlier_runs(connection: Connection, run_id: RunId) -> tuple[RunId | None, RunId | None]:
    """Return the run of the same cell before this one, and the last before it that was ok.

    Those that never began are passed by. The runs before a block are blocks of the same name
    in the same cell. Raises ``NotFound``.
    """
    target = _target(connection, run_id)
    if target.cell_id is None:
        return None, None
    if target.kind is RunKind.block:
        before = select(run.c.id).where(run.c.cell_id == target.cell_id, live())
        before = before.where(plain(run.c.kind) == RunKind.block, run.c.name == target.name)
        before = before.order_by(run.c.seq.desc())
    else:
        before = of_cell(target.cell_id, run.c.id)
    before = before.where(
        run.c.seq < target.seq,
        is_of_document([target.document_seq or target.experiment_seq]),
    )
    begun = before.where(plain(run.c.status).not_in(_NOT_BEGUN))
    good = before.where(plain(run.c.status) == RunStatus.ok)
    return tuple(connection.execute(each.limit(1)).scalar() for each in (begun, good))  # type: ignore[return-value]
