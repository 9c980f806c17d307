"""Starts the parts in order, holds their tasks, and stops them in reverse by a deadline.

A part that fails never takes another one with it, nor Jupyter: it is noted as failed,
``health`` says so, and the rest goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, runtime_checkable

from ..domain import limits
from ..domain.clock import Clock
from ..domain.exceptions import DsinfraError
from ..domain.health import ServiceHealth, ServiceState

_RUNNING = ServiceHealth(ServiceState.running)


class Part(Protocol):
    """Something that is started, runs, and is stopped."""

    async def start(self) -> None:
        """Begin; whatever it raises becomes the part's state in ``health``."""

    async def stop(self) -> None:
        """End, whether or not it ever began."""


@runtime_checkable
class SelfAwarePart(Part, Protocol):
    """A part that knows how it is doing."""

    def health(self) -> ServiceHealth:
        """Return how it is doing, from memory."""


class Supervisor:
    """The one who knows every part and every background task."""

    def __init__(
        self, clock: Clock, log: logging.Logger, on_change: Callable[[], None] = lambda: None
    ) -> None:
        self._clock = clock
        self._log = log
        self._on_change = on_change
        self._parts: dict[str, Part] = {}
        self._states: dict[str, ServiceHealth] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._is_stopping = False

    def add(self, name: str, part: Part) -> None:
        """Take charge of a part; parts start in the order they were added."""
        self._parts[name] = part
        self._states[name] = ServiceHealth(ServiceState.stopped, "It has not started yet.")

    def health(self) -> dict[str, ServiceHealth]:
        """Return how each part and each background task is doing."""
        return {name: self._health_of(name) for name in self._states}

    def note(self, name: str, health: ServiceHealth) -> None:
        """Set how a part is doing, and tell if that is news."""
        if self._states.get(name) != health:
            self._states[name] = health
            self._on_change()

    async def start(self) -> None:
        """Start every part, each within ``START_DEADLINE_S``; raises nothing."""
        for name, part in self._parts.items():
            if self._is_stopping:
                return
            self.note(name, ServiceHealth(ServiceState.starting))
            self.note(name, await self._begin(name, part))

    async def stop(self, deadline_s: float = limits.STOP_DEADLINE_S) -> None:
        """Stop every part, the last started first; raises nothing.

        Each part may take what the ones before left of the deadline, and ``STOP_LEAST_S``
        at least: the one that hangs shall not cost the others what they hold.
        """
        self._is_stopping = True
        ends_at = self._clock.monotonic_s() + deadline_s
        await self._cancel_tasks(deadline_s)
        for name, part in reversed(self._parts.items()):
            left_s = max(limits.STOP_LEAST_S, ends_at - self._clock.monotonic_s())
            self.note(name, await self._end(name, part, left_s))

    def hold(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a background task until the stop; its death shows in ``health``."""
        task = asyncio.create_task(work, name=f"dsinfra {name}")
        self._tasks[name] = task
        self.note(name, _RUNNING)
        task.add_done_callback(lambda done: self._on_done(name, done))
        return task

    def _health_of(self, name: str) -> ServiceHealth:
        state, part = self._states[name], self._parts.get(name)
        if state == _RUNNING and isinstance(part, SelfAwarePart):
            return part.health()
        return state

    async def _begin(self, name: str, part: Part) -> ServiceHealth:
        try:
            await asyncio.wait_for(part.start(), limits.START_DEADLINE_S)
        except asyncio.TimeoutError:
            late = f"It did not start within {limits.START_DEADLINE_S:g} s."
            self._log.error("dsinfra: %s did not start in time", name)
            return ServiceHealth(ServiceState.failed, late)
        except Exception as error:
            self._log.error("dsinfra: %s could not start", name, exc_info=error)
            return ServiceHealth(ServiceState.failed, _reason(error))
        return _RUNNING

    async def _end(self, name: str, part: Part, left_s: float) -> ServiceHealth:
        try:
            await asyncio.wait_for(part.stop(), left_s)
        except asyncio.TimeoutError:
            self._log.warning("dsinfra: %s did not stop in time", name)
            return ServiceHealth(ServiceState.stopped, "It did not stop in time.")
        except Exception as error:
            self._log.error("dsinfra: %s could not stop", name, exc_info=error)
            return ServiceHealth(ServiceState.stopped, _reason(error))
        return ServiceHealth(ServiceState.stopped)

    async def _cancel_tasks(self, deadline_s: float) -> None:
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=deadline_s)

    def _on_done(self, name: str, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            self.note(name, ServiceHealth(ServiceState.stopped))
            return
        error = task.exception()
        if error is None:
            self.note(name, ServiceHealth(ServiceState.stopped, "It came to its end."))
            return
        self._log.error("dsinfra: %s has died", name, exc_info=error)
        self.note(name, ServiceHealth(ServiceState.failed, _reason(error)))


def _reason(error: BaseException) -> str:
    """Return one sentence for ``health``.

    Only our own messages are shown whole. Others may quote a password, and are in the log.
    """
    if isinstance(error, DsinfraError):
        return error.message
    return f"It failed with {type(error).__name__}; the server's log has more."
