"""The places of jobs that wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dsinfra_jlab.domain.compute.jobs import JobId, JobState
from dsinfra_jlab.services.job_queue import queue_places
from tests.services.test_job_recording import RECORD


def test_a_place_is_the_number_of_those_before_it_on_its_target() -> None:
    wanted = [
        ("b", "local", JobState.queued, 2),
        ("a", "local", JobState.queued, 1),
        ("runs", "local", JobState.running, 0),
        ("packed", "local", JobState.queued, 0),
        ("other", "gpu-box", JobState.queued, 3),
        ("c", "local", JobState.queued, 3),
    ]
    records = [
        replace(
            RECORD,
            id=JobId(name),
            target=target,
            state=state,
            submitted_at=RECORD.submitted_at + timedelta(seconds=second),
        )
        for name, target, state, second in wanted
    ]
    places = queue_places(records, lambda job_id: job_id != "packed")
    assert places == {"a": 0, "b": 1, "c": 2, "other": 0}
