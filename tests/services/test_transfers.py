"""How long a transfer should take follows from those that were measured, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.compute.jobs import JobId, JobRecord, JobState
from dsinfra_jlab.domain.compute.limits import TARGETS_MAX, TRANSFER_MEASURED_BYTES, TRANSFERS_KEPT
from dsinfra_jlab.domain.ids import RunId
from dsinfra_jlab.services.transfers import Transfers

MB = 1_000_000
JOB = JobRecord(
    JobId("j"),
    RunId("r"),
    "local",
    JobState.starting,
    "1",
    datetime(2026, 1, 1, tzinfo=timezone.utc),
    sent_bytes=100 * MB,
)


def told(transfers: Transfers, job: JobRecord, *events: dict[str, Any]) -> None:
    for event in events:
        transfers.saw(job, event)


def went(transfers: Transfers, seconds: float, job: JobRecord = JOB) -> None:
    kernel = {"kind": "kernel", "at": 1000.0}
    told(transfers, job, kernel, {"kind": "request", "at": 1000.0 + seconds})


def test_nothing_is_expected_where_nothing_was_measured() -> None:
    transfers = Transfers()
    assert transfers.expected_s("local", 5) is None
    went(transfers, 2.0)
    assert transfers.expected_s("cluster", 5) is None


def test_what_was_measured_is_expected_again_in_proportion() -> None:
    transfers = Transfers()
    went(transfers, 2.0)
    assert transfers.expected_s("local", 100 * MB) == pytest.approx(2.0)
    assert transfers.expected_s("local", 50 * MB) == pytest.approx(1.0)
    assert transfers.expected_s("local", 0) == 0.0


def test_the_way_through_the_engine_counts_and_waiting_in_the_queue_does_not() -> None:
    transfers = Transfers()
    told(
        transfers,
        JOB,
        {"kind": "queued", "at": 10.0},
        {"kind": "sent", "at": 900.0, "bytes": 100 * MB, "seconds": 3.0},
        {"kind": "starting", "at": 5.0},
        {"kind": "kernel", "at": 7.0},
        {"kind": "request", "at": 8.0},
    )
    assert transfers.expected_s("local", 100 * MB) == pytest.approx(4.0)


@pytest.mark.parametrize("size", [None, 0, TRANSFER_MEASURED_BYTES - 1])
def test_small_parcels_measure_nothing(size: int | None) -> None:
    transfers = Transfers()
    went(transfers, 2.0, replace(JOB, sent_bytes=size))
    assert transfers.expected_s("local", 100 * MB) is None


@pytest.mark.parametrize("at", [None, "soon", True, -1.0, float("nan"), float("inf"), 999.0])
def test_times_that_make_no_sense_measure_nothing(at: Any) -> None:
    transfers = Transfers()
    told(transfers, JOB, {"kind": "kernel", "at": 1000.0}, {"kind": "request", "at": at})
    assert transfers.expected_s("local", 100 * MB) is None


def test_a_job_that_goes_on_no_more_is_forgotten() -> None:
    transfers = Transfers()
    told(transfers, JOB, {"kind": "kernel", "at": 1000.0})
    transfers.forget(JOB.id)
    told(transfers, JOB, {"kind": "request", "at": 1002.0})
    assert transfers.expected_s("local", 100 * MB) is None
    assert not transfers._kernel_at and not transfers._sent_s


def test_old_transfers_count_no_more() -> None:
    transfers = Transfers()
    went(transfers, 1000.0)
    for _ in range(TRANSFERS_KEPT):
        went(transfers, 1.0)
    assert transfers.expected_s("local", 100 * MB) == pytest.approx(1.0)


def test_what_is_kept_of_targets_is_bounded() -> None:
    transfers = Transfers()
    for number in range(TARGETS_MAX + 5):
        went(transfers, 1.0, replace(JOB, target=f"t{number}"))
    assert len(transfers._seen) == TARGETS_MAX
    assert transfers.expected_s("t4", MB) is None
    assert transfers.expected_s("t5", MB) is not None


SIZES = st.integers(TRANSFER_MEASURED_BYTES, 1000 * MB)


@given(st.lists(st.tuples(SIZES, st.floats(0.001, 100.0)), min_size=1, max_size=10), SIZES)
def test_what_is_expected_lies_between_the_slowest_and_the_fastest(
    seen: list[tuple[int, float]], size: int
) -> None:
    transfers = Transfers()
    for sent_bytes, seconds in seen:
        went(transfers, seconds, replace(JOB, sent_bytes=sent_bytes))
    expected = transfers.expected_s("local", size)
    paces = [seconds / sent_bytes for sent_bytes, seconds in seen]
    assert expected is not None
    assert min(paces) * size * 0.999 <= expected <= max(paces) * size * 1.001
