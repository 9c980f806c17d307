"""Handlers of several runs at once: the trial table of a cell, and runs side by side."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..domain.comparing.comparison import ComparisonQuery
from ..domain.ids import CellId
from ..domain.runs.trials import TrialQuery
from .base import BaseHandler


class TrialsHandler(BaseHandler):
    """``cells/{cell_id}/trials``."""

    @web.authenticated
    @authorized("read", "dsinfra:runs")
    async def get(self, cell_id: str) -> None:
        """Send a page of the runs of one cell, newest first; it is empty if there are none."""
        query = self.query_as(TrialQuery)
        self.reply(await self.services.trials.trials(CellId(cell_id), query))


class ComparisonHandler(BaseHandler):
    """``runs/compare``."""

    @web.authenticated
    @authorized("read", "dsinfra:runs")
    async def get(self) -> None:
        """Send the runs side by side; 404 if one of them is not there."""
        self.reply(await self.services.trials.comparison(self.query_as(ComparisonQuery)))
