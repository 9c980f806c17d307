"""What a plain script logs is stored where the server stores, and costs the script nothing."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dsinfra_jlab.domain.ids import RunId
from dsinfra_jlab.domain.runs.records import RunKind, RunStatus
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.script.sinks import THREADS_END_EARLY
from dsinfra_jlab.store import artifacts_folder
from dsinfra_jlab.store.artifact_files import ArtifactFiles
from tests.script.scripts import ask, environment, only_session, run, runs, said, write
from tests.store.samples import sqlite_url

TRAIN = """
    dsinfra.log_params({"lr": 0.1, "api_key": "hunter2hunter2x"})
    dsinfra.set_tag("team", "nlp")
    for step in range(1_000):
        dsinfra.log_metric("loss", 1 / (step + 1))
    with dsinfra.run("fit", layers=3) as block:
        dsinfra.log_metric("acc", 0.75)
        dsinfra.log_artifact(b"a,b", name="table.csv")
    print(len(dsinfra.runs()))
"""


pytestmark = pytest.mark.slow


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """A store that does not exist yet."""
    return sqlite_url(tmp_path)


def test_a_script_is_a_session_with_all_it_logged(tmp_path: Path, store_url: str) -> None:
    done = run(tmp_path, store_url, TRAIN)
    assert (done.returncode, done.stdout) == (0, "2\n")
    first, *others = said(done.stderr)
    assert "is recorded in" in first
    assert not others

    session = only_session(store_url)
    assert (session.status, session.language) == (RunStatus.ok, "python")
    assert session.experiment_name == "train.py"
    assert session.params["lr"] == 0.1
    assert "hunter2" not in str(session.params)
    assert session.metrics == {"loss": 0.001}
    assert session.tags == {"team": "nlp"}
    assert 'dsinfra.set_tag("team", "nlp")' in session.code
    assert "hunter2" not in session.code
    assert session.duration_s is not None
    assert session.duration_s > 0
    (block,) = runs(store_url, RunKind.block)
    assert (block.name, block.params, block.metrics) == ("fit", {"layers": 3}, {"acc": 0.75})
    assert (block.parent_id, block.status) == (session.id, RunStatus.ok)

    series = ask(store_url, lambda store: store.metrics(session.id, "loss", 10_000)).items[0]
    assert [point[0] for point in series.points] == list(range(1_000))
    surroundings = ask(store_url, lambda store: store.environment(session.id))
    assert surroundings.python == "{}.{}.{}".format(*sys.version_info[:3])
    assert "sqlalchemy" in surroundings.packages
    assert _content_of_artifact(tmp_path, store_url, block.id) == b"a,b"


def _content_of_artifact(folder: Path, store_url: str, run_id: RunId) -> bytes:
    (artifact,) = ask(store_url, lambda store: store.artifacts(run_id)).items
    assert artifact.name == "table.csv"
    assert artifact.digest == f"sha256:{hashlib.sha256(b'a,b').hexdigest()}"
    files = ArtifactFiles(artifacts_folder(folder / "data" / "dsinfra", store_url))
    return files.path(artifact.digest).read_bytes()


def test_without_a_url_it_is_stored_where_the_server_stores(tmp_path: Path) -> None:
    done = run(tmp_path, "", 'dsinfra.log_param("a", 1)')
    path = tmp_path / "data" / "dsinfra" / "store.sqlite"
    assert str(path) in said(done.stderr)[0]
    assert only_session(f"sqlite:///{path}").params == {"a": 1}


def test_a_named_experiment_holds_the_run(tmp_path: Path, sqlite: str) -> None:
    run(tmp_path, sqlite, 'dsinfra.experiment("ablation"); dsinfra.log_param("a", 1)')
    assert only_session(sqlite).experiment_name == "ablation"


@pytest.mark.parametrize("setting", ["off", "OFF", "nonsense"])
def test_nothing_is_written_when_scripts_are_off(tmp_path: Path, sqlite: str, setting: str) -> None:
    code = """
        dsinfra.log_metric("a", 1)
        with dsinfra.run("fit"):
            dsinfra.log_param("b", 2)
        try:
            dsinfra.runs()
        except ValueError as error:
            print(error)
    """
    done = run(tmp_path, sqlite, code, DSINFRA_SCRIPTS=setting)
    assert done.returncode == 0
    assert "not recorded" in done.stdout
    assert len(said(done.stderr)) == 1
    assert not (tmp_path / "store.sqlite").exists()


def test_a_store_that_is_away_costs_one_line_and_three_seconds(tmp_path: Path) -> None:
    url = "postgresql://ana:hunter2@127.0.0.1:1/runs?sslpassword=hunter3"
    began = time.monotonic()
    done = run(tmp_path, url, 'dsinfra.log_metric("a", 1); print("went on")')
    assert (done.returncode, done.stdout) == (0, "went on\n")
    assert time.monotonic() - began < 20
    first, second = done.stderr.splitlines()
    assert "127.0.0.1:1/runs" in first
    assert "not stored" in second
    assert "hunter" not in done.stderr


def test_a_wrong_url_costs_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, "nonsense", 'dsinfra.log_metric("a", 1); print("went on")')
    assert (done.returncode, done.stdout) == (0, "went on\n")
    assert "is not recorded" in said(done.stderr)[-1]
    assert "Traceback" not in done.stderr


def test_a_script_without_a_file_has_a_name(tmp_path: Path, sqlite: str) -> None:
    code = 'import dsinfra_jlab as dsinfra; dsinfra.log_metric("a", 1)'
    command = [sys.executable, "-c", code]
    subprocess.run(command, env=environment(tmp_path, sqlite), cwd=tmp_path, check=True)
    session = only_session(sqlite)
    assert (session.experiment_name, session.status) == ("<command>", RunStatus.ok)


def test_several_scripts_at_once_lose_nothing(tmp_path: Path, sqlite: str) -> None:
    code = """
        for step in range(500):
            dsinfra.log_metric("loss", step)
    """
    path = write(tmp_path, code)
    processes = [
        subprocess.Popen([sys.executable, str(path)], env=environment(tmp_path, sqlite))
        for _ in range(4)
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    sessions = runs(sqlite)
    assert [session.metrics for session in sessions] == [{"loss": 499}] * 4
    assert len({session.experiment_id for session in sessions}) == 1


def test_threads_log_to_the_same_run(tmp_path: Path, sqlite: str) -> None:
    code = """
        import threading
        def work(name):
            for step in range(200):
                dsinfra.log_metric(name, step)
        threads = [threading.Thread(target=work, args=(f"m{i}",)) for i in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    """
    run(tmp_path, sqlite, code)
    assert only_session(sqlite).metrics == {f"m{i}": 199 for i in range(4)}


@pytest.mark.skipif(THREADS_END_EARLY, reason="this Python has to wait, see there")
def test_the_first_call_does_not_wait_for_libraries(tmp_path: Path, sqlite: str) -> None:
    code = """
        import sys
        dsinfra.log_metric("a", 1)
        print("sqlalchemy.orm" in sys.modules or "alembic" in sys.modules)
    """
    assert run(tmp_path, sqlite, code).stdout == "False\n"


def test_a_script_obeys_what_the_user_decided_in_the_panel(tmp_path: Path, sqlite: str) -> None:
    ask(sqlite, lambda store: store.save_settings(Settings(is_recording=False)))
    done = run(tmp_path, sqlite, 'dsinfra.log_metric("a", 1)')
    assert "turned off in the panel" in said(done.stderr)[1]
    assert runs(sqlite) == []
    ask(sqlite, lambda store: store.save_settings(Settings(is_recording_code=False)))
    run(tmp_path, sqlite, 'dsinfra.log_metric("a", 1)')
    assert only_session(sqlite).code == ""


def test_a_script_that_never_stops_logging_says_that_it_lives(tmp_path: Path, sqlite: str) -> None:
    code = """
        import time
        from dsinfra_jlab.domain import limits
        limits.SERVER_HEARTBEAT_S = 0.5
        began = time.time()
        while time.time() - began < 6:
            dsinfra.log_metric("a", 1)
            time.sleep(0.02)
    """
    run(tmp_path, sqlite, code)
    with contextlib.closing(sqlite3.connect(tmp_path / "store.sqlite")) as connection:
        (beat_at,) = connection.execute("SELECT beat_at FROM server").fetchone()
        (ended_at,) = connection.execute("SELECT ended_at FROM run").fetchone()
    assert 0 <= ended_at - beat_at < 3_000_000  # microseconds


def test_our_log_stays_out_of_the_script_s(tmp_path: Path) -> None:
    code = """
        import logging
        logging.basicConfig(level=logging.DEBUG)
        dsinfra.log_metric("a", 1)
    """
    done = run(tmp_path, "postgresql://127.0.0.1:1/runs", code)
    assert all(line.startswith("dsinfra: ") for line in done.stderr.splitlines()), done.stderr
