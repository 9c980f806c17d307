"""Reading errors: groups, their occurrences, and the errors of a run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    false,
    literal,
    select,
    tuple_,
)

from ..domain.errors.group_states import CLOSED, shown_state
from ..domain.errors.groups import (
    ErrorExportQuery,
    ErrorGroup,
    ErrorQuery,
    GroupState,
    OccurrenceQuery,
)
from ..domain.errors.limits import ESCALATION_LASTS_S, GROUP_NEW_S, GROUP_TREND_BUCKETS
from ..domain.errors.occurrences import ErrorRecord
from ..domain.exceptions import NotFound
from ..domain.ids import CellId, ErrorGroupId, ErrorId, RunId
from ..domain.limits import QUERY_MAX_TERMS
from ..domain.runs.records import Page
from ..domain.search.language import And, Expression, Text, words
from ..domain.storable import storable_text
from .base import from_microseconds, to_microseconds
from .cursors import Place, checked_limit, decode_cursor, encode_cursor
from .error_bodies import unpack_error
from .error_counts import HOUR_S, bucket_start
from .error_groups import notebook_paths
from .error_models import error, error_bucket, error_cell, error_group, error_notebook, error_text
from .experiments import documents_at
from .models import run
from .runs import not_found
from .search_sql import Condition, plain, text_matches, text_rowid

__all__ = [
    "errors_to_export",
    "group_not_found",
    "group_of",
    "groups_from",
    "groups_page",
    "occurrences_page",
    "run_errors",
    "shown_group_seq",
    "state_condition",
]

_ORDER = "-last_at"
_GROUP_COLUMNS = [
    column
    for column in error_group.c
    if column.name not in ("template", "message", "words_digest", "resolved_seq")
]


# Groups


def groups_page(connection: Connection, query: ErrorQuery, now: datetime) -> Page[ErrorGroup]:
    """Return groups that match, the one seen last first; raises ``BadInput``."""
    limit = checked_limit(query.limit)
    columns = error_group.c
    statement = select(*_GROUP_COLUMNS).where(
        columns.is_shown, *_conditions(connection, query, now)
    )
    if query.cursor:
        statement = statement.where(_before(columns.last_at, columns.seq, query.cursor, _ORDER))
    statement = statement.order_by(columns.last_at.desc(), columns.seq.desc())
    rows = connection.execute(statement.limit(limit + 1)).all()
    items = groups_from(connection, rows[:limit], now)
    return Page(items, _cursor_after(rows, limit, "last_at", _ORDER))


def _before(at: Any, seq: Any, cursor: str, order: str) -> Condition:
    place = decode_cursor(cursor, order)
    moment = from_microseconds(int(place.value or 0))
    return tuple_(at, seq) < tuple_(literal(moment, at.type), literal(place.seq))


def _cursor_after(rows: Sequence[Row[Any]], limit: int, name: str, order: str) -> str | None:
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]
    return encode_cursor(Place(order, 0, to_microseconds(getattr(last, name)), last.seq))


def _conditions(connection: Connection, query: ErrorQuery, now: datetime) -> list[Condition]:
    columns = error_group.c
    found: list[Condition] = []
    if query.state is not None:
        found.append(state_condition(query.state, now))
    if query.is_open is not None:
        is_closed = plain(columns.state).in_(CLOSED)
        found.append(~is_closed if query.is_open else is_closed)
    if query.severity is not None:
        found.append(columns.severity == query.severity)
    if query.category is not None:
        found.append(columns.category == query.category)
    if query.since is not None:
        found.append(columns.last_at >= query.since)
    if query.notebook_path is not None or query.cell_id is not None:
        found.append(_seen_in(connection, query.notebook_path, query.cell_id))
    if query.q.strip():
        found.append(_has_words(connection, query.q))
    return found


def state_condition(state: GroupState, now: datetime) -> Condition:
    """Return the condition that a group is in a state now: two of them pass with time."""
    columns = error_group.c
    of_state: Condition = plain(columns.state) == state
    is_new = and_(
        plain(columns.state) == GroupState.new,
        plain(columns.first_at) >= now - timedelta(seconds=GROUP_NEW_S),
    )
    is_escalating = and_(
        plain(columns.state) == GroupState.escalating,
        columns.escalated_at.is_not(None),
        plain(columns.escalated_at) >= now - timedelta(seconds=ESCALATION_LASTS_S),
    )
    if state is GroupState.new:
        return is_new
    if state is GroupState.escalating:
        return is_escalating
    if state is GroupState.ongoing:
        passing = (GroupState.ongoing, GroupState.new, GroupState.escalating)
        return and_(plain(columns.state).in_(passing), ~is_new, ~is_escalating)
    return of_state


def _seen_in(connection: Connection, path: str | None, cell_id: str | None) -> Condition:
    """Return the condition that a group was seen in a notebook, a cell, or a cell of it."""
    seqs = None if path is None else documents_at(connection, storable_text(path))
    if seqs is not None and not seqs:
        return false()
    table = error_notebook if cell_id is None else error_cell
    found = select(table.c.group_seq)
    if cell_id is not None:
        found = found.where(table.c.cell_id == storable_text(cell_id))
    if seqs is not None:
        found = found.where(table.c.document_seq.in_(seqs))
    return plain(error_group.c.seq).in_(found)


def _has_words(connection: Connection, q: str) -> Condition:
    """Return the condition that a group has all these words; the last may be unfinished."""
    pieces = [found for piece in storable_text(q).split() if (found := words(piece))]
    if not pieces:
        return false()
    terms: list[Expression] = [Text(tuple(found)) for found in pieces[:QUERY_MAX_TERMS]]
    if len(terms) == len(pieces) and q[-1].isalnum():
        terms[-1] = Text(tuple(pieces[-1]), len("".join(pieces[-1])) > 1)
    is_sqlite = connection.dialect.name == "sqlite"
    key = text_rowid(error_text) if is_sqlite else error_text.c.group_seq
    matching = text_matches(And(tuple(terms)), is_sqlite, error_text)
    return plain(error_group.c.seq).in_(select(key).select_from(error_text).where(matching))


def group_of(connection: Connection, group_id: ErrorGroupId, now: datetime) -> ErrorGroup:
    """Return one group; raises ``NotFound``."""
    columns = error_group.c
    statement = select(*_GROUP_COLUMNS).where(columns.id == group_id, columns.is_shown)
    rows = connection.execute(statement).all()
    if not rows:
        raise group_not_found(group_id)
    return groups_from(connection, rows, now)[0]


def shown_group_seq(connection: Connection, group_id: ErrorGroupId) -> int:
    """Return the number of a group; raises ``NotFound``."""
    columns = error_group.c
    found = select(columns.seq).where(columns.id == group_id, columns.is_shown)
    seq = connection.execute(found).scalar()
    if seq is None:
        raise group_not_found(group_id)
    return int(seq)


def group_not_found(group_id: ErrorGroupId) -> NotFound:
    """Return the error for a group that is not there."""
    return NotFound(f"There is no group of errors {group_id[:100]!r}; its runs may be deleted.")


def groups_from(
    connection: Connection, rows: Sequence[Row[Any]], now: datetime
) -> list[ErrorGroup]:
    """Return groups with their trends and notebooks, in the order of the rows."""
    trends = _trends(connection, [row.seq for row in rows], now)
    paths = notebook_paths(connection, {seq for row in rows for seq in row.notebook_seqs})
    return [_group(row, trends.get(row.seq), paths, now) for row in rows]


def _trends(connection: Connection, seqs: Collection[int], now: datetime) -> dict[int, list[int]]:
    if not seqs:
        return {}
    columns = error_bucket.c
    first_s = bucket_start(now, HOUR_S) - (GROUP_TREND_BUCKETS - 1) * HOUR_S
    statement = select(columns.group_seq, columns.start_s, columns["count"]).where(
        columns.group_seq.in_(seqs), columns.bucket_s == HOUR_S, columns.start_s >= first_s
    )
    found: dict[int, list[int]] = {}
    for seq, start_s, count in connection.execute(statement):
        place = (start_s - first_s) // HOUR_S
        # A clock that went back leaves hours that are still to come.
        if place < GROUP_TREND_BUCKETS:
            found.setdefault(seq, [0] * GROUP_TREND_BUCKETS)[place] = count
    return found


def _group(
    row: Row[Any], trend: list[int] | None, paths: dict[int, str], now: datetime
) -> ErrorGroup:
    state = shown_state(row.state, row.first_at, row.escalated_at, now)
    is_over = row.state is GroupState.escalating and state is not row.state
    return ErrorGroup(
        id=ErrorGroupId(row.id),
        title=row.title,
        ename=row.ename,
        kind=row.kind,
        category=row.category,
        nature=row.nature,
        severity=row.severity,
        state=state,
        state_reason="" if is_over else row.state_reason,
        count=row._mapping["count"],
        notebooks=[paths[seq] for seq in row.notebook_seqs if seq in paths],
        notebook_count=row.notebook_count,
        first_at=row.first_at,
        last_at=row.last_at,
        trend=trend or [0] * GROUP_TREND_BUCKETS,
        trend_bucket_s=float(HOUR_S),
        last_error_id=ErrorId(row.last_error_id),
        last_run_id=RunId(row.last_run_id),
        last_cell_id=None if row.last_cell_id is None else CellId(row.last_cell_id),
        diagnosis=row.diagnosis,
        family=row.family,
        note=row.note,
        runbook=row.runbook,
        assignee=row.assignee,
        resolved_at=row.resolved_at,
        resolved_run_id=None if row.resolved_run_id is None else RunId(row.resolved_run_id),
        ignore_until=row.ignore_until,
        ignore_remaining=row.ignore_remaining,
    )


# Occurrences

_OCCURRENCE_COLUMNS = [error.c[name] for name in ("seq", "at", "document_seq", "body")]


def occurrences_page(
    connection: Connection, group_id: ErrorGroupId, query: OccurrenceQuery
) -> Page[ErrorRecord]:
    """Return a page of the occurrences of a group, newest first; raises ``NotFound``."""
    limit = checked_limit(query.limit)
    columns = error.c
    seq = shown_group_seq(connection, group_id)
    order = f"occurrences:{seq}"
    statement = select(*_OCCURRENCE_COLUMNS).where(columns.group_seq == seq, columns.is_live)
    if query.cursor:
        statement = statement.where(_before(columns.at, columns.seq, query.cursor, order))
    statement = statement.order_by(columns.at.desc(), columns.seq.desc())
    rows = connection.execute(statement.limit(limit + 1)).all()
    return Page(_records(connection, rows[:limit]), _cursor_after(rows, limit, "at", order))


def run_errors(connection: Connection, run_id: RunId) -> list[ErrorRecord]:
    """Return the errors of a run, the one that ended it first; raises ``NotFound``."""
    found = select(run.c.seq).where(run.c.id == run_id, run.c.deleted_at.is_(None))
    seq = connection.execute(found).scalar()
    if seq is None:
        raise not_found(run_id)
    columns = error.c
    statement = select(*_OCCURRENCE_COLUMNS).where(columns.run_seq == seq)
    rows = connection.execute(statement.order_by(columns.rank, columns.at, columns.seq))
    return _records(connection, rows.all())


def errors_to_export(connection: Connection, query: ErrorExportQuery) -> list[ErrorRecord]:
    """Return whole errors that match, newest first."""
    columns = error.c
    statement: Select[Any] = select(*_OCCURRENCE_COLUMNS).where(columns.is_live)
    if query.error_id is not None:
        statement = statement.where(columns.id == query.error_id)
    if query.run_id is not None:
        of_run = select(run.c.seq).where(run.c.id == query.run_id)
        statement = statement.where(columns.run_seq.in_(of_run))
    if query.group_id is not None:
        of_group = select(error_group.c.seq).where(error_group.c.id == query.group_id)
        statement = statement.where(columns.group_seq == of_group.scalar_subquery())
    if query.since is not None:
        statement = statement.where(columns.at >= query.since)
    statement = statement.order_by(columns.at.desc(), columns.seq.desc()).limit(query.limit)
    return _records(connection, connection.execute(statement).all())


def _records(connection: Connection, rows: Iterable[Row[Any]]) -> list[ErrorRecord]:
    """Return records with the path their notebook has now: it may have been renamed since."""
    found = list(rows)
    paths = notebook_paths(connection, {row.document_seq for row in found})
    records = []
    for row in found:
        record = unpack_error(row.body)
        path = paths.get(row.document_seq, record.notebook_path)
        records.append(
            record if path == record.notebook_path else replace(record, notebook_path=path)
        )
    return records
