"""Writing errors: occurrences over what was written of them before, each counted once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from ..domain.changes import SaveError
from ..domain.errors.classification.severities import regressed
from ..domain.errors.groups import GroupState
from ..domain.errors.occurrences import ErrorKind, ErrorRecord
from ..domain.ids import RunId
from ..domain.storable import storable_text
from .error_bodies import pack_error
from .error_cells import FailedIn, cells_before, failing_groups, settle
from .error_counts import ErrorCounts, Spot
from .error_groups import Draft, lock_groups, make_groups, refresh, write_groups
from .error_models import error
from .models import run
from .upserts import stored_key
from .written import Written

__all__ = ["save_errors"]

_ENDING = (ErrorKind.exception, ErrorKind.kernel_death)

_OLD_COLUMNS = [column for column in error.c if column.name != "body"]
_WRITTEN = [column.name for column in error.c if column.name not in ("seq", "id")]
_UPDATE = (
    update(error)
    .where(error.c.id == bindparam("at_id"))
    .values({name: bindparam(f"new_{name}", type_=error.c[name].type) for name in _WRITTEN})
)
_UPDATE_BODY = (
    update(error).where(error.c.id == bindparam("at_id")).values(body=bindparam("new_body"))
)


@dataclass(slots=True)
class _Writing:
    """What is known while a batch of errors is written."""

    drafts: dict[int, Draft]
    counts: ErrorCounts = field(default_factory=ErrorCounts)
    lost: set[int] = field(default_factory=set)
    """Groups whose newest occurrence has to be looked up."""
    failures: list[FailedIn] = field(default_factory=list)
    new: list[dict[str, Any]] = field(default_factory=list)
    known: list[dict[str, Any]] = field(default_factory=list)
    taken: list[tuple[int, ErrorRecord]] = field(default_factory=list)
    """Each occurrence that counts, with its group."""


def save_errors(connection: Connection, changes: Sequence[SaveError], written: Written) -> None:
    """Write errors, and hold the successes of this transaction against their groups.

    An error of a run that is not known is given up and counted. Where nothing failed and no
    group waits for one of the cells that succeeded, this costs one query.
    """
    successes, written.successes = written.successes, []
    waiting = failing_groups(connection, successes)
    wanted = _known_runs(connection, changes, written)
    if not waiting and not wanted:
        return
    firsts: dict[str, tuple[ErrorRecord, bool]] = {}
    for change, _ in wanted.values():
        firsts.setdefault(stored_key(change.record.group_id), (change.record, change.is_ignored))
    make_groups(connection, firsts)
    olds = _old_rows(connection, list(wanted))
    touched = waiting | {row.group_seq for row in olds.values()}
    writing = _Writing(lock_groups(connection, list(firsts), touched))
    seqs = {draft.values["id"]: seq for seq, draft in writing.drafts.items()}
    for error_id, (change, of) in wanted.items():
        draft = writing.drafts[seqs[stored_key(change.record.group_id)]]
        _take_in(writing, draft, change, of, olds.get(error_id), written)
    _write_rows(connection, writing)
    cells = cells_before(connection, writing.drafts, writing.failures, successes)
    writing.counts.write(connection)
    for seq in writing.lost:
        refresh(connection, writing.drafts[seq])
    settle(connection, writing.drafts, cells, writing.failures, successes)
    _weigh_regressed(connection, writing)
    write_groups(connection, list(writing.drafts.values()), written)


def _known_runs(
    connection: Connection, changes: Sequence[SaveError], written: Written
) -> dict[str, tuple[SaveError, Row[Any]]]:
    """Return the newest change of each error, with its run."""
    if not changes:
        return {}
    columns = run.c
    ids = {storable_text(change.record.run_id) for change in changes}
    statement: Select[Any] = select(
        columns.id, columns.seq, columns.deleted_at, columns.experiment_seq, columns.document_seq
    ).where(columns.id.in_(ids))
    runs = {row.id: row for row in connection.execute(statement)}
    found = {}
    for change in changes:
        of = runs.get(storable_text(change.record.run_id))
        if of is None:
            written.drop("errors_of_unknown_run")
        else:
            found[stored_key(change.record.id)] = (change, of)
    return found


def _old_rows(connection: Connection, ids: Sequence[str]) -> dict[str, Row[Any]]:
    if not ids:
        return {}
    statement = select(*_OLD_COLUMNS).where(error.c.id.in_(ids))
    return {row.id: row for row in connection.execute(statement)}


def _take_in(
    writing: _Writing,
    draft: Draft,
    change: SaveError,
    of: Row[Any],
    old: Row[Any] | None,
    written: Written,
) -> None:
    """Let one occurrence be counted, and its group show it if it is the newest."""
    record = change.record
    if draft.values["severity_is_users"]:
        record = replace(record, severity=draft.values["severity"], severity_reasons=[])
    try:
        row = _row(record, of, draft.seq)
    except ValueError:
        written.drop("unstorable_error")
        return
    if old is not None and old.is_live:
        _take_out(writing, draft, old)
    (writing.new if old is None else writing.known).append(row)
    if not row["is_live"]:
        return
    writing.counts.add(Spot.of(row))
    writing.taken.append((draft.seq, record))
    document_seq = row["document_seq"]
    if old is None or old.group_seq != draft.seq:
        is_ignored = change.is_ignored
        writing.failures.append(
            FailedIn(draft.seq, of.seq, of.id, document_seq, row["cell_id"], record.at, is_ignored)
        )
    _count_in(draft, record, document_seq)
    run_id = RunId(of.id)
    written.run_ids.add(run_id)
    if old is None:
        written.failed_run_ids.add(run_id)


def _take_out(writing: _Writing, draft: Draft, old: Row[Any]) -> None:
    """Count an occurrence out of the group that it is stored in, before it is taken in again."""
    writing.counts.take(Spot.of(old._mapping))
    before = writing.drafts[old.group_seq]
    before.values["count"] -= 1
    if before is not draft or before.values["last_error_id"] == old.id:
        writing.lost.add(old.group_seq)


def _count_in(draft: Draft, record: ErrorRecord, document_seq: int) -> None:
    """Count an occurrence, and show it if it is the newest."""
    values = draft.values
    is_newest = values["count"] == 0 or record.at >= values["last_at"]
    values["count"] += 1
    values["first_at"] = min(values["first_at"], record.at)
    if is_newest:
        draft.show(record, document_seq)
    elif document_seq not in values["notebook_seqs"]:
        draft.has_stale_notebooks = True


def _weigh_regressed(connection: Connection, writing: _Writing) -> None:
    """Let what happened in groups that were resolved weigh more: only now is it known of them."""
    rows = []
    for group_seq, record in writing.taken:
        draft = writing.drafts[group_seq]
        if draft.standing.state is not GroupState.regressed or draft.values["severity_is_users"]:
            continue
        heavier = regressed(record)
        if heavier is not record:
            key = stored_key(record.id)
            rows.append({"at_id": key, "new_body": pack_error(heavier)})
            if draft.values["last_error_id"] == key:
                draft.values["severity"] = heavier.severity
    if rows:
        connection.execute(_UPDATE_BODY, rows)


def _row(record: ErrorRecord, of: Row[Any], group_seq: int) -> dict[str, Any]:
    environment_id = record.environment_id
    return {
        "id": stored_key(record.id),
        "run_seq": of.seq,
        "group_seq": group_seq,
        "is_live": of.deleted_at is None,
        "rank": 0 if record.kind in _ENDING else 1,
        "at": record.at,
        "category": record.category,
        "document_seq": of.document_seq or of.experiment_seq,
        "cell_id": "" if record.cell_id is None else stored_key(record.cell_id),
        "environment_id": None if environment_id is None else stored_key(environment_id),
        "body": pack_error(record),
    }


def _write_rows(connection: Connection, writing: _Writing) -> None:
    if writing.new:
        connection.execute(insert(error), writing.new)
    if writing.known:
        connection.execute(_UPDATE, [_update_row(row) for row in writing.known])


def _update_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"at_id": row["id"], **{f"new_{name}": row[name] for name in _WRITTEN}}
