"""Handlers of errors."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..domain.errors.groups import (
    ErrorExportQuery,
    ErrorGroupPatch,
    ErrorQuery,
    ErrorTrendQuery,
    OccurrenceQuery,
)
from ..domain.ids import ErrorGroupId, RunId
from . import wire
from .base import BaseHandler
from .clients import name_of

PART_BYTES = 256_000
"""Bytes of an export that are sent at a time: other requests have a turn in between."""


class ErrorsHandler(BaseHandler):
    """``errors``."""

    @web.authenticated
    @authorized("read", "dsinfra:errors")
    async def get(self) -> None:
        """Send a page of groups of errors, the one seen last first."""
        self.reply(await self.services.errors.groups(self.query_as(ErrorQuery)))


class ErrorGroupHandler(BaseHandler):
    """``errors/{group_id}``."""

    @web.authenticated
    @authorized("read", "dsinfra:errors")
    async def get(self, group_id: str) -> None:
        """Send one group; 404 if there is none."""
        self.no_query()
        self.reply(await self.services.errors.group(ErrorGroupId(group_id)))

    @web.authenticated
    @authorized("write", "dsinfra:errors")
    async def patch(self, group_id: str) -> None:
        """Change what a user may change, and send the group as it now stands."""
        self.no_query()
        patch, user = self.body_as(ErrorGroupPatch), name_of(self.current_user)
        self.reply(await self.services.errors.patch(ErrorGroupId(group_id), patch, user))


class OccurrencesHandler(BaseHandler):
    """``errors/{group_id}/occurrences``."""

    @web.authenticated
    @authorized("read", "dsinfra:errors")
    async def get(self, group_id: str) -> None:
        """Send a page of whole errors of a group, newest first."""
        query = self.query_as(OccurrenceQuery)
        page = await self.services.errors.occurrences(ErrorGroupId(group_id), query)
        await self.reply_in_parts(wire.encode_page_in_parts(page))


class ErrorHistoryHandler(BaseHandler):
    """``errors/{group_id}/history``."""

    @web.authenticated
    @authorized("read", "dsinfra:errors")
    async def get(self, group_id: str) -> None:
        """Send where a group was seen, and what differs from the last success."""
        self.no_query()
        self.reply(await self.services.errors.history(ErrorGroupId(group_id)))


class ErrorTrendHandler(BaseHandler):
    """``errors/trend``."""

    @web.authenticated
    @authorized("read", "dsinfra:errors")
    async def get(self) -> None:
        """Send how often errors occurred, by time and category."""
        self.reply(await self.services.errors.trend(self.query_as(ErrorTrendQuery)))


class ErrorExportHandler(BaseHandler):
    """``errors/export``: as a file to keep, since messages of errors may hold anything."""

    @property
    def content_security_policy(self) -> str:
        """What a browser may do with the content."""
        return f"{super().content_security_policy}; sandbox"

    @web.authenticated
    @authorized("read", "dsinfra:errors")
    async def get(self) -> None:
        """Send errors in a format of other tools."""
        export = await self.services.errors.export(self.query_as(ErrorExportQuery))
        self.set_header("Content-Disposition", f'attachment; filename="{export.name}"')
        self.set_header("Content-Type", export.media_type)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Length", str(len(export.content)))
        for start in range(0, len(export.content), PART_BYTES):
            self.write(export.content[start : start + PART_BYTES])
            await self.flush()
        self.finish(set_content_type=export.media_type)


class RunErrorsHandler(BaseHandler):
    """``runs/{run_id}/errors``."""

    @web.authenticated
    @authorized("read", "dsinfra:errors")
    async def get(self, run_id: str) -> None:
        """Send the errors of a run, the one that ended it first."""
        self.no_query()
        errors = await self.services.errors.of_run(RunId(run_id))
        await self.reply_in_parts(wire.encode_items_in_parts(errors.items))
