"""What a transaction changed, and what the rest of it has to know of that."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from ..domain.ids import ErrorGroupId, ExperimentId, RunId

__all__ = ["Success", "Written"]


class Success(NamedTuple):
    """A run of a cell that ended well."""

    seq: int
    run_id: RunId
    document_seq: int
    cell_id: str
    at: datetime


@dataclass(slots=True)
class Written:
    """What a transaction changed, to be told after its commit."""

    run_ids: set[RunId] = field(default_factory=set)
    experiment_ids: set[ExperimentId] = field(default_factory=set)
    group_ids: set[ErrorGroupId] = field(default_factory=set)
    """Groups of errors."""
    failed_run_ids: set[RunId] = field(default_factory=set)
    """Runs that have errors which they had not before."""
    dropped: dict[str, int] = field(default_factory=dict)
    successes: list[Success] = field(default_factory=list)
    """Of this transaction, not yet held against the groups of errors."""

    def drop(self, name: str, count: int = 1) -> None:
        """Count something that was given up."""
        self.dropped[name] = self.dropped.get(name, 0) + count
