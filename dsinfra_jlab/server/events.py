"""The websocket that says what changed."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.utils import ensure_async
from tornado import websocket

from ..domain import limits
from ..domain.events import SamplesEvent, WatchRequest
from ..domain.exceptions import BadInput, NotPermitted
from ..services.event_hub import Told, Watcher
from . import wire
from .base import Services
from .refusals import OneErrorShape


class EventsHandler(OneErrorShape, WebSocketMixin, websocket.WebSocketHandler, JupyterHandler):
    """``events``."""

    _watcher: Watcher | None = None

    def initialize(self, services: Services) -> None:
        """Take the services; Tornado calls this for every connection."""
        self.services = services

    async def prepare(self) -> None:  # type: ignore[override]
        """Let in only those who are logged in, whatever the verb."""
        await super().prepare()
        self.refuse_strangers()

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Become a websocket, for those who may read events."""
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise BadInput("Open this path as a websocket.")
        allowed = self.authorizer.is_authorized(self, self.current_user, "read", "dsinfra:events")
        if not await ensure_async(allowed):
            raise NotPermitted("You may not read dsinfra:events; ask whoever runs this server.")
        await super().get(*args, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Begin to watch; nothing is sent until the client says what it wants."""
        super().open(*args, **kwargs)
        self._watcher = self.services.events.connect(self._tell)

    def on_message(self, message: str | bytes) -> None:
        """Take what the client wants to hear of; what cannot be understood is counted."""
        if self._watcher is None:
            return
        try:
            if len(message) > limits.WATCH_REQUEST_MAX_BYTES:
                raise BadInput("The message is too long.")
            self._watcher.watch(wire.decode_message(message, WatchRequest))
        except BadInput:
            self.services.events.malformed_count += 1

    def on_close(self) -> None:
        """Watch no longer."""
        if self._watcher is not None:
            self._watcher.close()

    async def _tell(self, event: Told) -> None:
        await self.write_message(_encoded(event))


_last: tuple[SamplesEvent | None, bytes] = (None, b"")
"""The readings that were encoded last: every client gets the same ones."""


def _encoded(event: Told) -> bytes:
    global _last
    if not isinstance(event, SamplesEvent):
        return wire.encode(event)
    if _last[0] is not event:
        _last = (event, wire.encode(event))
    return _last[1]
