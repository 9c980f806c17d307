"""What the probe has said of one cell run so far."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..runs.capture import RunCapture
from ..runs.records import RunRecord


@dataclass(slots=True)
class ProbeNotes:
    """What the probe has said of one cell run and its blocks."""

    counts: dict[tuple[int | None, str], int] = field(default_factory=dict)
    """Points so far, by block and key."""
    points: int = 0
    keys: set[tuple[int | None, str]] = field(default_factory=set)
    """Parameters and tags so far."""
    blocks: dict[int, RunRecord] = field(default_factory=dict)
    data_items: int = 0
    digests: dict[str, str] = field(default_factory=dict)
    """Of data that the run read, by name, where it is known."""
    capture: RunCapture | None = None
    dropped: Counter[str] = field(default_factory=Counter)
