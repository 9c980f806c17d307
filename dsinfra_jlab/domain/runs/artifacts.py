"""Artifacts: files that a run made and that are kept with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..ids import ArtifactId, RunId


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


_SHOWN_MEDIA_TYPES = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "text/plain",
        "text/csv",
        "application/json",
    }
)
"""What a browser shows without running anything in it; SVG and HTML can hold scripts."""


def shown_media_type(media_type: str) -> str:
    """Return the media type under which content is sent: its own only if that is harmless.

    >>> shown_media_type("image/png"), shown_media_type("text/html")
    ('image/png', 'application/octet-stream')
    >>> shown_media_type("TEXT/plain; charset=latin-1")
    'text/plain; charset=utf-8'
    """
    plain = media_type.partition(";")[0].strip().lower()
    if plain not in _SHOWN_MEDIA_TYPES:
        return "application/octet-stream"
    return f"{plain}; charset=utf-8" if plain.startswith("text/") else plain
