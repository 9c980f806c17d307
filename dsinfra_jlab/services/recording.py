"""Records what kernels do: trackers above, the store below, secrets taken out in between.

All methods but ``kernels_health`` and ``counts`` run on one thread, that of the observer;
nothing here blocks, and nothing that goes wrong here reaches a kernel.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from ..domain import limits
from ..domain.changes import (
    Change,
    ErrorFound,
    MoveDocument,
    SaveEnvironment,
)
from ..domain.clock import Clock
from ..domain.health import KernelHealth, ProbeState
from ..domain.ids import KernelId, RunId, ServerId, is_own_request
from ..domain.lineage.data_flow import NotebookCells
from ..domain.redaction.redactor import Redactor
from ..domain.runs.records import Document, DocumentKind, Environment, RunRecord
from ..domain.settings import Settings
from ..domain.tracking.message_reading import decode_zmq
from ..domain.tracking.messages import (
    ExecuteReply,
    KernelInfoReply,
    MalformedMessage,
    Message,
    ProbeMessage,
    Signature,
    Status,
)
from ..domain.tracking.probe_events import EnvironmentSeen
from ..domain.tracking.tracker import Client, Moment, RunTracker
from ..domain.tracking.verdict import EndCause, KernelEnd
from .clearing import ClearingDesk
from .environments import id_of, installed_in, merged
from .error_desk import ErrorDesk
from .monitor_ports import ResourceMonitor
from .ports import RecordStore
from .probes import ProbeDesk, ProbeSight
from .run_meter import CompleteSamples, RunMeter
from .watched_kernel import WatchedKernel

__all__ = ["Policy", "Recorder", "WatchedKernel"]


class Policy(Protocol):
    """What the user decided about recording; asked for each request."""

    @property
    def current(self) -> Settings:
        """The settings in force."""

    def is_recorded(self, stored_path: str) -> bool:
        """Whether runs of the document at this path shall be recorded."""


EnvironmentRequest = Callable[[WatchedKernel, str | None], None]
"""Asks for an environment to be read; takes the kernel and its language's version.
The answer comes to ``environment_known`` on the observer's thread."""


NotebookRequest = Callable[[WatchedKernel], None]
"""Asks for the notebook of a kernel to be read; the answer comes to ``notebook_read``."""


@dataclass(slots=True)
class _Watched:
    kernel: WatchedKernel
    tracker: RunTracker
    probe: ProbeSight = field(default_factory=ProbeSight)
    environment: Environment | None = None
    """As the server last read it."""
    malformed: int = 0
    environment_asked_s: float = float("-inf")


class Recorder:
    """Feeds the messages of every kernel to its tracker and the outcome to the store."""

    def __init__(
        self,
        store: RecordStore,
        policy: Policy,
        *,
        server_id: ServerId,
        clock: Clock,
        log: logging.Logger,
        redactor: Redactor,
        ask_environment: EnvironmentRequest | None = None,
        ask_notebook: NotebookRequest | None = None,
        probes: ProbeDesk | None = None,
        monitor: ResourceMonitor | None = None,
        complete_samples: CompleteSamples | None = None,
        answers_job: Callable[[ExecuteReply], bool] = lambda reply: False,
        on_move: Callable[[MoveDocument], None] = lambda move: None,
    ) -> None:
        self._store = store
        self._policy = policy
        self._desk = ClearingDesk(redactor)
        self._errors = ErrorDesk(redactor, monitor.state if monitor is not None else None)
        self._meter = RunMeter(monitor, complete_samples) if monitor is not None else None
        self._server_id = server_id
        self._clock = clock
        self._log = log
        self._ask_environment = ask_environment
        self._ask_notebook = ask_notebook
        self._probes = probes
        self._answers_job = answers_job
        self._on_move = on_move
        self._watched: dict[KernelId, _Watched] = {}
        self._renewed: set[KernelId] = set()
        self._failures: Counter[str] = Counter()
        self._malformed_of_gone_kernels = 0

    # Kernels come and go

    def attach(self, kernel: WatchedKernel) -> None:
        """Begin to record a kernel, from its start or from now on."""
        if kernel.id in self._watched:
            self.document_changed(kernel.id, kernel.document)
            return
        tracker = RunTracker(
            kernel_id=kernel.id,
            kernel_name=kernel.name,
            document=kernel.document,
            server_id=self._server_id,
            language=kernel.language,
        )
        self._watched[kernel.id] = _Watched(kernel, tracker)
        self._take(kernel.id, "attach", lambda: tracker.kernel_started(self.moment()))
        self._send_probe(kernel.id)

    def detach(self, kernel_id: KernelId, end: KernelEnd) -> None:
        """Stop recording a kernel that has ended."""
        watched = self._watched.get(kernel_id)
        if watched is None:
            return
        tracker = watched.tracker
        self._take(kernel_id, "end", lambda: tracker.kernel_ended(end, self.moment()))
        self._take(kernel_id, "flush", tracker.flush)
        self._malformed_of_gone_kernels += watched.malformed
        del self._watched[kernel_id]

    def process_ended(self, kernel_id: KernelId, end: KernelEnd) -> None:
        """The kernel's process ended; another one may follow under the same id."""
        self._with(kernel_id, "end", lambda t: t.kernel_ended(end, self.moment()))

    def restarted(self, kernel_id: KernelId) -> None:
        """A new process stands behind the kernel's id; end the one before if nobody did."""
        end = KernelEnd(EndCause.restarted)
        self._with(kernel_id, "end", lambda t: t.kernel_ended(end, self.moment()))
        self._with(kernel_id, "start", lambda t: t.kernel_started(self.moment()))
        self._send_probe(kernel_id)
        self._renewed.discard(kernel_id)

    def interrupt_asked(self, kernel_id: KernelId) -> None:
        """The user asked for an interrupt."""
        self._with(kernel_id, "interrupt", lambda t: t.interrupt_asked(self.moment()))

    def document_changed(self, kernel_id: KernelId, document: Document) -> None:
        """The kernel's document became known, or it has another one."""
        watched = self._watched.get(kernel_id)
        if watched is not None:
            watched.kernel = replace(watched.kernel, document=document)
            self._with(kernel_id, "document", lambda t: t.document_changed(document))

    def document_moved(self, move: MoveDocument) -> None:
        """A file or folder was renamed; what is stored of it and kernels below it go with it."""
        self._store.record([move])
        self._on_move(move)
        for watched in list(self._watched.values()):
            document = watched.kernel.document
            path = move.applied_to(document.path)
            if document.kind is DocumentKind.notebook and path is not None:
                name = re.split(r"[/\\]", path)[-1]
                self._rename(watched, replace(document, path=path, name=name))

    def _rename(self, watched: _Watched, document: Document) -> None:
        watched.kernel = replace(watched.kernel, document=document)
        self._with(watched.kernel.id, "document", lambda t: t.document_renamed(document))

    def client_left(self, kernel_id: KernelId, client_id: int) -> None:
        """A client's connection closed, though replies to it may still be seen."""
        self._with(kernel_id, "client", lambda t: t.client_left(client_id))

    def client_gone(self, kernel_id: KernelId, client_id: int) -> None:
        """A client's connection closed, and replies to it will not be seen."""
        self._with(kernel_id, "client", lambda t: t.client_gone(client_id, self.moment()))

    def environment_known(self, kernel_id: KernelId, environment: Environment) -> None:
        """The environment that ``ask_environment`` asked for was read."""
        watched = self._watched.get(kernel_id)
        if watched is None:
            return
        watched.environment = environment
        if watched.probe.environment is not None:
            environment = merged(environment, watched.probe.environment)
        self._save_environment(kernel_id, environment, None)

    def notebook_read(self, kernel_id: KernelId, notebook: NotebookCells | None) -> None:
        """The notebook that ``ask_notebook`` asked for was read."""
        self._with(kernel_id, "notebook", lambda t: t.notebook_read(notebook))

    def stop(self) -> None:
        """End everything that is open because the server stops."""
        for kernel_id in list(self._watched):
            self.detach(kernel_id, KernelEnd(EndCause.server_stopped))

    # Messages

    def requested(
        self, kernel_id: KernelId, decode: Callable[[], Message], client: Client, at: Moment
    ) -> None:
        """A client sent a message to the kernel."""
        watched = self._watched.get(kernel_id)
        message = self._decode(watched, decode) if watched else None
        if watched is None or message is None:
            return
        tracker = watched.tracker
        policy = self._policy
        tracker.is_recording = policy.is_recorded(watched.kernel.document.path)
        tracker.outputs_max_bytes = policy.current.outputs_max_bytes
        self._take(kernel_id, "request", lambda: tracker.requested(message, client, at))
        if message.envelope.type == "execute_request" and tracker.is_recording:
            self._refresh_environment(watched, at)
            if self._ask_notebook is not None and self._probes is not None:
                self._ask_notebook(watched.kernel)

    def replied(self, kernel_id: KernelId, decode: Callable[[], Message], at: Moment) -> None:
        """The kernel sent a message to a client."""
        watched = self._watched.get(kernel_id)
        message = self._decode(watched, decode) if watched else None
        if watched is not None and message is not None:
            tracker = watched.tracker
            self._take(kernel_id, "reply", lambda: tracker.replied(message, at))
            self._look_for_probe(watched, message)

    def published(
        self, kernel_id: KernelId, frames: Sequence[bytes], signature: Signature, at: Moment
    ) -> None:
        """The kernel published a message on IOPub."""
        watched = self._watched.get(kernel_id)
        if watched is None:
            return
        try:
            message = decode_zmq(frames, signature)
            tracker = watched.tracker
            if message.envelope.type == "execute_input":
                tracker.is_recording = self._policy.is_recorded(watched.kernel.document.path)
            changes = tracker.published(message, at)
            if changes:
                self._record(changes)
            if isinstance(message, ProbeMessage):
                self._on_probe(watched, message)
            elif isinstance(message, Status) and message.state == "starting":
                self._send_probe(kernel_id)
        except MalformedMessage:
            watched.malformed += 1
        except Exception:
            self._failed("publish")

    @property
    def next_tick_s(self) -> float | None:
        """When ``tick`` will have something to do, by the monotonic clock."""
        times = (watched.tracker.next_tick_s for watched in self._watched.values())
        return min((due_s for due_s in times if due_s is not None), default=None)

    def tick(self, at: Moment) -> None:
        """Do what is due by now; cheap when nothing is."""
        for watched in self._watched.values():
            due_s = watched.tracker.next_tick_s
            if due_s is not None and due_s <= at.monotonic_s:
                self._take(watched.kernel.id, "tick", partial(watched.tracker.tick, at))

    # The probe

    def _send_probe(self, kernel_id: KernelId) -> None:
        """Have the probe put into a process that has just begun, or is now watched."""
        watched = self._watched.get(kernel_id)
        if watched is None or self._probes is None:
            return
        watched.probe.restart()
        self._probes.send(watched.kernel, watched.tracker.language, watched.probe)

    def _look_for_probe(self, watched: _Watched, message: Message) -> None:
        """See whether a reply is about the probe."""
        if self._probes is None:
            return
        if isinstance(message, ExecuteReply) and is_own_request(message.envelope.parent_id):
            if self._answers_job(message):
                return
            self._probes.replied(watched.probe, message)
        elif isinstance(message, KernelInfoReply) and not watched.probe.is_asked_for:
            self._probes.send(watched.kernel, watched.tracker.language, watched.probe)

    def _on_probe(self, watched: _Watched, message: ProbeMessage) -> None:
        watched.malformed += message.malformed
        if self._probes is None:
            return
        parent_id, tracker = message.envelope.parent_id, watched.tracker
        seen = self._probes.said(
            watched.kernel,
            watched.probe,
            message,
            lambda block: tracker.run_id(parent_id, block),
        )
        for environment in seen:
            self._environment_seen(watched, environment, parent_id)

    def _environment_seen(self, watched: _Watched, seen: EnvironmentSeen, parent_id: str) -> None:
        """The probe read what is around the kernel; what it cannot see the server adds."""
        if self._policy.current.is_recording_environment:
            environment = merged(watched.environment, seen)
            self._save_environment(watched.kernel.id, environment, parent_id)

    def _save_environment(
        self, kernel_id: KernelId, environment: Environment, message_id: str | None
    ) -> None:
        environment_id = id_of(environment)
        self._record([SaveEnvironment(environment_id, environment)])
        installed = installed_in(environment)
        self._with(
            kernel_id,
            "environment",
            lambda t: t.environment_known(environment_id, message_id, installed),
        )

    def will_restart(self, kernel_id: KernelId) -> None:
        """Take note, in any thread, that ``restarted`` is on its way: no probe is there now."""
        self._renewed.add(kernel_id)

    def awaits_probe(self, kernel_id: KernelId) -> bool:
        """Return whether the probe was sent and has not answered; may be asked in any thread."""
        watched = self._watched.get(kernel_id)
        if kernel_id in self._renewed:
            return watched is not None and watched.probe.state is ProbeState.loaded
        if watched is None or not watched.probe.is_asked_for:
            return False
        return watched.probe.state is ProbeState.off

    # What others may ask, from any thread

    def watched(self, kernel_id: KernelId) -> tuple[WatchedKernel, RunRecord | None] | None:
        """Return a kernel with what runs in it; ``None`` if it is not watched."""
        found = self._watched.get(kernel_id)
        return (found.kernel, found.tracker.running) if found is not None else None

    def user_of(self, kernel_id: KernelId) -> str | None:
        """Return who runs what runs in a kernel, or the only one who has sent anything to it."""
        found = self._watched.get(kernel_id)
        return found.tracker.user if found is not None else None

    def kernels(self) -> list[WatchedKernel]:
        """Return every kernel that is watched."""
        return [each.kernel for each in list(self._watched.values())]

    def session_of(self, kernel_id: KernelId) -> RunId | None:
        """Return the run of a kernel's present process, ``None`` if it is not watched."""
        watched = self._watched.get(kernel_id)
        return watched.tracker.session_id if watched is not None else None

    def kernels_with_probe(self) -> list[KernelId]:
        """Return the kernels whose probe has answered."""
        watched = list(self._watched.items())
        return [key for key, each in watched if each.probe.state is ProbeState.loaded]

    def is_busy(self, kernel_id: KernelId) -> bool:
        """Return whether something is queued or runs in a kernel."""
        watched = self._watched.get(kernel_id)
        return watched is not None and watched.tracker.has_open_runs

    def moment(self) -> Moment:
        """Return the present moment."""
        return Moment(self._clock.now(), self._clock.monotonic_s())

    def kernels_health(self) -> dict[str, KernelHealth]:
        """Return how well each watched kernel is seen."""
        health: dict[str, KernelHealth] = {}
        for kernel_id, watched in list(self._watched.items()):
            tracker = watched.tracker
            health[kernel_id] = watched.probe.health(
                watched.malformed,
                tracker.missed_messages,
                tracker.late_outputs,
                tracker.stray_events,
            )
        return health

    @property
    def failures(self) -> dict[str, int]:
        """How often a part of the recorder failed, by what it was doing."""
        return dict(self._failures)

    @property
    def malformed(self) -> int:
        """Messages that were none, over all kernels."""
        watched = list(self._watched.values())
        return self._malformed_of_gone_kernels + sum(each.malformed for each in watched)

    # Inside

    def _decode(self, watched: _Watched | None, decode: Callable[[], Message]) -> Message | None:
        try:
            return decode()
        except MalformedMessage:
            if watched is not None:
                watched.malformed += 1
        except Exception:
            self._failed("decode")
        return None

    def _with(
        self, kernel_id: KernelId, what: str, act: Callable[[RunTracker], list[Change]]
    ) -> None:
        watched = self._watched.get(kernel_id)
        if watched is not None:
            self._take(kernel_id, what, lambda: act(watched.tracker))

    def _take(self, kernel_id: KernelId, what: str, act: Callable[[], list[Change]]) -> None:
        """Store what a tracker answers. A bug in it costs a record, never a cell."""
        try:
            changes = act()
            if changes:
                self._record(changes)
        except Exception:
            self._failed(what)

    def _failed(self, what: str) -> None:
        self._failures[what] += 1
        if self._failures[what] == 1:
            self._log.exception("dsinfra: recording failed at %r; further ones are counted", what)

    def _record(self, changes: list[Change]) -> None:
        if self._meter is not None:
            changes = [*changes, *self._meter.seen(changes)]
        self.keep(changes)

    def keep(self, changes: list[Change]) -> None:
        """Store what was seen of a run in a kernel that is not ours, on the observer's thread."""
        settings = self._policy.current
        storable = [self._prepared(change, settings) for change in changes]
        self._store.record([change for change in storable if change is not None])

    def _prepared(self, change: Change, settings: Settings) -> Change | None:
        if not isinstance(change, ErrorFound):
            return self._desk.prepared(change, settings)
        try:
            return self._errors.saved(change.sighting, settings)
        except Exception:  # the run itself says that it failed, and at what
            self._failed("error")
            return None

    def _refresh_environment(self, watched: _Watched, at: Moment) -> None:
        """Have the environment read when it may have changed: packages come, commits are made."""
        is_due = at.monotonic_s - watched.environment_asked_s >= limits.ENVIRONMENT_INTERVAL_S
        if self._ask_environment is None or not is_due:
            return
        if self._policy.current.is_recording_environment:
            watched.environment_asked_s = at.monotonic_s
            self._ask_environment(watched.kernel, watched.tracker.language_version)
