"""What the store answers about errors."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

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
from . import error_edits, error_history, error_queries, error_trends
from .calls import Calls, stored_id

__all__ = ["ErrorAnswers"]


class ErrorAnswers(Calls):
    """The part of the store that is about errors; see ``services.error_ports``."""

    async def error_groups(self, query: ErrorQuery) -> Page[ErrorGroup]:
        """Return groups that match, the one seen last first; raises ``BadInput``."""
        now = self._clock.now()
        return await self._read(lambda c: error_queries.groups_page(c, query, now))

    async def error_group(self, group_id: ErrorGroupId) -> ErrorGroup:
        """Return one group; raises ``NotFound``."""
        group_id, now = stored_id(group_id), self._clock.now()
        return await self._read(lambda c: error_queries.group_of(c, group_id, now))

    async def patch_error_group(
        self, group_id: ErrorGroupId, patch: ErrorGroupPatch, user: str | None
    ) -> ErrorGroup:
        """Change what a user may change of a group; raises ``NotFound``, ``BadInput``."""
        group_id, now = stored_id(group_id), self._clock.now()
        return await self._write(
            lambda c, w: error_edits.patch_group(c, group_id, patch, user, now, w)
        )

    async def occurrences(
        self, group_id: ErrorGroupId, query: OccurrenceQuery
    ) -> Page[ErrorRecord]:
        """Return a page of the occurrences of a group, newest first; raises ``NotFound``."""
        group_id = stored_id(group_id)
        return await self._read(lambda c: error_queries.occurrences_page(c, group_id, query))

    async def run_errors(self, run_id: RunId) -> list[ErrorRecord]:
        """Return the errors of a run, the one that ended it first; raises ``NotFound``."""
        run_id = stored_id(run_id)
        return await self._read(lambda c: error_queries.run_errors(c, run_id))

    async def error_trend(self, query: ErrorTrendQuery) -> ErrorTrend:
        """Return how often errors occurred, by time and category."""
        now = self._clock.now()
        return await self._read(lambda c: error_trends.trend_of(c, query, now))

    async def error_history(self, group_id: ErrorGroupId) -> ErrorHistory:
        """Return where a group was seen; ``began_after`` and ``changes`` are left empty.

        Raises ``NotFound``.
        """
        group_id, now = stored_id(group_id), self._clock.now()
        return await self._read(lambda c: error_history.history_of(c, group_id, now))

    async def first_failure(self, group_id: ErrorGroupId) -> tuple[RunId | None, RunId | None]:
        """Return the last success of the cell before a group was first seen, and that first run.

        ``None`` for a run that is not known or was erased. Raises ``NotFound``.
        """
        group_id = stored_id(group_id)
        return await self._read(lambda c: error_history.first_failure(c, group_id))

    async def errors_to_export(self, query: ErrorExportQuery) -> list[ErrorRecord]:
        """Return whole errors that match, newest first."""
        asked = replace(
            query,
            group_id=stored_id(query.group_id),
            error_id=stored_id(query.error_id),
            run_id=stored_id(query.run_id),
        )

        def read(connection: Connection) -> list[ErrorRecord]:
            return error_queries.errors_to_export(connection, asked)

        return await self._read(read)
