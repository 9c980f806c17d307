"""Handlers of groups of jobs: the items of one map."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..domain.compute.job_groups import GroupItemsQuery, JobGroupId, JobGroupQuery
from .base import BaseHandler
from .clients import name_of


class JobGroupsHandler(BaseHandler):
    """``job-groups``."""

    @web.authenticated
    @authorized("read", "dsinfra:jobs")
    async def get(self) -> None:
        """Send groups, newest first."""
        self.reply(await self.services.job_groups.groups(self.query_as(JobGroupQuery)))


class JobGroupHandler(BaseHandler):
    """``job-groups/{group_id}``."""

    @web.authenticated
    @authorized("read", "dsinfra:jobs")
    async def get(self, group_id: str) -> None:
        """Send one group."""
        self.no_query()
        self.reply(await self.services.job_groups.group(JobGroupId(group_id)))


class GroupItemsHandler(BaseHandler):
    """``job-groups/{group_id}/items``."""

    @web.authenticated
    @authorized("read", "dsinfra:jobs")
    async def get(self, group_id: str) -> None:
        """Send items of a group, those that failed first."""
        query = self.query_as(GroupItemsQuery)
        self.reply(await self.services.job_groups.items(JobGroupId(group_id), query))


class CancelGroupHandler(BaseHandler):
    """``job-groups/{group_id}/cancel``."""

    @web.authenticated
    @authorized("execute", "dsinfra:jobs")
    async def post(self, group_id: str) -> None:
        """Ask for the end of what is open of a group, and send it as it then stands."""
        self.no_query()
        self.reply(await self.services.job_groups.cancel(JobGroupId(group_id)))


class RetryGroupHandler(BaseHandler):
    """``job-groups/{group_id}/retry``."""

    @web.authenticated
    @authorized("execute", "dsinfra:jobs")
    async def post(self, group_id: str) -> None:
        """Send failed items of a group once more, and say how many."""
        self.no_query()
        user = name_of(self.current_user)
        self.reply(await self.services.job_groups.retry(JobGroupId(group_id), user))
