"""Follows the probe of each kernel: whether it is in, and what it says that is about no run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..domain.health import KernelHealth, ProbeState
from ..domain.ids import KernelId, RunId
from ..domain.tracking.messages import ExecuteReply, ProbeMessage
from ..domain.tracking.probe_events import (
    ArtifactPart,
    EnvironmentSeen,
    Landed,
    Loaded,
    ProbeEvent,
    Problem,
    Question,
)
from ..kernel.bundle import read_reply
from .watched_kernel import WatchedKernel

_STATES = {state.value: state for state in ProbeState}
_NOT_YET = "The probe was sent to the kernel, which has not answered yet."
_OFF = "The probe is turned off (DsinfraApp.injection)."
_NO_PYTHON = "The probe is for Python kernels; others are recorded by their messages alone."


class ArtifactTaker(Protocol):
    """Who keeps the content of artifacts."""

    def take(self, kernel_id: KernelId, run_id: RunId, part: ArtifactPart) -> None:
        """Keep a part; returns at once."""

    def acknowledge(self, kernel_id: KernelId, question: str, upload: str) -> None:
        """Answer a question when every part taken before it is on disk."""


@dataclass(slots=True)
class ProbeSight:
    """What is known of the probe in one kernel, process after process."""

    state: ProbeState = ProbeState.off
    detail: str = ""
    is_asked_for: bool = False
    """Whether it was sent to the present process."""
    problem: str = ""
    """What the probe last failed at."""
    environment: EnvironmentSeen | None = None

    def restart(self) -> None:
        """Another process begins, without the probe."""
        self.state, self.detail = ProbeState.off, ""
        self.is_asked_for = False
        self.problem = ""
        self.environment = None

    def health(self, malformed: int, missed: int | None, late: int, stray: int) -> KernelHealth:
        """Return how well the kernel is seen; ``late`` and ``stray`` found no run to belong to."""
        notes = [self.detail, self.problem]
        if malformed:
            notes.append(f"{malformed} malformed messages or events were left out.")
        if late:
            notes.append(f"{late} outputs of runs that ended long ago were not kept.")
        if stray:
            notes.append(f"{stray} things logged for runs that are not known were not kept.")
        return KernelHealth(self.state, " ".join(filter(None, notes)), missed)


class ProbeDesk:
    """Has the probe put into kernels, and sees to what it says that is about no run.

    All methods run on the observer's thread.

    Parameters
    ----------
    inject
        Sends the probe to a kernel; ``None`` if the operator turned it off.
    answer
        Has a question of a kernel answered, later.
    artifacts
        Takes the content of artifacts.
    landed
        Told what a kernel has taken of a job's results.
    """

    def __init__(
        self,
        *,
        inject: Callable[[KernelId], None] | None,
        answer: Callable[[WatchedKernel, Question], None],
        artifacts: ArtifactTaker,
        log: logging.Logger,
        landed: Callable[[Landed], None] = lambda event: None,
    ) -> None:
        self._inject = inject
        self._answer = answer
        self._artifacts = artifacts
        self._log = log
        self._landed = landed

    def send(self, kernel: WatchedKernel, language: str | None, sight: ProbeSight) -> None:
        """Send the probe to a kernel, as soon as it is known to be one of Python."""
        if self._inject is None:
            sight.detail = _OFF
        elif language is None:
            sight.detail = "The kernel has not said yet which language it runs."
        elif language.lower() != "python":
            sight.state, sight.detail = ProbeState.unsupported, _NO_PYTHON
        else:
            sight.is_asked_for = True
            sight.detail = _NOT_YET
            self._inject(kernel.id)

    def replied(self, sight: ProbeSight, reply: ExecuteReply) -> None:
        """Take the answer to the request that was to put the probe in."""
        outcome = read_reply({"user_expressions": reply.expressions})
        state, detail = _STATES.get(outcome.state, ProbeState.failed), outcome.detail[:500]
        if sight.state is ProbeState.loaded:
            return  # its own event said so, and more
        sight.state, sight.detail = state, detail
        if state is ProbeState.failed:
            self._log.warning("dsinfra: the probe could not be loaded: %r", detail[:500])

    def said(
        self,
        kernel: WatchedKernel,
        sight: ProbeSight,
        message: ProbeMessage,
        run_id: Callable[[int | None], RunId | None],
    ) -> list[EnvironmentSeen]:
        """See to events that are not for the tracker; return the environments among them."""
        environments: list[EnvironmentSeen] = []
        for event in message.events:
            if isinstance(event, EnvironmentSeen):
                sight.environment = event
                environments.append(event)
            elif isinstance(event, ArtifactPart):
                owner = run_id(event.block)
                if owner is not None:
                    self._artifacts.take(kernel.id, owner, event)
            else:
                self._note(kernel, sight, event)
        return environments

    def _note(self, kernel: WatchedKernel, sight: ProbeSight, event: ProbeEvent) -> None:
        if isinstance(event, Loaded):
            sight.state = ProbeState.loaded
            sight.detail = f"Python {event.python}, IPython {event.ipython}, {event.source}."
        elif isinstance(event, Problem):
            if not sight.problem:
                self._log.warning("dsinfra: the probe failed: %r", event.message[:500])
            sight.problem = f"The probe failed at {event.where}: {event.message}"[:500]
        elif isinstance(event, Landed):
            self._landed(event)
        elif isinstance(event, Question) and event.what == "received":
            self._artifacts.acknowledge(
                kernel.id, event.id, str(event.arguments.get("artifact", ""))
            )
        elif isinstance(event, Question):
            self._answer(kernel, event)
