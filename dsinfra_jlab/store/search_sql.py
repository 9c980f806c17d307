"""From the tree of a search to SQL, with bound parameters only."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    Table,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    type_coerce,
)
from sqlalchemy import Text as SqlText
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from ..domain.exceptions import BadInput
from ..domain.limits import STORED_KEY_MAX_CHARS
from ..domain.runs.records import DocumentKind, FlagKind, RunStatus
from ..domain.search.language import And, Compare, Expression, Field, Not, Op, Or, Text
from ..domain.search.values import Moment
from .base import to_microseconds
from .models import experiment, run, run_data, run_metric, run_param, run_tag, run_text

__all__ = [
    "FAILED",
    "VALUES",
    "Condition",
    "condition",
    "data_range",
    "experiment_condition",
    "flagged",
    "live",
    "plain",
    "positive_text",
    "prefix_range",
    "seq_floor",
    "text_contained",
    "text_matches",
    "text_rowid",
    "text_seq",
    "value_conditions",
]

Condition = ColumnElement[bool]

FAILED = (RunStatus.error, RunStatus.kernel_died)
"""How runs end that count as errors."""

SLOT_BITS = 10
"""Bits of ``run.seq`` that number the runs of one microsecond."""

_SEQ_LIMIT = 2**62

OPERATORS: dict[Op, Callable[[Any, Any], Any]] = {
    Op.eq: operator.eq,
    Op.ne: operator.ne,
    Op.lt: operator.lt,
    Op.le: operator.le,
    Op.gt: operator.gt,
    Op.ge: operator.ge,
}


def seq_floor(microseconds: int) -> int:
    """Return the smallest ``run.seq`` of a run that was asked for at that moment.

    Ten bits number the runs of one microsecond; the others last until the year 2112.
    """
    return max(-_SEQ_LIMIT, min(microseconds << SLOT_BITS, _SEQ_LIMIT))


class plain(FunctionElement[Any]):
    """A column that SQLite shall not use an index for.

    Its planner knows nothing of how common a value is, and would rather fetch and sort
    all cells of ten years than walk the newest fifty. PostgreSQL knows, and is left alone.
    """

    inherit_cache = True
    name = "plain"

    def __init__(self, column: Column[Any] | Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(plain)
def _as_it_is(element: plain, compiler: SQLCompiler, **options: Any) -> str:
    return " ".join(compiler.process(column, **options) for column in element.clauses)


@compiles(plain, "sqlite")
def _without_index(element: plain, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{_as_it_is(element, compiler, **options)}"


# Full text


def text_rowid(index: Table) -> ColumnElement[int]:
    """Return, on SQLite, the number of what a row of a full-text index is about."""
    return literal_column(f"{index.name}.rowid", BigInteger)


text_seq = text_rowid(run_text)
"""On SQLite, the ``run.seq`` of a row of the full-text index."""


def text_matches(term: Expression, is_sqlite: bool, index: Table = run_text) -> Condition:
    """Return the condition on an index of words; ``term`` is made of words, AND and OR only."""
    if is_sqlite:
        return literal_column(index.name).op("MATCH")(_fts5(term))
    return index.c.words.op("@@")(cast(literal(_tsquery(term)), TSQUERY))


def text_contained(term: Expression) -> Condition:
    """Return the same condition on SQLite, by looking into the words of one run.

    FTS5 reads every hit of a word before it can say whether a run is among them. Where few
    runs are in question it is faster to look at each: the words of a run are stored between
    single spaces, so a phrase is a part of that line.
    """
    if isinstance(term, Text):
        line = literal(" ").concat(run_text.c.words).concat(" ")
        phrase = f" {' '.join(term.words)}{'' if term.is_prefix else ' '}"
        return func.instr(line, phrase) > 0
    if not isinstance(term, (And, Or)):
        raise TypeError(f"{type(term).__name__} is not a matter of words")
    return (and_ if isinstance(term, And) else or_)(*map(text_contained, term.terms))


def _fts5(term: Expression) -> str:
    """Return a query of FTS5; the words are letters and digits, so nothing needs escaping."""
    if isinstance(term, Text):
        return f'"{" ".join(term.words)}"{" *" if term.is_prefix else ""}'
    return _joined(term, " AND ", " OR ", _fts5)


def _tsquery(term: Expression) -> str:
    """Return a query of PostgreSQL."""
    if isinstance(term, Text):
        phrase = " <-> ".join(f"'{word}'" for word in term.words)
        return f"({phrase}{':*' if term.is_prefix else ''})"
    return _joined(term, " & ", " | ", _tsquery)


def _joined(term: Expression, both: str, either: str, render: Callable[[Expression], str]) -> str:
    if not isinstance(term, (And, Or)):
        raise TypeError(f"{type(term).__name__} is not a matter of words")
    return f"({(both if isinstance(term, And) else either).join(map(render, term.terms))})"


def positive_text(term: Expression) -> bool:
    """Whether the full-text index alone can answer this."""
    if isinstance(term, (And, Or)):
        return all(map(positive_text, term.terms))
    return isinstance(term, Text)


# Conditions on one run


def condition(term: Expression, is_sqlite: bool) -> Condition:
    """Return the condition for ``term``: true or false for every run, never unknown."""
    if positive_text(term):
        key = text_seq if is_sqlite else run_text.c.run_seq
        matching = select(key).select_from(run_text).where(text_matches(term, is_sqlite))
        return plain(run.c.seq).in_(matching)
    if isinstance(term, And):
        return and_(*(condition(part, is_sqlite) for part in term.terms))
    if isinstance(term, Or):
        return or_(*(condition(part, is_sqlite) for part in term.terms))
    if isinstance(term, Not):
        return not_(condition(term.term, is_sqlite))
    if not isinstance(term, Compare):  # pragma: no cover - Text was answered above
        raise TypeError(f"no condition for {type(term).__name__}")
    return _COMPARISONS[term.field](term)


def _known(column: Any, op: Op, value: Any) -> Condition:
    """Compare a column that may be NULL; NULL is unequal to everything."""
    compared: Condition = OPERATORS[op](plain(column), value)
    if op is Op.ne:
        return or_(column.is_(None), compared)
    return and_(column.is_not(None), compared)


def _status(term: Compare) -> Condition:
    return _known(run.c.status, term.op, term.value)


def _kind(term: Compare) -> Condition:
    return _known(run.c.kind, term.op, term.value)


def _kernel(term: Compare) -> Condition:
    either = or_(plain(run.c.kernel_name) == term.value, plain(run.c.kernel_id) == term.value)
    return not_(either) if term.op is Op.ne else either


def _cell(term: Compare) -> Condition:
    return _known(run.c.cell_id, term.op, term.value)


def _user(term: Compare) -> Condition:
    return _known(run.c.user, term.op, term.value)


def _target(term: Compare) -> Condition:
    return _known(run.c.target, term.op, term.value)


def _name(term: Compare) -> Condition:
    # Names are rare and short; only their ASCII letters are compared without case.
    contained = run.c.name.icontains(str(term.value), autoescape=True)
    return not_(contained) if term.op is Op.ne else contained


def _error(term: Compare) -> Condition:
    low, high = prefix_range(str(term.value))
    column = run.c.error_key
    inside = and_(column.is_not(None), plain(column) >= low, plain(column) < high)
    return not_(inside) if term.op is Op.ne else inside


def prefix_range(prefix: str) -> tuple[str, str]:
    """Return the bounds between which all words with this beginning lie, case folded."""
    low = prefix.casefold()
    return low, low + "\U0010ffff"


def _in_experiments(term: Compare) -> Condition:
    positive = Compare(term.field, Op.eq, term.value)
    seqs = select(experiment.c.seq).where(experiment_condition(positive))
    inside: Condition = plain(run.c.experiment_seq).in_(seqs)
    if term.field is Field.notebook:
        other = run.alias()
        elsewhere = select(other.c.seq).where(
            other.c.document_seq.is_not(None), other.c.document_seq.in_(seqs)
        )
        inside = or_(inside, plain(run.c.seq).in_(elsewhere))
    return not_(inside) if term.op is Op.ne else inside


def _duration(term: Compare) -> Condition:
    return _known(run.c.duration_s, term.op, term.value)


def _peak_rss(term: Compare) -> Condition:
    return _known(run.c.peak_rss_bytes, term.op, term.value)


def _moment(term: Compare) -> Condition:
    """Compare a time; see ``Moment`` for what a day means."""
    column = run.c.started_at if term.field is Field.started else run.c.ended_at
    moment = term.value
    if not isinstance(moment, Moment):  # pragma: no cover - the parser gives nothing else
        raise TypeError("a moment is expected")
    if term.op in (Op.eq, Op.ne):
        inside = and_(
            column.is_not(None), plain(column) >= moment.start, plain(column) < moment.end
        )
        return not_(inside) if term.op is Op.ne else inside
    compared = _known(column, term.op, moment.start)
    if term.op in (Op.lt, Op.le):
        # Nothing starts before it was asked for: the newer part of the table is left out.
        return and_(compared, run.c.seq < seq_floor(to_microseconds(moment.start) + 1))
    return compared


def _flag(term: Compare) -> Condition:
    flags: dict[Any, Condition] = {
        "starred": run.c.is_starred,
        "error": plain(run.c.status).in_(FAILED),
        "note": run.c.note != "",
        "name": run.c.name != "",
    }
    flag = flags[term.value]
    return not_(flag) if term.op is Op.ne else flag


def flagged(term: Compare) -> Condition:
    """Return whether a run has a flag of one kind, or any."""
    stored = type_coerce(run.c.flags, SqlText)
    if not isinstance(term.value, FlagKind):
        return stored.is_not(None)
    # Names are JSON too, in which a quotation mark is never bare: this can only be the kind.
    kind = f'"kind":"{term.value.value}"'
    return and_(stored.is_not(None), stored.contains(kind, autoescape=True))


def _flagged(term: Compare) -> Condition:
    return not_(flagged(term)) if term.op is Op.ne else flagged(term)


def data_range(term: Compare) -> Condition:
    """Return whether data has a name that begins so."""
    low, high = prefix_range(str(term.value)[:STORED_KEY_MAX_CHARS])
    return and_(run_data.c.file_key >= low, run_data.c.file_key < high)


def _data(term: Compare) -> Condition:
    found = select(run_data.c.run_seq).where(run_data.c.run_seq == run.c.seq, data_range(term))
    touched = exists(found.correlate(run))
    return not_(touched) if term.op is Op.ne else touched


def _keyed(term: Compare) -> Condition:
    """Return whether the run has a value under the key that meets the condition."""
    # Under another name: a list can follow an index of the same table.
    table = VALUES[term.field].alias()
    found = select(table.c.run_seq).where(table.c.run_seq == run.c.seq, table.c.key == term.key)
    return exists(found.where(*value_conditions(term, table)).correlate(run))


VALUES: dict[Field, Table] = {
    Field.tag: run_tag,
    Field.param: run_param,
    Field.metric: run_metric,
}
"""Where the values are that have keys."""


def value_conditions(term: Compare, table: FromClause) -> list[Condition]:
    """Return what a row of one of these tables must meet besides its key."""
    if term.op is Op.exists:
        return []
    compare = OPERATORS[term.op]
    if term.field is Field.tag:
        return [compare(table.c.value, term.value)]
    if term.field is Field.metric:
        number = table.c.number
        return [number.is_not(None), compare(number, term.number)]
    number, word = table.c.number, table.c.word
    if term.number is None:
        return [compare(word, term.value)]
    if term.op is Op.ne:
        return [or_(number.is_(None), number != term.number), word != term.value]
    compared = and_(number.is_not(None), compare(number, term.number))
    # A text such as "007" is found as it was written, too.
    return [or_(compared, word == term.value) if term.op is Op.eq else compared]


_COMPARISONS: dict[Field, Callable[[Compare], Condition]] = {
    Field.status: _status,
    Field.kind: _kind,
    Field.notebook: _in_experiments,
    Field.kernel: _kernel,
    Field.cell: _cell,
    Field.experiment: _in_experiments,
    Field.error: _error,
    Field.user: _user,
    Field.target: _target,
    Field.name: _name,
    Field.duration: _duration,
    Field.peak_rss: _peak_rss,
    Field.started: _moment,
    Field.ended: _moment,
    Field.is_: _flag,
    Field.has: _flag,
    Field.flag: _flagged,
    Field.data: _data,
    Field.tag: _keyed,
    Field.param: _keyed,
    Field.metric: _keyed,
}


# Conditions on one experiment


def experiment_condition(term: Expression) -> Condition:
    """Return the condition on ``experiment``; free words match name and path.

    Raises
    ------
    BadInput
        The term is about single runs.
    """
    if isinstance(term, And):
        return and_(*map(experiment_condition, term.terms))
    if isinstance(term, Or):
        return or_(*map(experiment_condition, term.terms))
    if isinstance(term, Not):
        return not_(experiment_condition(term.term))
    columns = experiment.c
    if isinstance(term, Text):
        return and_(
            *(
                or_(_contains(columns.name_key, word), _contains(columns.path_key, word))
                for word in term.words
            )
        )
    value = str(term.value).casefold()
    if term.field in (Field.name, Field.experiment):
        found = or_(_contains(columns.name_key, value), columns.id == term.value)
    elif term.field is Field.notebook:
        found = and_(columns.kind == DocumentKind.notebook, _path_is(value))
    else:
        raise BadInput(
            f"Experiments cannot be searched by {term.field.value}. Use free words, "
            "notebook:, name: or experiment:, or search the runs instead."
        )
    return not_(found) if term.op is Op.ne else found


def _path_is(value: str) -> Condition:
    """Part of the file name; with a slash, the path from some folder on."""
    if "/" not in value:
        return _contains(experiment.c.file_key, value)
    below = experiment.c.path_key.endswith("/" + value.lstrip("/"), autoescape=True)
    return or_(experiment.c.path_key == value, below)


def _contains(column: Any, value: str) -> Condition:
    return column.contains(value, autoescape=True) if value else false()


def live() -> Condition:
    """Return whether a run is not in the trash; what the partial indexes are made of."""
    return run.c.deleted_at.is_(None)
