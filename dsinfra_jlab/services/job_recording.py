"""Records jobs: what the kernel of a job said far away becomes a run like any other.

All methods run on the observer's thread, and nothing that goes wrong here ends a job. A job's log
may be told again from its beginning, after a restart of the server: the ids of runs follow from
the job's, so the same is written again.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Protocol

from ..domain.changes import Change, SaveEnvironment, SaveRun, SaveSamples
from ..domain.compute.job_events import JobEvent
from ..domain.compute.job_samples import JobSamples
from ..domain.compute.jobs import JobId, JobRecord, JobState, RunOrigin, job_kernel_id
from ..domain.ids import MessageId, RunId, ServerId
from ..domain.runs.records import Document
from ..domain.tracking.message_reading import decode_parts
from ..domain.tracking.messages import Envelope, ExecuteRequest, MalformedMessage, ProbeMessage
from ..domain.tracking.probe_events import ArtifactPart, EnvironmentSeen
from ..domain.tracking.tracker import Client, Moment, RunTracker
from ..domain.tracking.verdict import EndCause, KernelEnd
from .environments import id_of, installed_in, merged
from .job_ports import JobOrigin
from .probes import ArtifactTaker

NOBODY = -1
"""The client of a job's request: its reply is in the log and not on a connection."""

_CAUSES = {JobState.cancelled: EndCause.cancelled, JobState.lost: EndCause.out_of_sight}


class Keeper(Protocol):
    """Who stores what was seen."""

    def keep(self, changes: list[Change]) -> None:
        """Take secrets out of changes and store them."""


@dataclass(slots=True)
class _Followed:
    job: JobRecord
    tracker: RunTracker
    samples: JobSamples = field(default_factory=JobSamples)
    seq: int = 0
    has_kernel: bool = False


class JobRuns:
    """The runs of jobs that have not ended, one tracker each."""

    def __init__(
        self,
        recorder: Keeper,
        artifacts: ArtifactTaker,
        server_id: ServerId,
        outputs_max_bytes: Callable[[], int],
        log: logging.Logger,
    ) -> None:
        self._recorder = recorder
        self._artifacts = artifacts
        self._server_id = server_id
        self._outputs_max_bytes = outputs_max_bytes
        self._log = log
        self._followed: dict[str, _Followed] = {}
        self.failures = 0
        """Events that could not be taken in."""

    def job_begun(self, job: JobRecord, origin: JobOrigin) -> None:
        """A job was taken: its run is queued. Said again, what its log says is taken in anew."""
        tracker = RunTracker(
            kernel_id=job_kernel_id(job.id),
            kernel_name=origin.kernel_name,
            document=origin.document,
            server_id=self._server_id,
            language=origin.language or "python",
            origin=RunOrigin(job.id, job.target, job.parent_run_id),
        )
        tracker.outputs_max_bytes = self._outputs_max_bytes()
        followed = self._followed[job.id] = _Followed(job, tracker)
        request = ExecuteRequest(
            Envelope(MessageId(job.id), "execute_request", "", "", None),
            code=job.code,
            is_silent=False,
            is_stored_in_history=True,
            cell_id=job.cell_id,
        )
        at = _moment(job.submitted_at.timestamp())
        self._take(followed, lambda: tracker.requested(request, Client(NOBODY, job.user), at))

    def job_moved(self, job_id: JobId, document: Document) -> None:
        """The notebook it was sent from has another name."""
        followed = self._followed.get(job_id)
        if followed is not None:
            self._take(followed, lambda: followed.tracker.document_renamed(document))

    def job_said(self, job_id: JobId, event: JobEvent) -> None:
        """A line of a job's log; one that was told already changes nothing."""
        followed = self._followed.get(job_id)
        if followed is None or event.get("seq", 0) <= followed.seq:
            return
        followed.seq = int(event.get("seq", 0))
        act = _ACTS.get(str(event.get("kind")))
        if act is not None:
            self._take(followed, lambda: act(self, followed, event))

    def job_ended(self, job: JobRecord, event: JobEvent) -> None:
        """It has ended: what its kernel left open ends with it."""
        followed = self._followed.pop(job.id, None)
        if followed is not None:
            self._take(followed, lambda: self._ended(followed, job, event))

    def _message(self, followed: _Followed, event: JobEvent) -> list[Change]:
        message = decode_parts(_frames(event))
        at, tracker = _moment_of(event), followed.tracker
        if event.get("channel") == "shell":
            return tracker.replied(message, at)
        changes = tracker.published(message, at)
        if isinstance(message, ProbeMessage):
            changes += self._heard(followed, message)
        return changes + tracker.tick(at)

    def _heard(self, followed: _Followed, message: ProbeMessage) -> list[Change]:
        """See to what the probe said that is not for the tracker."""
        changes: list[Change] = []
        tracker, parent = followed.tracker, message.envelope.parent_id
        for event in message.events:
            if isinstance(event, EnvironmentSeen):
                environment = merged(None, event)
                key, installed = id_of(environment), installed_in(environment)
                changes.append(SaveEnvironment(key, environment))
                changes += tracker.environment_known(key, parent, installed)
            elif isinstance(event, ArtifactPart):
                owner = tracker.run_id(parent, event.block)
                if owner is not None:
                    self._artifacts.take(tracker.kernel_id, owner, event)
        return changes

    def _sampled(self, followed: _Followed, event: JobEvent) -> list[Change]:
        followed.samples.add(event)
        return []

    def _kernel(self, followed: _Followed, event: JobEvent) -> list[Change]:
        followed.has_kernel = True
        return []

    def _asked(self, followed: _Followed, event: JobEvent) -> list[Change]:
        return followed.tracker.interrupt_asked(_moment_of(event))

    def _ended(self, followed: _Followed, job: JobRecord, event: JobEvent) -> list[Change]:
        """End the run by what is known: the reply decides if there was one."""
        tracker = followed.tracker
        end = _end_of(followed, job, event)
        changes = tracker.kernel_ended(end, _moment_of(event)) if tracker.has_open_runs else []
        changes += tracker.flush()
        # The last reading may have come after the run's end.
        return changes if _has_end(changes, followed) else changes + _resources(followed)

    def _take(self, followed: _Followed, act: Callable[[], list[Change]]) -> None:
        """Store what a tracker answers. A bug in it costs a record, never a job."""
        try:
            changes = act()
            if _has_end(changes, followed):
                # In one write with the run's end: who sees that it ended sees what it took.
                changes = changes + _resources(followed)
            if changes:
                self._recorder.keep(changes)
        except (MalformedMessage, binascii.Error):
            self.failures += 1
        except Exception:
            self.failures += 1
            if self.failures == 1:
                self._log.exception("dsinfra: a job could not be recorded; more are counted")


def _has_end(changes: list[Change], followed: _Followed) -> bool:
    runs = (change.record for change in changes if isinstance(change, SaveRun))
    return any(run.id == followed.job.run_id and run.status.is_final for run in runs)


def _resources(followed: _Followed) -> list[Change]:
    """Return what the job took so far, to be kept with its run."""
    took = followed.samples.result()
    if took is None:
        return []
    return [SaveSamples(RunId(followed.job.run_id), took.samples, took.peak_rss)]


_ACTS: dict[str, Callable[[JobRuns, _Followed, JobEvent], list[Change]]] = {
    "message": JobRuns._message,
    "kernel": JobRuns._kernel,
    "sample": JobRuns._sampled,
    "asked": JobRuns._asked,
}


def _end_of(followed: _Followed, job: JobRecord, said: JobEvent) -> KernelEnd:
    """Return why the kernel of a job ended, in the words of whoever saw it."""
    detail = str(said.get("detail") or job.detail or "")
    cause = _CAUSES.get(job.state)
    if cause is not None:
        return KernelEnd(cause, detail=detail)
    if not followed.has_kernel:
        return KernelEnd(EndCause.refused, detail=detail or "the job could not be sent")
    code = said.get("exit_code")
    return KernelEnd(
        EndCause.died,
        int(code) if isinstance(code, int) else None,
        followed.samples.state(bool(said.get("oom"))),
        detail,
    )


def _frames(event: JobEvent) -> list[bytes]:
    parts = [event.get(name) or {} for name in ("header", "parent_header", "metadata", "content")]
    frames = [json.dumps(part).encode("utf-8", "surrogatepass") for part in parts]
    return frames + [base64.b64decode(text) for text in event.get("buffers") or ()]


def _moment_of(event: JobEvent) -> Moment:
    return _moment(float(event.get("at") or 0.0))


def _moment(at_s: float) -> Moment:
    """Return a moment of a job's own clock: the dates in its log, however late they are read."""
    return Moment(datetime.fromtimestamp(at_s, timezone.utc), at_s)
