"""How often the writer commits: at once when it was quiet, paced in a flood."""

from __future__ import annotations

import time
from pathlib import Path

from dsinfra_jlab.domain.changes import SaveRun
from dsinfra_jlab.domain.events import Event, RunsChanged
from dsinfra_jlab.store.writer import Pace
from tests.store.samples import opened, record, sqlite_url, wait_until

PACE = Pace(commit_interval_s=0.5, commit_burst=3)


def test_a_quiet_store_commits_a_few_times_at_once_and_then_at_its_pace(tmp_path: Path) -> None:
    moments: list[float] = []

    def listen(event: Event) -> None:
        if isinstance(event, RunsChanged):
            moments.append(time.monotonic())

    with opened(sqlite_url(tmp_path), pace=PACE) as store:
        store.listen(listen)
        for number in range(4):
            store.record([SaveRun(record(f"run-{number}"))])
            wait_until(lambda: len(moments) == number + 1)  # noqa: B023 - it is asked at once
    assert moments[2] - moments[0] < 0.9  # paced from the first on, it would take a second
    assert moments[3] - moments[0] >= 0.4  # the fourth had to wait for its turn


def test_a_flood_is_paced(tmp_path: Path) -> None:
    commits = 0

    def listen(event: Event) -> None:
        nonlocal commits
        commits += isinstance(event, RunsChanged)

    with opened(sqlite_url(tmp_path), pace=PACE) as store:
        store.listen(listen)
        began = time.monotonic()
        while time.monotonic() - began < 2.0:
            store.record([SaveRun(record(f"run-{time.monotonic()}"))])
            time.sleep(0.005)
        seen = commits
    assert seen <= 3 + 2.0 / 0.5 + 1
