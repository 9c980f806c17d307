"""Handlers of jobs: cells that are sent to a target."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..domain.compute.jobs import JobId, JobLogQuery, JobQuery, LandRequest, NewJob
from . import wire
from .base import BaseHandler
from .clients import name_of


class JobsHandler(BaseHandler):
    """``jobs``."""

    @web.authenticated
    @authorized("read", "dsinfra:jobs")
    async def get(self) -> None:
        """Send jobs that match, newest first."""
        self.reply(await self.services.jobs.jobs(self.query_as(JobQuery)))

    @web.authenticated
    @authorized("execute", "dsinfra:jobs")
    async def post(self) -> None:
        """Take a job, and send it as it then stands."""
        self.no_query()
        new, user = self.body_as(NewJob), name_of(self.current_user)
        self.created(await self.services.jobs.submit(new, user))


class JobHandler(BaseHandler):
    """``jobs/{job_id}``."""

    @web.authenticated
    @authorized("read", "dsinfra:jobs")
    async def get(self, job_id: str) -> None:
        """Send one job."""
        self.no_query()
        self.reply(await self.services.jobs.job(JobId(job_id)))

    @web.authenticated
    @authorized("write", "dsinfra:jobs")
    async def delete(self, job_id: str) -> None:
        """Forget a job that has ended; its run stays."""
        self.no_query()
        await self.services.jobs.forget(JobId(job_id))
        self.done()


class CancelJobHandler(BaseHandler):
    """``jobs/{job_id}/cancel``."""

    @web.authenticated
    @authorized("execute", "dsinfra:jobs")
    async def post(self, job_id: str) -> None:
        """Ask for the end of a job, and send it as it then stands."""
        self.no_query()
        self.reply(await self.services.jobs.cancel(JobId(job_id)))


class RetryJobHandler(BaseHandler):
    """``jobs/{job_id}/retry``."""

    @web.authenticated
    @authorized("execute", "dsinfra:jobs")
    async def post(self, job_id: str) -> None:
        """Send a job that has ended once more, and send the new one."""
        self.no_query()
        user = name_of(self.current_user)
        self.created(await self.services.jobs.retry(JobId(job_id), user))


class ConfirmJobHandler(BaseHandler):
    """``jobs/{job_id}/confirm``."""

    @web.authenticated
    @authorized("execute", "dsinfra:jobs")
    async def post(self, job_id: str) -> None:
        """Go on with a job that waits for the user's word."""
        self.no_query()
        self.reply(await self.services.jobs.confirm(JobId(job_id)))


class LandJobHandler(BaseHandler):
    """``jobs/{job_id}/land``."""

    @web.authenticated
    @authorized("execute", "dsinfra:jobs")
    async def post(self, job_id: str) -> None:
        """Have the notebook's kernel take results of a job."""
        self.no_query()
        request = self.body_as(LandRequest)
        self.reply(await self.services.jobs.land(JobId(job_id), request))


class JobOutputsHandler(BaseHandler):
    """``jobs/{job_id}/outputs``."""

    @web.authenticated
    @authorized("read", "dsinfra:jobs")
    async def get(self, job_id: str) -> None:
        """Send what a job printed and showed, as its cell holds it."""
        self.no_query()
        outputs = await self.services.jobs.outputs(JobId(job_id))
        await self.reply_in_parts(wire.encode_in_parts(outputs))


class JobLogHandler(BaseHandler):
    """``jobs/{job_id}/log``."""

    @web.authenticated
    @authorized("read", "dsinfra:jobs")
    async def get(self, job_id: str) -> None:
        """Send a stretch of what a job puts out, as it came."""
        query = self.query_as(JobLogQuery)
        self.reply(await self.services.jobs.log(JobId(job_id), query.after))
