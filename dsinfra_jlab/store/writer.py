"""The one thread that writes: it opens the database, commits what waits, and tries again."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL

from ..domain import limits
from ..domain.clock import Clock
from ..domain.events import ErrorsChanged, Event, EventListener, HealthChanged, RunsChanged
from ..domain.exceptions import DsinfraError, Unavailable
from ..domain.health import StoreHealth
from .batch import write_batch
from .decisions import add_drops
from .engine import shown_url, sqlite_path
from .failures import Failure, classify, explain
from .filesystem import MOUNTINFO
from .inbox import Command, Inbox, Taken
from .opening import Opened, Opening, file_identity, is_sound, open_store, set_aside
from .records import Written

__all__ = ["Pace", "Writer"]

_log = logging.getLogger(__name__)

OPENING = "The store is being opened. Runs are kept in memory until it is."
"""Why the store is away until the database has answered for the first time."""

IDENTITY_CHECK_S = 1.0
"""How often it is looked whether the file is still the one that was opened."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the writer goes; tests go faster."""

    commit_interval_s: float = limits.COMMIT_INTERVAL_S
    """Between two commits in the mean, under load."""
    commit_burst: int = limits.COMMIT_BURST
    """Commits in a row that need not wait, after a pause."""
    retry_min_s: float = 0.5
    """First pause after a failure; each next one is twice as long."""
    retry_max_s: float = limits.STORE_RETRY_MAX_S
    open_s: float = limits.STORE_OPEN_S
    """From here on a database that does not open is said to be away."""


class _Away(Exception):
    """The database cannot be written now."""


class Writer:
    """Commits what is recorded in groups, and what people change one by one."""

    def __init__(
        self,
        url: URL,
        clock: Clock,
        inbox: Inbox,
        pace: Pace,
        mountinfo: Path = MOUNTINFO,
        opening: Opening | None = None,
    ) -> None:
        self._opening = opening
        self._url = url
        self._clock = clock
        self._inbox = inbox
        self._pace = pace
        self._credit_s = (pace.commit_burst - 1) * pace.commit_interval_s
        self._mountinfo = mountinfo
        self._listeners: list[EventListener] = []
        self._opened: Opened | None = None
        self._detail = OPENING
        self._notices: list[str] = []
        self._damage = ""
        self._close_by: float | None = None
        self._asked_at: float | None = None
        """Since when the database is being asked to open; ``None`` if it is not just now."""
        self._paced_until = self._last_identity_check = 0.0
        self._announced: tuple[object, ...] = ()
        self._announcing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="dsinfra-store-writer", daemon=True)

    # For everyone

    @property
    def opened(self) -> Opened | None:
        """The open database, ``None`` while there is none."""
        return self._opened

    def start(self) -> None:
        """Begin to open the database."""
        self._thread.start()

    def listen(self, listener: EventListener) -> None:
        """Call ``listener`` with every event from now on."""
        self._listeners = [*self._listeners, listener]

    def usable(self, is_to_write: bool) -> Opened:
        """Return the open database; raises ``Unavailable`` where there is none."""
        opened = self._opened
        if opened is None:
            raise Unavailable(self.detail())
        if is_to_write and opened.read_only_reason:
            raise Unavailable(opened.read_only_reason)
        return opened

    def close(self, timeout_s: float) -> None:
        """Commit what waits, in at most so long, and close the database; blocks."""
        self._close_by = time.monotonic() + timeout_s
        self._inbox.close()
        if self._thread.ident is not None:
            self._thread.join(timeout_s + 1.0)

    def detail(self) -> str:
        """Return why the store is away or read-only; empty when all is well."""
        asked_at, opened = self._asked_at, self._opened
        if opened is not None:
            return self._detail or opened.read_only_reason
        waited = 0.0 if asked_at is None else time.monotonic() - asked_at
        if waited < self._pace.open_s:
            return self._detail
        return (
            f"The database at {shown_url(self._url)} was asked {waited:.0f} s ago and has not "
            "answered; is its disk or server reachable? Runs are kept in memory until it does."
        )

    def health(self) -> StoreHealth:
        """Return how the store is doing, from memory."""
        opened = self._opened
        dropped = Counter(opened.drops if opened is not None else {}) + self._inbox.drops
        return StoreHealth(
            url=shown_url(self._url),
            queue_depth=self._inbox.depth,
            dropped=dict(dropped),
            is_read_only=opened is not None and bool(opened.read_only_reason),
            detail=self.detail(),
            notices=list(self._notices),
        )

    def report_damage(self, reason: str) -> None:
        """Let the writer put a damaged database aside and begin a new one."""
        self._damage = reason
        self._inbox.wake()

    # The thread

    def _run(self) -> None:
        pause_s = self._pace.retry_min_s
        while not self._is_over():
            try:
                self._step()
                pause_s = self._pace.retry_min_s
                continue
            except _Away:
                pass
            except Exception as error:
                _log.exception("The writer of the store met something unexpected")
                self._say(f"The store does not work as it should: {explain(error)}.")
            # Not all at the same moment, when several servers wait for one database.
            self._inbox.pause(pause_s * random.uniform(0.5, 1.0))  # noqa: S311
            self._answer_while_away()
            pause_s = min(pause_s * 2, self._pace.retry_max_s)
        self._end()

    def _is_over(self) -> bool:
        if self._close_by is None:
            return False
        opened = self._opened
        is_useless = opened is None or bool(opened.read_only_reason)
        return is_useless or self._inbox.is_empty or time.monotonic() >= self._close_by

    def _step(self) -> None:
        """Open the database, or write what waits."""
        opened = self._opened
        if opened is None:
            self._open()
            return
        if opened.read_only_reason:
            self._inbox.refuse(opened.read_only_reason)
            self._inbox.wait(float("inf"))
            return
        self._inbox.wait(self._paced_until - self._credit_s)
        if opened.engines.is_sqlite and not self._is_same_file(opened):
            return
        self._commit(opened)
        while (command := self._inbox.command(is_failing=False)) is not None:
            self._execute(opened, command)

    def _end(self) -> None:
        if self._inbox.depth:
            _log.warning("The store closed with %d records unwritten", self._inbox.depth)
        self._inbox.refuse("The store is closed; it opens again with the server.")
        opened, self._opened = self._opened, None
        self._detail = "The store is closed; it opens again with the server."
        if opened is None:
            return
        # No `PRAGMA optimize`: what SQLite noted of few rows misleads it when they are many.
        opened.engines.dispose()

    # Opening

    def _open(self) -> None:
        self._asked_at = time.monotonic()
        watch = threading.Timer(self._pace.open_s + 0.1, self._announce_health)
        watch.daemon = True
        watch.start()
        try:
            opened = (self._opening or open_store)(self._url, self._clock.now(), self._mountinfo)
        except Exception as error:
            self._asked_at = None
            _log.warning("The store cannot be opened: %s", explain(error))
            self._say(
                f"The database at {shown_url(self._url)} cannot be opened: {explain(error)}. "
                "Runs are kept in memory until it can."
            )
            raise _Away from error
        finally:
            watch.cancel()
        self._asked_at = None
        self._notices += [note for note in opened.notices if note not in self._notices]
        self._opened = opened
        self._say("")
        if opened.is_check_due:
            threading.Thread(
                target=self._check, args=(opened,), name="dsinfra-store-check", daemon=True
            ).start()

    def _check(self, opened: Opened) -> None:
        if not is_sound(opened.engines) and self._opened is opened:
            self.report_damage("it did not pass its check")

    def _is_same_file(self, opened: Opened) -> bool:
        """Begin anew where the file is damaged, or was taken away under our hands."""
        path = sqlite_path(self._url)
        if self._damage:
            self._put_aside(opened, path)
            return False
        if time.monotonic() - self._last_identity_check < IDENTITY_CHECK_S:
            return True
        self._last_identity_check = time.monotonic()
        if file_identity(path) == opened.identity:
            return True
        self._leave(opened)
        self._notices.append(f"{path} was removed or replaced while in use, and is opened anew.")
        return False

    def _put_aside(self, opened: Opened, path: Path) -> None:
        reason, self._damage = self._damage, ""
        self._leave(opened)
        try:
            target = set_aside(path, self._clock.now())
        except OSError as error:
            self._damage = reason
            self._opened = opened
            self._say(f"The damaged {path} cannot be put aside: {explain(error)}.")
            raise _Away from error
        self._notices.append(
            f"The database at {path} was damaged: {reason}. It is kept as {target.name}, and a "
            "new one was begun."
        )

    def _leave(self, opened: Opened) -> None:
        self._opened = None
        opened.engines.dispose()

    # Writing

    def _commit(self, opened: Opened) -> None:
        """Write what waits longest; what can never be written is set aside and counted."""
        groups = [self._inbox.take()]
        tried_alone: set[int] = set()
        while groups:
            group = groups.pop(0)
            try:
                self._write(opened, group)
            except Exception as error:
                failure = classify(error)
                if failure is not Failure.bad or not group:
                    self._inbox.put_back([item for part in (group, *groups) for item in part])
                    self._fail(opened, error, failure)
                    return
                number = group[0][1].number
                if len(group) > 1:
                    middle = len(group) // 2
                    groups[:0] = [group[:middle], group[middle:]]
                elif number not in tried_alone:
                    # Another server may have written the same at the same moment.
                    tried_alone.add(number)
                    groups.insert(0, group)
                else:
                    _log.error("A record can never be stored: %s", explain(error))
                    self._inbox.drop({"dead_letter": 1})
                    self._inbox.written(group, Counter())
        self._say("")

    def _write(self, opened: Opened, group: Taken) -> None:
        drops = self._inbox.drops
        if not group and not drops:
            self._inbox.written([], Counter())
            return
        with opened.engines.writer.begin() as connection:
            written = write_batch(connection, [entry.change for _, entry in group])
            drops.update(written.dropped)
            add_drops(connection, drops)
        # Each commit moves this on by its share of time; a pause lets it fall behind.
        self._paced_until = max(time.monotonic(), self._paced_until) + self._pace.commit_interval_s
        self._inbox.drop(written.dropped)
        opened.drops = dict(Counter(opened.drops) + drops)
        self._tell(written)
        self._inbox.written(group, drops)

    def _fail(self, opened: Opened, error: Exception, failure: Failure) -> None:
        """Say why nothing can be written, and wait or begin anew."""
        if failure is Failure.broken and opened.engines.is_sqlite:
            self._damage = explain(error)
            return
        _log.warning("The store cannot be written: %s", explain(error))
        self._say(
            f"The store cannot be written: {explain(error)}. Runs are kept in memory and written "
            "as soon as it can."
        )
        raise _Away from error

    def _execute(self, opened: Opened, command: Command) -> None:
        """Do what a person asked for; its errors are theirs."""
        if not command.future.set_running_or_notify_cancel():
            return
        written = Written()
        try:
            with opened.engines.writer.begin() as connection:
                result = command.run(connection, written)
        except DsinfraError as error:
            command.future.set_exception(error)
            return
        except Exception as error:
            failure = classify(error)
            if failure is Failure.bad:
                _log.exception("A change of a user could not be written")
            if failure is Failure.broken:
                self._damage = explain(error)
            command.future.set_exception(
                Unavailable(f"The store cannot be written: {explain(error)}. Try again.")
            )
            return
        self._tell(written)
        command.future.set_result(result)

    def _answer_while_away(self) -> None:
        """Give those who wait an answer, even if it is that nothing works."""
        opened = self._opened
        while opened is not None and (command := self._inbox.command(is_failing=True)):
            self._execute(opened, command)
        self._inbox.refuse(self.detail() or "The store is away; try again later.")

    # Telling

    def _tell(self, written: Written) -> None:
        if written.run_ids or written.experiment_ids:
            self._send(RunsChanged(frozenset(written.run_ids), frozenset(written.experiment_ids)))
        if written.group_ids:
            self._send(
                ErrorsChanged(frozenset(written.group_ids), frozenset(written.failed_run_ids))
            )

    def _say(self, detail: str) -> None:
        self._detail = detail
        self._announce_health()

    def _announce_health(self) -> None:
        """Tell of a change of health; how many records wait is none."""
        with self._announcing:
            health = self.health()
            told = (health.dropped, health.is_read_only, health.detail, health.notices)
            if told == self._announced:
                return
            self._announced = told
        self._send(HealthChanged())

    def _send(self, event: Event) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:
                _log.exception("A listener of the store failed")
                self._inbox.drop({"event": 1})
