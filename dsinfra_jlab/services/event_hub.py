"""Tells those who watch that something changed: some times at once, then four times a second.

What a click sets off is a handful of changes within a moment; a client that was quiet is told of
them as they come. Events arise in the threads of the store and the sampler and are handed to the
event loop here. What waits for a client is a bounded set of ids and one snapshot, however slow
the client is.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Awaitable, Callable, Iterable

from ..domain import limits
from ..domain.compute.jobs import JobId
from ..domain.events import (
    AlertEvent,
    AlertsChanged,
    ErrorEvent,
    ErrorsChanged,
    Event,
    HealthEvent,
    JobEvent,
    JobsChanged,
    Looked,
    RunEvent,
    RunsChanged,
    SamplesEvent,
    TargetEvent,
    TargetsChanged,
    Topic,
    WatchRequest,
)
from ..domain.ids import ErrorGroupId, ExperimentId, RunId
from ..domain.pacing import Pace
from ..domain.resources.samples import Snapshot

Told = RunEvent | ErrorEvent | HealthEvent | SamplesEvent | AlertEvent | JobEvent | TargetEvent
"""What a client is told."""

Sender = Callable[[Told], Awaitable[None]]
"""Sends one event; returns when the client has taken it, raises when it is gone."""

LookOn = Callable[[object, bool], None]
"""Told of a client when it begins and when it ceases to look at the machine."""


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

    def clear(self) -> None:
        """Forget everything."""
        self.ids.clear()
        self.owner_ids.clear()
        self.is_complete, self.has_any = True, False

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
        self.alerts = Marked()
        self.jobs = Marked()
        self.targets = Marked()
        self.has_health = False
        self.snapshot: Snapshot | None = None
        """The last one: those before it are of no use any more."""

    def add(self, event: Event) -> None:
        """Merge one more event."""
        if isinstance(event, RunsChanged):
            self.runs.add(event.run_ids, event.experiment_ids)
        elif isinstance(event, ErrorsChanged):
            self.errors.add(event.group_ids, event.run_ids)
        elif isinstance(event, AlertsChanged):
            self.alerts.add(event.alert_ids, ())
        elif isinstance(event, JobsChanged):
            self.jobs.add(event.job_ids, ())
        elif isinstance(event, TargetsChanged):
            self.targets.add(event.names, ())
        elif isinstance(event, Looked):
            self.snapshot = event.snapshot
        else:
            self.has_health = True

    def merge(self, other: Pending) -> None:
        """Merge what somebody else has waiting."""
        for topic, marked in other._marked().items():
            self._marked()[topic].merge(marked)
        self.has_health = self.has_health or other.has_health
        self.snapshot = other.snapshot or self.snapshot

    def forget_ids(self) -> None:
        """Keep only which topics have news."""
        for marked in self._marked().values():
            marked.forget_ids()
        self.snapshot = None

    def keep(self, topics: frozenset[Topic]) -> None:
        """Forget what is of other topics."""
        for topic, marked in self._marked().items():
            if topic not in topics:
                marked.clear()
        if Topic.samples not in topics:
            self.snapshot = None
        self.has_health = self.has_health and Topic.health in topics

    def _marked(self) -> dict[Topic, Marked]:
        return {
            Topic.run: self.runs,
            Topic.error: self.errors,
            Topic.alert: self.alerts,
            Topic.job: self.jobs,
            Topic.target: self.targets,
        }

    @property
    def is_urgent(self) -> bool:
        """Whether there is more than how the machine, the server and the targets stand."""
        marked = (self.runs, self.errors, self.alerts, self.jobs)
        return any(each.has_any for each in marked)

    def __bool__(self) -> bool:
        has_more = self.has_health or self.targets.has_any or self.snapshot is not None
        return has_more or self.is_urgent


class Watcher:
    """One client: what it wants, what waits for it, when it may be told next."""

    def __init__(self, hub: EventHub, send: Sender) -> None:
        self._hub = hub
        self._send = send
        self._topics: frozenset[Topic] = frozenset()
        self._is_visible = True
        self._pending = Pending()
        self._pace = Pace(limits.EVENT_INTERVAL_S, limits.EVENT_BURST)
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._is_looking = False

    def watch(self, request: WatchRequest) -> None:
        """Want these topics from now on; hear of what was missed when visible again."""
        self._topics = frozenset(request.topics)
        self._is_visible = request.visible
        self._look_on(Topic.samples in self._topics and self._is_visible)
        self._wake()

    def offer(self, news: Pending) -> None:
        """Take what changed; it is sent as soon as this client may be told."""
        self._pending.merge(news)
        self._wake()

    def close(self) -> None:
        """Send nothing more."""
        self._is_closed = True
        self._look_on(False)
        self._hub.remove(self)
        self._wait_until(None)
        if self._task is not None:
            self._task.cancel()

    def _look_on(self, is_looking: bool) -> None:
        """Say so if this client begins or ceases to look at the machine."""
        if is_looking == self._is_looking or (is_looking and self._is_closed):
            return
        self._is_looking = is_looking
        self._hub.look_on(self, is_looking)
        if is_looking:
            self._pending.snapshot = self._hub.last_snapshot

    def _wake(self) -> None:
        """Tell what waits, now or when this client may be told."""
        self._pending.keep(self._topics)
        if not self._is_visible:
            self._pending.forget_ids()
        has_any = bool(self._pending) and self._is_visible and not self._is_closed
        if self._task is not None:
            return  # at its end it looks again
        due_at = self._due_at() if has_any else None
        if due_at is None or due_at > asyncio.get_running_loop().time():
            self._wait_until(due_at)
        else:
            self._wait_until(None)
            self._task = asyncio.create_task(self._deliver())

    def _due_at(self) -> float:
        """Return when to tell what waits: the burst is left to what is urgent."""
        return self._pace.due_at if self._pending.is_urgent else self._pace.calm_at

    def _wait_until(self, at: float | None) -> None:
        """Look again at that time and at no other."""
        if self._timer is not None:
            if self._timer.when() == at:
                return
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = None if at is None else loop.call_at(at, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self._wake()

    async def _deliver(self) -> None:
        """Send what waits, one event after the other."""
        try:
            if not (self._pending and self._is_visible):
                return  # it has looked away, or asked for something else, just now
            news, self._pending = self._pending, Pending()
            self._pace.take(asyncio.get_running_loop().time())
            if not await self._send_all(self._hub.events_of(news)):
                return
        finally:
            self._task = None
        self._wake()

    async def _send_all(self, events: list[Told]) -> bool:
        """Return whether the client took them all; one that did not is gone."""
        try:
            for event in events:
                await self._send(event)
        except Exception:  # whatever it is, the client's own handler sees it end
            self._is_closed = True
            self._look_on(False)
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
        self._look_on: LookOn = _look_past
        self._samples: SamplesEvent | None = None
        self._latest: Snapshot | None = None
        self._handed_s: float | None = None
        self._lag_s: float | None = None
        self._viewers: set[Watcher] = set()
        self.malformed_count = 0
        """Messages of clients that could not be understood."""

    async def start(self) -> None:
        """Take the running loop as the one where clients live."""
        self._loop = asyncio.get_running_loop()
        self._is_waking, self._handed_s = False, None

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
        if isinstance(event, Looked):
            self._latest = event.snapshot
            if not self._viewers:
                return  # it is there for whoever begins to look on, and wakes nobody
        with self._lock:
            self._news.add(event)
            if isinstance(event, Looked) and self._handed_s is None:
                self._handed_s = time.monotonic()
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

    def tell_of_viewers(self, look_on: LookOn) -> None:
        """Tell from now on which clients look at the machine."""
        self._look_on = look_on

    def look_on(self, watcher: Watcher, is_looking: bool) -> None:
        """A client begins or ceases to look at the machine."""
        (self._viewers.add if is_looking else self._viewers.discard)(watcher)
        self._look_on(watcher, is_looking)

    @property
    def last_snapshot(self) -> Snapshot | None:
        """What was read last, for a client that has just begun to look."""
        return self._latest

    def take_lag(self) -> float | None:
        """Return how long the loop let a look wait since this was last asked; any thread.

        ``None`` if it took none. Of looks that waited together it is the wait of the first.
        """
        with self._lock:
            lag_s, self._lag_s = self._lag_s, None
        return lag_s

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
        if news.alerts.has_any:
            alerts = news.alerts
            events.append(AlertEvent(list(alerts.ids), alerts.is_complete, next(self._seq)))
        if news.jobs.has_any:
            job_ids = [JobId(each) for each in news.jobs.ids]
            events.append(JobEvent(job_ids, news.jobs.is_complete, next(self._seq)))
        if news.targets.has_any:
            names = list(news.targets.ids)
            events.append(TargetEvent(names, news.targets.is_complete, next(self._seq)))
        if news.snapshot is not None:
            events.append(self._samples_event(news.snapshot))
        return events

    def _samples_event(self, snapshot: Snapshot) -> SamplesEvent:
        """Return the same event to all who are sent a snapshot, so that it is encoded once."""
        if self._samples is None or self._samples.snapshot is not snapshot:
            self._samples = SamplesEvent(snapshot, next(self._seq))
        return self._samples

    def _hand_out(self) -> None:
        with self._lock:
            news, self._news = self._news, Pending()
            self._is_waking = False
            if self._handed_s is not None:
                self._lag_s = time.monotonic() - self._handed_s
                self._handed_s = None
        for watcher in list(self._watchers):
            watcher.offer(news)


def _look_past(watcher: object, is_looking: bool) -> None:
    """Do nothing: there is no monitor yet."""
