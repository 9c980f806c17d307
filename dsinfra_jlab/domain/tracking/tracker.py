"""Turns the messages of one kernel into runs.

A state machine without I/O and without a clock of its own: messages and life-cycle facts go
in, changes for the store come out. Everything is keyed by the id of the request, so cells
that run side by side in subshells do not disturb each other, and messages may come in any
order between channels. Each run ends exactly once; later evidence can only correct *how*.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .. import limits
from ..changes import Change, SaveRun
from ..compute.jobs import RunOrigin
from ..errors.occurrences import ErrorKind
from ..errors.sightings import ErrorSeen
from ..ids import (
    CellId,
    EnvironmentId,
    KernelId,
    MessageId,
    RunId,
    ServerId,
    cell_run_id,
    random_run_id,
)
from ..lineage.data_flow import NotebookCells
from ..runs.records import Document, RunKind, RunRecord, RunStatus
from .error_book import ErrorBook
from .kernel_session import KernelSession
from .messages import (
    OUTPUT_MESSAGES,
    ExecuteInput,
    ExecuteReply,
    ExecuteRequest,
    KernelInfoReply,
    Message,
    ProbeMessage,
    Status,
    Stream,
)
from .numbering import MessageNumbers
from .output_book import OutputBook
from .outputs import OutputCollector
from .probe_book import ProbeBook
from .probe_events import RUN_EVENTS
from .run_endings import RunEndings
from .run_shelf import RunShelf
from .tracked_run import Moment, TrackedRun
from .verdict import EndCause, KernelEnd

__all__ = ["Client", "Moment", "RunTracker"]


@dataclass(frozen=True, slots=True)
class Client:
    """Who sent a request."""

    id: int
    """Tells the connections of one server apart."""
    user: str | None
    """The user as the server knows them, never as the kernel claims."""


class RunTracker:
    """Follows one kernel, process after process.

    Parameters
    ----------
    kernel_id, kernel_name, document, server_id, language
        What the server knows of the kernel; goes into each record.
    origin
        The job that the kernel was started for: its run stands below that of the sender, and the
        kernel has no session of its own.
    """

    def __init__(
        self,
        *,
        kernel_id: KernelId,
        kernel_name: str,
        document: Document,
        server_id: ServerId,
        language: str | None = None,
        origin: RunOrigin | None = None,
    ) -> None:
        self.kernel_id = kernel_id
        self.kernel_name = kernel_name
        self.document = document
        self.server_id = server_id
        self.language = language
        self.origin = origin
        self.language_version: str | None = None
        self.is_recording = True
        """Whether new requests become runs; what runs already is followed to its end."""
        self.outputs_max_bytes = limits.OUTPUTS_MAX_BYTES
        self._environment_id: EnvironmentId | None = None
        self._session: KernelSession | None = None
        self._runs = RunShelf()
        self._outputs = OutputBook()
        self._numbers = MessageNumbers()
        self._probe = ProbeBook(kernel_id)
        self._errors = ErrorBook(kernel_id, self._runs)
        self._errors.language = language
        self._endings = RunEndings(self._runs, self._outputs, self._numbers, self._errors)
        self.stray_events = 0
        """What the probe said of runs that are not known, or not any more."""
        self._unplaced_outputs = 0
        self._users: frozenset[str] = frozenset()
        """Who has sent cells to the kernel."""
        self._clients: set[int] = set()
        """The connections that are open and have said something: browsers do when they connect."""
        self._replaced: tuple[float, str] | None = None

    # What the world can ask

    @property
    def missed_messages(self) -> int | None:
        """Messages of the kernel never seen; ``None`` if that cannot be known."""
        return self._numbers.total()

    @property
    def late_outputs(self) -> int:
        """Messages with outputs that came when their run was not followed any more."""
        return self._unplaced_outputs + self._outputs.late

    @property
    def has_open_runs(self) -> bool:
        """Whether anything is queued or running."""
        return bool(self._runs.open)

    @property
    def running(self) -> RunRecord | None:
        """The run that began last and has not ended."""
        begun = [run.record for run in self._runs.open.values() if run.begun_s is not None]
        return begun[-1] if begun else None

    @property
    def user(self) -> str | None:
        """Who asked for what runs, or the only one who has asked for anything so far."""
        running = self.running
        if running is not None and running.user is not None:
            return running.user
        return next(iter(self._users)) if len(self._users) == 1 else None

    @property
    def next_tick_s(self) -> float | None:
        """When ``tick`` will have something to do, by the monotonic clock."""
        times = [run.deadline_s for run in self._runs.open.values() if run.deadline_s is not None]
        times += self._outputs.due_times_s()
        if self._replaced is not None:
            times.append(self._replaced[0] + limits.REPLACED_GRACE_S)
        return min(times, default=None)

    # What happens to the kernel

    @property
    def session_id(self) -> RunId | None:
        """The run of the kernel's process; ``None`` for a kernel without one."""
        return RunId(self._session.record.id) if self._session is not None else None

    def kernel_started(self, at: Moment) -> list[Change]:
        """A kernel process was started, or is now watched: open its session."""
        changes: list[Change] = []
        if self.origin is not None:
            return changes
        if self._session is not None:
            changes += self.kernel_ended(KernelEnd(EndCause.out_of_sight), at)
        self._session = KernelSession(
            RunRecord(
                id=random_run_id(),
                kind=RunKind.session,
                kernel_id=self.kernel_id,
                kernel_name=self.kernel_name,
                language=self.language,
                document=self.document,
                server_id=self.server_id,
                status=RunStatus.running,
                queued_at=at.now,
                started_at=at.now,
                environment_id=self._environment_id,
            ),
            at,
        )
        return changes

    def kernel_ended(self, end: KernelEnd, at: Moment) -> list[Change]:
        """The kernel process is gone: end whatever it left open, and its session."""
        changes: list[Change] = []
        self._presume_begun(end)
        has_open_runs = self.has_open_runs
        for run in list(self._runs.open.values()):
            changes += self._endings.finish(run, at, end)
        changes += self._probe.process_ended(end, at)
        changes += self._endings.process_ended(end, at)
        if self._session is not None:
            changes += self._session.end(end, at, self.missed_messages)
            if not has_open_runs:
                changes += self._errors.session_died(self._session.record, at, end)
        self._errors.process_ended()
        self._session = self._replaced = None
        return changes

    def interrupt_asked(self, at: Moment) -> list[Change]:
        """The user asked for an interrupt."""
        self._endings.interrupt_asked(at)
        return []

    def client_left(self, client_id: int) -> list[Change]:
        """A connection closed, though replies to it may still be seen."""
        if client_id in self._clients:
            self._clients.remove(client_id)
            self._errors.is_unattended = not self._clients
        return []

    def client_gone(self, client_id: int, at: Moment) -> list[Change]:
        """A connection closed: nobody will see the replies to its requests."""
        changes: list[Change] = []
        for run in [run for run in self._runs.open.values() if run.client_id == client_id]:
            run.client_id = None
            if run.is_idle:
                changes += self._endings.finish(run, at)
        return changes

    def document_changed(self, document: Document) -> list[Change]:
        """The kernel's document became known, or it has another one."""
        if document == self.document:
            return []
        self.document = document
        changes = self._session.amend(document=document) if self._session else []
        for run in self._runs.open.values():
            run.record = replace(run.record, document=document)
            changes.append(SaveRun(run.record))
        return changes

    def document_renamed(self, document: Document) -> list[Change]:
        """The kernel's document has another path: also for what ran in it before.

        The store moves what it has by itself; but late word of a run that has ended is stored
        with its document, and must not take it back to the old path.
        """
        old = self.document
        changes = self.document_changed(document)
        for run in self._runs.ended.values():
            if run.record.document == old:
                run.record = replace(run.record, document=document)
        for run in [*self._runs.open.values(), *self._runs.ended.values()]:
            for number, block in run.probe.blocks.items():
                run.probe.blocks[number] = replace(block, document=run.record.document)
        return changes

    def environment_known(
        self, environment_id: EnvironmentId, message_id: str | None = None, installed: str = ""
    ) -> list[Change]:
        """The environment was read: it holds for what runs and for what ran without one.

        Where the kernel itself read it, it holds for the run ``message_id`` asked for, too.
        ``installed`` is the same as long as nothing is installed or removed.
        """
        self._environment_id = environment_id
        self._errors.installed = installed
        changes = self._session.amend(environment_id=environment_id) if self._session else []
        for run in [*self._runs.open.values(), *self._runs.ended.values()]:
            if run.record.environment_id is None or run.message_id == message_id:
                run.record = replace(run.record, environment_id=environment_id)
                changes.append(SaveRun(run.record))
        return changes

    def notebook_read(self, notebook: NotebookCells | None) -> list[Change]:
        """The kernel's notebook was read from where it is saved."""
        return self._probe.notebook_read(notebook) + self._errors.notebook_read(notebook)

    def run_id(self, message_id: str, block: int | None) -> RunId | None:
        """Return the run that something logged under a request belongs to, if it is known."""
        run = self._runs.find(message_id)
        return None if run is None else self._probe.run_id(run, block)

    # What the kernel and its clients say

    def requested(self, message: Message, client: Client, at: Moment) -> list[Change]:
        """A client sent a message to the kernel."""
        self._clients.add(client.id)
        self._errors.is_unattended = False
        if message.envelope.type == "interrupt_request":
            return self.interrupt_asked(at)
        if not isinstance(message, ExecuteRequest):
            return []
        if client.user is not None and client.user not in self._users:
            self._users |= {client.user}
        message_id = message.envelope.id
        known = self._runs.find(message_id)
        if known is not None:
            return self._introduce(known, message, client)
        if self._runs.is_ignored(message_id):
            return []
        is_for_user = message.is_stored_in_history or message.cell_id is not None
        if message.is_silent or not is_for_user or not self.is_recording:
            self._runs.ignore(message_id)
            return []
        run, changes = self._open_run(message_id, message.code, at)
        return changes + self._introduce(run, message, client)

    def replied(self, message: Message, at: Moment) -> list[Change]:
        """The kernel sent a message to a client: on shell, control or stdin."""
        self._numbers.answered(message.envelope)
        if isinstance(message, KernelInfoReply):
            self._errors.language = self.language = message.language or self.language
            self.language_version = message.language_version or self.language_version
        if not isinstance(message, ExecuteReply):
            return []
        run = self._runs.find(message.envelope.parent_id)
        if run is None or run.reply is not None:
            return []
        run.reply = message
        if run.message_id in self._runs.ended:
            return self._endings.correct(run)
        if run.is_idle:
            return self._endings.finish(run, at)
        run.note_closing(at, message.envelope)
        run.deadline_s = at.monotonic_s + limits.IDLE_GRACE_S
        return []

    def published(self, message: Message, at: Moment) -> list[Change]:
        """The kernel published a message on IOPub."""
        is_idle = isinstance(message, Status) and message.state == "idle"
        lossy_parent = self._numbers.published(message.envelope, ends_parent=is_idle)
        changes = self._endings.recount(lossy_parent) if lossy_parent is not None else []
        if isinstance(message, Status) and message.state == "starting":
            self._note_replacement(message, at)
        parent_id = message.envelope.parent_id
        if message.envelope.type == "update_display_data":
            self._outputs.update_display(message)
            return changes
        if not parent_id and isinstance(message, Stream) and message.name == "stderr":
            return changes + self._errors.printed_astray(message.text, at)
        if not parent_id or self._runs.is_ignored(parent_id):
            return changes
        run = self._runs.find(parent_id)
        if isinstance(message, ProbeMessage):
            return changes + self._on_probe(run, message, at)
        if run is None:
            self._unplaced_outputs += isinstance(message, OUTPUT_MESSAGES)
            return changes + self._meet_stranger(message, at)
        if parent_id in self._runs.ended:
            return changes + self._published_late(run, message, at)
        return changes + self._published_for(run, message, at)

    def tick(self, at: Moment) -> list[Change]:
        """Time passed: end what was waited for long enough, hand out outputs that are due."""
        changes: list[Change] = []
        for run in list(self._runs.open.values()):
            if run.deadline_s is not None and at.monotonic_s >= run.deadline_s:
                changes += self._endings.finish(run, at)
        if self._replaced and at.monotonic_s >= self._replaced[0] + limits.REPLACED_GRACE_S:
            changes += self._end_replaced(at)
        return changes + self._outputs.due(at)

    def flush(self) -> list[Change]:
        """Hand out all outputs that are not stored yet."""
        return self._outputs.due(None)

    # IOPub

    def _published_for(self, run: TrackedRun, message: Message, at: Moment) -> list[Change]:
        is_own = self._is_from_kernel(run, message)
        if isinstance(message, Status):
            return self._on_status(run, message, at) if is_own else []
        if isinstance(message, ExecuteInput):
            return self._on_input(run, message, at) if is_own else []
        self._outputs.collect(run, message, is_own=is_own)
        if run.reply is not None:
            run.deadline_s = at.monotonic_s + limits.IDLE_GRACE_S
        return []

    def _on_probe(self, run: TrackedRun | None, message: ProbeMessage, at: Moment) -> list[Change]:
        """The probe said something of a run; late words count, too, as long as it is known."""
        if run is None:
            self.stray_events += sum(isinstance(each, RUN_EVENTS) for each in message.events)
            return []
        is_own = self._is_from_kernel(run, message)
        changes = self._probe.said(run, message.events, at, is_own=is_own)
        for event in message.events:
            if isinstance(event, ErrorSeen) and (is_own or event.kind is not ErrorKind.exception):
                changes += self._errors.told(run, event, at)
        return changes

    def _published_late(self, run: TrackedRun, message: Message, at: Moment) -> list[Change]:
        """A message for a run that has ended: threads go on printing, kernels come back."""
        if isinstance(message, ExecuteInput):
            was_given_up = run.record.status.is_final and run.reply is None and not run.has_begun
            return self._revive(run, message, at) if was_given_up else []
        if isinstance(message, Status):
            return []
        error_before = run.error
        self._outputs.collect(run, message, is_own=self._is_from_kernel(run, message))
        is_news = run.error is not error_before and run.record.status is not RunStatus.kernel_died
        return (self._endings.correct(run) if is_news else []) + self._errors.printed(run, at)

    def _meet_stranger(self, message: Message, at: Moment) -> list[Change]:
        """A message of a request nobody was seen to send: a client beside this server."""
        if not isinstance(message, ExecuteInput) or not self.is_recording:
            return []
        if not self._numbers.is_own(message.envelope.sender):
            return []
        run, changes = self._open_run(message.envelope.parent_id, message.code, at)
        return changes + self._on_input(run, message, at)

    def _on_status(self, run: TrackedRun, message: Status, at: Moment) -> list[Change]:
        if message.state == "busy":
            is_new = run.begin(at, message.envelope)
            return [SaveRun(run.record)] if is_new else []
        if message.state != "idle":
            return []
        run.is_idle = True
        run.note_closing(at, message.envelope)
        if run.reply is not None or run.client_id is None:
            return self._endings.finish(run, at)
        run.deadline_s = at.monotonic_s + limits.REPLY_GRACE_S
        return []

    def _on_input(self, run: TrackedRun, message: ExecuteInput, at: Moment) -> list[Change]:
        run.has_begun = True
        before = run.record
        run.begin(at, message.envelope)
        run.record = replace(run.record, execution_count=message.execution_count)
        return [] if run.record == before else [SaveRun(run.record)]

    def _is_from_kernel(self, run: TrackedRun, message: Message) -> bool:
        sender = message.envelope.sender
        return self._numbers.is_own(sender) and run.accepts(sender)

    def _note_replacement(self, message: Status, at: Moment) -> None:
        """Another process than the one at work says that it starts: a restart not yet told."""
        sender = message.envelope.sender
        sessions = {run.kernel_session for run in self._runs.open.values()} - {None}
        if sender is not None and sessions and sender.session not in sessions:
            self._replaced = (at.monotonic_s, sender.session)

    def _presume_begun(self, end: KernelEnd) -> None:
        """Take runs for begun of which the kernel said so little because it ended so soon.

        A process that ends at once, as by ``os._exit``, takes its last messages with it: it
        may have turned busy and not repeated the code, or not even have turned busy.
        """
        busy = [run for run in self._runs.open.values() if run.begun_s is not None]
        if not busy and self._runs.open and end.cause is EndCause.died:
            busy = [next(iter(self._runs.open.values()))]
        for run in busy:
            run.is_presumed_begun = True

    def _end_replaced(self, at: Moment) -> list[Change]:
        assert self._replaced is not None
        _, session = self._replaced
        self._replaced = None
        end = KernelEnd(EndCause.out_of_sight)
        changes: list[Change] = []
        for run in list(self._runs.open.values()):
            if run.kernel_session not in (None, session):
                changes += self._endings.finish(run, at, end)
        return changes

    # Runs from beginning to end

    def _introduce(self, run: TrackedRun, message: ExecuteRequest, client: Client) -> list[Change]:
        """Write into a run who asked for it; the first word counts."""
        if run.is_requested:
            return []
        run.is_requested = True
        run.errors.is_expected = message.is_error_expected
        run.client_id = client.id if run.message_id in self._runs.open else None
        cell_id = CellId(message.cell_id) if message.cell_id else None
        run.record = replace(run.record, user=client.user, cell_id=cell_id)
        return [SaveRun(run.record)]

    def _open_run(self, message_id: str, code: str, at: Moment) -> tuple[TrackedRun, list[Change]]:
        """Return a new run, and what is to be stored before it."""
        parent_id, changes = self._parent(at)
        record = RunRecord(
            id=cell_run_id(self.kernel_id, MessageId(message_id)),
            kind=RunKind.cell,
            kernel_id=self.kernel_id,
            kernel_name=self.kernel_name,
            language=self.language,
            document=self.document,
            server_id=self.server_id,
            parent_id=parent_id,
            status=RunStatus.queued,
            queued_at=at.now,
            code=_bounded(code),
            environment_id=self._environment_id,
            experiment=self._probe.experiment,
            target=self.origin.target if self.origin else None,
            job_id=self.origin.job_id if self.origin else None,
        )
        outputs = OutputCollector(self.outputs_max_bytes)
        run = TrackedRun(message_id, record, outputs, flushed_s=at.monotonic_s)
        self._runs.add(run)
        return run, changes

    def _parent(self, at: Moment) -> tuple[RunId | None, list[Change]]:
        """Return the run that cells stand below, and what is to be stored before them."""
        if self.origin is not None:
            return self.origin.parent_run_id, []
        changes = self.kernel_started(at) if self._session is None else []
        assert self._session is not None
        changes += self._session.store()
        return self._session.record.id, changes

    def _revive(self, run: TrackedRun, message: ExecuteInput, at: Moment) -> list[Change]:
        """The next kernel process runs after all what was given up with the one before."""
        self._runs.reopen(run)
        run.reopen()
        parent_id, changes = self._parent(at)
        run.record = replace(run.record, parent_id=parent_id)
        self._on_input(run, message, at)  # its next state to be stored is the one it ends in
        return changes


def _bounded(code: str) -> str:
    """Return code up to the limit, with a line that says what was cut off."""
    excess = len(code) - limits.CODE_MAX_CHARS
    if excess <= 0:
        return code
    return f"{code[: limits.CODE_MAX_CHARS]}\n# [dsinfra-jlab: {excess:,} characters are not kept]"
