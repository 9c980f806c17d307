"""A page of runs, found by way of the index that has the least to walk.

The order of a list is that of ``run.seq``, and so is that of nearly every index. A list
with one condition follows the index of that condition. With several, SQLite cannot know
which is rare, so it is asked: a condition that holds for few runs is fetched whole and
sorted, else the best index is walked newest first and the rest is tested run by run.
PostgreSQL keeps statistics of its own and is left to decide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from ..domain.limits import SEARCH_PROBE_ROWS, SEARCH_WALK_ROWS
from ..domain.runs.records import Page, RunQuery, RunSummary
from ..domain.search.language import And, Compare, Expression, Field, Op, parse
from .cursors import Place, checked_limit, decode_cursor, encode_cursor
from .models import experiment, run
from .orders import Stretch, place_value, stretches
from .runs import summaries
from .search_sql import experiment_condition, live, positive_text
from .ways import Way, document_way, experiment_way, filter_ways, term_way

__all__ = ["runs_page"]


def runs_page(connection: Connection, query: RunQuery, now: datetime) -> Page[RunSummary]:
    """Return the runs that match.

    Raises
    ------
    BadInput
        The query, the order, the limit or the cursor is wrong.
    """
    limit = checked_limit(query.limit)
    parts = stretches(query.order)
    place = decode_cursor(query.cursor, query.order) if query.cursor else None
    ways = _ways(connection, query, parse(query.q, now))
    if ways is None:
        return Page([])
    plan = _plan(connection, ways, query.order)
    found: list[Place] = []
    for phase in range(place.phase if place else 0, len(parts)):
        after = place if place is not None and place.phase == phase else None
        statement = _statement(plan, parts[phase], after).limit(limit + 1 - len(found))
        rows = connection.execute(statement)
        found += (Place(query.order, phase, place_value(row[1]), row[0]) for row in rows)
        if len(found) > limit:
            break
    items = summaries(connection, [hit.seq for hit in found[:limit]])
    more = encode_cursor(found[limit - 1]) if len(found) > limit else None
    return Page(items, more)


# Which way to the runs


@dataclass(frozen=True, slots=True)
class _Plan:
    ways: list[Way]
    few: Way | None = None
    """Holds for so few runs that they are fetched and sorted."""
    lead: Way | None = None
    """Whose index is followed where the list is in the order of ``seq``."""
    is_short: bool = False
    """Whether even all of that index is soon walked."""


def _ways(connection: Connection, query: RunQuery, tree: Expression | None) -> list[Way] | None:
    """Return the conditions of a list, the hardest to meet first; ``None`` if none can be."""
    ways = filter_ways(query)
    if query.experiment_id is not None:
        found = select(experiment.c.seq).where(experiment.c.id == query.experiment_id)
        seq = connection.execute(found).scalar()
        if seq is None:
            return None
        ways.append(experiment_way(seq, query))
    for term in _conjuncts(tree):
        ways.append(_experiments_way(connection, term, query) or term_way(connection, term))
    return sorted(ways, key=lambda way: way.rank)


def _conjuncts(tree: Expression | None) -> list[Expression]:
    """Return the terms that must all hold; those made of words only are one, for its index."""
    if not isinstance(tree, And):
        return [] if tree is None else [tree]
    texts = tuple(term for term in tree.terms if positive_text(term))
    others = [term for term in tree.terms if not positive_text(term)]
    if texts:
        others.append(And(texts) if len(texts) > 1 else texts[0])
    return others


def _experiments_way(connection: Connection, term: Expression, query: RunQuery) -> Way | None:
    """Return the way through a single experiment, where a term means just one."""
    if not isinstance(term, Compare) or term.op is not Op.eq:
        return None
    if term.field not in (Field.notebook, Field.experiment):
        return None
    found = select(experiment.c.seq).where(experiment_condition(term)).limit(2)
    seqs = connection.execute(found).scalars().all()
    if len(seqs) != 1:
        return None
    named = select(run.c.seq).where(run.c.document_seq == seqs[0]).limit(1)
    if term.field is Field.notebook and connection.execute(named).scalar() is not None:
        return document_way(seqs[0], term_way(connection, term).test)
    return experiment_way(seqs[0], query)


def _plan(connection: Connection, ways: list[Way], order: str) -> _Plan:
    if connection.dialect.name != "sqlite":
        return _Plan(ways)
    lead = next((way for way in ways if way.follow is not None), None)
    if order.endswith("queued_at") and len(ways) == 1 and lead is not None:
        return _Plan(ways, None, lead)
    # No index of a condition is in another order than that of time, so there more is fetched.
    most = SEARCH_PROBE_ROWS if order.endswith("queued_at") else 5 * SEARCH_PROBE_ROWS
    few = next((way for way in ways if _holds_for(connection, way, most)), None)
    is_short = few is None and lead is not None and lead.source is None
    if is_short and lead is not None:
        is_short = _holds_for(connection, lead, SEARCH_WALK_ROWS)
    return _Plan(ways, few, lead, is_short)


def _holds_for(connection: Connection, way: Way, most: int) -> bool:
    """Whether it holds for so few runs; looks at no more rows of an index."""
    if way.seqs is None:
        return False
    some = way.seqs.limit(most + 1).subquery()
    count = connection.execute(select(func.count()).select_from(some)).scalar_one()
    return bool(count <= most)


def _statement(plan: _Plan, part: Stretch, after: Place | None) -> Select[Any]:
    """Return the select of ``seq`` and sort value for one stretch of the list."""
    tests = [way.test for way in plan.ways]
    if plan.few is not None and plan.few.seqs is not None:
        tests = [way.best_test(True) for way in plan.ways if way is not plan.few]
        tests.append(part.seq.in_(plan.few.seqs))
    elif plan.lead is not None and plan.lead.follow is not None and part.is_by_seq:
        tests = [way.best_test(plan.is_short) for way in plan.ways if way is not plan.lead]
        tests.append(plan.lead.follow)
        part = replace(part, seq=plan.lead.seq, source=plan.lead.source)
    sort = part.seq if part.sort is None else part.sort
    tables = run if part.source is None else part.source.join(run, run.c.seq == part.seq)
    statement = select(part.seq, sort.label("sort")).select_from(tables)
    statement = statement.where(live(), *part.where, *tests).order_by(*part.ordering())
    return statement if after is None else statement.where(part.after(after))
