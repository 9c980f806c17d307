"""Handlers of experiments."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..domain.ids import ExperimentId
from ..domain.runs.records import ExperimentPatch, ExperimentQuery
from .base import BaseHandler


class ExperimentsHandler(BaseHandler):
    """``experiments``."""

    @web.authenticated
    @authorized("read", "dsinfra:experiments")
    async def get(self) -> None:
        """Send a page of experiments, the one with the newest run first."""
        self.reply(await self.services.runs.experiments(self.query_as(ExperimentQuery)))


class ExperimentHandler(BaseHandler):
    """``experiments/{experiment_id}``."""

    @web.authenticated
    @authorized("write", "dsinfra:experiments")
    async def patch(self, experiment_id: str) -> None:
        """Give an experiment a name, and send it as it now stands."""
        self.no_query()
        patch = self.body_as(ExperimentPatch)
        renamed = await self.services.runs.rename_experiment(ExperimentId(experiment_id), patch)
        self.reply(renamed)
