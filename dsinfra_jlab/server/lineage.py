"""Handlers of where a result came from."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..domain.ids import RunId
from .base import BaseHandler


class LineageHandler(BaseHandler):
    """``runs/{run_id}/lineage``."""

    @web.authenticated
    @authorized("read", "dsinfra:runs")
    async def get(self, run_id: str) -> None:
        """Send the cell versions and data that a run's result came from."""
        self.no_query()
        self.reply(await self.services.lineage.lineage(RunId(run_id)))


class ChangesHandler(BaseHandler):
    """``runs/{run_id}/changes``."""

    @web.authenticated
    @authorized("read", "dsinfra:runs")
    async def get(self, run_id: str) -> None:
        """Send what differs from earlier runs of the cell, and what has changed since."""
        self.no_query()
        self.reply(await self.services.lineage.changes(RunId(run_id)))


class ReproductionHandler(BaseHandler):
    """``runs/{run_id}/reproduction``."""

    @web.authenticated
    @authorized("read", "dsinfra:runs")
    async def get(self, run_id: str) -> None:
        """Send a notebook that leads to the result again."""
        self.no_query()
        self.reply(await self.services.lineage.reproduction(RunId(run_id)))
