from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.compute.job_story import ended_event, moved_to, names_of, taken_in
from dsinfra_jlab.domain.compute.jobs import (
    NEXT_STATES,
    JobId,
    JobRecord,
    JobState,
    ParcelName,
    ResultState,
)
from dsinfra_jlab.domain.ids import RunId

AT = datetime(2026, 1, 1, tzinfo=timezone.utc)
JOB = JobRecord(JobId("j"), RunId("r"), "local", JobState.queued, "1", AT)
NAME = {"name": "x", "type": "int", "size_bytes": 5, "digest": "ab", "note": ""}

words = st.none() | st.text(max_size=3) | st.integers(-2, 9) | st.floats() | st.booleans()
events = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(
            ["queued", "starting", "kernel", "request", "message", "asked", "packed", "ended", "?"]
        ),
        "at": words,
    },
    optional={
        "place": words,
        "detail": words,
        "worker": words,
        "signal": st.sampled_from(["INT", "KILL", None]),
        "state": st.sampled_from([*(state.value for state in JobState), "nonsense", None, 3]),
        "names": st.lists(st.just(NAME) | words, max_size=2) | words,
        "changed": st.lists(st.just(NAME), max_size=2) | words,
        "bytes": words,
    },
)


def told(job: JobRecord, *log: dict[str, Any]) -> JobRecord:
    for event in log:
        job = taken_in(job, event)
    return job


@given(st.lists(events, max_size=8), st.integers(0, 8))
def test_a_log_told_again_from_anywhere_changes_nothing(
    log: list[dict[str, Any]], start: int
) -> None:
    numbered = [{**event, "seq": number} for number, event in enumerate(log, start=1)]
    once = told(JOB, *numbered)
    assert told(once, *numbered[start:]) == once
    assert told(told(JOB, *numbered[:start]), *numbered) == once


@given(st.lists(events, max_size=8))
def test_every_turn_is_a_legal_one_and_an_end_is_an_end(log: list[dict[str, Any]]) -> None:
    job, is_ended = JOB, False
    for number, event in enumerate(log, start=1):
        before, job = job, taken_in(job, {**event, "seq": number})
        assert job.state is before.state or job.state in NEXT_STATES[before.state]
        assert job.log_seq == number
        is_ended = is_ended or event["kind"] == "ended"
        assert job.state.is_final == is_ended
        if is_ended:
            assert job.ended_at is not None and job.ended_at >= (job.started_at or AT)


def test_events_without_a_number_are_none() -> None:
    for seq in (None, 0, -1, True, "1", 1.0):
        assert taken_in(JOB, {"kind": "ended", "state": "ok", "seq": seq}) is JOB


def test_what_came_back_waits_only_where_something_came() -> None:
    for state, names, result in [
        ("ok", [NAME], ResultState.waiting),
        ("ok", [], ResultState.none),
        ("error", [NAME], ResultState.waiting),
        ("cancelled", [NAME], ResultState.none),
    ]:
        event = {"kind": "ended", "seq": 1, "at": AT.timestamp(), "state": state, "names": names}
        assert taken_in(JOB, event).result_state is result, state


def test_names_that_make_no_sense_are_left_out() -> None:
    assert names_of([NAME, 3, {}, {"name": None}]) == (ParcelName("x", "int", 5, "ab"),)
    assert names_of([{"name": "x", "size_bytes": -1}]) == (ParcelName("x", "", 0, ""),)
    for nothing in (None, "xy", {"name": "x"}, 7):
        assert names_of(nothing) == ()


def test_a_job_that_was_never_sent_has_an_end_to_tell() -> None:
    over = moved_to(JOB, JobState.error, ended_at=AT, detail="No room.")
    event = ended_event(over)
    assert (event["seq"], event["state"], event["detail"]) == (0, "error", "No room.")
    assert moved_to(over, JobState.ok) is over
    assert moved_to(moved_to(JOB, JobState.lost), JobState.ok).state is JobState.ok
