"""The work nobody asks for: say that this server lives, close what dead ones left, erase."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable

from ..domain import limits
from ..domain.clock import Clock
from ..domain.events import Event, HealthChanged
from ..domain.exceptions import DsinfraError
from ..domain.health import ServiceHealth, ServiceState
from ..domain.ids import ServerId
from .ports import RecordStore
from .settings import SettingsService
from .waiting import has_come


class Housekeeping:
    """One round every ``SERVER_HEARTBEAT_S``, from the start of the server to its end.

    A round that failed is made again as soon as the store says that it is doing otherwise.

    Parameters
    ----------
    birth_of
        Gives for a process id what tells that process from a later one of the same id.
    sweep
        Deletes contents of artifacts but those with these digests, if they are older than so
        many seconds; returns how many it deleted.
    """

    def __init__(
        self,
        store: RecordStore,
        settings: SettingsService,
        clock: Clock,
        server_id: ServerId,
        birth_of: Callable[[int], str],
        log: logging.Logger,
        sweep: Callable[[set[str], float], int] | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._server_id = server_id
        self._birth_of = birth_of
        self._log = log
        self._sweep = sweep
        self._is_registered = False
        self._erases_at_s = 0.0
        self._task: asyncio.Task[None] | None = None
        self._health = ServiceHealth(ServiceState.running)
        self._is_settled = asyncio.Event()
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        store.listen(self._on_event)

    async def start(self) -> None:
        """Begin the rounds, and wait a moment for the first, which reads the settings.

        A store that is slow to answer shall not keep the parts after this one from starting.
        """
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._go_round(), name="dsinfra housekeeping")
        await has_come(self._is_settled.wait(), limits.FIRST_ROUND_S)

    async def stop(self) -> None:
        """Make no further round."""
        self._loop = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def health(self) -> ServiceHealth:
        """Return how the last round went."""
        return self._health

    async def round(self) -> None:
        """Do what is due; what could not be done is tried again in the next round.

        Not even a fault of ours ends the rounds: a server that no longer says it is alive
        would have its runs closed by others.
        """
        try:
            await self._do_what_is_due()
        except DsinfraError as error:
            self._health = ServiceHealth(ServiceState.degraded, error.message)
        except Exception as error:
            self._log.error("dsinfra: housekeeping failed", exc_info=error)
            reason = f"It failed with {type(error).__name__}; the server's log has more."
            self._health = ServiceHealth(ServiceState.degraded, reason)
        else:
            self._health = ServiceHealth(ServiceState.running)
            self._is_settled.set()
            return
        self._is_settled.clear()

    async def _go_round(self) -> None:
        while True:
            self._wake.clear()
            await self.round()
            await has_come(self._wake.wait(), limits.SERVER_HEARTBEAT_S)

    def _on_event(self, event: Event) -> None:
        """Hear of the store's health, on whichever thread."""
        loop = self._loop
        if isinstance(event, HealthChanged) and loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._wake_if_unsettled)

    def _wake_if_unsettled(self) -> None:
        if not self._is_settled.is_set():
            self._wake.set()

    async def _do_what_is_due(self) -> None:
        if not self._is_registered:
            pid = os.getpid()
            birth = self._birth_of(pid)
            await self._store.register_server(self._server_id, socket.gethostname(), pid, birth)
            self._is_registered = True
        await self._store.beat(self._server_id, self._clock.now())
        await self._store.close_orphans(self._server_id, self._clock.now())
        settings = await self._settings.refresh()
        if self._clock.monotonic_s() >= self._erases_at_s:
            await self._store.erase_expired(self._clock.now(), settings)
            if self._sweep is not None:
                digests = await self._store.artifact_digests()
                await asyncio.to_thread(self._sweep, digests, limits.ARTIFACT_SWEEP_AGE_S)
            self._erases_at_s = self._clock.monotonic_s() + limits.HOUSEKEEPING_INTERVAL_S
