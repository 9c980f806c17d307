"""What is erased is in no file any more."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from dsinfra_jlab.domain.changes import (
    SaveArtifact,
    SaveCapture,
    SaveData,
    SaveEnvironment,
    SaveError,
    SaveOutputs,
    SavePoints,
    SaveRun,
    SaveSamples,
    SaveTags,
    SaveValues,
)
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.ids import ArtifactId, EnvironmentId, RunId
from dsinfra_jlab.domain.resources.samples import Alert, AlertKind, RunSamples
from dsinfra_jlab.domain.runs.artifacts import Artifact
from dsinfra_jlab.domain.runs.capture import DataItem, DataKind, DataMode, RunCapture
from dsinfra_jlab.domain.runs.records import Environment, Flag, FlagKind, RunOutputs, RunPatch
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.store import SqlStore
from dsinfra_jlab.store.inbox import Inbox
from tests.store.error_samples import seen
from tests.store.samples import at, opened, record, sqlite_url

MARK = "zq7secretmark"


def traces(folder: Path) -> dict[str, int]:
    """Return how often the mark is in each file, in any form it is stored in."""
    return {file.name: file.read_bytes().count(MARK.encode()) for file in folder.iterdir()}


def marked_fields(name: str, text: str) -> dict[str, Any]:
    return {
        "error_message": text,
        "error_name": "E",
        "name": text,
        "experiment": text,
        "flags": (Flag(FlagKind.edited_cell, text),),
        "environment_id": EnvironmentId(name),
    }


def artifact(name: str, text: str) -> Artifact:
    return Artifact(ArtifactId(name), RunId(name), text, text, 1, text, at(0))


def environment(text: str) -> Environment:
    return Environment("3.12", text, {text: "1"}, None)


def error(name: str, number: int, text: str) -> Any:
    """Return an error of a group whose newest is erased; that of the first has no other."""
    said: dict[str, Any] = {
        "evalue": text,
        "template": text,
        "diagnosis": text,
        "ename": text,
        "notes": [text],
    }
    return seen(name, number, group=f"g{(number + 2) // 3}", **said)


def samples(text: str) -> RunSamples:
    alert = Alert("a", AlertKind.memory_high, text, text, at(0), False, None, None)
    return RunSamples([0.0], [1.0], [1.0], [None], None, is_complete=True, alerts=[alert])


async def _fill(store: SqlStore) -> None:
    for number in range(300):
        name = f"r{number}"
        marked = number % 3 == 0
        text = f"{MARK} {number}" if marked else f"plain words {number}"
        store.record(
            [
                SaveRun(record(name, number, code=text, **marked_fields(name, text))),
                SaveOutputs(RunId(name), RunOutputs([{"text": text}])),
                SaveValues(RunId(name), {"p": text}, {}),
                SaveTags(RunId(name), {"t": text}),
                SaveCapture(RunId(name), RunCapture([text], [text], [], {text: RunId("r")})),
                SaveData(RunId(name), (DataItem(DataKind.file, text, DataMode.read),), (text,)),
                SaveArtifact(artifact(name, text)),
                SavePoints(RunId(name), text, 0, bytes(24)),
                SaveSamples(RunId(name), samples(text)),
                SaveEnvironment(EnvironmentId(name), environment(text)),
                SaveError(error(name, number, text)),
            ]
        )
        if number % 50 == 0:
            await store.flush()
    await store.flush()
    await store.patch_run(RunId("r0"), RunPatch(note=MARK, name=MARK, tags={"k": MARK}))


async def test_erased_runs_leave_no_trace(tmp_path: Path) -> None:
    clock = HandClock(at(1_000))
    with opened(sqlite_url(tmp_path), clock) as store:
        await _fill(store)
        assert sum(traces(tmp_path).values()) > 100
        for number in range(0, 300, 3):
            await store.delete_run(RunId(f"r{number}"))
        clock.advance(8 * 86_400)
        # Each with its experiment and its environment, and one with its group.
        assert await store.erase_expired(clock.now(), Settings()) == 301
        assert sum(traces(tmp_path).values()) == 0
    assert sum(traces(tmp_path).values()) == 0
    connection = sqlite3.connect(tmp_path / "store.sqlite")
    connection.execute("INSERT INTO run_text(run_text, rank) VALUES ('integrity-check', 1)")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM run_text").fetchone() == (200,)
    connection.execute("INSERT INTO error_text(error_text, rank) VALUES ('integrity-check', 1)")
    assert connection.execute("SELECT count(*), sum(count) FROM error_group").fetchone() == (
        100,
        200,
    )
    connection.close()


async def test_a_word_that_was_changed_leaves_no_trace_after_housekeeping(tmp_path: Path) -> None:
    clock = HandClock(at(1_000))
    with opened(sqlite_url(tmp_path), clock) as store:
        await _fill(store)
        await store.delete_run(RunId("r1"))
        clock.advance(8 * 86_400)
        await store.patch_run(RunId("r0"), RunPatch(note="", name="", tags={}))
        assert await store.erase_expired(clock.now(), Settings(runs_retention_days=1)) > 299
        assert sum(traces(tmp_path).values()) == 0


def test_nothing_is_kept_of_those_who_asked(tmp_path: Path) -> None:
    """A store that is closed holds no thread."""
    before = set(threading.enumerate())
    for _ in range(3):
        with opened(sqlite_url(tmp_path)):
            pass
    end_s = time.monotonic() + 60
    # The timer of the opening takes a moment to end after it was called off.
    while left := set(threading.enumerate()) - before:
        assert time.monotonic() < end_s, left
        time.sleep(0.01)
    assert Inbox(10).is_empty
