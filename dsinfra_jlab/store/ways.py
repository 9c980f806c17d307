"""The conditions of a list of runs, each with the index that leads to its runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, exists, or_, select

from ..domain.runs.records import RunKind, RunQuery, RunStatus
from ..domain.search.language import Compare, Expression, Field, Op
from ..domain.search.values import Moment
from .models import run, run_data, run_text
from .search_sql import (
    FAILED,
    OPERATORS,
    VALUES,
    Condition,
    condition,
    data_range,
    flagged,
    live,
    plain,
    positive_text,
    prefix_range,
    text_contained,
    text_matches,
    text_seq,
    value_conditions,
)

__all__ = ["Way", "document_way", "experiment_way", "filter_ways", "term_way"]


@dataclass(frozen=True, slots=True)
class Way:
    """One condition of a list, and how to get from it to its runs."""

    test: Condition
    """The condition on one run, for which SQLite uses no index."""
    rank: int = 99
    """How few runs it is expected to leave; the least first."""
    seqs: Select[Any] | None = None
    """The ``seq`` of each run it holds for, from an index; ``None`` if there is no such."""
    follow: Condition | None = None
    """The same as ``test``, by an index that is in the order of ``seq``."""
    source: FromClause | None = None
    """The table of that index, where it is not ``run``."""
    seq: ColumnElement[int] = run.c.seq
    """``run.seq`` in that table."""
    test_of_few: Condition | None = None
    """The same as ``test``, faster where few runs are tested and slower for many."""

    def best_test(self, are_few: bool) -> Condition:
        """Return the test for few or for many runs."""
        return self.test if self.test_of_few is None or not are_few else self.test_of_few


def _equal_way(column: Any, value: Any, rank: int, *more: Condition) -> Way:
    """Return the way along one of the indexes over what is not in the trash."""
    follow = column == value
    for condition_ in more:
        follow = follow & condition_
    return Way(plain(column) == value, rank, select(run.c.seq).where(live(), follow), follow)


def filter_ways(query: RunQuery) -> list[Way]:
    """Return the ways of the filters, all but the experiment."""
    columns = run.c
    ways = []
    if query.parent_id is not None:
        ways.append(_equal_way(columns.parent_id, query.parent_id, 0))
    if query.cell_id is not None:
        ways.append(_equal_way(columns.cell_id, query.cell_id, 1))
    if query.kernel_id is not None:
        ways.append(_equal_way(columns.kernel_id, query.kernel_id, 2))
    if query.status is not None:
        ways.append(_status_way(query.status))
    if query.kind is not None:
        ways.append(_kind_way(query.kind))
    return ways


def _status_way(status: RunStatus) -> Way:
    return _equal_way(run.c.status, status, 12 if status is RunStatus.ok else 8)


def _kind_way(kind: RunKind) -> Way:
    return _equal_way(run.c.kind, kind, 13 if kind is RunKind.cell else 9)


def experiment_way(seq: int, query: RunQuery) -> Way:
    """Return the way through one experiment, by the index that knows most of the filters."""
    columns = run.c
    if query.status is not None:
        return _equal_way(columns.experiment_seq, seq, 3, columns.status == query.status)
    if query.kind is not None:
        return _equal_way(columns.experiment_seq, seq, 3, columns.kind == query.kind)
    return _equal_way(columns.experiment_seq, seq, 4)


def document_way(seq: int, test: Condition) -> Way:
    """Return the way through the runs of one document, whatever experiments they are in."""
    either = or_(run.c.experiment_seq == seq, run.c.document_seq == seq)
    return Way(test, 4, select(run.c.seq).where(live(), either))


def term_way(connection: Connection, term: Expression) -> Way:
    """Return the way of one term of a search."""
    is_sqlite = connection.dialect.name == "sqlite"
    test = condition(term, is_sqlite)
    if positive_text(term):
        matching = text_matches(term, is_sqlite)
        key = text_seq if is_sqlite else run_text.c.run_seq
        seqs = select(key).select_from(run_text).where(matching)
        contained = None
        if is_sqlite:
            inside = select(key).select_from(run_text).where(key == plain(run.c.seq))
            contained = exists(inside.where(text_contained(term)).correlate(run))
        return Way(test, 5, seqs, matching, run_text, key, contained)
    if not isinstance(term, Compare):
        return Way(test)
    if term.field in (Field.metric, Field.param, Field.tag):
        return _keyed_way(term, test)
    return _column_way(term, test)


def _keyed_way(term: Compare, test: Condition) -> Way:
    """Return the way along a table of values under keys."""
    table = VALUES[term.field]
    has_key = table.c.key == term.key
    seqs = select(table.c.run_seq).where(has_key, *value_conditions(term, table))
    if term.field is Field.metric:
        # The index over key and run is in the order of lists, whatever the values are.
        follow = has_key
        if term.op is not Op.exists:
            number = table.c.number
            follow = has_key & number.is_not(None) & OPERATORS[term.op](plain(number), term.number)
        return Way(test, 6, seqs, follow, table, table.c.run_seq)
    if term.field is Field.tag and term.op is Op.eq:
        return Way(test, 6, seqs, has_key & (table.c.value == term.value), table, table.c.run_seq)
    return Way(test, 7, seqs)


def _column_way(term: Compare, test: Condition) -> Way:
    """Return the way along a column of ``run``."""
    columns, value = run.c, term.value
    seqs = select(columns.seq).where(live())
    if term.field in (Field.is_, Field.has):
        if term.op is not Op.eq:
            return Way(test)
        if value == "starred":
            return Way(test, 7, seqs.where(columns.is_starred), columns.is_starred)
        failed = seqs.where(columns.status.in_(FAILED))
        return Way(test, 8, failed) if value == "error" else Way(test)
    if term.op is Op.eq:
        if term.field is Field.flag:
            return Way(test, 7, seqs.where(flagged(term)), flagged(term))
        if term.field is Field.data:
            return Way(test, 6, select(run_data.c.run_seq).where(data_range(term)))
        if isinstance(value, RunStatus):
            return _status_way(value)
        if isinstance(value, RunKind):
            return _kind_way(value)
        if term.field is Field.cell:
            return _equal_way(columns.cell_id, value, 1)
        if term.field is Field.user:
            return _equal_way(columns.user, value, 11)
        if term.field is Field.target:
            sent = columns.target.is_not(None) & (columns.target == value)
            return Way(test, 7, seqs.where(sent), sent)
        if term.field is Field.error:
            low, high = prefix_range(str(value))
            key = columns.error_key
            return Way(test, 7, seqs.where(key.is_not(None), key >= low, key < high))
    return _range_way(term, test)


_RANGES = {
    Field.duration: run.c.duration_s,
    Field.peak_rss: run.c.peak_rss_bytes,
    Field.started: run.c.started_at,
    Field.ended: run.c.ended_at,
}


def _range_way(term: Compare, test: Condition) -> Way:
    """Return the way along a column of times, durations or sizes."""
    column = _RANGES.get(term.field)
    if column is None or term.op is Op.ne:
        return Way(test)
    seqs = select(run.c.seq).where(live(), column.is_not(None))
    value: Any = term.value
    if isinstance(value, Moment):
        if term.op is Op.eq:
            return Way(test, 10, seqs.where(column >= value.start, column < value.end))
        value = value.start
    return Way(test, 10, seqs.where(OPERATORS[term.op](column, value)))
