"""Tells those who watch that something changed: at most four times a second, ids only.

Events arise in the store's threads and are handed to the event loop here. What waits
for a client is a bounded set of ids, however slow the client is.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Awaitable, Callable, Iterable

from ..domain import limits
from ..domain.events import (
    ErrorEvent,
    ErrorsChanged,
    Event,
    HealthEvent,
    RunEvent,
    RunsChanged,
    Topic,
    WatchRequest,
)
from ..domain.ids import ErrorGroupId, ExperimentId, RunId

Told = RunEvent | ErrorEvent | HealthEvent
"""What a client is told."""

Sender = Callable[[Told], Awaitable[None]]
"""Sends one event; returns when the client has taken it, raises when it is gone."""


class Marked:
    """Ids of one topic that changed: of the things themselves, and of what they belong to."""

    def __init__(self) -> None:
        self.ids: dict[str, None] = {}
        self.owner_ids: dict[str, None] = {}
        self.is_complete = True
        self.has_any = False

    def add(self, ids: Iterable[str], owner_ids: Iterable[str], is_complete: bool = True) -> None:
        """Merge ids; those beyond ``EVENT_IDS_MAX`` are forgotten, and it says so."""
        self.has_any = True
        self.ids.update(dict.fromkeys(ids))
        self.owner_ids.update(dict.fromkeys(owner_ids))
        self.is_complete = self.is_complete and is_complete
        for each in (self.ids, self.owner_ids):
            while len(each) > limits.EVENT_IDS_MAX:
                each.popitem()
                self.is_complete = False

    def merge(self, other: Marked) -> None:
        """Merge what somebody else has waiting."""
        if other.has_any:
            self.add(other.ids, other.owner_ids, other.is_complete)

    def forget_ids(self) -> None:
        """Keep only that something changed."""
        if self.has_any:
            self.ids.clear()
            self.owner_ids.clear()
            self.is_complete = False


class Pending:
    """What changed since somebody was last told, in bounded space."""

    def __init__(self) -> None:
        self.runs = Marked()
        """Runs, and the experiments they are in."""
        self.errors = Marked()
        """Groups of errors, and the runs that have new ones."""
        self.has_health = False

    def add(self, event: Event) -> None:
        """Merge one more event."""
        if isinstance(event, RunsChanged):
            self.runs.add(event.run_ids, event.experiment_ids)
        elif isinstance(event, ErrorsChanged):
            self.errors.add(event.group_ids, event.run_ids)
        else:
            self.has_health = True

    def merge(self, other: Pending) -> None:
        """Merge what somebody else has waiting."""
        self.runs.merge(other.runs)
        self.errors.merge(other.errors)
        self.has_health = self.has_health or other.has_health

    def forget_ids(self) -> None:
        """Keep only which topics have news."""
        self.runs.forget_ids()
        self.errors.forget_ids()

    def keep(self, topics: frozenset[Topic]) -> None:
        """Forget what is of other topics."""
        if Topic.run not in topics:
            self.runs = Marked()
        if Topic.error not in topics:
            self.errors = Marked()
        self.has_health = self.has_health and Topic.health in topics

    def __bool__(self) -> bool:
        return self.runs.has_any or self.errors.has_any or self.has_health


class Watcher:
    """One client: what it wants, what waits for it, when it may be told next."""

    def __init__(self, hub: EventHub, send: Sender) -> None:
        self._hub = hub
        self._send = send
        self._topics: frozenset[Topic] = frozenset()
        self._is_visible = True
        self._pending = Pending()
        self._may_send_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    def watch(self, request: WatchRequest) -> None:
        """Want these topics from now on; hear of what was missed when visible again."""
        self._topics = frozenset(request.topics)
        self._is_visible = request.visible
        self._wake()

    def offer(self, news: Pending) -> None:
        """Take what changed; it is sent as soon as this client may be told."""
        self._pending.merge(news)
        self._wake()

    def close(self) -> None:
        """Send nothing more."""
        self._is_closed = True
        self._hub.remove(self)
        if self._task is not None:
            self._task.cancel()

    def _wake(self) -> None:
        self._pending.keep(self._topics)
        if not self._is_visible:
            self._pending.forget_ids()
        elif self._pending and self._task is None and not self._is_closed:
            self._task = asyncio.create_task(self._deliver())

    async def _deliver(self) -> None:
        """Send what waits, one event after the other, until nothing does."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await asyncio.sleep(max(0.0, self._may_send_at - loop.time()))
                if not (self._pending and self._is_visible):
                    return
                news, self._pending = self._pending, Pending()
                self._may_send_at = loop.time() + limits.EVENT_INTERVAL_S
                if not await self._send_all(self._hub.events_of(news)):
                    return
        finally:
            self._task = None

    async def _send_all(self, events: list[Told]) -> bool:
        """Return whether the client took them all; one that did not is gone."""
        try:
            for event in events:
                await self._send(event)
        except Exception:  # whatever it is, the client's own handler sees it end
            self._is_closed = True
            self._hub.remove(self)
            return False
        return True


class EventHub:
    """The bridge from the store's threads to every client that watches."""

    def __init__(self) -> None:
        self._seq = itertools.count(1)
        self._watchers: set[Watcher] = set()
        self._lock = threading.Lock()
        self._news = Pending()
        self._is_waking = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self.malformed_count = 0
        """Messages of clients that could not be understood."""

    async def start(self) -> None:
        """Take the running loop as the one where clients live."""
        self._loop = asyncio.get_running_loop()
        self._is_waking = False

    async def stop(self) -> None:
        """Let go of every client."""
        self._loop = None
        for watcher in list(self._watchers):
            watcher.close()

    def publish(self, event: Event) -> None:
        """Tell those who watch; may be called on any thread and returns at once."""
        loop = self._loop
        if loop is None:
            return
        with self._lock:
            self._news.add(event)
            if self._is_waking:
                return
            self._is_waking = True
        try:
            loop.call_soon_threadsafe(self._hand_out)
        except RuntimeError:  # the loop is closed: nobody is left to be told
            self._loop = None

    def connect(self, send: Sender) -> Watcher:
        """Add a client; it hears nothing until it says what it wants."""
        watcher = Watcher(self, send)
        self._watchers.add(watcher)
        return watcher

    def remove(self, watcher: Watcher) -> None:
        """Forget a client."""
        self._watchers.discard(watcher)

    def events_of(self, news: Pending) -> list[Told]:
        """Return what changed as events, numbered."""
        events: list[Told] = []
        if news.runs.has_any:
            runs = news.runs
            run_ids = [RunId(each) for each in runs.ids]
            experiment_ids = [ExperimentId(each) for each in runs.owner_ids]
            events.append(RunEvent(run_ids, experiment_ids, runs.is_complete, next(self._seq)))
        if news.errors.has_any:
            errors = news.errors
            group_ids = [ErrorGroupId(each) for each in errors.ids]
            run_ids = [RunId(each) for each in errors.owner_ids]
            events.append(ErrorEvent(group_ids, run_ids, errors.is_complete, next(self._seq)))
        if news.has_health:
            events.append(HealthEvent(next(self._seq)))
        return events

    def _hand_out(self) -> None:
        with self._lock:
            news, self._news = self._news, Pending()
            self._is_waking = False
        for watcher in list(self._watchers):
            watcher.offer(news)
