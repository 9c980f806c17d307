"""Writing a batch of changes, in order, within one transaction."""

from __future__ import annotations

import dataclasses
import json
import math
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from ..domain.changes import (
    Change,
    MoveDocument,
    SaveEnvironment,
    SaveOutputs,
    SaveRun,
    SaveValues,
)
from ..domain.limits import STORED_KEY_MAX_CHARS
from ..domain.storable import storable_text, to_storable
from .experiments import move_document
from .models import environment, run, run_metric, run_outputs, run_param
from .records import Written, save_runs

__all__ = ["write_batch"]

_LEVEL = 1
"""Of zlib: text shrinks to a quarter at 100 MB a second; higher levels gain little."""


def write_batch(connection: Connection, changes: Sequence[Change]) -> Written:
    """Write changes; those between two moves are written kind by kind."""
    written = Written()
    for part in _between_moves(changes):
        if isinstance(part, MoveDocument):
            written.experiment_ids |= move_document(connection, part)
            continue
        save_runs(connection, [c.record for c in part if isinstance(c, SaveRun)], written)
        _save_environments(connection, [c for c in part if isinstance(c, SaveEnvironment)])
        _save_outputs(connection, [c for c in part if isinstance(c, SaveOutputs)], written)
        _save_values(connection, [c for c in part if isinstance(c, SaveValues)], written)
    return written


def _between_moves(changes: Sequence[Change]) -> Iterator[list[Change] | MoveDocument]:
    part: list[Change] = []
    for change in changes:
        if isinstance(change, MoveDocument):
            yield part
            yield change
            part = []
        else:
            part.append(change)
    yield part


def _upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, over those with the same key."""
    if not rows:
        return
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    keys = [column.name for column in table.primary_key]
    others = {
        column.name: statement.excluded[column.name]
        for column in table.c
        if column.name not in keys
    }
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), rows)


def _save_environments(connection: Connection, changes: Sequence[SaveEnvironment]) -> None:
    rows = [
        {
            "id": storable_text(change.environment_id),
            "content": to_storable(dataclasses.asdict(change.environment)),
        }
        for change in changes
    ]
    _upsert(connection, environment, rows)


def _save_outputs(connection: Connection, changes: Sequence[SaveOutputs], written: Written) -> None:
    seqs = _seqs(connection, [change.run_id for change in changes])
    rows = []
    for change in changes:
        seq = seqs.get(change.run_id)
        if seq is None:
            written.drop("outputs_of_unknown_run")
            continue
        body = _pack(change.outputs.items)
        rows.append({"run_seq": seq, "truncated": change.outputs.truncated, "body": body})
        written.run_ids.add(change.run_id)
    _upsert(connection, run_outputs, rows)


def _pack(items: list[dict[str, Any]]) -> bytes:
    try:
        packed = msgspec.json.encode(items)
    except Exception:
        # Lone surrogates, integers beyond 64 bits, endless nesting: rare, so looked for late.
        packed = json.dumps(to_storable(items), separators=(",", ":")).encode()
    return zlib.compress(packed, _LEVEL)


def _save_values(connection: Connection, changes: Sequence[SaveValues], written: Written) -> None:
    seqs = _seqs(connection, [change.run_id for change in changes])
    params: dict[tuple[int, str], dict[str, Any]] = {}
    metrics: dict[tuple[int, str], dict[str, Any]] = {}
    for change in changes:
        seq = seqs.get(change.run_id)
        if seq is None:
            written.drop("values_of_unknown_run", len(change.params) + len(change.metrics))
            continue
        for name, value in change.params.items():
            key = _key(name)
            params[seq, key] = {"run_seq": seq, "key": key, **_param(value)}
        for name, number in change.metrics.items():
            key = _key(name)
            metrics[seq, key] = {"run_seq": seq, "key": key, **_metric(number)}
        written.run_ids.add(change.run_id)
    _upsert(connection, run_param, list(params.values()))
    _upsert(connection, run_metric, list(metrics.values()))


def _key(name: str) -> str:
    return storable_text(name)[:STORED_KEY_MAX_CHARS]


def _param(value: Any) -> dict[str, Any]:
    """Return the columns of a parameter: as number, as word, and as it is."""
    stored = to_storable(value)
    is_number = isinstance(stored, (int, float)) and not isinstance(stored, bool)
    word = stored if isinstance(stored, str) else json.dumps(stored, ensure_ascii=False)
    return {
        "number": float(stored) if is_number else None,
        "word": word[:STORED_KEY_MAX_CHARS],
        "value": stored,
    }


def _metric(number: float) -> dict[str, Any]:
    try:
        value = float(number)
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if math.isfinite(value):
        return {"number": value, "word": None}
    return {"number": None, "word": to_storable(value)}


def _seqs(connection: Connection, run_ids: Sequence[str]) -> dict[str, int]:
    if not run_ids:
        return {}
    ids = [storable_text(run_id) for run_id in run_ids]
    rows = connection.execute(select(run.c.id, run.c.seq).where(run.c.id.in_(ids)))
    return {row.id: row.seq for row in rows}
