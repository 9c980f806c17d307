"""Handlers of what was measured and seen of one run."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..domain.ids import RunId
from ..domain.runs.metrics import MetricQuery
from .base import BaseHandler


class MetricsHandler(BaseHandler):
    """``runs/{run_id}/metrics``."""

    @web.authenticated
    @authorized("read", "dsinfra:runs")
    async def get(self, run_id: str) -> None:
        """Send the series of a run, thinned so that peaks stay."""
        query = self.query_as(MetricQuery)
        self.reply(await self.services.details.metrics(RunId(run_id), query))


class DataHandler(BaseHandler):
    """``runs/{run_id}/data``."""

    @web.authenticated
    @authorized("read", "dsinfra:runs")
    async def get(self, run_id: str) -> None:
        """Send the files, databases and addresses that a run touched."""
        self.no_query()
        self.reply(await self.services.details.data(RunId(run_id)))


class CaptureHandler(BaseHandler):
    """``runs/{run_id}/capture``."""

    @web.authenticated
    @authorized("read", "dsinfra:runs")
    async def get(self, run_id: str) -> None:
        """Send the names a run used; 404 if no probe looked."""
        self.no_query()
        self.reply(await self.services.details.capture(RunId(run_id)))
