"""Writing what was seen of runs: a batch of records, within one transaction."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, case, func, insert, select, update

from ..domain.ids import ExperimentId, RunId
from ..domain.limits import CODE_LINE_MAX_CHARS, NAME_MAX_CHARS, STORED_KEY_MAX_CHARS
from ..domain.runs.records import Document, DocumentKind, Flag, RunKind, RunRecord, RunStatus
from ..domain.storable import storable_text, to_storable
from .base import to_microseconds
from .counts import Counts
from .experiments import experiments_of
from .models import experiment, run
from .peaks import PEAK_COLUMNS, peak_values
from .search_sql import FAILED, SLOT_BITS, live, seq_floor
from .trash import wake_ancestors
from .words import indexed_words, move_words, write_words
from .written import Success, Written

__all__ = ["Counted", "Written", "save_runs"]


def save_runs(connection: Connection, records: Sequence[RunRecord], written: Written) -> None:
    """Write records over those written before, and keep every count right.

    A run that has ended stays ended: an older record that comes late changes nothing.
    """
    if not records:
        return
    old_by_id = _old_rows(connection, [record.id for record in records])
    wanted = [record for record in records if not _is_late(record, old_by_id.get(record.id))]
    if not wanted:
        return
    experiments = experiments_of(
        connection, {document for record in wanted for document in _documents(record)}
    )
    seqs = _seqs(connection, wanted, old_by_id)
    counts = Counts()
    new: list[dict[str, Any]] = []
    known: list[dict[str, Any]] = []
    for record in wanted:
        found, *others = (experiments[document] for document in _documents(record))
        values = _recorded(record, found.seq, seqs[record.id])
        values["document_seq"] = others[0].seq if others else None
        old = old_by_id.get(record.id)
        known_peaks = None if old is None else old._mapping
        values |= peak_values(known_peaks, record.peak_rss, record.peak_gpu_memory)
        (new if old is None else known).append(values)
        if old is None:
            values["name"] = storable_text(record.name[:NAME_MAX_CHARS])
            counts.add(Counted.of(values), record.queued_at)
        elif old.deleted_at is None:
            counts.replace(old, Counted.of(values), record.queued_at)
        written.run_ids.add(record.id)
        written.experiment_ids.add(found.id)
        if old is not None and old.experiment_seq != found.seq:
            written.experiment_ids.add(ExperimentId(old.experiment_id))
    written.successes += [each for values in (*new, *known) if (each := _success(values))]
    _insert(connection, new)
    _update(connection, known, old_by_id)
    counts.write(connection)
    parents = {values["parent_id"] for values in new if values["parent_id"] is not None}
    wake_ancestors(connection, parents, written)
    written.run_ids.update(parents)


def _success(values: Mapping[str, Any]) -> Success | None:
    """Return a cell's success, which may resolve errors; ``None`` for any other run."""
    if values["status"] is not RunStatus.ok or values["kind"] is not RunKind.cell:
        return None
    if values["cell_id"] is None:
        return None
    return Success(
        values["seq"],
        values["id"],
        values["document_seq"] or values["experiment_seq"],
        values["cell_id"],
        values["ended_at"] or values["queued_at"],
    )


def _documents(record: RunRecord) -> list[Document]:
    """Return what decides the experiment of a run, and after it the document it overrules."""
    if not record.experiment:
        return [record.document]
    name = record.experiment[:NAME_MAX_CHARS]
    return [Document(DocumentKind.named, name, name), record.document]


class Counted(NamedTuple):
    """What ``Counts`` looks at."""

    experiment_seq: int
    parent_id: str | None
    kind: Any
    status: Any

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Counted:
        """Return it for a row to be written."""
        return cls(*(values[name] for name in cls._fields))


_OLD_COLUMNS = [
    run.c[name]
    for name in [
        "seq",
        "id",
        "kind",
        "status",
        "experiment_seq",
        "parent_id",
        "deleted_at",
        "queued_at",
        "code",
        "error_name",
        "error_message",
        "name",
        "note",
        *PEAK_COLUMNS,
    ]
]


def _old_rows(connection: Connection, ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Return what is stored of these runs, locked until the end of the transaction."""
    statement: Select[Any] = (
        select(*_OLD_COLUMNS, experiment.c.id.label("experiment_id"))
        .join_from(run, experiment, run.c.experiment_seq == experiment.c.seq)
        .where(run.c.id.in_([_text(i) for i in ids]))
    )
    rows = connection.execute(statement.order_by(run.c.seq).with_for_update(of=run))
    return {row.id: row for row in rows}


def _is_late(record: RunRecord, old: Row[Any] | None) -> bool:
    """Whether the record is older than what is stored: a run does not begin after its end."""
    return old is not None and old.status.is_final and not record.status.is_final


# One row


def _recorded(record: RunRecord, experiment_seq: int, seq: int) -> dict[str, Any]:
    """Return the columns that are recorded; those of the user are not among them."""
    code = storable_text(record.code)
    return {
        "seq": seq,
        "id": _text(record.id),
        "kind": record.kind,
        "status": record.status,
        "experiment_seq": experiment_seq,
        "parent_id": _key(record.parent_id),
        "queued_at": record.queued_at,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "duration_s": _number(record.duration_s),
        "kernel_id": _key(record.kernel_id),
        "kernel_name": _text(record.kernel_name),
        "language": _text(record.language),
        "server_id": _text(record.server_id),
        "cell_id": _key(record.cell_id),
        "execution_count": _integer(record.execution_count),
        "status_reason": _text(record.status_reason),
        "error_key": None if record.error_name is None else _key(record.error_name.casefold()),
        "error_name": _text(record.error_name),
        "missed_messages": _integer(record.missed_messages),
        "environment_id": _text(record.environment_id),
        "user": _key(record.user),
        "code_sha256": _text(record.code_sha256),
        "code_line": _first_line(code),
        "error_message": _text(record.error_message),
        "code": code,
        "cpu_s": _number(record.cpu_s),
        "flags": [_flag(flag) for flag in record.flags] or None,
        "target": _key(record.target),
        "job_id": _text(record.job_id),
    }


def _flag(flag: Flag) -> dict[str, Any]:
    content = to_storable(dataclasses.asdict(flag))
    return {**content, "kind": flag.kind.value}


def _text(value: str | None) -> str | None:
    return None if value is None else storable_text(value)


def _key(value: str | None) -> str | None:
    """Return text as an index takes it."""
    return None if value is None else storable_text(value[:STORED_KEY_MAX_CHARS])


def _integer(value: int | None) -> int | None:
    """Return a whole number that has room in a column, else ``None``."""
    stored = to_storable(value)
    return stored if isinstance(stored, int) else None


def _number(value: float | None) -> float | None:
    """Return a finite number, else ``None``."""
    stored = to_storable(value)
    return stored if isinstance(stored, (int, float)) else None


def _first_line(code: str) -> str:
    """Return the first line that is not blank."""
    start = code[: len(code) - len(code.lstrip())].rfind("\n") + 1
    end = code.find("\n", len(code) - len(code.lstrip()))
    line = code[start : end if end >= 0 else len(code)]
    return line[:CODE_LINE_MAX_CHARS].rstrip()


# Numbers by time


def _seqs(
    connection: Connection, records: Iterable[RunRecord], old_by_id: Mapping[str, Row[Any]]
) -> dict[RunId, int]:
    """Return the ``seq`` of each run: the one it has, or a free one of its microsecond."""
    seqs: dict[RunId, int] = {}
    wanted: dict[int, RunId] = {}
    for record in records:
        old = old_by_id.get(record.id)
        if old is not None and old.queued_at == record.queued_at:
            seqs[record.id] = old.seq
            continue
        seq = seq_floor(to_microseconds(record.queued_at))
        while seq in wanted:
            seq += 1
        wanted[seq] = record.id
    while wanted:
        statement = select(run.c.seq).where(run.c.seq.in_(list(wanted)))
        taken = set(connection.execute(statement).scalars())
        seqs.update({run_id: seq for seq, run_id in wanted.items() if seq not in taken})
        used = set(seqs.values())
        again: dict[int, RunId] = {}
        for seq in sorted(taken):
            free = _after_last(connection, seq)
            while free in used or free in again:
                free += 1
            again[free] = wanted[seq]
        wanted = again
    return seqs


def _after_last(connection: Connection, seq: int) -> int:
    """Return the number after the last one used within the microsecond of ``seq``."""
    end = seq_floor((seq >> SLOT_BITS) + 1)
    last = select(func.max(run.c.seq)).where(run.c.seq >= seq, run.c.seq < end)
    found = connection.execute(last).scalar()
    return seq if found is None else int(found) + 1


# Statements


def _insert(connection: Connection, new: list[dict[str, Any]]) -> None:
    """Write runs seen for the first time; some of their children may be here already."""
    if not new:
        return
    children = _children(connection, [values["id"] for values in new])
    untouched = {"note": "", "is_starred": False, "deleted_at": None, "trash_id": None}
    rows = []
    for values in new:
        child_count, error_count = children.get(values["id"], (0, 0))
        counted = {"child_count": child_count, "error_count": error_count}
        rows.append({**values, **untouched, **counted})
    connection.execute(insert(run), rows)
    texts = {
        row["seq"]: indexed_words(row["code"], row["error_name"], row["error_message"], row["name"])
        for row in rows
    }
    write_words(connection, texts, is_new=True)


def _children(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return how many children these runs have already, and how many of them failed."""
    failed = func.sum(case((run.c.status.in_(FAILED), 1), else_=0))
    statement = (
        select(run.c.parent_id, func.count(), failed)
        .where(run.c.parent_id.in_(ids), live())
        .group_by(run.c.parent_id)
    )
    return {row[0]: (row[1], int(row[2])) for row in connection.execute(statement)}


_RECORDED = [
    "kind",
    "status",
    "experiment_seq",
    "parent_id",
    "queued_at",
    "started_at",
    "ended_at",
    "duration_s",
    "kernel_id",
    "kernel_name",
    "language",
    "server_id",
    "cell_id",
    "execution_count",
    "status_reason",
    "error_key",
    "error_name",
    "missed_messages",
    "environment_id",
    "user",
    "code_sha256",
    "code_line",
    "error_message",
    "code",
    "document_seq",
    "cpu_s",
    "flags",
    "target",
    "job_id",
    *PEAK_COLUMNS,
]
_UPDATE = (
    update(run)
    .where(run.c.seq == bindparam("at"))
    .values({name: bindparam(f"new_{name}", type_=run.c[name].type) for name in _RECORDED})
)


def _update(
    connection: Connection, known: list[dict[str, Any]], old_by_id: Mapping[str, Row[Any]]
) -> None:
    """Write runs that are stored already, and their words where those changed."""
    if not known:
        return
    pairs = [(old_by_id[values["id"]], values) for values in known]
    moves = [(old.seq, values["seq"]) for old, values in pairs if old.seq != values["seq"]]
    for before, after in moves:
        connection.execute(update(run).where(run.c.seq == before).values(seq=after))
    move_words(connection, moves)
    rows = []
    texts = {}
    for old, values in pairs:
        rows.append({"at": values["seq"], **{f"new_{name}": values[name] for name in _RECORDED}})
        new = (values["code"], values["error_name"], values["error_message"])
        if new != (old.code, old.error_name, old.error_message):
            texts[values["seq"]] = indexed_words(*new, old.name, old.note)
    connection.execute(_UPDATE, rows)
    write_words(connection, texts)
