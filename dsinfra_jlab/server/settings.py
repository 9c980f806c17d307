"""Handler of the settings."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..domain.settings import SettingsPatch
from .base import BaseHandler


class SettingsHandler(BaseHandler):
    """``settings``."""

    @web.authenticated
    @authorized("read", "dsinfra:settings")
    async def get(self) -> None:
        """Send the settings; those the server was started with while the store is away."""
        self.no_query()
        self.reply(await self.services.settings.get())

    @web.authenticated
    @authorized("write", "dsinfra:settings")
    async def patch(self) -> None:
        """Change some settings, and send all of them."""
        self.no_query()
        self.reply(await self.services.settings.patch(self.body_as(SettingsPatch)))
