"""Experiments: looked up and made by document, listed, renamed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, literal, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from ..domain.exceptions import NotFound
from ..domain.ids import ExperimentId, random_experiment_id
from ..domain.runs.records import Document, DocumentKind, Experiment, Page
from ..domain.search.language import parse
from ..domain.storable import storable_text
from .base import from_microseconds, to_microseconds
from .cursors import Place, checked_limit, decode_cursor, encode_cursor
from .models import experiment
from .search_sql import experiment_condition

__all__ = [
    "ExperimentKey",
    "document_key",
    "documents_at",
    "experiment_id_of",
    "experiments_of",
    "experiments_page",
    "file_name",
    "name_columns",
    "path_columns",
    "rename_experiment",
]


@dataclass(frozen=True, slots=True)
class ExperimentKey:
    """The two names of an experiment: ours and everyone's."""

    seq: int
    id: ExperimentId


def document_key(kind: DocumentKind, path: str) -> str:
    """Return what an experiment is looked up by."""
    return hashlib.sha256(f"{kind.value}:{storable_text(path)}".encode()).hexdigest()


def experiments_of(
    connection: Connection, documents: Iterable[Document]
) -> dict[Document, ExperimentKey]:
    """Return the experiment of each document; those that had none have one now."""
    by_key = {document_key(document.kind, document.path): document for document in documents}
    found = _by_document_key(connection, by_key)
    missing = [key for key in by_key if key not in found]
    if missing:
        # Another server may make the same one at this moment: then theirs is taken.
        make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        rows = [_new_row(key, by_key[key]) for key in missing]
        connection.execute(
            make(experiment).on_conflict_do_nothing(index_elements=["document_key"]), rows
        )
        found |= _by_document_key(connection, missing)
    return {document: found[document_key(document.kind, document.path)] for document in documents}


def _by_document_key(connection: Connection, keys: Iterable[str]) -> dict[str, ExperimentKey]:
    columns = experiment.c
    statement = select(columns.document_key, columns.seq, columns.id)
    rows = connection.execute(statement.where(columns.document_key.in_(list(keys))))
    return {row.document_key: ExperimentKey(row.seq, ExperimentId(row.id)) for row in rows}


def _new_row(key: str, document: Document) -> dict[str, Any]:
    return {
        "id": random_experiment_id(),
        "document_key": key,
        "kind": document.kind,
        "name_is_users": False,
        "tags": {},
        "run_count": 0,
        "error_count": 0,
        "live_count": 0,
        "last_run_at": None,
        **path_columns(storable_text(document.path)),
        **name_columns(storable_text(document.name)),
    }


def path_columns(path: str) -> dict[str, str]:
    """Return a path as it is stored and searched."""
    return {"path": path, "path_key": path.casefold(), "file_key": file_name(path).casefold()}


def name_columns(name: str) -> dict[str, str]:
    """Return a name as it is stored and searched."""
    return {"name": name, "name_key": name.casefold()}


def file_name(path: str) -> str:
    """Return the last part of a path of any system."""
    return path.replace("\\", "/").rpartition("/")[2]


def experiment_id_of(connection: Connection, document: Document) -> ExperimentId | None:
    """Return the experiment of a document, if it has one yet."""
    key = document_key(document.kind, document.path)
    found = _by_document_key(connection, [key]).get(key)
    return None if found is None else found.id


def documents_at(connection: Connection, path: str) -> list[int]:
    """Return the experiments of documents at a stored path, as ``experiment.seq``."""
    keys = [document_key(kind, path) for kind in (DocumentKind.notebook, DocumentKind.console)]
    found = select(experiment.c.seq).where(experiment.c.document_key.in_(keys))
    return list(connection.execute(found).scalars())


# Reading

_ORDER = "-last_run_at"


def experiments_page(
    connection: Connection, q: str, limit: int, cursor: str | None, now: datetime
) -> Page[Experiment]:
    """Return experiments that have runs, the one with the newest run first.

    Raises
    ------
    BadInput
        The query, the limit or the cursor is wrong.
    """
    limit = checked_limit(limit)
    columns = experiment.c
    statement = select(experiment).where(columns.live_count > 0, columns.last_run_at.is_not(None))
    tree = parse(q, now)
    if tree is not None:
        statement = statement.where(experiment_condition(tree))
    if cursor:
        place = decode_cursor(cursor, _ORDER)
        at = from_microseconds(int(place.value or 0))
        keys = tuple_(columns.last_run_at, columns.seq)
        statement = statement.where(
            keys < tuple_(literal(at, columns.last_run_at.type), literal(place.seq))
        )
    statement = statement.order_by(columns.last_run_at.desc(), columns.seq.desc())
    rows = connection.execute(statement.limit(limit + 1)).all()
    items = [_experiment(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items)
    last = rows[limit - 1]
    return Page(items, encode_cursor(Place(_ORDER, 0, to_microseconds(last.last_run_at), last.seq)))


def _experiment(row: Row[Any]) -> Experiment:
    return Experiment(
        id=ExperimentId(row.id),
        name=row.name,
        notebook_path=row.path if row.kind is DocumentKind.notebook else None,
        run_count=row.run_count,
        error_count=row.error_count,
        last_run_at=row.last_run_at,
        tags=row.tags,
    )


# Changing


def rename_experiment(connection: Connection, experiment_id: ExperimentId, name: str) -> Experiment:
    """Give an experiment a name that stays when its file is renamed; raises ``NotFound``."""
    columns = experiment.c
    connection.execute(
        update(experiment)
        .where(columns.id == experiment_id)
        .values(name_is_users=True, **name_columns(storable_text(name)))
    )
    row = connection.execute(select(experiment).where(columns.id == experiment_id)).first()
    if row is None:
        raise NotFound(f"There is no experiment {experiment_id[:100]!r}; it may have been erased.")
    return _experiment(row)
