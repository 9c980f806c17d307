"""Writing what the probe in a kernel saw of runs: names, data, artifacts."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from ..domain.changes import SaveArtifact, SaveCapture, SaveData
from ..domain.limits import STORED_KEY_MAX_CHARS
from ..domain.runs.capture import DataItem, DataKind
from ..domain.storable import storable_text, to_storable
from .models import artifact, run_data, run_probe
from .records import Written
from .upserts import seqs_of, upsert

__all__ = ["file_key", "name_hash", "save_artifacts", "save_captures", "save_data"]


def save_captures(connection: Connection, changes: Sequence[SaveCapture], written: Written) -> None:
    """Write which names runs used."""
    seqs = seqs_of(connection, [change.run_id for change in changes])
    rows: dict[int, dict[str, Any]] = {}
    for change in changes:
        seq = seqs.get(change.run_id)
        if seq is None:
            written.drop("captures_of_unknown_run")
            continue
        content = to_storable(dataclasses.asdict(change.capture))
        rows[seq] = {"run_seq": seq, "capture": content}
        written.run_ids.add(change.run_id)
    upsert(connection, run_probe, list(rows.values()))


def save_data(connection: Connection, changes: Sequence[SaveData], written: Written) -> None:
    """Write data that runs touched, and how it was looked for."""
    seqs = seqs_of(connection, [change.run_id for change in changes])
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    coverages: dict[int, dict[str, Any]] = {}
    for change in changes:
        seq = seqs.get(change.run_id)
        if seq is None:
            written.drop("data_of_unknown_run", len(change.items))
            continue
        for item in change.items:
            row = _data_row(seq, item)
            rows[seq, row["name_hash"], item.mode] = row
        coverage = to_storable(change.coverage)
        coverages[seq] = {"run_seq": seq, "coverage": coverage}
        written.run_ids.add(change.run_id)
    upsert(connection, run_data, list(rows.values()))
    upsert(connection, run_probe, list(coverages.values()))


def _data_row(seq: int, item: DataItem) -> dict[str, Any]:
    size = to_storable(item.size_bytes)
    return {
        "run_seq": seq,
        "name_hash": name_hash(item.kind, item.name),
        "mode": item.mode,
        "kind": item.kind,
        "name": storable_text(item.name),
        "file_key": file_key(item.name),
        "size_bytes": size if isinstance(size, int) else None,
        "digest": None if item.digest is None else _short(item.digest),
        "modified_at": None if item.modified_at is None else _short(item.modified_at),
        "collector": _short(item.collector),
    }


def name_hash(kind: DataKind, name: str) -> str:
    """Return what data is looked up by."""
    return hashlib.sha256(f"{kind.value}:{storable_text(name)}".encode()).hexdigest()


def file_key(name: str) -> str:
    """Return the last part of a path or URL, case-folded, as an index takes it."""
    last = storable_text(name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    return last.casefold()[:STORED_KEY_MAX_CHARS]


def _short(text: str) -> str:
    return storable_text(text[:STORED_KEY_MAX_CHARS])


def save_artifacts(
    connection: Connection, changes: Sequence[SaveArtifact], written: Written
) -> None:
    """Write which artifacts runs have."""
    seqs = seqs_of(connection, [change.artifact.run_id for change in changes])
    rows: dict[str, dict[str, Any]] = {}
    for change in changes:
        found = change.artifact
        seq = seqs.get(found.run_id)
        if seq is None:
            written.drop("artifacts_of_unknown_run")
            continue
        rows[found.id] = {
            "id": _short(found.id),
            "run_seq": seq,
            "name": _short(found.name),
            "media_type": _short(found.media_type),
            "size_bytes": found.size_bytes,
            "digest": _short(found.digest),
            "created_at": found.created_at,
        }
        written.run_ids.add(found.run_id)
    upsert(connection, artifact, list(rows.values()))
