"""A row of the tables of what errors say plainly by their text alone; data."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One thing that errors say."""

    kinds: str
    """Names of classes, with blanks between."""
    pattern: str
    advice: str
    """``{1}`` stands for the first group of the pattern."""
    evidence: str
    action: str | None = None
