"""Kernels that are kept between jobs."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsinfra_jlab.compute import runner
from dsinfra_jlab.compute.runner import jobs, keeping, limits
from dsinfra_jlab.kernel.bundle import injection_request

from .driving import Ran, begin, is_running, run, wait_until


@pytest.fixture(autouse=True)
def keeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[keeping.Keeper]:
    """A keeper of the test's own, which keeps nothing afterwards."""
    keeper = keeping.Keeper()
    monkeypatch.setattr(jobs, "_keeper", keeper)
    yield keeper
    keeper.close()


def pid_of(ran: Ran) -> int:
    return int(ran.of_kind("kernel")[0]["pid"])


def ready(count: int = 1) -> None:
    """Wait until spares are ready."""
    spares = [spare for each in jobs._keeper._spares.values() for spare in each]
    assert len(spares) == count
    for spare in spares:
        spare.result(30)


def test_a_spare_is_used_once_and_replaced() -> None:
    runner.warm_up(None, 1)
    ready()
    first = run("x = 1\nprint('x' in dir())", spares=1)
    ready()
    second = run("print('x' in dir())", spares=1)
    assert (first.text(), second.text()) == ("True\n", "False\n")
    assert pid_of(first) != pid_of(second)
    assert not first.of_kind("kernel")[0]["is_reused"]
    assert runner.runner_state()["spares"] == 1


def test_a_spare_gets_what_was_not_known_when_it_started() -> None:
    runner.warm_up(None, 1)
    ready()
    (spare,) = next(iter(jobs._keeper._spares.values()))
    ran = run(
        "import os; print(os.environ['OMP_NUM_THREADS'], os.environ['A'])",
        cpus=2,
        environment={"A": "b"},
    )
    assert pid_of(ran) == spare.result().pid and ran.text() == "2 b\n"


def test_variables_that_python_reads_at_its_start_need_a_new_kernel() -> None:
    runner.warm_up(None, 1)
    ready()
    ran = run("import sys; print(hash('a'))", environment={"PYTHONHASHSEED": "0"})
    again = run("import sys; print(hash('a'))", environment={"PYTHONHASHSEED": "0"})
    assert ran.text() == again.text()
    assert runner.runner_state()["spares"] == 1


def test_a_spare_with_the_probe_says_what_the_probe_said() -> None:
    probe = injection_request()
    runner.warm_up(None, 1, probe)
    ready()
    warm = run("1", probe=probe)
    cold = run("1", probe=probe)

    def kinds(ran: Ran) -> list[str]:
        return [
            event["kind"]
            for message in ran.messages("dsinfra_event")
            for event in message["content"]["events"]
        ]

    assert kinds(warm) == kinds(cold) and "cell" in kinds(warm)


def test_a_spare_that_died_is_not_used() -> None:
    runner.warm_up(None, 1)
    ready()
    (spare,) = next(iter(jobs._keeper._spares.values()))
    spare.result().process.kill()
    assert spare.result().wait(60) == -9
    assert run("print(1)").text() == "1\n"


def test_a_spare_that_does_not_start_is_no_harm() -> None:
    runner.warm_up(["/bin/false", "{connection_file}"], 2)
    ran = run("1", argv=["/bin/false", "{connection_file}"])
    assert ran.state == "error" and "exit code 1" in ran.detail


def test_a_job_that_waits_for_a_spare_can_be_cancelled() -> None:
    runner.warm_up(["/bin/sleep", "100"], 1)
    ran = begin("1", argv=["/bin/sleep", "100"])
    assert wait_until(lambda: ran.cancel()["found"])
    asked = time.monotonic()
    ran.finish()
    assert ran.state == "cancelled" and time.monotonic() - asked < 20
    jobs._keeper._spares.clear()


def session(code: str, key: str, **spec: object) -> Ran:
    return run(code, mode="session", session_key=key, **spec)


def test_a_session_keeps_its_names() -> None:
    key = uuid.uuid4().hex
    first, second = session("x = 41", key), session("x += 1\nprint(x)", key)
    assert second.text() == "42\n" and pid_of(first) == pid_of(second)
    assert [ran.of_kind("kernel")[0]["is_reused"] for ran in (first, second)] == [False, True]
    (state,) = runner.runner_state()["sessions"]
    assert state["key"] == key and state["pid"] == pid_of(first) and state["idle_s"] >= 0
    assert session("print('x' in dir())", "another").text() == "False\n"
    assert runner.end_sessions(key) == 1
    assert not is_running(pid_of(first))
    assert session("print('x' in dir())", key).text() == "False\n"


def test_a_session_survives_an_interrupt_and_what_the_job_started_does_not() -> None:
    key = uuid.uuid4().hex
    session("kept = 1", key)
    ran = begin(
        "import subprocess\nchild = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        "print(child.pid, 'go', flush=True)\nwhile True: sum(range(1000))",
        mode="session",
        session_key=key,
    ).wait_for_text("go")
    child = int(ran.text().split()[0])
    time.sleep(0.2)
    ran.cancel()
    ran.finish()
    assert ran.state == "cancelled"
    assert not is_running(child)
    after = session("print(kept)", key)
    assert after.text() == "1\n" and after.of_kind("kernel")[0]["is_reused"]


def test_a_killed_session_begins_anew() -> None:
    key = uuid.uuid4().hex
    session("kept = 1", key)
    ran = begin("print('go', flush=True)\nwhile True: pass", mode="session", session_key=key)
    ran.wait_for_text("go").cancel("KILL")
    ran.finish()
    assert ran.state == "cancelled" and ran.left() == []
    after = session("print('kept' in dir())", key)
    assert after.text() == "False\n" and not after.of_kind("kernel")[0]["is_reused"]


def test_a_session_that_died_begins_anew() -> None:
    key = uuid.uuid4().hex
    assert session("import os; os._exit(1)", key).ended["exit_code"] == 1
    assert session("print('again')", key).text() == "again\n"
    first = session("import os, threading\nthreading.Timer(0.2, os._exit, [1]).start()", key)
    assert wait_until(lambda: not is_running(pid_of(first)))
    assert session("print('again')", key).text() == "again\n"


def test_jobs_of_one_session_take_turns() -> None:
    key = uuid.uuid4().hex
    first = begin(
        "import time\nprint('go', flush=True)\ntime.sleep(1.5)\nx = 1",
        mode="session",
        session_key=key,
    ).wait_for_text("go")
    second = begin("print(x)", mode="session", session_key=key)
    assert second.finish().text() == "1\n"
    first.finish()


def test_a_job_that_waits_for_its_session_can_be_cancelled() -> None:
    key = uuid.uuid4().hex
    first = begin(
        "import time\nprint('go', flush=True)\ntime.sleep(100)", mode="session", session_key=key
    ).wait_for_text("go")
    second = begin("print(1)", mode="session", session_key=key)
    assert wait_until(lambda: second.cancel()["found"])
    second.finish()
    assert second.state == "cancelled" and second.detail == "Cancelled before its code began."
    first.cancel()
    assert first.finish().state == "cancelled"


def test_an_idle_session_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SESSION_IDLE_S", 0.6)
    ran = session("1", "idle")
    assert wait_until(lambda: not is_running(pid_of(ran)), 10)
    assert runner.runner_state()["sessions"] == []


def test_jobs_of_a_group_share_a_kernel_that_is_free(tmp_path: Path) -> None:
    group = {"mode": "group", "session_key": uuid.uuid4().hex}
    first = run("x = 1", **group)
    assert run("print(x)", **group).text() == "1\n"
    may_end = tmp_path / "may-end"
    waits = f"while not os.path.exists({str(may_end)!r}):\n    time.sleep(0.02)"
    long = begin(f"import os, time\nprint('go', flush=True)\n{waits}", **group)
    try:
        long.wait_for_text("go")
        beside = run("print('x' in dir())", **group)
        assert long.is_going() and beside.text() == "False\n"
    finally:
        may_end.touch()
    long.finish()
    assert pid_of(long) == pid_of(first) != pid_of(beside)
    assert run("print('x' in dir())", mode="group", session_key="another").text() == "False\n"


def test_a_kernel_of_a_group_ends_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GROUP_IDLE_S", 0.5)
    ran = run("1", mode="group", session_key=uuid.uuid4().hex)
    assert wait_until(lambda: not is_running(pid_of(ran)), 20)
    assert runner.runner_state()["sessions"] == []


def test_idle_sessions_that_print_cost_the_worker_nothing() -> None:
    key = uuid.uuid4().hex
    session(
        "import threading, time\n"
        "def talk():\n"
        "    while True: print('x' * 1000, flush=True); time.sleep(0.001)\n"
        "threading.Thread(target=talk, daemon=True).start()",
        key,
    )
    kernel = jobs._keeper._sessions[key].kernel
    assert kernel is not None and "iopub" not in kernel._sockets


def test_closing_ends_everything(keeper: keeping.Keeper) -> None:
    runner.warm_up(None, 1)
    ran = session("1", "closing")
    ready(0)
    keeper.close()
    assert not is_running(pid_of(ran))
    assert threading.active_count() >= 1
