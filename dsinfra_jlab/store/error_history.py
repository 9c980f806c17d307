"""Where a group of errors was seen, and which success came before it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, literal_column, select

from ..domain.errors.groups import EnvironmentShare, ErrorGroup, ErrorHistory, NotebookShare
from ..domain.errors.limits import (
    ERROR_FAMILY_MAX,
    ERROR_HISTORY_RUNS_MAX,
    ERROR_HISTORY_SHARES_MAX,
    ERRORS_PER_RUN_MAX,
)
from ..domain.ids import EnvironmentId, ErrorGroupId, RunId
from ..domain.runs.records import RunStatus
from .error_groups import notebook_paths
from .error_models import error, error_environment, error_group, error_notebook
from .error_queries import groups_from, shown_group_seq
from .models import run, run_param
from .search_sql import Condition, live, plain

__all__ = ["first_failure", "history_of"]

_is_cell: Condition = literal_column("run.kind = 'cell'")
"""Spelled out, as the index over the runs of cells wants it."""


def history_of(connection: Connection, group_id: ErrorGroupId, now: datetime) -> ErrorHistory:
    """Return where a group was seen; raises ``NotFound``."""
    seq = shown_group_seq(connection, group_id)
    failed = _occurrence(connection, seq, is_newest=True)
    last_success = None if failed is None else _success_before(connection, failed)
    return ErrorHistory(
        notebooks=_notebooks(connection, seq),
        environments=_environments(connection, seq),
        params=_params(connection, seq),
        began_after=[],
        last_success_run_id=last_success,
        failed_run_id=None if failed is None else RunId(failed.id),
        family=_family(connection, seq, now),
    )


def first_failure(
    connection: Connection, group_id: ErrorGroupId
) -> tuple[RunId | None, RunId | None]:
    """Return the last success of the cell before a group was first seen, and that first run.

    Raises ``NotFound``.
    """
    seq = shown_group_seq(connection, group_id)
    failed = _occurrence(connection, seq, is_newest=False)
    seen = select(error_group.c.first_at).where(error_group.c.seq == seq)
    if failed is None or failed.at > connection.execute(seen).scalar_one():
        # The first one was erased: of those left none tells what was new.
        return None, None
    return _success_before(connection, failed), RunId(failed.id)


def _occurrence(connection: Connection, group_seq: int, is_newest: bool) -> Row[Any] | None:
    """Return the newest or the oldest occurrence, with its run."""
    columns = error.c
    order = (columns.at, columns.seq)
    statement: Select[Any] = (
        select(columns.at, columns.cell_id, columns.document_seq, columns.run_seq, run.c.id)
        .join_from(error, run, columns.run_seq == run.c.seq)
        .where(columns.group_seq == group_seq, columns.is_live)
        .order_by(*(each.desc() for each in order) if is_newest else order)
    )
    return connection.execute(statement.limit(1)).first()


def _success_before(connection: Connection, failed: Row[Any]) -> RunId | None:
    if not failed.cell_id:
        return None
    columns = run.c
    statement = (
        select(columns.id)
        .where(columns.cell_id == failed.cell_id, live(), _is_cell, columns.seq < failed.run_seq)
        .where(func.coalesce(columns.document_seq, columns.experiment_seq) == failed.document_seq)
        .where(plain(columns.status) == RunStatus.ok)
        .order_by(columns.seq.desc())
    )
    return connection.execute(statement.limit(1)).scalar()


def _notebooks(connection: Connection, group_seq: int) -> list[NotebookShare]:
    columns = error_notebook.c
    statement = (
        select(columns.document_seq, columns["count"].label("seen"), columns.last_at)
        .where(columns.group_seq == group_seq)
        .order_by(columns.last_at.desc(), columns.document_seq)
    )
    rows = connection.execute(statement.limit(ERROR_HISTORY_SHARES_MAX)).all()
    paths = notebook_paths(connection, [row.document_seq for row in rows])
    return [NotebookShare(paths.get(row.document_seq), row.seen, row.last_at) for row in rows]


def _environments(connection: Connection, group_seq: int) -> list[EnvironmentShare]:
    columns = error_environment.c
    statement = (
        select(
            columns.environment_id,
            columns["count"].label("seen"),
            columns.first_at,
            columns.last_at,
        )
        .where(columns.group_seq == group_seq)
        .order_by(columns.last_at.desc(), columns.environment_id)
    )
    return [
        EnvironmentShare(EnvironmentId(row.environment_id), row.seen, row.first_at, row.last_at)
        for row in connection.execute(statement.limit(ERROR_HISTORY_SHARES_MAX))
    ]


def _params(connection: Connection, group_seq: int) -> dict[str, list[Any]]:
    """Return the values of parameters that differ between the newest runs, newest first."""
    columns = error.c
    statement = (
        select(columns.run_seq)
        .where(columns.group_seq == group_seq, columns.is_live)
        .order_by(columns.at.desc(), columns.seq.desc())
        .limit(ERROR_HISTORY_RUNS_MAX + ERRORS_PER_RUN_MAX)
    )
    seqs = list(dict.fromkeys(connection.execute(statement).scalars()))[:ERROR_HISTORY_RUNS_MAX]
    params = run_param.c
    rows = connection.execute(
        select(params.run_seq, params.key, params.value).where(params.run_seq.in_(seqs))
    )
    by_run: dict[int, dict[str, Any]] = {}
    for row in rows:
        by_run.setdefault(row.run_seq, {})[row.key] = row.value
    values: dict[str, list[Any]] = {}
    for seq in seqs:
        for key, value in sorted(by_run.get(seq, {}).items()):
            known = values.setdefault(key, [])
            if not any(_is_same(value, other) for other in known):
                known.append(value)
    return {key: found for key, found in sorted(values.items()) if len(found) > 1}


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are equal, and neither of them a truth value where the other is not."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _family(connection: Connection, group_seq: int, now: datetime) -> list[ErrorGroup]:
    columns = error_group.c
    own = connection.execute(select(columns.family).where(columns.seq == group_seq)).scalar_one()
    if not own:
        return []
    statement = (
        select(error_group)
        .where(columns.is_shown, columns.family == own, plain(columns.seq) != group_seq)
        .order_by(columns.last_at.desc(), columns.seq.desc())
    )
    rows = connection.execute(statement.limit(ERROR_FAMILY_MAX)).all()
    return groups_from(connection, rows, now)
