"""Groups of errors within a transaction: locked, changed, written back with their words."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ..domain.errors.group_states import Standing, first_standing
from ..domain.errors.limits import GROUP_NOTEBOOKS_MAX, GROUP_TITLE_MAX_CHARS, GROUP_WORDS_MAX_CHARS
from ..domain.errors.occurrences import ErrorRecord
from ..domain.ids import ErrorGroupId
from ..domain.runs.records import DocumentKind
from ..domain.storable import storable_text
from .error_bodies import unpack_error
from .error_models import error, error_group, error_notebook, error_text
from .models import experiment
from .upserts import stored_key
from .words import indexed_words, write_words
from .written import Written

__all__ = ["Draft", "lock_groups", "make_groups", "notebook_paths", "refresh", "write_groups"]

_STANDING_COLUMNS = {
    "state": "state",
    "reason": "state_reason",
    "is_users": "state_is_users",
    "escalated_at": "escalated_at",
    "resolved_at": "resolved_at",
    "resolved_run_id": "resolved_run_id",
    "resolved_order": "resolved_seq",
    "ignore_until": "ignore_until",
    "ignore_remaining": "ignore_remaining",
}
"""Which column keeps which part of how a group stands."""


_CHUNK = 500
"""Groups in one statement."""


@dataclass(slots=True)
class Draft:
    """A group as it is about to be written."""

    values: dict[str, Any]
    is_fresh: bool = False
    """Whether it was made in this transaction and has not been told of an occurrence."""
    has_stale_notebooks: bool = False
    last_run_id: str = ""
    """The run of what was its newest occurrence before this transaction."""

    @property
    def seq(self) -> int:
        """Return its number in the table."""
        return int(self.values["seq"])

    @property
    def standing(self) -> Standing:
        """Return how it stands."""
        return Standing(**{name: self.values[at] for name, at in _STANDING_COLUMNS.items()})

    @standing.setter
    def standing(self, standing: Standing) -> None:
        for name, column in _STANDING_COLUMNS.items():
            self.values[column] = getattr(standing, name)

    def show(self, record: ErrorRecord, document_seq: int) -> None:
        """Make an occurrence the newest one."""
        self.values.update(_shown(record))
        if not self.values["severity_is_users"]:
            self.values["severity"] = record.severity
        notebooks: list[int] = self.values["notebook_seqs"]
        if document_seq in notebooks:
            self.values["notebook_seqs"] = [
                document_seq,
                *(seq for seq in notebooks if seq != document_seq),
            ]
        else:
            self.has_stale_notebooks = True

    def forget_content(self) -> None:
        """Drop what an occurrence said that is erased; the group stays for a user's sake."""
        template = self.values["template"]
        self.values.update(
            title=_one_line(self.values["ename"], template), message=template, diagnosis=""
        )


def _shown(record: ErrorRecord) -> dict[str, Any]:
    """Return what a group shows of its newest occurrence."""
    ename = stored_key(record.ename)
    return {
        "last_at": record.at,
        "category": record.category,
        "nature": record.nature,
        "kind": record.kind,
        "ename": ename,
        "last_error_id": stored_key(record.id),
        "last_run_id": stored_key(record.run_id),
        "last_cell_id": None if record.cell_id is None else stored_key(record.cell_id),
        "title": _one_line(ename, record.evalue),
        "template": storable_text(record.template[:GROUP_WORDS_MAX_CHARS]),
        "message": storable_text(record.evalue[:GROUP_WORDS_MAX_CHARS]),
        "diagnosis": storable_text(record.diagnosis[:GROUP_WORDS_MAX_CHARS]),
        "family": stored_key(record.fingerprints.family),
    }


def _one_line(ename: str, message: str) -> str:
    parts = [part for part in (ename, storable_text(message[:GROUP_WORDS_MAX_CHARS])) if part]
    return " ".join(": ".join(parts).split())[:GROUP_TITLE_MAX_CHARS]


def make_groups(connection: Connection, firsts: Mapping[str, tuple[ErrorRecord, bool]]) -> None:
    """Make the groups that are not there yet, without an occurrence.

    Parameters
    ----------
    firsts
        By id, the first record of each group, and whether a rule ignores it.
    """
    known = select(error_group.c.id).where(error_group.c.id.in_(list(firsts)))
    missing = sorted(set(firsts) - set(connection.execute(known).scalars()))
    if missing:
        # Another server may make the same one at this moment: then theirs is taken.
        make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(
            make(error_group).on_conflict_do_nothing(index_elements=["id"]),
            [_new_row(group_id, *firsts[group_id]) for group_id in missing],
        )


def _new_row(group_id: str, record: ErrorRecord, is_ignored: bool) -> dict[str, Any]:
    standing = first_standing(is_ignored)
    return {
        "id": group_id,
        "is_shown": False,
        "is_kept": False,
        "first_at": record.at,
        "severity": record.severity,
        "count": 0,
        "notebook_count": 0,
        "notebook_seqs": [],
        "severity_is_users": False,
        "fingerprint_version": record.fingerprints.version,
        "words_digest": "",
        "assignee": "",
        "note": "",
        "runbook": "",
        **{column: getattr(standing, name) for name, column in _STANDING_COLUMNS.items()},
        **_shown(record),
    }


def lock_groups(
    connection: Connection, ids: Collection[str] = (), seqs: Collection[int] = ()
) -> dict[int, Draft]:
    """Return groups by number; no other server writes to them until the end of the transaction.

    They are locked in one order, so that two servers do not wait for each other.
    """
    columns = error_group.c
    drafts: dict[int, Draft] = {}
    wanted = [
        column.in_(list(given))
        for column, given in ((columns.id, ids), (columns.seq, seqs))
        if given
    ]
    if not wanted:
        return drafts
    statement = select(error_group).where(or_(*wanted))
    for row in connection.execute(statement.order_by(columns.seq).with_for_update()):
        values = dict(row._mapping)
        drafts[row.seq] = Draft(values, not row.words_digest, last_run_id=row.last_run_id)
    return drafts


def refresh(connection: Connection, draft: Draft, is_first_kept: bool = False) -> None:
    """Look up what the newest occurrence of a group is, after one was lost.

    Parameters
    ----------
    is_first_kept
        Let the moment stand at which it was first seen: occurrences went for their age.
    """
    columns = error.c
    own = select(columns.at, columns.document_seq, columns.body).where(
        columns.group_seq == draft.seq, columns.is_live
    )
    newest = connection.execute(own.order_by(columns.at.desc(), columns.seq.desc()).limit(1))
    row = newest.first()
    draft.has_stale_notebooks = True
    if row is None:
        return
    draft.show(unpack_error(row.body), row.document_seq)
    if not is_first_kept:
        oldest = select(columns.at).where(columns.group_seq == draft.seq, columns.is_live)
        found = connection.execute(oldest.order_by(columns.at, columns.seq).limit(1))
        draft.values["first_at"] = found.scalar_one()


def notebook_paths(connection: Connection, seqs: Iterable[int]) -> dict[int, str]:
    """Return the stored paths of those of these documents that are notebooks."""
    wanted = set(seqs)
    if not wanted:
        return {}
    columns = experiment.c
    found = select(columns.seq, columns.path).where(
        columns.seq.in_(wanted), columns.kind == DocumentKind.notebook
    )
    return {row.seq: row.path for row in connection.execute(found)}


def write_groups(connection: Connection, drafts: Collection[Draft], written: Written) -> None:
    """Write groups back after their counts, and their words where those changed."""
    _look_up_notebooks(connection, [draft for draft in drafts if draft.has_stale_notebooks])
    for draft in drafts:
        values = draft.values
        values["is_kept"] = bool(
            values["note"]
            or values["runbook"]
            or values["assignee"]
            or values["severity_is_users"]
            or values["state_is_users"]
        )
        values["is_shown"] = values["is_kept"] or values["count"] > 0
        written.group_ids.add(ErrorGroupId(values["id"]))
    _write_words(connection, drafts)
    rows = [
        {f"new_{name}": value for name, value in draft.values.items()}
        for draft in sorted(drafts, key=lambda each: each.seq)
    ]
    if rows:
        connection.execute(_UPDATE, rows)


_UPDATE = (
    update(error_group)
    .where(error_group.c.seq == bindparam("new_seq"))
    .values(
        {
            column.name: bindparam(f"new_{column.name}", type_=column.type)
            for column in error_group.c
            if column.name not in ("seq", "id")
        }
    )
)


def _look_up_notebooks(connection: Connection, drafts: Sequence[Draft]) -> None:
    """Let groups know their newest notebooks, and how many they have."""
    columns = error_notebook.c
    group_seq = columns.group_seq
    newest = (columns.last_at.desc(), columns.document_seq)
    for start in range(0, len(drafts), _CHUNK):
        some = {draft.seq: draft for draft in drafts[start : start + _CHUNK]}
        numbered = (
            select(
                group_seq,
                columns.document_seq,
                func.row_number().over(partition_by=group_seq, order_by=newest).label("place"),
                func.count().over(partition_by=group_seq).label("total"),
            )
            .join_from(error_notebook, experiment, columns.document_seq == experiment.c.seq)
            .where(group_seq.in_(some), experiment.c.kind == DocumentKind.notebook)
            .subquery()
        )
        for draft in some.values():
            draft.values.update(notebook_seqs=[], notebook_count=0)
            draft.has_stale_notebooks = False
        found = select(numbered).where(numbered.c.place <= GROUP_NOTEBOOKS_MAX)
        for row in connection.execute(found.order_by(numbered.c.group_seq, numbered.c.place)):
            values = some[row.group_seq].values
            values["notebook_seqs"].append(row.document_seq)
            values["notebook_count"] = row.total


def _write_words(connection: Connection, drafts: Collection[Draft]) -> None:
    seqs = {seq for draft in drafts for seq in draft.values["notebook_seqs"]}
    paths = notebook_paths(connection, seqs)
    texts = {}
    for draft in drafts:
        values = draft.values
        notebooks = [paths[seq] for seq in values["notebook_seqs"] if seq in paths]
        line = indexed_words(
            values["ename"], values["message"], *notebooks, values["note"], values["runbook"]
        )
        digest = hashlib.sha256(line.encode()).hexdigest()[:16]
        if digest != values["words_digest"]:
            values["words_digest"] = digest
            texts[draft.seq] = line
    write_words(connection, texts, index=error_text)
