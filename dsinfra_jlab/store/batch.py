"""Writing a batch of changes, in order, within one transaction."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from ..domain.changes import (
    Change,
    MoveDocument,
    SaveArtifact,
    SaveCapture,
    SaveData,
    SaveEnvironment,
    SaveError,
    SaveMinute,
    SaveOutputs,
    SavePoints,
    SaveRun,
    SaveSamples,
    SaveTags,
    SaveValues,
)
from ..domain.storable import storable_text, to_storable
from .error_writes import save_errors
from .models import environment, run_outputs
from .moves import move_document
from .points import save_points
from .records import Written, save_runs
from .sample_hours import save_minutes
from .sample_writes import save_samples
from .seen import save_artifacts, save_captures, save_data
from .upserts import seqs_of, upsert
from .values import save_tags, save_values

__all__ = ["write_batch"]

_LEVEL = 1
"""Of zlib: text shrinks to a quarter at 100 MB a second; higher levels gain little."""


def write_batch(connection: Connection, changes: Sequence[Change]) -> Written:
    """Write changes; those between two moves are written kind by kind."""
    written = Written()
    for part in _between_moves(changes):
        if isinstance(part, MoveDocument):
            move_document(connection, part, written)
            continue
        save_runs(connection, [c.record for c in part if isinstance(c, SaveRun)], written)
        _save_environments(connection, [c for c in part if isinstance(c, SaveEnvironment)])
        _save_outputs(connection, [c for c in part if isinstance(c, SaveOutputs)], written)
        _save_what_hangs_on_runs(connection, part, written)
        save_minutes(connection, [c for c in part if isinstance(c, SaveMinute)])
    return written


def _save_what_hangs_on_runs(
    connection: Connection, part: Sequence[Change], written: Written
) -> None:
    save_values(connection, [c for c in part if isinstance(c, SaveValues)], written)
    save_points(connection, [c for c in part if isinstance(c, SavePoints)], written)
    save_tags(connection, [c for c in part if isinstance(c, SaveTags)], written)
    save_captures(connection, [c for c in part if isinstance(c, SaveCapture)], written)
    save_data(connection, [c for c in part if isinstance(c, SaveData)], written)
    save_samples(connection, [c for c in part if isinstance(c, SaveSamples)], written)
    save_artifacts(connection, [c for c in part if isinstance(c, SaveArtifact)], written)
    save_errors(connection, [c for c in part if isinstance(c, SaveError)], written)


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


def _save_environments(connection: Connection, changes: Sequence[SaveEnvironment]) -> None:
    rows = [
        {
            "id": storable_text(change.environment_id),
            "content": to_storable(dataclasses.asdict(change.environment)),
        }
        for change in changes
    ]
    upsert(connection, environment, rows)


def _save_outputs(connection: Connection, changes: Sequence[SaveOutputs], written: Written) -> None:
    seqs = seqs_of(connection, [change.run_id for change in changes])
    rows = []
    for change in changes:
        seq = seqs.get(change.run_id)
        if seq is None:
            written.drop("outputs_of_unknown_run")
            continue
        body = _pack(change.outputs.items)
        rows.append({"run_seq": seq, "truncated": change.outputs.truncated, "body": body})
        written.run_ids.add(change.run_id)
    upsert(connection, run_outputs, rows)


def _pack(items: list[dict[str, Any]]) -> bytes:
    try:
        packed = msgspec.json.encode(items)
    except Exception:
        # Lone surrogates, integers beyond 64 bits, endless nesting: rare, so looked for late.
        packed = json.dumps(to_storable(items), separators=(",", ":")).encode()
    return zlib.compress(packed, _LEVEL)
