"""Handlers that say what this is and how it is doing."""

from __future__ import annotations

import asyncio
import functools

from jupyter_server.auth.decorator import authorized
from tornado import web

from . import wire
from .base import BaseHandler


class HealthHandler(BaseHandler):
    """``health``."""

    @web.authenticated
    @authorized("read", "dsinfra:health")
    async def get(self) -> None:
        """Send how every part is doing; it is 200 even when parts have failed."""
        self.no_query()
        self.reply(self.services.health.health())


class OpenApiHandler(BaseHandler):
    """``openapi.json``."""

    @web.authenticated
    @authorized("read", "dsinfra:api")
    async def get(self) -> None:
        """Send the description of this API."""
        self.no_query()
        # Made once, out of the source, which takes a tenth of a second.
        self.finish(await asyncio.to_thread(_document))


@functools.cache
def _document() -> bytes:
    # The table names this module's handlers, so it can only be read once all is loaded.
    from .openapi import document
    from .routes import ROUTES

    return wire.encode(document(ROUTES))
