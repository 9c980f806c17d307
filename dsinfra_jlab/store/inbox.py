"""What waits for the writer: changes, commands of people, and those who wait for both."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ..domain import limits
from ..domain.changes import Change
from ..domain.exceptions import Unavailable
from .pending import Entry, Key, Pending
from .records import Written

__all__ = ["Command", "Inbox", "Taken"]

_log = logging.getLogger(__name__)

Taken = list[tuple[Key, Entry]]
"""Changes on their way into the database."""


@dataclass(slots=True)
class Command:
    """Something a person asked for, to be done in a transaction of its own."""

    run: Callable[[Connection, Written], Any]
    future: Future[Any]
    after: int
    """How many changes were recorded before it: they are written first."""


class Inbox:
    """Safe to use from any thread; only the writer takes out."""

    def __init__(self, pending_max_bytes: int) -> None:
        self._pending_max_bytes = pending_max_bytes
        self._changed = threading.Condition()
        self._pending = Pending()
        self._in_flight: Taken = []
        self._commands: deque[Command] = deque()
        self._flushes: list[tuple[int, Future[None]]] = []
        self._drops: Counter[str] = Counter()
        self._is_waited = False
        self._is_closed = False
        self._is_woken = False

    # For everyone

    def record(self, changes: Iterable[Change]) -> None:
        """Let changes wait for the next commit; never raises."""
        try:
            with self._changed:
                for change in changes:
                    if not self._pending.add(change):
                        self._drops["undiagnosed_error"] += 1
                self._shed()
                if self._is_waited:
                    self._changed.notify_all()
        except Exception:
            _log.exception("A change could not be queued")
            self.drop({"unreadable": 1})

    def submit(self, run: Callable[[Connection, Written], Any]) -> Future[Any]:
        """Let a command wait for its turn: after everything recorded by now."""
        future: Future[Any] = Future()
        with self._changed:
            self._refuse_if_closed()
            self._commands.append(Command(run, future, self._pending.added))
            self._changed.notify_all()
        return future

    def flush(self) -> Future[None]:
        """Return a future that is done when everything recorded by now is committed."""
        future: Future[None] = Future()
        with self._changed:
            self._refuse_if_closed()
            self._flushes.append((self._pending.added, future))
            self._changed.notify_all()
        return future

    def _refuse_if_closed(self) -> None:
        if self._is_closed:
            raise Unavailable("The store is closed; it opens again with the server.")

    def drop(self, drops: dict[str, int]) -> None:
        """Count things that were given up."""
        with self._changed:
            self._drops.update(drops)

    def close(self) -> None:
        """Take no more commands, and let the writer see that it shall end."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def wake(self) -> None:
        """Let the writer look whether there is something else to do."""
        with self._changed:
            self._is_woken = True
            self._changed.notify_all()

    @property
    def is_closed(self) -> bool:
        """Whether the writer shall end."""
        return self._is_closed

    @property
    def depth(self) -> int:
        """How many changes wait or are on their way."""
        return len(self._pending) + len(self._in_flight)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        with self._changed:
            return not self._pending and not self._commands

    @property
    def drops(self) -> Counter[str]:
        """What was given up and is not yet counted in the database."""
        return self._drops.copy()

    # For the writer

    def wait(self, not_before: float) -> None:
        """Wait until there is something to write, and the time to write it has come."""
        with self._changed:
            while not self._is_due(not_before):
                self._is_waited = not self._pending
                pause_s = not_before - time.monotonic() if self._pending else None
                self._changed.wait(pause_s)
            self._is_waited = self._is_woken = False

    def _is_due(self, not_before: float) -> bool:
        if self._is_closed or self._is_woken or self._commands or self._flushes:
            return True
        return bool(self._pending) and time.monotonic() >= not_before

    def pause(self, seconds: float) -> None:
        """Wait so long, or until somebody asks for something."""
        with self._changed:
            if not (self._is_closed or self._commands):
                self._changed.wait(seconds)

    def take(self) -> Taken:
        """Return what waits longest, as much as goes into one transaction."""
        with self._changed:
            self._in_flight = self._pending.take(limits.BATCH_MAX_CHANGES, limits.BATCH_MAX_BYTES)
            return self._in_flight

    def put_back(self, taken: Taken) -> None:
        """Let what could not be written wait again, before everything else."""
        with self._changed:
            self._in_flight = []
            self._pending.give_back(taken)
            self._shed()

    def _shed(self) -> None:
        """Make room where too much waits: samples go first, then outputs, then points."""
        if shed := self._pending.shed_samples(self._pending_max_bytes):
            self._drops["samples"] += shed
        if shed := self._pending.shed(self._pending_max_bytes):
            self._drops["outputs"] += shed
        if shed := self._pending.shed_points(self._pending_max_bytes):
            self._drops["points"] += shed

    def written(self, group: Taken, counted: Counter[str]) -> None:
        """Note that a part of what was taken is committed, and these counts with it."""
        numbers = {entry.number for _, entry in group}
        with self._changed:
            self._in_flight = [item for item in self._in_flight if item[1].number not in numbers]
            self._drops -= counted
            done = [item for item in self._flushes if self._is_past(item[0])]
            self._flushes = [item for item in self._flushes if item not in done]
        for _, future in done:
            if future.set_running_or_notify_cancel():
                future.set_result(None)

    def command(self, is_failing: bool) -> Command | None:
        """Return the next command whose turn has come; when failing, the next one at all."""
        with self._changed:
            if self._commands and (is_failing or self._is_past(self._commands[0].after)):
                return self._commands.popleft()
            return None

    def _is_past(self, number: int) -> bool:
        """Whether everything recorded before is committed."""
        oldest = self._pending.oldest
        if oldest is not None and oldest <= number:
            return False
        return all(entry.number > number for _, entry in self._in_flight)

    def refuse(self, reason: str) -> None:
        """Tell everyone who waits that nothing can be written."""
        with self._changed:
            waiting = [command.future for command in self._commands]
            waiting += [future for _, future in self._flushes]
            self._commands.clear()
            self._flushes.clear()
        for future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(Unavailable(reason))
