"""However a script ends, its run says so."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from dsinfra_jlab.domain.ids import random_server_id
from dsinfra_jlab.domain.runs.records import RunKind, RunStatus
from dsinfra_jlab.store import SqlStore
from dsinfra_jlab.store.processes import birth_of
from tests.script.scripts import (
    ask,
    end,
    environment,
    only_session,
    run,
    runs,
    said,
    started,
    write,
)
from tests.store.samples import sqlite_url

ENDS = {
    "its end": ("pass", "ok", None),
    "an exception": ("raise ValueError('no data')", "error", "ValueError: no data"),
    "an exception in a function": (
        "def f():\n    return {}['x']\nf()",
        "error",
        "KeyError: 'x'",
    ),
    "an interrupt": ("raise KeyboardInterrupt", "interrupted", "Interrupted by the user."),
    "exit code 0": ("import sys; sys.exit(0)", "ok", None),
    "exit without a code": ("import sys; sys.exit()", "ok", None),
    "exit code 3": ("import sys; sys.exit(3)", "error", "SystemExit: 3"),
    "exit with a word": ("import sys; sys.exit('no luck')", "error", "SystemExit: no luck"),
    "SystemExit of its own": (
        "raise SystemExit(3)",
        "lost",
        "It was left by SystemExit; the exit code was not seen.",
    ),
    "a caught exit": (
        "import sys\ntry:\n    sys.exit(3)\nexcept SystemExit:\n    pass",
        "ok",
        None,
    ),
    "an own hook": (
        "import sys; sys.excepthook = lambda *_: None\n1 / 0",
        "error",
        "ZeroDivisionError: division by zero",
    ),
}


pytestmark = pytest.mark.slow


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """A store that does not exist yet."""
    return sqlite_url(tmp_path)


@pytest.mark.parametrize("how", list(ENDS))
def test_how_a_script_ended_is_stored(tmp_path: Path, sqlite: str, how: str) -> None:
    code, status, reason = ENDS[how]
    done = run(tmp_path, sqlite, f"dsinfra.log_metric('a', 1)\n{code}")
    session = only_session(sqlite)
    assert (session.status.value, session.status_reason) == (status, reason)
    assert session.metrics == {"a": 1}
    if "exception" in how:
        assert reason is not None
        assert session.error_name == reason.partition(":")[0]
        assert "Traceback" in done.stderr


def test_a_real_interrupt_is_seen(tmp_path: Path, sqlite: str) -> None:
    code = """
        import time
        with dsinfra.run("fit"):
            dsinfra.log_metric("a", 1)
            print("running", flush=True)
            time.sleep(60)
    """
    stderr = end(started(tmp_path, sqlite, code), signal.SIGINT)
    assert "KeyboardInterrupt" in stderr
    assert only_session(sqlite).status is RunStatus.interrupted
    (block,) = runs(sqlite, RunKind.block)
    assert block.status is RunStatus.interrupted


def test_a_killed_script_is_lost_and_keeps_what_it_had_stored(tmp_path: Path, sqlite: str) -> None:
    code = """
        import time
        dsinfra.log_metric("a", 1)
        dsinfra.runs()  # waits for the store
        dsinfra.log_metric("a", 2)
        print("running", flush=True)
        time.sleep(60)
    """
    process = started(tmp_path, sqlite, code)
    time.sleep(1)  # a tenth of a second is promised
    end(process, signal.SIGKILL)
    session = only_session(sqlite)
    assert (session.status, session.metrics) == (RunStatus.running, {"a": 2})

    assert _server_comes(sqlite) == 1
    session = only_session(sqlite)
    assert session.status is RunStatus.lost
    assert (
        session.status_reason == "What recorded it ended first; how the run went on is not known."
    )


def _server_comes(store_url: str) -> int:
    """Do what a Jupyter server does at its start; return how many runs it found abandoned."""

    async def register_and_close(store: SqlStore) -> int:
        server, now, pid = random_server_id(), datetime.now(timezone.utc), os.getpid()
        await store.register_server(server, socket.gethostname(), pid, birth_of(pid))
        return await store.close_orphans(server, now)

    return ask(store_url, register_and_close)


def test_a_running_script_is_not_taken_for_lost(tmp_path: Path, sqlite: str) -> None:
    code = """
        import time
        dsinfra.log_metric("a", 1)
        dsinfra.runs()  # waits for the store
        print("running", flush=True)
        time.sleep(60)
    """
    process = started(tmp_path, sqlite, code)
    try:
        assert _server_comes(sqlite) == 0
        assert only_session(sqlite).status is RunStatus.running
    finally:
        end(process, signal.SIGINT)


def test_a_forked_child_writes_nothing_twice(tmp_path: Path, sqlite: str) -> None:
    code = """
        import os, sys
        for step in range(100):
            dsinfra.log_metric("loss", step)
        if os.fork() == 0:
            dsinfra.log_metric("loss", 1_000)
            sys.exit(7)
        print(os.waitstatus_to_exitcode(os.wait()[1]))
    """
    done = run(tmp_path, sqlite, code)
    assert done.stdout == "7\n"
    session = only_session(sqlite)
    assert (session.status, session.metrics) == (RunStatus.ok, {"loss": 99})
    series = ask(sqlite, lambda store: store.metrics(session.id, "loss", 1_000)).items[0]
    assert series.point_count == 100
    _, second = said(done.stderr)
    assert "forked" in second


def test_a_forked_child_that_logs_nothing_is_silent(tmp_path: Path, sqlite: str) -> None:
    code = """
        import multiprocessing
        dsinfra.log_metric("a", 1)
        with multiprocessing.get_context("fork").Pool(2) as pool:
            print(sum(pool.map(abs, range(10))))
    """
    done = run(tmp_path, sqlite, code)
    assert done.stdout == "45\n"
    assert len(said(done.stderr)) == 1
    assert only_session(sqlite).status is RunStatus.ok


def test_a_spawned_process_is_a_session_of_its_own(tmp_path: Path, sqlite: str) -> None:
    code = """
        import multiprocessing

        def work(number):
            dsinfra.log_metric("part", number)
            if number == 8:
                raise ValueError("not 8")

        if __name__ == "__main__":
            dsinfra.log_metric("whole", 1)
            for number in (7, 8):
                child = multiprocessing.get_context("spawn").Process(target=work, args=(number,))
                child.start()
                child.join()
    """
    assert run(tmp_path, sqlite, code).returncode == 0
    sessions = {str(session.metrics): session for session in runs(sqlite)}
    assert {key: session.status.value for key, session in sessions.items()} == {
        "{'whole': 1.0}": "ok",
        "{'part': 7.0}": "ok",
        "{'part': 8.0}": "error",
    }
    assert sessions["{'part': 8.0}"].status_reason == "ValueError: not 8"
    assert {session.experiment_name for session in sessions.values()} == {"train.py"}


TESTS = """
    def test_fine():
        dsinfra.log_metric("acc", 0.9)

    def test_other():
        assert {expected}
"""


@pytest.mark.parametrize(("expected", "status"), [("True", "ok"), ("False", "error")])
def test_tests_are_a_session_of_their_file(
    tmp_path: Path, sqlite: str, expected: str, status: str
) -> None:
    path = write(tmp_path, TESTS.format(expected=expected), "test_model.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)],
        env=environment(tmp_path, sqlite),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == (0 if status == "ok" else 1), done.stdout
    session = only_session(sqlite)
    assert (session.status.value, session.experiment_name) == (status, "test_model.py")
    assert session.metrics == {"acc": 0.9}
    assert session.status_reason == (None if status == "ok" else "1 tests failed.")


def test_tests_of_several_files_are_called_by_what_runs_them(tmp_path: Path, sqlite: str) -> None:
    for name in ("test_one.py", "test_two.py"):
        write(tmp_path, TESTS.format(expected="True"), name)
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        env=environment(tmp_path, sqlite),
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert only_session(sqlite).experiment_name == "pytest"
