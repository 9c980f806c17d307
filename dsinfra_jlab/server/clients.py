"""Hears what clients ask of kernels and what kernels answer them, by their tapped connections.

Runs on the event loop, between a browser and its kernel: everything is handed on undecoded, and
nothing that goes wrong here reaches either of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..domain import limits
from ..domain.ids import KernelId
from ..domain.tracking.tracker import Client
from ..services.recording import Recorder
from .injection import Injector
from .observer import KernelObserver
from .websocket import decode_client_message, decode_reply, tapped

_CONNECTION_CLASS = "kernel_websocket_connection_class"
_INTRODUCTION = "_dsinfra_introduction"


class ClientWatch:
    """The tap on the websocket connections of all clients.

    Parameters
    ----------
    web_app
        The Tornado application; the class of its connections is replaced by a tapped one.
    injector
        Puts the probe into kernels; ``None`` if the operator turned that off.
    """

    def __init__(
        self,
        web_app: Any,
        recorder: Recorder,
        observer: KernelObserver,
        log: logging.Logger,
        injector: Injector | None,
    ) -> None:
        self._web_app = web_app
        self._recorder = recorder
        self._observer = observer
        self._log = log
        self._injector = injector
        self.problem = ""
        """Why not everything is seen; empty when it is."""
        self._early: list[Callable[[], None]] | None = []
        """What clients said before kernels were watched; ``None`` from then on."""

    def tap(self) -> None:
        """See the messages of all clients that connect from now on.

        Before anything else starts: a browser that was open while the server was restarted is
        back at once, and its connection would never be seen otherwise.
        """
        settings = self._web_app.settings
        present = settings.get(_CONNECTION_CLASS)
        connection_class = tapped(present, self) if isinstance(present, type) else None
        if connection_class is None:
            self.problem = (
                f"Requests cannot be seen through {getattr(present, '__name__', present)}; "
                "runs are recorded from IOPub alone."
            )
            return
        settings[_CONNECTION_CLASS] = connection_class

    def begin(self) -> None:
        """Hand on what clients have said until now: the kernels that are there are known."""
        early, self._early = self._early or [], None
        for act in early:
            self._observer.post(act)

    # What the tapped connections tell

    def client_sent(self, connection: Any, raw: Any, subprotocol: str | None) -> None:
        """A client sent a websocket message."""
        try:
            kernel_id, client = self._introduced(connection)
            moment = self._recorder.moment()
            decode = partial(decode_client_message, raw, subprotocol)
            self._post(partial(self._recorder.requested, kernel_id, decode, client, moment))
        except Exception:
            self._note_failure()

    def request_coming(self, connection: Any, raw: Any) -> None:
        """Have the probe go in ahead of a cell if it is not known to be in."""
        if self._injector is None:
            return
        try:
            kernel_id, _ = self._introduced(connection)
            if self._recorder.awaits_probe(kernel_id) and _asks_for_cell(raw):
                self._injector.inject_through(connection)
        except Exception:
            self._note_failure()

    def kernel_replied(self, connection: Any, frames: Sequence[bytes]) -> None:
        """The kernel sent a message to a client."""
        try:
            kernel_id, _ = self._introduced(connection)
            moment = self._recorder.moment()
            decode = partial(decode_reply, list(frames))
            self._post(partial(self._recorder.replied, kernel_id, decode, moment))
        except Exception:
            self._note_failure()

    def own_request_answered(self, connection: Any) -> None:
        """The kernel replied to the probe that went ahead of a cell."""
        try:
            self._observer.wake(self._introduced(connection)[0])
        except Exception:
            self._note_failure()

    def _introduced(self, connection: Any) -> tuple[KernelId, Client]:
        """Return whose connection this is, looked up once: it is asked for each message."""
        known: tuple[KernelId, Client] | None = getattr(connection, _INTRODUCTION, None)
        if known is None:
            user = name_of(connection.websocket_handler.current_user)
            known = (KernelId(connection.kernel_id), Client(id(connection), user))
            setattr(connection, _INTRODUCTION, known)
        return known

    def client_left(self, connection: Any, *, is_buffered: bool) -> None:
        """A client's connection closed."""
        kernel_id, client_id = KernelId(connection.kernel_id), id(connection)
        self._post(partial(self._recorder.client_left, kernel_id, client_id))
        if not is_buffered:
            self._post(partial(self._recorder.client_gone, kernel_id, client_id))

    def _post(self, act: Callable[[], None]) -> None:
        """Have the recorder told, after the kernels that are there already have been."""
        if self._early is None:
            self._observer.post(act)
        elif len(self._early) < limits.EARLY_MESSAGES_MAX:
            self._early.append(act)
        else:
            self.problem = "More came in the server's first seconds than could be kept waiting."

    def _note_failure(self) -> None:
        if not self.problem:
            self._log.exception("dsinfra: a request or reply could not be read")
        self.problem = "Some requests or replies could not be read; see the server's log."


def name_of(user: Any) -> str | None:
    """Return what a person calls a user.

    A server with a token or no login at all makes up its users: the username is then a UUID,
    and the name tells people apart as well.
    """
    username, display_name = getattr(user, "username", None), getattr(user, "display_name", None)
    is_made_up = isinstance(display_name, str) and display_name.startswith("Anonymous ")
    name = display_name if is_made_up else username
    return name if isinstance(name, str) and name else None


def _asks_for_cell(raw: Any) -> bool:
    return b"execute_request" in raw if isinstance(raw, bytes) else "execute_request" in raw
