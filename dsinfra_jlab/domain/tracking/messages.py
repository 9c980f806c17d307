"""Messages of kernels as typed values; ``message_reading`` makes them.

The wire form is the one of the Jupyter messaging protocol, version 5
(https://jupyter-client.readthedocs.io/en/stable/messaging.html). Everything in a message
is what the kernel claims; nothing here is trusted beyond its signature.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .probe_events import ProbeEvent

DELIMITER = b"<IDS|MSG>"
"""Separates routing identities from the message on a ZMQ channel."""

Frame = bytes | memoryview


class MalformedMessage(ValueError):
    """A message that is not one: count it, never raise it further."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The process that made a message, and which of its messages it is.

    ``jupyter_client`` puts both into the message id. Kernels that do not use it number
    their messages in no known way; their messages have no sender.
    """

    session: str
    pid: int
    number: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """What all messages have in common."""

    id: str
    type: str
    parent_id: str
    """Message id of the request this belongs to; empty if none."""
    parent_type: str
    sender: Sender | None
    claimed_at: str = ""
    """When its sender says it was made, in ISO 8601."""


@dataclass(frozen=True, slots=True)
class Status:
    """The kernel turned ``busy``, ``idle`` or ``starting``."""

    envelope: Envelope
    state: str


@dataclass(frozen=True, slots=True)
class ExecuteInput:
    """The kernel repeats the code it is about to run."""

    envelope: Envelope
    code: str
    execution_count: int | None


@dataclass(frozen=True, slots=True)
class Stream:
    """Text on ``stdout`` or ``stderr``."""

    envelope: Envelope
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Display:
    """``display_data``, ``execute_result`` or ``update_display_data``."""

    envelope: Envelope
    data: dict[str, Any]
    metadata: dict[str, Any]
    display_id: str | None
    execution_count: int | None


@dataclass(frozen=True, slots=True)
class ClearOutput:
    """The outputs so far are to go, at once or when the next one comes."""

    envelope: Envelope
    wait: bool


@dataclass(frozen=True, slots=True)
class ErrorOutput:
    """A traceback as the kernel shows it."""

    envelope: Envelope
    ename: str
    evalue: str
    traceback: list[str]


@dataclass(frozen=True, slots=True)
class ExecuteRequest:
    """A client asks the kernel to run code."""

    envelope: Envelope
    code: str
    is_silent: bool
    is_stored_in_history: bool
    cell_id: str | None
    is_error_expected: bool = False
    """Whether cells behind it are to run even if it fails: it is tagged ``raises-exception``."""


@dataclass(frozen=True, slots=True)
class ExecuteReply:
    """The kernel's own word on how an execution ended."""

    envelope: Envelope
    status: str
    execution_count: int | None
    ename: str
    evalue: str
    expressions: dict[str, Any] = field(default_factory=dict)
    """Values of the user expressions that came with the request."""


@dataclass(frozen=True, slots=True)
class KernelInfoReply:
    """What the kernel says of its language."""

    envelope: Envelope
    language: str
    language_version: str


@dataclass(frozen=True, slots=True)
class Oversized:
    """A message above ``limits.FRAME_MAX_BYTES``, whose content was not decoded whole."""

    envelope: Envelope
    size_bytes: int
    sha256: str
    stream_name: str
    """``stdout`` or ``stderr`` if this is a stream message that could be cut, else empty."""
    head: str
    tail: str


@dataclass(frozen=True, slots=True)
class ProbeMessage:
    """What the probe in the kernel says."""

    envelope: Envelope
    events: list[ProbeEvent]
    malformed: int
    """Events in it that could not be read."""


@dataclass(frozen=True, slots=True)
class Other:
    """A message of a kind that recording does not look into."""

    envelope: Envelope


Message = (
    Status
    | ExecuteInput
    | Stream
    | Display
    | ClearOutput
    | ErrorOutput
    | ExecuteRequest
    | ExecuteReply
    | KernelInfoReply
    | Oversized
    | ProbeMessage
    | Other
)


OUTPUT_MESSAGES = (Stream, Display, ErrorOutput, Oversized)
"""Messages that print or show something."""


@dataclass(frozen=True, slots=True)
class Signature:
    """How a kernel signs its messages."""

    key: bytes
    digest: str = "sha256"

    def verify(self, signed: Sequence[Frame], signature: Frame) -> None:
        """Raise ``MalformedMessage`` unless ``signature`` is that of the four frames."""
        if not self.key:
            return
        mac = hmac.new(self.key, digestmod=self.digest)
        for frame in signed:
            mac.update(frame)
        if not hmac.compare_digest(mac.hexdigest().encode(), bytes(signature)):
            raise MalformedMessage("wrong signature")
