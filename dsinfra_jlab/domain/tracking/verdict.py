"""Decides how a run ended from what was seen of it.

The kernel's own reply outranks an error it published, which outranks what the probe saw at
the end of the cell, which outranks the death of the kernel, which outranks the kernel turning
idle. IOPub alone is not enough: exception groups and errors with a lone surrogate publish no
``error`` and still fail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from .. import limits
from ..errors.deaths import death_of
from ..errors.occurrences import ResourceState
from ..errors.sightings import ErrorSeen
from ..runs.records import RunStatus
from .messages import ErrorOutput, ExecuteReply
from .probe_events import CellSeen

_REASON_MAX_CHARS = 300
"""A reason is one line in a list."""

_INTERRUPT_NAMES = frozenset({"KeyboardInterrupt", "InterruptException", "Interrupt"})
"""What an interrupt is called in Python, Julia and the kernels that follow them."""

_GROUP = re.compile(
    r"^  \+ Exception Group Traceback \(most recent call last\):\n(?:  \|[^\n]*\n)*?"
    r"  \| (?P<ename>[A-Za-z_][\w.]*): (?P<evalue>[^\n]*)\n"
    r"  \+-\+-+ 1 -+\n(?:  [^\n]*\n)*    \+-+\n?\Z",
    re.MULTILINE,
)
"""An exception group printed by Python itself, as the last thing of all. IPython publishes no
``error`` for one, and ipykernel 7.4 does not even reply if it is the kernel's first error."""

_USAGE_ERROR = re.compile(r"^(?P<ename>UsageError): (?P<evalue>[^\n]*)\n?\Z", re.MULTILINE)
"""A magic that IPython refused; it publishes no ``error`` for it."""


class EndCause(str, Enum):
    """Why a kernel process ended."""

    restarted = "restarted"
    shut_down = "shut_down"
    server_stopped = "server_stopped"
    died = "died"
    out_of_sight = "out_of_sight"
    cancelled = "cancelled"
    """The user ended the job that it was for."""
    refused = "refused"
    """There never was one: the job could not be sent."""


@dataclass(frozen=True, slots=True)
class KernelEnd:
    """The end of one kernel process."""

    cause: EndCause
    returncode: int | None = None
    """Exit code of the process; negative is the number of the signal that killed it."""
    resources: ResourceState | None = None
    """How the machine stood, where anybody looked."""
    detail: str = ""
    """One sentence of whoever knows better; empty for what the cause says."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of an execution that is over."""

    reply: ExecuteReply | None = None
    error: ErrorOutput | None = None
    """The last error that the kernel's own process published."""
    seen_end: CellSeen | None = None
    """What the probe in the kernel said of the end of the cell."""
    seen_error: ErrorSeen | None = None
    """The error it saw end the cell."""
    end: KernelEnd | None = None
    """The end of the kernel, if that is what ended the run."""
    has_begun: bool = False
    """Whether the kernel was seen to run the code."""
    is_interrupt_asked: bool = False
    """Whether the user asked for an interrupt while it ran."""
    blocker: str | None = None
    """The failed run that the ones queued behind it were skipped for."""
    stderr: str = ""
    """What the run printed to stderr last; looked at only where nothing better was seen."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run ended."""

    status: RunStatus
    reason: str | None = None
    error_name: str | None = None
    error_message: str | None = None


def judge(evidence: Evidence) -> Verdict:
    """Return how an execution ended, by the strongest evidence there is."""
    if evidence.reply is not None:
        return _by_reply(evidence.reply, evidence)
    if evidence.error is not None:
        return _by_error(evidence.error.ename, evidence.error.evalue, evidence)
    if evidence.seen_end is not None and evidence.seen_end.status is not None:
        return _by_probe(evidence.seen_end, evidence)
    if evidence.end is not None:
        return _by_end(evidence.end, evidence.has_begun)
    printed = _GROUP.search(evidence.stderr) or _USAGE_ERROR.search(evidence.stderr)
    if printed is not None:
        return _by_error(printed["ename"], printed["evalue"], evidence)
    return Verdict(
        RunStatus.ok, "the kernel's reply was not seen; judged by what it published on IOPub"
    )


def describe_end(end: KernelEnd) -> str:
    """Return one sentence on why a kernel ended."""
    if end.detail:
        return end.detail
    if end.cause is EndCause.cancelled:
        return "cancelled by the user"
    if end.cause is EndCause.restarted:
        return "kernel restarted by the user"
    if end.cause is EndCause.shut_down:
        return "kernel shut down by the user"
    if end.cause is EndCause.server_stopped:
        return "the Jupyter server was stopped"
    if end.cause is EndCause.out_of_sight:
        return "the server lost sight of the kernel"
    return death_of(end.returncode, end.resources).sentence


def _by_reply(reply: ExecuteReply, evidence: Evidence) -> Verdict:
    if reply.status == "ok":
        return Verdict(RunStatus.ok)
    if reply.status in ("aborted", "abort"):
        if evidence.has_begun:
            return Verdict(RunStatus.interrupted, "interrupted by the user")
        blocker = f"skipped because {evidence.blocker}" if evidence.blocker else None
        return Verdict(RunStatus.aborted, blocker or "skipped by the kernel")
    error = evidence.error
    if error is not None:
        return _by_error(error.ename or reply.ename, error.evalue or reply.evalue, evidence)
    return _by_error(reply.ename, reply.evalue, evidence)


def _by_probe(seen: CellSeen, evidence: Evidence) -> Verdict:
    """Judge by the probe, which sees the end of a cell, and mostly the error itself."""
    if seen.status is RunStatus.ok:
        return Verdict(RunStatus.ok, "the kernel's reply was not seen; judged by the probe")
    if evidence.seen_error is not None:
        error = evidence.seen_error.exceptions[0]
        return _by_error(error.ename, error.evalue, evidence)
    printed = _GROUP.search(evidence.stderr) or _USAGE_ERROR.search(evidence.stderr)
    if printed is not None:
        return _by_error(printed["ename"], printed["evalue"], evidence)
    return _by_error(seen.ename, "", evidence)


def _by_error(ename: str, evalue: str, evidence: Evidence) -> Verdict:
    message = evalue[: limits.ERROR_MESSAGE_MAX_CHARS]
    if ename in _INTERRUPT_NAMES:
        asked = "interrupted by the user" if evidence.is_interrupt_asked else ename
        return Verdict(RunStatus.interrupted, asked, ename, message)
    return Verdict(RunStatus.error, _one_line(ename, evalue), ename or None, message or None)


def _by_end(end: KernelEnd, has_begun: bool) -> Verdict:
    why = describe_end(end)
    if not has_begun:
        return Verdict(RunStatus.aborted, f"never begun: {why}")
    if end.cause is EndCause.died:
        return Verdict(RunStatus.kernel_died, why)
    if end.cause is EndCause.out_of_sight:
        return Verdict(RunStatus.lost, why)
    return Verdict(RunStatus.interrupted, why)


def _one_line(ename: str, evalue: str) -> str | None:
    first = evalue.strip().partition("\n")[0]
    line = f"{ename}: {first}" if ename and first else ename or first
    if len(line) > _REASON_MAX_CHARS:
        line = line[: _REASON_MAX_CHARS - 1] + "…"
    return line or None
