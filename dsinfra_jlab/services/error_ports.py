"""What the services need of the store about errors."""

from __future__ import annotations

from typing import Protocol

from ..domain.errors.groups import (
    ErrorExportQuery,
    ErrorGroup,
    ErrorGroupPatch,
    ErrorHistory,
    ErrorQuery,
    ErrorTrend,
    ErrorTrendQuery,
    OccurrenceQuery,
)
from ..domain.errors.occurrences import ErrorRecord
from ..domain.ids import ErrorGroupId, RunId
from ..domain.runs.records import Page


class ErrorStore(Protocol):
    """The part of the store that answers about errors. Paths are stored paths throughout."""

    async def error_groups(self, query: ErrorQuery) -> Page[ErrorGroup]:
        """Return groups that match, the one seen last first; raises ``BadInput``."""

    async def error_group(self, group_id: ErrorGroupId) -> ErrorGroup:
        """Return one group; raises ``NotFound``."""

    async def patch_error_group(
        self, group_id: ErrorGroupId, patch: ErrorGroupPatch, user: str | None
    ) -> ErrorGroup:
        """Change what a user may change of a group; raises ``NotFound``, ``BadInput``."""

    async def occurrences(
        self, group_id: ErrorGroupId, query: OccurrenceQuery
    ) -> Page[ErrorRecord]:
        """Return a page of the occurrences of a group, newest first; raises ``NotFound``."""

    async def run_errors(self, run_id: RunId) -> list[ErrorRecord]:
        """Return the errors of a run, the one that ended it first; raises ``NotFound``."""

    async def error_trend(self, query: ErrorTrendQuery) -> ErrorTrend:
        """Return how often errors occurred, by time and category."""

    async def error_history(self, group_id: ErrorGroupId) -> ErrorHistory:
        """Return where a group was seen; ``began_after`` and ``changes`` are left empty.

        Raises
        ------
        NotFound
            There is no such group.
        """

    async def first_failure(self, group_id: ErrorGroupId) -> tuple[RunId | None, RunId | None]:
        """Return the last success of the cell before a group was first seen, and that first run.

        ``None`` for a run that is not known or was erased.
        """

    async def errors_to_export(self, query: ErrorExportQuery) -> list[ErrorRecord]:
        """Return whole errors that match, newest first."""
