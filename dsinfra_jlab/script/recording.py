"""Writes what a script logs: events in, changes of one session run out to the store.

All of it runs in the thread that ``sinks`` started, and so do its imports: the script goes on
meanwhile.
"""

from __future__ import annotations

import asyncio
import getpass
import logging
import os
import platform
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir

from ..domain import limits
from ..domain.changes import Change, SaveEnvironment, SaveRun
from ..domain.clock import SystemClock
from ..domain.exceptions import DsinfraError
from ..domain.ids import KernelId, random_run_id, random_server_id
from ..domain.redaction.redactor import Redactor, known_secrets
from ..domain.runs.records import Document, DocumentKind, RunKind, RunRecord, RunStatus
from ..domain.settings import Settings
from ..domain.tracking.probe_book import ProbeBook
from ..domain.tracking.probe_events import VERSION, ProbeEvent
from ..domain.tracking.probe_reading import read_events
from ..domain.tracking.tracked_run import Moment, TrackedRun
from ..domain.tracking.verdict import EndCause, KernelEnd
from ..sensors.environment import read_environment
from ..services.clearing import ClearingDesk
from ..services.contents_paths import ContentsPaths
from ..services.environments import id_of
from ..services.settings import SettingsService
from ..store import SqlStore, artifacts_folder
from ..store.install_key import install_key
from ..store.processes import birth_of
from ..store.writer import Pace
from .ending import ScriptEnd
from .identity import Identity
from .questions import ScriptDesk
from .sinks import Answer, Inbox

OPEN_S = 10.0
"""How long what is logged waits for the store to open before the user is told that it does not."""

AWAY_S = 3.0
"""The same once the script has ended: nobody waits longer for a script to give the prompt back."""

COMMIT_S = 10.0
"""How long the end of a script waits for a store that is open and slow."""

COMMIT_INTERVAL_S = 0.1
"""Least time between two commits: what a killed script loses of what it logged, and twenty
commits a second would be felt by a script that has one core."""

_NAP_S = 0.02
"""How often it is looked whether the store has opened."""

_log = logging.getLogger(__name__)


def record_script(
    identity: Identity,
    store_url: str,
    inbox: Inbox,
    answer: Answer,
    say: Callable[[str], None],
) -> None:
    """Record until the end of the script comes out of the inbox."""
    _quiet_our_log()
    recording = ScriptRecording(identity, store_url, inbox.is_ending, answer, say)
    recording.begin()
    inbox.is_ready.set()
    while True:
        item = inbox.next(recording.seconds_to_next_round())
        if isinstance(item, ScriptEnd):
            recording.end(item)
            return
        if item is not None:
            recording.take(*item)
        if not recording.seconds_to_next_round():
            recording.round()


def _quiet_our_log() -> None:
    """Keep what we log out of the script's own log, unless the script has set ours up."""
    ours = logging.getLogger(__package__.partition(".")[0])
    if not ours.handlers and ours.level == logging.NOTSET:
        ours.addHandler(logging.NullHandler())
        ours.propagate = False
    own_thread = threading.get_ident()
    logging.getLogger("asyncio").addFilter(lambda record: record.thread != own_thread)


class ScriptRecording:
    """One script as a run of kind ``session``, with its blocks below it."""

    def __init__(
        self,
        identity: Identity,
        store_url: str,
        is_ending: threading.Event,
        answer: Answer,
        say: Callable[[str], None],
    ) -> None:
        self._say = say
        self._is_ending = is_ending
        self._clock = SystemClock()
        self._server_id = random_server_id()
        pace = Pace(commit_interval_s=COMMIT_INTERVAL_S)
        self._store = SqlStore(store_url, self._clock, pace=pace)
        folder = Path(jupyter_data_dir()) / "dsinfra"
        self._clearing = ClearingDesk(
            Redactor(install_key(folder / "redaction.key"), known_secrets(os.environ))
        )
        self._settings = SettingsService(self._store, Settings(), ContentsPaths(None))
        self._desk = ScriptDesk(
            self._store,
            self._settings,
            self._clock,
            artifacts_folder(folder, store_url),
            answer,
        )
        began_at = datetime.fromtimestamp(identity.began_s, timezone.utc)
        self._begun = Moment(began_at, identity.began_monotonic_s)
        self._run = self._new_run(identity)
        self._book = ProbeBook(self._run.record.kernel_id)
        self._is_registered = self._is_told = False
        self._is_recorded = True
        self._next_round_s = self._asked_s = 0.0

    def begin(self) -> None:
        """Open the store and write that the script runs."""
        self._store.open()
        self._asked_s = time.monotonic()
        self._wait_until_open()
        self.round()
        self._is_recorded = self._settings.current.is_recording
        if not self._is_recorded:
            self._say("recording is turned off in the panel, so this script is not recorded.")
        if self._settings.current.is_recording_environment:
            self._record(self._environment())
        self._record([SaveRun(self._run.record)])

    def take(self, events: Sequence[Mapping[str, Any]], buffers: Sequence[bytes]) -> None:
        """Write what was logged; a fault of ours costs these events, not those after them."""
        try:
            self._take(events, buffers)
        except Exception as error:
            _log.exception("Events of the script could not be recorded")
            self._tell(f"Some of it was not recorded: {type(error).__name__}.")

    def _take(self, events: Sequence[Mapping[str, Any]], buffers: Sequence[bytes]) -> None:
        read, malformed = read_events({"v": VERSION, "events": list(events)}, buffers)
        if malformed:
            _log.warning("%d events of the script were malformed", malformed)
        at = self._moment()
        self._record(self._book.said(self._run, read, at, is_own=True))
        for event in read:
            self._see_to(event)

    def _see_to(self, event: ProbeEvent) -> None:
        run, book = self._run, self._book
        named = book.experiment
        document = Document(DocumentKind.named, named, named) if named else run.record.document
        run_id = partial(book.run_id, run)
        self._desk.see_to(run.record.kernel_id, document, event, run_id)

    def end(self, end: ScriptEnd) -> None:
        """Write how the script ended, and close the store."""
        self._desk.close()
        at = self._moment()
        self._record(self._book.process_ended(KernelEnd(EndCause.shut_down), at))
        record = self._run.record
        self._run.record = replace(
            record,
            status=RunStatus(end.status),
            status_reason=end.reason or None,
            error_name=end.error_name or None,
            error_message=end.error_message[: limits.ERROR_MESSAGE_MAX_CHARS] or None,
            ended_at=max(at.now, record.queued_at),
            duration_s=max(0.0, at.monotonic_s - self._begun.monotonic_s),
            cpu_s=_cpu_s(),
        )
        self._record([SaveRun(self._run.record)])
        self._wait_until_open()
        detail = self._store.health().detail
        self._store.close_now(COMMIT_S)
        count = self._store.health().queue_depth
        if count:
            self._say(f"{count} records of this script were not stored. {_first(detail)}")

    def seconds_to_next_round(self) -> float:
        """Return how long there is nothing to do but to wait for events."""
        return max(0.0, self._next_round_s - time.monotonic())

    def round(self) -> None:
        """Say that this process lives, so that nobody takes its run for lost."""
        self._next_round_s = time.monotonic() + limits.SERVER_HEARTBEAT_S
        try:
            asyncio.run(self._report())
        except DsinfraError as error:
            self._tell(f"what this script logs waits in memory: {error.message}")
            self._next_round_s = time.monotonic() + OPEN_S

    async def _report(self) -> None:
        if not self._is_registered:
            pid = os.getpid()
            host, birth = socket.gethostname(), birth_of(pid)
            await self._store.register_server(self._server_id, host, pid, birth)
            self._is_registered = True
        await self._store.beat(self._server_id, self._clock.now())
        await self._settings.refresh()

    def _wait_until_open(self) -> None:
        """Wait a while for the store; what is recorded meanwhile waits in memory."""
        while not self._store.schema_version:
            waited_s = time.monotonic() - self._asked_s
            if waited_s > OPEN_S or (self._is_ending.is_set() and waited_s > AWAY_S):
                return
            time.sleep(_NAP_S)

    def _tell(self, reason: str) -> None:
        """Tell the user, once, what keeps something from being stored."""
        if not self._is_told and not self._is_ending.is_set():
            self._is_told = True
            self._say(_first(reason))

    def _record(self, changes: Sequence[Change]) -> None:
        if not self._is_recorded:
            return
        settings = self._settings.current
        prepared = [self._clearing.prepared(change, settings) for change in changes]
        self._store.record([change for change in prepared if change is not None])

    def _environment(self) -> list[Change]:
        """Return what surrounds the script; its run refers to it from now on."""
        argv, version = (sys.executable,), platform.python_version()
        folder = os.path.dirname(self._run.record.document.path)
        environment = read_environment(argv, "python", version, folder)
        name = id_of(environment)
        self._run.record = replace(self._run.record, environment_id=name)
        return [SaveEnvironment(name, environment)]

    def _new_run(self, identity: Identity) -> TrackedRun:
        record = RunRecord(
            id=random_run_id(),
            kind=RunKind.session,
            kernel_id=KernelId(str(uuid.uuid4())),
            kernel_name="python",
            language="python",
            document=Document(DocumentKind.script, identity.path, identity.name),
            server_id=self._server_id,
            status=RunStatus.running,
            queued_at=self._begun.now,
            started_at=self._begun.now,
            code=_source_of(identity.path),
            user=_user(),
        )
        return TrackedRun(record.id, record, None)

    def _moment(self) -> Moment:
        return Moment(self._clock.now(), self._clock.monotonic_s())


def _first(text: str) -> str:
    """Return the first sentence."""
    return text.partition(". ")[0].rstrip(".") + "."


def _source_of(path: str) -> str:
    """Return the code of the script, ``""`` if it has no file."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(limits.CODE_MAX_CHARS)
    except OSError:
        return ""


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name, as in some containers
        return None


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
