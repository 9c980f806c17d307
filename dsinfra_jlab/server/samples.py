"""Handlers of readings of the machine, and of alerts about it."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..domain.ids import CellId, KernelId, RunId
from ..domain.resources.right_sizing import NotebookSizeQuery
from ..domain.resources.samples import AlertPatch, CellPeakQuery, SampleQuery
from .base import BaseHandler


class LatestSamplesHandler(BaseHandler):
    """``samples/latest``."""

    @web.authenticated
    @authorized("read", "dsinfra:samples")
    async def get(self) -> None:
        """Send everything as last read; 503 if it has not been looked at yet."""
        self.no_query()
        self.reply(self.services.resources.latest())


class SamplesHandler(BaseHandler):
    """``samples``."""

    @web.authenticated
    @authorized("read", "dsinfra:samples")
    async def get(self) -> None:
        """Send series of the last minutes or hours."""
        self.reply(await self.services.resources.window(self.query_as(SampleQuery)))


class RunSamplesHandler(BaseHandler):
    """``runs/{run_id}/samples``."""

    @web.authenticated
    @authorized("read", "dsinfra:samples")
    async def get(self, run_id: str) -> None:
        """Send the resources of a run over its time; empty series if nobody looked."""
        self.no_query()
        self.reply(await self.services.resources.of_run(RunId(run_id)))


class CellPeakHandler(BaseHandler):
    """``cells/{cell_id}/peak``."""

    @web.authenticated
    @authorized("read", "dsinfra:samples")
    async def get(self, cell_id: str) -> None:
        """Send what a cell took when it ran; its figures are null if it never did."""
        path = self.query_as(CellPeakQuery).notebook_path
        self.reply(await self.services.resources.cell_peak(CellId(cell_id), path))


class KernelMemoryHandler(BaseHandler):
    """``kernels/{kernel_id}/memory``."""

    @web.authenticated
    @authorized("read", "dsinfra:samples")
    async def get(self, kernel_id: str) -> None:
        """Send what the memory of a kernel is made of; 503 if it cannot be read in time."""
        self.no_query()
        self.reply(await self.services.resources.kernel_memory(KernelId(kernel_id)))


class NotebookSizeHandler(BaseHandler):
    """``notebooks/size``."""

    @web.authenticated
    @authorized("read", "dsinfra:samples")
    async def get(self) -> None:
        """Send in how much memory a notebook would fit; null where too little is known."""
        path = self.query_as(NotebookSizeQuery).notebook_path
        self.reply(await self.services.resources.notebook_size(path))


class AlertsHandler(BaseHandler):
    """``alerts``."""

    @web.authenticated
    @authorized("read", "dsinfra:samples")
    async def get(self) -> None:
        """Send the alerts that hold now, the critical ones first."""
        self.no_query()
        self.reply(self.services.alerts.alerts())


class AlertDetailsHandler(BaseHandler):
    """``alerts/{alert_id}/details``."""

    @web.authenticated
    @authorized("read", "dsinfra:samples")
    async def get(self, alert_id: str) -> None:
        """Send what lies behind an alert; 404 if it does not hold, 503 if that takes too long."""
        self.no_query()
        alert = self.services.alerts.alert(alert_id)
        self.reply(await self.services.resources.alert_details(alert))


class AlertHandler(BaseHandler):
    """``alerts/{alert_id}``."""

    @web.authenticated
    @authorized("write", "dsinfra:samples")
    async def patch(self, alert_id: str) -> None:
        """Snooze or mute an alert, and send it as it now stands; 404 if it does not hold."""
        self.no_query()
        self.reply(await self.services.alerts.patch(alert_id, self.body_as(AlertPatch)))
