"""A store whose database is away, locked, full or no database at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsinfra_jlab.domain.changes import SaveOutputs, SaveRun
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.events import Event, HealthChanged
from dsinfra_jlab.domain.exceptions import Unavailable
from dsinfra_jlab.domain.ids import RunId
from dsinfra_jlab.domain.runs.records import RunOutputs, RunPatch, RunQuery
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.store import SqlStore
from dsinfra_jlab.store.opening import file_identity
from tests.postgres import PostgresServer, new_server
from tests.store.samples import FAST, at, opened, record, sqlite_url, wait_until


@contextlib.contextmanager
def opening(url: str) -> Iterator[SqlStore]:
    """A store that was told to open, and may not have."""
    store = SqlStore(url, HandClock(at(3_600)), pace=FAST)
    begin = time.monotonic()
    store.open()
    assert time.monotonic() - begin < 0.5
    try:
        yield store
    finally:
        store.close_now(timeout_s=1.0)


def files(folder: Path) -> list[Path]:
    """Return what is in a folder."""
    return list(folder.iterdir())


def names(path: Path) -> list[str]:
    """Return the ids in a database, read without the store."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM run ORDER BY seq")]


async def test_what_is_recorded_while_it_opens_is_kept(tmp_path: Path) -> None:
    blocked = tmp_path / "data"
    blocked.write_text("a file where the folder should be")
    with opening(sqlite_url(blocked)) as store:
        wait_until(lambda: "cannot be opened" in store.health().detail)
        store.record([SaveRun(record("a")), SaveRun(record("b", 1))])
        for question in (store.runs(RunQuery()), store.flush(), store.settings()):
            with pytest.raises(Unavailable, match="cannot be opened"):
                await question
        with pytest.raises(Unavailable):
            await store.patch_run(RunId("a"), RunPatch(note="x"))
        assert (store.health().queue_depth, store.schema_version) == (2, "")
        blocked.unlink()
        wait_until(lambda: store.schema_version)
        await store.flush()
        assert [run.id for run in (await store.runs(RunQuery())).items] == ["b", "a"]
        assert (store.health().detail, store.health().dropped) == ("", {})


def test_a_disk_that_hangs_delays_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    from dsinfra_jlab.store import writer

    goes_on = threading.Event()
    real = writer.open_store

    def hang(*arguments: object) -> object:
        goes_on.wait(30)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(writer, "open_store", hang)
    events: list[Event] = []
    with opening(sqlite_url(tmp_path)) as store:
        store.listen(events.append)
        store.record([SaveRun(record("a"))])
        wait_until(lambda: "has not answered" in store.health().detail)
        wait_until(lambda: HealthChanged() in events)
        goes_on.set()
        wait_until(lambda: store.health().queue_depth == 0)
        assert store.health().detail == ""


@pytest.mark.parametrize("kind", ["text", "folder", "fifo", "link", "half", "empty"])
async def test_what_is_no_database_is_kept_aside(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "store.sqlite"
    if kind == "text":
        path.write_text("This is my thesis, do not lose it!")
    elif kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to("/dev/full")
    else:
        with opened(sqlite_url(tmp_path)) as store:
            store.record(SaveRun(record(f"r{n}", n, code="x" * 3_000)) for n in range(200))
            await store.flush()
        os.truncate(path, path.stat().st_size // 2 if kind == "half" else 0)
    with opened(sqlite_url(tmp_path)) as store:
        store.record([SaveRun(record("new", 1_000))])
        # Half a database opens; it is its check, beside the work, that finds the damage.
        wait_until(lambda: kind == "empty" or store.health().notices)
        wait_until(lambda: store.schema_version)
        store.record([SaveRun(record("newer", 1_001))])
        await store.flush()
        assert "newer" in [run.id for run in (await store.runs(RunQuery())).items]
        aside = [one for one in files(tmp_path) if ".aside-" in one.name]
        if kind == "empty":
            assert (aside, store.health().notices) == ([], [])
            return
        (notice,) = store.health().notices
        kept = min(aside, key=lambda one: len(one.name))
        assert kept.name in notice
        assert str(path) in notice
    if kind == "text":
        assert kept.read_text() == "This is my thesis, do not lose it!"


async def test_damage_met_while_writing_loses_no_new_run(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with opened(sqlite_url(tmp_path)) as store:
        store.record(SaveRun(record(f"r{n}", n, code="x" * 3_000)) for n in range(200))
        await store.flush()
    with path.open("r+b") as file:
        file.seek(4_096 * 3)
        file.write(os.urandom(path.stat().st_size - 4_096 * 4))
    with opened(sqlite_url(tmp_path)) as store:
        store.record(SaveRun(record(f"n{n}", 1_000 + n)) for n in range(50))
        wait_until(lambda: store.health().notices and store.schema_version)
        await store.flush()
        page = await store.runs(RunQuery(limit=500))
        assert len(page.items) == 50


async def test_a_lock_is_waited_for_and_nothing_is_moved(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with opened(sqlite_url(tmp_path)) as store:
        identity = file_identity(path)
        engines = store._writer.usable(is_to_write=True).engines
        with engines.writer.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=50")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        store.record([SaveRun(record("a"))])
        wait_until(lambda: "locked" in store.health().detail)
        assert store.health().queue_depth == 1
        with pytest.raises(Unavailable, match="locked"):
            await store.save_settings(Settings())
        # Readers do not wait.
        assert (await store.runs(RunQuery())).items == []
        other.execute("COMMIT")
        other.close()
        wait_until(lambda: store.health().queue_depth == 0)
        wait_until(lambda: store.health().detail == "")
        assert file_identity(path) == identity
        assert store.health().notices == []
        assert [run.id for run in (await store.runs(RunQuery())).items] == ["a"]
    assert names(path) == ["a"]


async def test_a_locked_database_at_the_start_is_not_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsinfra_jlab.store.engine.BUSY_TIMEOUT_MS", 50)
    with opened(sqlite_url(tmp_path)):
        pass
    path = tmp_path / "store.sqlite"
    identity = file_identity(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with opening(sqlite_url(tmp_path)) as store:
        store.record([SaveRun(record("a"))])
        wait_until(lambda: "locked" in store.health().detail)
        other.execute("COMMIT")
        other.close()
        wait_until(lambda: store.health().queue_depth == 0)
    assert file_identity(path) == identity
    assert names(path) == ["a"]


async def test_a_file_taken_away_while_in_use_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsinfra_jlab.store.writer.IDENTITY_CHECK_S", 0.0)
    path = tmp_path / "store.sqlite"
    with opened(sqlite_url(tmp_path)) as store:
        store.record([SaveRun(record("a"))])
        await store.flush()
        for file in files(tmp_path):
            file.unlink()
        store.record([SaveRun(record("b"))])
        wait_until(lambda: store.health().notices and store.health().queue_depth == 0)
        assert "removed or replaced" in store.health().notices[0]
    assert names(path) == ["b"]


async def test_a_row_that_can_never_be_stored_holds_up_no_other(store: SqlStore) -> None:
    impossible = record("bad", duration_s="soon", queued_at=None)
    good = [SaveRun(record(f"r{n}", n)) for n in range(20)]
    store.record([*good[:7], SaveRun(impossible), *good[7:]])
    await store.flush()
    page = await store.runs(RunQuery())
    assert len(page.items) == 20
    wait_until(lambda: store.health().dropped == {"dead_letter": 1})
    # It is also counted in the database, once something else is committed.
    store.record([SaveRun(record("next", 50))])
    await store.flush()
    assert store.health().dropped == {"dead_letter": 1}


async def test_counts_of_what_was_dropped_outlive_the_server(store_url: str) -> None:
    for expected in (1, 2):
        with opened(store_url) as store:
            store.record([SaveOutputs(RunId("ghost"), RunOutputs([{"a": 1}]))])
            await store.flush()
            assert store.health().dropped == {"outputs_of_unknown_run": expected}


async def test_away_for_long_it_gives_up_outputs_and_keeps_runs(tmp_path: Path) -> None:
    blocked = tmp_path / "data"
    blocked.write_text("")
    store = SqlStore(sqlite_url(blocked), HandClock(), pace=FAST, pending_max_bytes=100_000)
    store.open()
    for number in range(50):
        name = f"r{number:02}"
        outputs = SaveOutputs(RunId(name), RunOutputs([{"text": "x" * 10_000}]))
        store.record([SaveRun(record(name, number)), outputs])
    assert store.health().dropped["outputs"] > 40
    blocked.unlink()
    wait_until(lambda: store.schema_version)
    await store.flush()
    assert len((await store.runs(RunQuery(limit=500))).items) == 50
    assert await store.outputs(RunId("r00")) == RunOutputs([], truncated=True)
    assert store.health().dropped["outputs"] > 40
    store.close_now()


def test_recording_anything_at_all_raises_nothing(tmp_path: Path) -> None:
    with opened(sqlite_url(tmp_path)) as store:
        store.record([None, 5, SaveRun(None)])  # type: ignore[list-item, arg-type]
        store.record(None)  # type: ignore[arg-type]
        wait_until(lambda: sum(store.health().dropped.values()) >= 2)
    store.record([SaveRun(record("late"))])


async def test_after_closing_it_says_so(tmp_path: Path) -> None:
    with opened(sqlite_url(tmp_path)) as store:
        store.record([SaveRun(record("a"))])
    with pytest.raises(Unavailable, match="closed"):
        await store.runs(RunQuery())
    with pytest.raises(Unavailable, match="closed"):
        await store.flush()
    # Closing commits what waits.
    assert names(tmp_path / "store.sqlite") == ["a"]


# A disk that is full


async def test_a_full_disk(small_disk: Path) -> None:
    with opened(sqlite_url(small_disk)) as store:
        ballast = small_disk / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb") as file:
            while True:
                file.write(b"x" * 4_096)
                file.flush()
        store.record(SaveRun(record(f"r{n:03}", n, code="y" * 2_000)) for n in range(100))
        wait_until(lambda: "disk" in store.health().detail)
        assert "full" in store.health().detail or "disk does not work" in store.health().detail
        ballast.unlink()
        wait_until(lambda: store.health().queue_depth == 0)
        wait_until(lambda: store.health().detail == "")
        assert len((await store.runs(RunQuery(limit=500))).items) == 100
        assert store.health().dropped == {}
    with contextlib.closing(sqlite3.connect(small_disk / "store.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# Crashes

WRITER = """
import asyncio, sys
from dsinfra_jlab.domain.changes import SaveRun
from tests.store.samples import opened, record

async def write(store):
    number = 0
    while True:
        store.record(SaveRun(record(f"{sys.argv[2]}-{number + n}", number + n)) for n in range(7))
        await store.flush()
        number += 7
        print(number, flush=True)

with opened(sys.argv[1]) as store:
    asyncio.run(write(store))
"""


def _written_until_killed(url: str, life: int) -> int:
    """Return how many runs a process said it had stored before it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, url, str(life)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = ""
    for _ in range(5 + 20 * life):
        line = process.stdout.readline()
    time.sleep(0.003 * life)
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    return int([one for one in [line.strip(), *rest.splitlines()] if one][-1])


async def test_killed_at_any_moment_it_keeps_what_was_acknowledged(store_url: str) -> None:
    acknowledged = {life: _written_until_killed(store_url, life) for life in range(3)}
    with opened(store_url) as store:
        assert store.health().notices == []
        found: list[str] = []
        cursor = None
        while True:
            page = await store.runs(RunQuery(limit=500, cursor=cursor))
            found += [run.id for run in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert len(found) == len(set(found))
        expected = {f"{life}-{n}" for life, count in acknowledged.items() for n in range(count)}
        assert expected <= set(found)
        (experiment,) = (await store.experiments("", 5, None)).items
        assert experiment.run_count == len(found)


# A database server that goes away


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A PostgreSQL that the test may kill."""
    folder = Path(tempfile.mkdtemp(prefix="dsinfra-postgres-"))
    server = None
    try:
        server = new_server(folder)
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def test_postgresql_killed_and_started_again(own_server: PostgresServer) -> None:
    with opened(own_server.make_database()) as store:
        store.record([SaveRun(record("before"))])
        await store.flush()
        own_server.stop(signal.SIGKILL)
        store.record([SaveRun(record("during", 1))])
        wait_until(lambda: store.health().detail)
        with pytest.raises(Unavailable):
            await store.runs(RunQuery())
        with pytest.raises(Unavailable):
            await store.patch_run(RunId("before"), RunPatch(note="x"))
        assert store.health().queue_depth == 1
        own_server.start()
        wait_until(lambda: store.health().queue_depth == 0)
        wait_until(lambda: store.health().detail == "")
        assert [run.id for run in (await store.runs(RunQuery())).items] == ["during", "before"]
        assert store.health().dropped == {}
