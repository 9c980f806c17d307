"""Which cells a group fails in, and what their failures and successes do to its state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, case, func, literal_column, select, update

from ..domain.errors.group_states import (
    CLOSED,
    Failure,
    Rate,
    Success,
    after_failure,
    after_success,
    rate_at,
)
from ..domain.errors.groups import GroupState
from ..domain.errors.limits import ESCALATION_LEAST, ESCALATION_WEEK_HOURS, GROUP_NEW_S
from ..domain.ids import RunId
from ..domain.runs.records import RunStatus
from .error_counts import HOUR_S, bucket_start
from .error_groups import Draft
from .error_models import error_bucket, error_cell
from .models import run
from .search_sql import Condition, live, plain
from .written import Success as RunSuccess

__all__ = [
    "Cells",
    "FailedIn",
    "cells_before",
    "close_cells",
    "failing_groups",
    "open_cells",
    "settle",
]

_is_cell: Condition = literal_column("run.kind = 'cell'")
"""Spelled out, as the index over the runs of cells wants it."""

_CHUNK = 500


class FailedIn(NamedTuple):
    """An occurrence that its group did not have before."""

    group_seq: int
    run_seq: int
    run_id: str
    document_seq: int
    cell_id: str
    at: datetime
    is_ignored: bool


Place = tuple[int, str]
"""Document and cell."""


@dataclass(slots=True)
class Cell:
    """How a cell stands to a group."""

    since_seq: int
    """``run.seq`` of its newest failure."""
    is_failing: bool
    """Whether it has not succeeded since."""
    is_changed: bool = False


Cells = dict[tuple[int, int, str], Cell]
"""By group, document and cell."""


def failing_groups(connection: Connection, successes: Sequence[RunSuccess]) -> set[int]:
    """Return the groups that wait for the success of one of these cells."""
    cells = {success.cell_id for success in successes}
    if not cells:
        return set()
    found = (
        select(error_cell.c.group_seq)
        .distinct()
        .where(error_cell.c.cell_id.in_(cells), error_cell.c.is_failing)
    )
    return set(connection.execute(found).scalars())


def settle(
    connection: Connection,
    drafts: Mapping[int, Draft],
    cells: Cells,
    failures: Sequence[FailedIn],
    successes: Sequence[RunSuccess],
) -> None:
    """Let failures and successes change how groups stand, in the order of their runs.

    Parameters
    ----------
    cells
        As ``cells_before`` gave them; all counts have been written since.
    """
    later = _later_successes(connection, cells, failures)
    rates = _rates(connection, drafts, failures)
    by_place: defaultdict[Place, set[int]] = defaultdict(set)
    for group_seq, document_seq, cell_id in cells:
        by_place[document_seq, cell_id].add(group_seq)
    for failed in failures:
        by_place[failed.document_seq, failed.cell_id].add(failed.group_seq)
    newest = {failed.group_seq: failed for failed in sorted(failures, key=lambda each: each.at)}
    last_runs = {seq: draft.last_run_id for seq, draft in drafts.items()}
    # Of one run the failures come first: what it warned of is not resolved by its own success.
    events: list[tuple[int, int, FailedIn | RunSuccess]] = []
    events += [(failed.run_seq, 0, failed) for failed in failures]
    events += [(success.seq, 1, success) for success in {*successes, *later}]
    for _, _, event in sorted(events, key=lambda each: each[:2]):
        if isinstance(event, FailedIn):
            draft = drafts[event.group_seq]
            rate = rates.get(event.group_seq) if newest[event.group_seq] is event else None
            _fail(draft, event, cells, last_runs[draft.seq], rate)
            last_runs[draft.seq] = event.run_id
            continue
        for group_seq in by_place.get((event.document_seq, event.cell_id), ()):
            _succeed(connection, drafts[group_seq], event, cells)
    _save(connection, cells)


def cells_before(
    connection: Connection,
    drafts: Mapping[int, Draft],
    failures: Sequence[FailedIn],
    successes: Sequence[RunSuccess],
) -> Cells:
    """Return how the cells in question stood to these groups before this transaction."""
    ids = {each.cell_id for each in failures} | {each.cell_id for each in successes}
    columns = error_cell.c
    found: Cells = {}
    seqs = list(drafts)
    for start in range(0, len(seqs), _CHUNK):
        statement = select(error_cell).where(
            columns.cell_id.in_(ids), columns.group_seq.in_(seqs[start : start + _CHUNK])
        )
        for row in connection.execute(statement):
            key = (row.group_seq, row.document_seq, row.cell_id)
            found[key] = Cell(row.since_seq, row.is_failing)
    return found


def _later_successes(
    connection: Connection, cells: Cells, failures: Sequence[FailedIn]
) -> list[RunSuccess]:
    """Return the newest success of each cell that was asked for after it failed.

    An error may come in after the run in which the cell has succeeded again.
    """
    since: dict[Place, int] = {}
    for failed in failures:
        place = (failed.document_seq, failed.cell_id)
        if failed.cell_id and _is_news(cells.get((failed.group_seq, *place)), failed):
            since[place] = max(failed.run_seq, since.get(place, failed.run_seq))
    columns = run.c
    found = []
    again = _succeeded_again(connection, since)
    for (document_seq, cell_id), seq in since.items():
        if cell_id not in again:
            continue
        statement = (
            select(columns.seq, columns.id, columns.ended_at, columns.queued_at)
            .where(columns.cell_id == cell_id, live(), _is_cell, columns.seq > seq)
            .where(func.coalesce(columns.document_seq, columns.experiment_seq) == document_seq)
            .where(plain(columns.status) == RunStatus.ok)
            .order_by(columns.seq.desc())
        )
        row = connection.execute(statement.limit(1)).first()
        if row is not None:
            at = row.ended_at or row.queued_at
            found.append(RunSuccess(row.seq, RunId(row.id), document_seq, cell_id, at))
    return found


def _succeeded_again(connection: Connection, since: Mapping[Place, int]) -> set[str]:
    """Return the cells with any success after the first of these failures: mostly none."""
    if not since:
        return set()
    columns = run.c
    cells = sorted({cell_id for _, cell_id in since})
    found: set[str] = set()
    for start in range(0, len(cells), _CHUNK):
        statement = (
            select(columns.cell_id)
            .where(columns.cell_id.in_(cells[start : start + _CHUNK]), live(), _is_cell)
            .where(columns.seq > min(since.values()), plain(columns.status) == RunStatus.ok)
            .distinct()
        )
        found.update(connection.execute(statement).scalars())
    return found


def _is_news(cell: Cell | None, failed: FailedIn) -> bool:
    return cell is None or failed.run_seq > cell.since_seq


def _rates(
    connection: Connection, drafts: Mapping[int, Draft], failures: Sequence[FailedIn]
) -> dict[int, Rate]:
    """Return how often groups happen that are old enough and frequent enough to escalate."""
    newest: dict[int, datetime] = {}
    for failed in failures:
        at = newest.get(failed.group_seq, failed.at)
        newest[failed.group_seq] = max(at, failed.at)
    young = timedelta(seconds=GROUP_NEW_S)
    newest = {seq: at for seq, at in newest.items() if at - drafts[seq].values["first_at"] >= young}
    recent = _hours(connection, newest, 1)
    often = {
        seq: newest[seq] for seq, hours in recent.items() if sum(hours.values()) >= ESCALATION_LEAST
    }
    found = {}
    for seq, hours in _hours(connection, often, ESCALATION_WEEK_HOURS).items():
        rate = rate_at(often[seq], hours, drafts[seq].values["first_at"])
        if rate is not None:
            found[seq] = rate
    return found


def _hours(
    connection: Connection, moments: Mapping[int, datetime], back: int
) -> dict[int, dict[int, int]]:
    """Return the counts of each group by hour, from so many hours before its moment on."""
    columns = error_bucket.c
    found: dict[int, dict[int, int]] = {seq: {} for seq in moments}
    starts = {seq: bucket_start(at, HOUR_S) for seq, at in moments.items()}
    seqs = list(moments)
    for begin in range(0, len(seqs), _CHUNK):
        some = seqs[begin : begin + _CHUNK]
        first_s = min(starts[seq] for seq in some) - back * HOUR_S
        last_s = max(starts[seq] for seq in some)
        statement = select(columns.group_seq, columns.start_s, columns["count"]).where(
            columns.group_seq.in_(some),
            columns.bucket_s == HOUR_S,
            columns.start_s.between(first_s, last_s),
        )
        for seq, start_s, count in connection.execute(statement):
            if starts[seq] - back * HOUR_S <= start_s <= starts[seq]:
                found[seq][start_s // HOUR_S] = count
    return found


def _fail(
    draft: Draft, failed: FailedIn, cells: Cells, run_id_before: str, rate: Rate | None
) -> None:
    key = (failed.group_seq, failed.document_seq, failed.cell_id)
    cell = cells.get(key)
    is_news = _is_news(cell, failed)
    if draft.is_fresh:
        draft.is_fresh = False
    else:
        draft.standing = after_failure(
            draft.standing,
            Failure(
                at=failed.at,
                order=failed.run_seq,
                is_news=is_news,
                is_other_run=failed.run_id != run_id_before,
                is_ignored=failed.is_ignored,
                rate=rate,
            ),
        )
    if is_news:
        # What a user resolved stays so for failures of before.
        is_failing = draft.standing.state is not GroupState.resolved
        cells[key] = Cell(failed.run_seq, is_failing, is_changed=True)


def _succeed(connection: Connection, draft: Draft, success: RunSuccess, cells: Cells) -> None:
    cell = cells.get((draft.seq, success.document_seq, success.cell_id))
    if cell is None or not cell.is_failing or cell.since_seq >= success.seq:
        return
    cell.is_failing, cell.is_changed = False, True
    if draft.standing.state not in CLOSED and not _is_failing(connection, draft.seq, cells):
        draft.standing = after_success(
            draft.standing, Success(success.run_id, success.seq, success.at)
        )


def _is_failing(connection: Connection, group_seq: int, cells: Cells) -> bool:
    """Whether any cell of a group has not succeeded since it failed."""
    known = {key: cell for key, cell in cells.items() if key[0] == group_seq}
    if any(cell.is_failing for cell in known.values()):
        return True
    columns = error_cell.c
    failing = select(columns.group_seq, columns.document_seq, columns.cell_id).where(
        columns.group_seq == group_seq, plain(columns.is_failing)
    )
    rows = connection.execute(failing.limit(len(known) + 1))
    return any(tuple(row) not in known for row in rows)


def _save(connection: Connection, cells: Cells) -> None:
    rows = [
        {
            "at_group": group_seq,
            "at_document": document_seq,
            "at_cell": cell_id,
            "new_since": cell.since_seq,
            "new_failing": cell.is_failing,
        }
        for (group_seq, document_seq, cell_id), cell in sorted(cells.items())
        if cell.is_changed
    ]
    if rows:
        connection.execute(_UPDATE, rows)


_UPDATE = (
    update(error_cell)
    .where(
        error_cell.c.group_seq == bindparam("at_group"),
        error_cell.c.document_seq == bindparam("at_document"),
        error_cell.c.cell_id == bindparam("at_cell"),
    )
    .values(since_seq=bindparam("new_since"), is_failing=bindparam("new_failing"))
)


def close_cells(connection: Connection, group_seq: int) -> None:
    """Let a group wait for no cell any more: a user says it is resolved."""
    columns = error_cell.c
    own = update(error_cell).where(columns.group_seq == group_seq, plain(columns.is_failing))
    connection.execute(own.values(is_failing=False))


def open_cells(connection: Connection, group_seq: int, now_seq: int) -> None:
    """Let a group wait for each of its cells to succeed from now on: a user opened it again."""
    columns = error_cell.c
    since = case((columns.since_seq > now_seq, columns.since_seq), else_=now_seq)
    own = update(error_cell).where(columns.group_seq == group_seq)
    connection.execute(own.values(is_failing=True, since_seq=since))
