"""What a job's log says becomes the run that a local kernel would have made of it."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from dsinfra_jlab.domain.changes import Change, ErrorFound, SaveOutputs, SaveRun, SaveSamples
from dsinfra_jlab.domain.compute.jobs import JobId, JobRecord, JobState, job_run_id
from dsinfra_jlab.domain.ids import CellId, RunId, ServerId
from dsinfra_jlab.domain.runs.records import Document, DocumentKind, RunKind, RunRecord, RunStatus
from dsinfra_jlab.services.job_ports import JobOrigin
from dsinfra_jlab.services.job_recording import JobRuns
from tests.domain.replay import NOTEBOOK, replayed, texts, transcript

JOB = JobId("job1")
SESSION = RunId("session-of-the-notebook")
START_S = datetime(2026, 1, 1, tzinfo=timezone.utc).timestamp()
RECORD = JobRecord(
    id=JOB,
    run_id=job_run_id(JOB),
    target="local",
    state=JobState.queued,
    code="",
    submitted_at=datetime(2026, 1, 1, tzinfo=timezone.utc),
    cell_id=CellId("cell-0"),
    parent_run_id=SESSION,
    user="ana",
)


class Kept:
    """What would be in the store."""

    def __init__(self) -> None:
        self.writes: list[list[Change]] = []
        self.parts: list[Any] = []

    def keep(self, changes: list[Change]) -> None:
        self.writes.append(changes)

    def take(self, kernel_id: Any, run_id: Any, part: Any) -> None:
        self.parts.append(part)

    def acknowledge(self, kernel_id: Any, question: str, upload: str) -> None:
        raise AssertionError("the runner answers the kernel itself")

    @property
    def changes(self) -> list[Change]:
        return [change for write in self.writes for change in write]

    @property
    def states(self) -> list[RunRecord]:
        return [change.record for change in self.changes if isinstance(change, SaveRun)]

    @property
    def run(self) -> RunRecord:
        return self.states[-1]

    @property
    def printed(self) -> list[str]:
        outputs = [each.outputs for each in self.changes if isinstance(each, SaveOutputs)]
        return texts(outputs[-1]) if outputs else []

    def of(self, kind: type) -> list[Any]:
        return [change for change in self.changes if isinstance(change, kind)]


def log_of(name: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the code of a recorded case with one cell, and its messages as lines of a log."""
    lines = transcript(name)
    request = next(line for line in lines if line["channel"] == "request")
    old = request["header"]["msg_id"]
    events: list[dict[str, Any]] = [{"kind": "kernel", "pid": 1}]
    for line in lines:
        if line["channel"] in ("iopub", "reply"):
            channel = "shell" if line["channel"] == "reply" else "iopub"
            parent = dict(line["parent_header"])
            if parent.get("msg_id") == old:
                parent["msg_id"] = JOB
            message = {**line, "parent_header": parent}
            events.append({"kind": "message", **message, "channel": channel, "at_s": line["at_s"]})
    for number, event in enumerate(events, 1):
        event["seq"], event["at"] = number, START_S + event.pop("at_s", 0.0)
    return request["content"]["code"], events


def follower() -> tuple[JobRuns, Kept]:
    kept = Kept()
    log = logging.getLogger(__name__)
    return JobRuns(kept, kept, ServerId("server-1"), lambda: 1_000_000, log), kept


ORIGIN = JobOrigin(NOTEBOOK, "python3", "python")


def played(name: str, state: JobState, **ended: Any) -> Kept:
    code, events = log_of(name)
    runs, kept = follower()
    job = replace(RECORD, code=code)
    runs.job_begun(job, ORIGIN)
    for event in events:
        runs.job_said(JOB, event)
    end = {"seq": len(events) + 1, "at": START_S + 60, "kind": "ended", **ended}
    runs.job_ended(replace(job, state=state), {**end, "state": state.value})
    assert runs.failures == 0
    return kept


CASES = {
    "ok": JobState.ok,
    "error": JobState.error,
    "exception_group": JobState.error,
    "system_exit": JobState.error,
    "rich_traceback": JobState.ok,
    "displays": JobState.ok,
    "shell_fails": JobState.ok,
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_job_is_recorded_as_the_same_cell_would_be_here(name: str) -> None:
    local = replayed(transcript(name)).cells[0]
    kept = played(name, CASES[name])
    states = [each for each in kept.states if each.id == job_run_id(JOB)]
    run = states[-1]
    for field in ("kind", "status", "status_reason", "error_name", "error_message", "cell_id"):
        assert getattr(run, field) == getattr(local, field), field
    assert run.execution_count == local.execution_count
    assert abs((run.duration_s or 0) - (local.duration_s or 0)) < 0.05
    assert (run.target, run.job_id, run.parent_id) == ("local", JOB, SESSION)
    assert run.user == "ana"
    assert sum(each.status.is_final for each in states) >= 1
    assert not [each for each in kept.states if each.kind is RunKind.session]


def test_it_is_queued_as_soon_as_it_is_taken() -> None:
    runs, kept = follower()
    runs.job_begun(replace(RECORD, code="1 + 1"), ORIGIN)
    assert kept.run.status is RunStatus.queued
    assert (kept.run.id, kept.run.code) == (job_run_id(JOB), "1 + 1")


def test_a_log_told_twice_leaves_the_same() -> None:
    code, events = log_of("error")
    runs, kept = follower()
    job = replace(RECORD, code=code)
    ended = {"seq": len(events) + 1, "at": START_S + 60, "kind": "ended", "state": "error"}
    for _ in range(2):  # a server that was started again tells everything anew
        runs.job_begun(job, ORIGIN)
        for event in [*events, *events]:
            runs.job_said(JOB, event)
        runs.job_ended(replace(job, state=JobState.error), ended)
    finals = [each for each in kept.states if each.status.is_final]
    assert len({each.id for each in kept.states}) == 1
    assert finals[0] == finals[-1]
    assert len({each.sighting.error_id for each in kept.of(ErrorFound)}) == 1


@pytest.mark.parametrize(
    ("ended", "state", "status", "reason"),
    [
        ({"exit_code": -9, "signal": "SIGKILL"}, JobState.error, "kernel_died", "SIGKILL"),
        ({"exit_code": 3}, JobState.error, "kernel_died", "code 3"),
        ({"detail": "cancelled by the user"}, JobState.cancelled, "interrupted", "cancelled"),
        ({"detail": "worker w1 went away"}, JobState.lost, "lost", "worker w1 went away"),
    ],
)
def test_a_kernel_that_goes_ends_its_run(
    ended: dict[str, Any], state: JobState, status: str, reason: str
) -> None:
    code, events = log_of("ok")
    begun = events[: next(n for n, e in enumerate(events) if "execution_count" in str(e)) + 1]
    runs, kept = follower()
    job = replace(RECORD, code=code)
    runs.job_begun(job, ORIGIN)
    for event in begun:
        runs.job_said(JOB, event)
    assert kept.run.status is RunStatus.running
    end = {"seq": 99, "at": START_S + 60, "kind": "ended", "state": state.value, **ended}
    runs.job_ended(replace(job, state=state), end)
    assert kept.run.status.value == status
    assert reason in (kept.run.status_reason or "")


def test_a_job_that_was_never_sent_has_never_begun() -> None:
    runs, kept = follower()
    runs.job_begun(replace(RECORD, code="lock"), ORIGIN)
    refused = replace(RECORD, state=JobState.error, detail="lock cannot be sent")
    runs.job_ended(refused, {"seq": 0, "at": START_S + 1, "kind": "ended", "state": "error"})
    assert kept.run.status is RunStatus.aborted
    assert kept.run.status_reason == "never begun: lock cannot be sent"


def test_what_it_took_is_kept_with_the_run() -> None:
    runs, kept = follower()
    runs.job_begun(replace(RECORD, code="x"), ORIGIN)
    for second in range(5):
        sample = {"kind": "sample", "cpu_s": second * 0.5, "rss_bytes": 100 + second}
        runs.job_said(JOB, {**sample, "seq": second + 1, "at": START_S + second})
    ended = {"seq": 6, "at": START_S + 5, "kind": "ended", "state": "lost"}
    runs.job_ended(replace(RECORD, state=JobState.lost), ended)
    (saved,) = kept.of(SaveSamples)
    assert saved.samples.at_s == [0, 1, 2, 3, 4]
    assert saved.samples.cpu_ratio == [None, 0.5, 0.5, 0.5, 0.5]
    assert (saved.peak_rss.bytes, saved.peak_rss.kind) == (104, "at_least")


def test_a_run_and_what_it_took_end_in_one_write() -> None:
    code, events = log_of("ok")
    runs, kept = follower()
    job = replace(RECORD, code=code)
    runs.job_begun(job, ORIGIN)
    sample = {"kind": "sample", "rss_bytes": 100, "seq": 1, "at": START_S}
    runs.job_said(JOB, sample)
    for event in events:
        runs.job_said(JOB, {**event, "seq": event["seq"] + 1})
    (write,) = [
        write
        for write in kept.writes
        if any(isinstance(each, SaveRun) and each.record.status.is_final for each in write)
    ]
    (saved,) = [each for each in write if isinstance(each, SaveSamples)]
    assert saved.peak_rss.bytes == 100
    runs.job_said(JOB, {**sample, "rss_bytes": 300, "seq": len(events) + 2})
    runs.job_ended(replace(job, state=JobState.ok), {"seq": len(events) + 3, "kind": "ended"})
    assert kept.of(SaveSamples)[-1].peak_rss.bytes == 300


def test_nonsense_in_a_log_is_counted_and_costs_nothing_else() -> None:
    code, events = log_of("ok")
    runs, kept = follower()
    job = replace(RECORD, code=code)
    runs.job_begun(job, ORIGIN)
    nonsense = [
        {"kind": "message", "header": 3},
        {"kind": "message", "header": {"msg_type": 1}, "buffers": ["%"]},
        {"kind": "what"},
        {"kind": "sample", "rss_bytes": "many"},
        {"kind": "asked"},
    ]
    for number, event in enumerate(nonsense):
        runs.job_said(JOB, {**event, "seq": number + 1, "at": START_S})
    for event in events:
        runs.job_said(JOB, {**event, "seq": event["seq"] + len(nonsense)})
    assert runs.failures == 2
    assert kept.run.status is RunStatus.ok


def test_a_renamed_notebook_takes_its_job_along() -> None:
    runs, kept = follower()
    runs.job_begun(replace(RECORD, code="x"), ORIGIN)
    moved = Document(DocumentKind.notebook, "/home/ana/other.ipynb", "other.ipynb")
    runs.job_moved(JOB, moved)
    assert kept.run.document == moved
