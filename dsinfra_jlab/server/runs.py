"""Handlers of recorded runs."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..domain.ids import RunId
from ..domain.runs.records import RunPatch, RunQuery
from . import wire
from .base import BaseHandler


class RunsHandler(BaseHandler):
    """``runs``."""

    @web.authenticated
    @authorized("read", "dsinfra:runs")
    async def get(self) -> None:
        """Send a page of runs, newest first unless ``order`` says otherwise."""
        self.reply(await self.services.runs.runs(self.query_as(RunQuery)))


class RunHandler(BaseHandler):
    """``runs/{run_id}``."""

    @web.authenticated
    @authorized("read", "dsinfra:runs")
    async def get(self, run_id: str) -> None:
        """Send one run; 404 if it was never recorded or is deleted."""
        self.no_query()
        self.reply(await self.services.runs.run(RunId(run_id)))

    @web.authenticated
    @authorized("write", "dsinfra:runs")
    async def patch(self, run_id: str) -> None:
        """Change what a user may change, and send the run as it now stands."""
        self.no_query()
        self.reply(await self.services.runs.patch(RunId(run_id), self.body_as(RunPatch)))

    @web.authenticated
    @authorized("write", "dsinfra:runs")
    async def delete(self, run_id: str) -> None:
        """Put a run and all below it into the trash; ``is_deleted: false`` undoes it."""
        self.no_query()
        await self.services.runs.delete(RunId(run_id))
        self.done()


class OutputsHandler(BaseHandler):
    """``runs/{run_id}/outputs``."""

    @web.authenticated
    @authorized("read", "dsinfra:runs")
    async def get(self, run_id: str) -> None:
        """Send what a run printed and showed."""
        self.no_query()
        outputs = await self.services.runs.outputs(RunId(run_id))
        await self.reply_in_parts(wire.encode_in_parts(outputs))


class EnvironmentHandler(BaseHandler):
    """``runs/{run_id}/environment``."""

    @web.authenticated
    @authorized("read", "dsinfra:runs")
    async def get(self, run_id: str) -> None:
        """Send what a run had around it."""
        self.no_query()
        self.reply(await self.services.runs.environment(RunId(run_id)))
