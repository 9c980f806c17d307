"""Reading what else hangs on a run: names, data, artifacts."""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from ..domain.exceptions import NotFound
from ..domain.ids import ArtifactId, RunId
from ..domain.runs.artifacts import Artifact, RunArtifacts
from ..domain.runs.capture import DataItem, RunCapture, RunData
from .models import artifact, run, run_data, run_probe
from .runs import not_found

__all__ = [
    "artifact_digests",
    "artifact_of",
    "artifacts_of",
    "capture_from",
    "capture_of",
    "data_of",
]

_CAPTURE_FIELDS = {field.name for field in dataclasses.fields(RunCapture)}
_ITEM_FIELDS = [field.name for field in dataclasses.fields(DataItem)]


def capture_of(connection: Connection, run_id: RunId) -> RunCapture | None:
    """Return which names a run used, ``None`` if no probe looked; raises ``NotFound``."""
    return capture_from(_said(connection, run_id).capture)


def capture_from(content: dict[str, Any] | None) -> RunCapture | None:
    """Return it from what is stored; what a newer version wrote besides is passed by."""
    if content is None:
        return None
    known = {name: value for name, value in content.items() if name in _CAPTURE_FIELDS}
    return RunCapture(**known)


def data_of(connection: Connection, run_id: RunId) -> RunData:
    """Return the data a run touched, by name; raises ``NotFound``."""
    said = _said(connection, run_id)
    columns = run_data.c
    rows = connection.execute(
        select(*(columns[name] for name in _ITEM_FIELDS))
        .where(columns.run_seq == said.seq)
        .order_by(columns.name, columns.kind, columns.mode)
    )
    return RunData([DataItem(**row._mapping) for row in rows], said.coverage or [])


def _said(connection: Connection, run_id: RunId) -> Row[Any]:
    statement: Select[Any] = (
        select(run.c.seq, run_probe.c.capture, run_probe.c.coverage)
        .join_from(run, run_probe, run.c.seq == run_probe.c.run_seq, isouter=True)
        .where(run.c.id == run_id, run.c.deleted_at.is_(None))
    )
    row = connection.execute(statement).first()
    if row is None:
        raise not_found(run_id)
    return row


def artifacts_of(connection: Connection, run_id: RunId) -> RunArtifacts:
    """Return the artifacts of a run, by name; raises ``NotFound``."""
    seq = _seq(connection, run_id)
    columns = artifact.c
    rows = connection.execute(
        select(artifact).where(columns.run_seq == seq).order_by(columns.name, columns.id)
    )
    return RunArtifacts([_artifact(row, run_id) for row in rows])


def artifact_of(connection: Connection, run_id: RunId, artifact_id: ArtifactId) -> Artifact:
    """Return one artifact of a run; raises ``NotFound``."""
    seq = _seq(connection, run_id)
    columns = artifact.c
    statement = select(artifact).where(columns.id == artifact_id, columns.run_seq == seq)
    row = connection.execute(statement).first()
    if row is None:
        raise NotFound(f"The run has no artifact {artifact_id[:100]!r}; it may have been erased.")
    return _artifact(row, run_id)


def _seq(connection: Connection, run_id: RunId) -> int:
    statement = select(run.c.seq).where(run.c.id == run_id, run.c.deleted_at.is_(None))
    seq = connection.execute(statement).scalar()
    if seq is None:
        raise not_found(run_id)
    return int(seq)


def _artifact(row: Row[Any], run_id: RunId) -> Artifact:
    return Artifact(
        id=ArtifactId(row.id),
        run_id=run_id,
        name=row.name,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        digest=row.digest,
        created_at=row.created_at,
    )


def artifact_digests(connection: Connection) -> set[str]:
    """Return the digest of every artifact that a run has, in the trash or not."""
    return set(connection.execute(select(artifact.c.digest).distinct()).scalars())
