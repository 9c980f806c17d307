"""Handlers of targets: the places that cells can be sent to."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..domain.compute.targets import NewTarget, TargetPatch, TargetScale
from .base import BaseHandler


class TargetsHandler(BaseHandler):
    """``targets``."""

    @web.authenticated
    @authorized("read", "dsinfra:targets")
    async def get(self) -> None:
        """Send every target, ``local`` first."""
        self.no_query()
        self.reply(await self.services.targets.targets())

    @web.authenticated
    @authorized("write", "dsinfra:targets")
    async def post(self) -> None:
        """Add a target, and send it."""
        self.no_query()
        self.created(await self.services.targets.add(self.body_as(NewTarget)))


class EnginesHandler(BaseHandler):
    """``targets/engines``."""

    @web.authenticated
    @authorized("read", "dsinfra:targets")
    async def get(self) -> None:
        """Send every engine, with the form for its targets."""
        self.no_query()
        self.reply(self.services.targets.engines())


class TargetHandler(BaseHandler):
    """``targets/{name}``."""

    @web.authenticated
    @authorized("read", "dsinfra:targets")
    async def get(self, name: str) -> None:
        """Send one target."""
        self.no_query()
        self.reply(await self.services.targets.target(name))

    @web.authenticated
    @authorized("write", "dsinfra:targets")
    async def patch(self, name: str) -> None:
        """Change a target, and send it as it now stands."""
        self.no_query()
        self.reply(await self.services.targets.patch(name, self.body_as(TargetPatch)))

    @web.authenticated
    @authorized("write", "dsinfra:targets")
    async def delete(self, name: str) -> None:
        """Stop a target and forget it."""
        self.no_query()
        await self.services.targets.remove(name)
        self.done()


class StartTargetHandler(BaseHandler):
    """``targets/{name}/start``."""

    @web.authenticated
    @authorized("execute", "dsinfra:targets")
    async def post(self, name: str) -> None:
        """Begin to start a target, and send it as it then stands."""
        self.no_query()
        self.reply(await self.services.targets.start(name))


class StopTargetHandler(BaseHandler):
    """``targets/{name}/stop``."""

    @web.authenticated
    @authorized("execute", "dsinfra:targets")
    async def post(self, name: str) -> None:
        """Begin to stop a target, and send it as it then stands."""
        self.no_query()
        self.reply(await self.services.targets.stop(name))


class ScaleTargetHandler(BaseHandler):
    """``targets/{name}/scale``."""

    @web.authenticated
    @authorized("execute", "dsinfra:targets")
    async def post(self, name: str) -> None:
        """Ask for so many workers, and send the target as it then stands."""
        self.no_query()
        workers = self.body_as(TargetScale).workers
        self.reply(await self.services.targets.scale(name, workers))


class TestTargetHandler(BaseHandler):
    """``targets/{name}/test``."""

    @web.authenticated
    @authorized("execute", "dsinfra:targets")
    async def post(self, name: str) -> None:
        """Try a target, and send what came of it."""
        self.no_query()
        self.reply(await self.services.targets.test(name))
