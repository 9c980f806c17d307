"""Artifacts: files that a run made and that are kept with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .ids import ArtifactId, RunId


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file of a run. Equal contents are stored once."""

    id: ArtifactId
    run_id: RunId
    name: str
    """As the user gave it; may hold ``/`` for folders."""
    media_type: str
    size_bytes: int
    digest: str
    """``sha256:…`` of the content."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RunArtifacts:
    """The artifacts of a run, by name."""

    items: list[Artifact]
