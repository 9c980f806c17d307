"""One run while it is being followed: its record, its outputs and the evidence for its end."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from .. import limits
from ..changes import SaveOutputs
from ..errors.notes import ErrorNotes
from ..runs.records import RunRecord, RunStatus
from .messages import (
    ClearOutput,
    Display,
    Envelope,
    ErrorOutput,
    ExecuteReply,
    Message,
    Oversized,
    Sender,
    Stream,
)
from .outputs import OutputCollector
from .probe_events import CellSeen
from .probe_notes import ProbeNotes
from .verdict import Evidence, KernelEnd, Verdict


class Moment(NamedTuple):
    """When something was seen, by both clocks."""

    now: datetime
    monotonic_s: float


@dataclass(slots=True)
class TrackedRun:
    """A run and the evidence gathered for it."""

    message_id: str
    record: RunRecord
    outputs: OutputCollector | None
    """``None`` once the run has ended so long ago that late outputs are not kept."""
    is_requested: bool = False
    """Whether the request was seen, and with it who sent it and from which cell."""
    client_id: int | None = None
    """The connection that waits for the reply; ``None`` if nobody does that we can see."""
    kernel_session: str | None = None
    """The kernel process that runs it, by the session in its messages."""
    has_begun: bool = False
    """Whether the kernel repeated the code, which it does when it runs it."""
    is_presumed_begun: bool = False
    """Whether the kernel died so soon that it must have been this run it died of."""
    begun_s: float | None = None
    reply: ExecuteReply | None = None
    error: ErrorOutput | None = None
    is_idle: bool = False
    is_interrupt_asked: bool = False
    closing: Moment | None = None
    """When reply or idle was seen, whichever came first."""
    claimed_begin: str = ""
    """When the kernel says it began, and below when it says it ended; ISO 8601."""
    claimed_closing: str = ""
    deadline_s: float | None = None
    """When to stop waiting for the other of the two."""
    flushed_s: float = 0.0
    """When the outputs were stored last."""
    probe: ProbeNotes = field(default_factory=ProbeNotes)
    errors: ErrorNotes = field(default_factory=ErrorNotes)
    seen_end: CellSeen | None = None
    """The probe's own word on how the run ended."""

    @property
    def code_sha256(self) -> str:
        """The hash of the code as the kernel got it, before secrets are taken out."""
        return hashlib.sha256(self.record.code.encode("utf-8", "surrogatepass")).hexdigest()

    def accepts(self, sender: Sender | None) -> bool:
        """Whether the process that began this run, and no other, sent the message."""
        return sender is None or self.kernel_session in (None, sender.session)

    def begin(self, at: Moment, envelope: Envelope) -> bool:
        """Mark the run as running; say whether that is new."""
        if self.begun_s is not None:
            return False
        self.begun_s = at.monotonic_s
        self.claimed_begin = envelope.claimed_at
        self.kernel_session = envelope.sender.session if envelope.sender else None
        started_at = max(at.now, self.record.queued_at)
        self.record = replace(self.record, status=RunStatus.running, started_at=started_at)
        return True

    def note_closing(self, at: Moment, envelope: Envelope) -> None:
        """Keep when the first of reply and idle was seen."""
        if self.closing is None:
            self.closing = at
            self.claimed_closing = envelope.claimed_at

    def evidence(self, end: KernelEnd | None, blocker: str | None) -> Evidence:
        """Return what is known of how the run ended."""
        return Evidence(
            reply=self.reply,
            error=self.error,
            seen_end=self.seen_end,
            seen_error=self.errors.ending,
            end=end,
            has_begun=self.has_begun or self.is_presumed_begun,
            is_interrupt_asked=self.is_interrupt_asked,
            blocker=blocker,
            stderr="" if self.reply or self.outputs is None else self.outputs.last_stderr(),
        )

    def close(self, verdict: Verdict, at: Moment, missed_messages: int | None) -> None:
        """Write the end of the run into its record."""
        closing = self.closing or at
        self.deadline_s = None
        self.correct(verdict, missed_messages)
        if verdict.status is RunStatus.aborted:
            ended_at = max(closing.now, self.record.queued_at)
            self.record = replace(self.record, started_at=None, ended_at=ended_at)
            return
        begun_s = closing.monotonic_s if self.begun_s is None else self.begun_s
        duration_s = self._duration_s(max(0.0, closing.monotonic_s - begun_s))
        ended_at = max(closing.now, self.record.queued_at)
        started_at = max(self.record.queued_at, ended_at - timedelta(seconds=duration_s))
        self.record = replace(
            self.record, started_at=started_at, ended_at=ended_at, duration_s=duration_s
        )

    def _duration_s(self, observed_s: float) -> float:
        """Return how long the run took: by the kernel's dates where they agree with ours.

        Ours are those of receipt. Several messages are often received at once, which would
        make a short cell take no time at all.
        """
        try:
            begin, closing = map(_moment_of, (self.claimed_begin, self.claimed_closing))
            claimed_s = (closing - begin).total_seconds()
        except (ValueError, TypeError):  # no date, or one with and one without a zone
            return observed_s
        is_credible = claimed_s >= 0 and abs(claimed_s - observed_s) <= limits.CLAIM_TOLERANCE_S
        return claimed_s if is_credible else observed_s

    def correct(self, verdict: Verdict, missed_messages: int | None) -> None:
        """Write how the run ended, and nothing of when, into its record."""
        count = self.reply.execution_count if self.reply else None
        self.record = replace(
            self.record,
            status=verdict.status,
            status_reason=verdict.reason,
            error_name=verdict.error_name,
            error_message=verdict.error_message,
            execution_count=self.record.execution_count or count,
            missed_messages=missed_messages,
        )

    def reopen(self) -> None:
        """Take back an end that turned out to be none."""
        self.begun_s = self.closing = self.kernel_session = None
        self.claimed_begin = self.claimed_closing = ""
        self.is_idle = self.is_presumed_begun = False
        self.record = replace(self.record, status_reason=None, ended_at=None, duration_s=None)

    def collect(self, message: Message, *, is_own: bool) -> bool:
        """Add what a message prints or shows; say whether the outputs have changed."""
        if isinstance(message, ErrorOutput) and is_own:
            self.error = message
        outputs = self.outputs
        if outputs is None:
            return False
        if isinstance(message, Stream):
            outputs.add_stream(message.name, message.text)
        elif isinstance(message, Display):
            outputs.add_display(
                message.data,
                message.metadata,
                display_id=message.display_id,
                is_result=message.envelope.type == "execute_result",
                execution_count=message.execution_count,
            )
        elif isinstance(message, ErrorOutput):
            outputs.add_error(message.ename, message.evalue, message.traceback)
        elif isinstance(message, ClearOutput):
            outputs.clear(wait=message.wait)
        elif isinstance(message, Oversized):
            outputs.add_oversized(message)
        else:
            return False
        return True

    def take_outputs(self, at: Moment | None) -> list[SaveOutputs]:
        """Return the outputs for the store as they stand now."""
        if self.outputs is None:
            return []
        self.flushed_s = at.monotonic_s if at else self.flushed_s
        return [SaveOutputs(self.record.id, self.outputs.outputs())]

    @property
    def flush_at_s(self) -> float:
        """When changed outputs are to be stored next."""
        size = self.outputs.size_bytes if self.outputs else 0
        is_large = size > limits.OUTPUT_FLUSH_LARGE_BYTES
        return self.flushed_s + (limits.OUTPUT_FLUSH_LARGE_S if is_large else limits.OUTPUT_FLUSH_S)


def _moment_of(claimed: str) -> datetime:
    """Return a moment in ISO 8601; Python 3.10 does not know the letter for UTC."""
    return datetime.fromisoformat(claimed.replace("Z", "+00:00"))
