"""The guard of a kernel: nothing that a job starts gets away from it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import psutil
import pytest

from dsinfra_jlab.compute import runner
from dsinfra_jlab.compute.runner.launching import GuardedProcess, Launched
from dsinfra_jlab.compute.runner.processes import marked, process_table

from .driving import WAIT_S, begin, is_running, run, wait_until

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux lets a process take in those of others"
)

DAEMON = """
import os, subprocess, sys
program = '''
import os, sys, time
for _ in range(2):
    if os.fork():
        os._exit(0)
    os.setsid()
with open(sys.argv[1], "w") as file:
    file.write(str(os.getpid()))
os.rename(sys.argv[1], sys.argv[1] + ".pid")
time.sleep(1000)
'''
subprocess.run([sys.executable, "-I", "-S", "-c", program, {path!r}], env={{}})
while not os.path.exists({path!r} + ".pid"):
    pass
print("go", flush=True)
"""
"""Starts a process of which nothing tells who has started it: it has left the group, the session
and the parent, and its environment is empty. It does so at once, before anybody looks."""


def daemon(path: Path) -> str:
    """Return the code of a cell that starts one."""
    return DAEMON.format(path=str(path))


def pid_of(path: Path) -> int:
    return int(Path(f"{path}.pid").read_text())


@pytest.mark.parametrize(
    "end", ["ends", "is cancelled", "is killed", "fails", "dies", "is replaced"]
)
def test_a_bare_daemon_ends_with_its_job(tmp_path: Path, end: str) -> None:
    path = tmp_path / "daemon"
    code = daemon(path) + {
        "ends": "",
        "fails": "1 / 0",
        "dies": "import time; time.sleep(0.5); os._exit(3)",
        "is replaced": "import time; time.sleep(0.5); os.execv('/bin/sleep', ['sleep', '1000'])",
    }.get(end, "while True: pass")
    ran = begin(code)
    if end.startswith("is ") and end != "is replaced":
        ran.wait_for_text("go")
        assert is_running(pid_of(path))
        ran.cancel("KILL" if end == "is killed" else "INT")
    ran.finish()
    assert ran.state == {"ends": "ok", "is cancelled": "cancelled", "is killed": "cancelled"}.get(
        end, "error"
    )
    assert not is_running(pid_of(path))
    assert "could not be ended" not in ran.detail


WORKER = """
import sys
from dsinfra_jlab.compute import runner
runner.run_job({"job_id": "j", "message_id": "m", "code": sys.argv[1], "returns": []},
               {"files": {}}, lambda event: None)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_bare_daemon_ends_with_its_worker(tmp_path: Path, number: int) -> None:
    path = tmp_path / "daemon"
    code = daemon(path) + "import ctypes; ctypes.PyDLL(None).sleep(1000)"
    with subprocess.Popen([sys.executable, "-c", WORKER, code]) as worker:
        assert wait_until(Path(f"{path}.pid").exists, WAIT_S)
        family = psutil.Process(worker.pid).children(recursive=True)
        assert pid_of(path) in [each.pid for each in family]
        worker.send_signal(number)
        worker.wait()
    assert wait_until(lambda: not any(is_running(each.pid) for each in family), WAIT_S)


def test_what_forks_on_and_on_is_caught(tmp_path: Path) -> None:
    """Each of them lives for some thousandths of a second, in a session of its own."""
    path = tmp_path / "beat"
    program = (
        "import os, sys, time\n"
        "while True:\n"
        "    if os.fork():\n        os._exit(0)\n"
        "    os.setsid()\n"
        "    with open(sys.argv[1], 'w') as file:\n        file.write('x')\n"
        "    time.sleep(0.002)\n"
    )
    ran = begin(
        "import subprocess, sys\n"
        f"arguments = [{program!r}, {str(path)!r}]\n"
        "subprocess.run([sys.executable, '-I', '-S', '-c', *arguments], env={})\n"
        "print('go', flush=True)\nwhile True: pass"
    )
    ran.wait_for_text("go")
    assert wait_until(path.exists, WAIT_S)
    ran.cancel()
    ran.finish()
    assert ran.detail == "Interrupted."
    path.unlink(missing_ok=True)
    time.sleep(1.0)
    assert not path.exists()


STOPPED = {
    "the kernel": "os.kill(os.getpid(), signal.SIGSTOP)",
    "its group": "os.killpg(os.getpgid(0), signal.SIGSTOP)",
    "a child": (
        "child = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        "child.send_signal(signal.SIGSTOP); child.wait()"
    ),
    "the guard": "os.kill(os.getppid(), signal.SIGSTOP)",
}


@pytest.mark.parametrize("code", STOPPED.values(), ids=STOPPED)
def test_what_is_stopped_ends(code: str) -> None:
    ran = begin(
        "import os, signal, subprocess, time\nprint('go', flush=True)\ntime.sleep(0.5)\n"
        f"{code}\nwhile True: pass"
    )
    ran.wait_for_text("go")
    time.sleep(1.0)
    ran.cancel()
    ran.finish()
    assert ran.state == "cancelled" and ran.left() == []
    assert [each["signal"] for each in ran.of_kind("asked")] == ["INT"]


def test_every_signal_blocked_is_no_way_out() -> None:
    ran = begin(
        "import signal, time, ctypes\nprint('go', flush=True)\ntime.sleep(0.5)\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n"
        "libc = ctypes.PyDLL(None)\nwhile True: libc.sleep(1000)",
        cancel_grace_s=1.0,
    )
    ran.wait_for_text("go")
    time.sleep(1.0)
    ran.cancel()
    ran.finish()
    assert ran.state == "cancelled" and ran.left() == []


def test_a_tree_of_sessions_that_ignore_the_interrupt_ends(tmp_path: Path) -> None:
    program = (
        "import os, signal, subprocess, sys, time\n"
        "for each in (signal.SIGINT, signal.SIGTERM): signal.signal(each, signal.SIG_IGN)\n"
        "depth = int(sys.argv[1])\n"
        "for _ in range(2 if depth else 0):\n"
        "    subprocess.Popen([sys.executable, '-I', '-S', '-c', sys.argv[2], str(depth - 1),"
        " sys.argv[2], sys.argv[3]], start_new_session=True)\n"
        "open(os.path.join(sys.argv[3], str(os.getpid())), 'w').close()\n"
        "time.sleep(1000)"
    )
    ran = begin(
        "import subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-I', '-S', '-c', {program!r}, '3', {program!r},"
        f" {str(tmp_path)!r}], env={{}}, start_new_session=True)\n"
        "print('go', flush=True)\nwhile True: pass"
    )
    ran.wait_for_text("go")
    assert wait_until(lambda: len(list(tmp_path.iterdir())) == 15, WAIT_S)
    pids = [int(path.name) for path in tmp_path.iterdir()]
    assert all(map(is_running, pids))
    ran.cancel()
    ran.finish()
    assert not any(map(is_running, pids))


def test_a_cell_that_ends_its_guard_ends_all_the_same(tmp_path: Path) -> None:
    ran = run(
        "import os, signal, subprocess\nsubprocess.Popen(['sleep', '1000'])\n"
        "os.kill(os.getppid(), signal.SIGKILL)\nwhile True: pass"
    )
    assert ran.state == "error" and ran.ended["signal"] == "SIGKILL"
    assert ran.left() == []


def test_a_cancelled_cell_of_a_session_leaves_its_kernel_and_what_was_there_before(
    tmp_path: Path,
) -> None:
    key = uuid.uuid4().hex
    spec = {"mode": "session", "session_key": key}
    first, second = tmp_path / "first", tmp_path / "second"
    before = run(daemon(first) + "x = 1", **spec)
    assert is_running(pid_of(first))
    ran = begin(daemon(second) + "while True: pass", **spec).wait_for_text("go")
    assert is_running(pid_of(second))
    ran.cancel()
    ran.finish()
    assert ran.state == "cancelled"
    assert not is_running(pid_of(second)) and is_running(pid_of(first))
    after = run("print(x)", **spec)
    assert after.text() == "1\n"
    pids = {each.of_kind("kernel")[0]["pid"] for each in (before, ran, after)}
    assert len(pids) == 1
    assert runner.end_sessions(key) == 1
    assert not is_running(pid_of(first))


def test_those_that_end_leave_no_zombies() -> None:
    ran = run(
        "import os, subprocess, time\n"
        "for _ in range(20): subprocess.run(['sh', '-c', 'true & true & true'])\n"
        "guard = os.getppid()\n"
        "def zombies():\n"
        "    found = 0\n"
        "    for pid in filter(str.isdigit, os.listdir('/proc')):\n"
        "        try: text = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()\n"
        "        except OSError: continue\n"
        "        found += text[0] == 'Z' and int(text[1]) == guard\n"
        "    return found\n"
        "end = time.monotonic() + 60\n"
        "while zombies() and time.monotonic() < end: time.sleep(0.05)\n"
        "print(zombies(), os.waitpid)"
    )
    assert ran.text().startswith("0 "), ran.ended


def test_the_number_of_a_kernel_that_ended_goes_to_nobody() -> None:
    launched = Launched(["/bin/sh", "-c", "exit 7"], {}, "key")
    process = launched.process
    try:
        assert process.find(WAIT_S)
        assert process.wait(WAIT_S) == 7 == process.poll()
        assert psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE
        assert process.is_guarded
    finally:
        launched.clear()
    assert not psutil.pid_exists(process.pid)
    assert not Path(launched.folder).exists()


def test_a_signal_is_told_as_one() -> None:
    launched = Launched(["/bin/sh", "-c", "kill -SEGV $$"], {}, "key")
    assert launched.process.wait(WAIT_S) == -signal.SIGSEGV
    launched.clear()


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1])
def test_a_kernel_that_is_given_up_at_once_never_comes(after_s: float) -> None:
    mark = uuid.uuid4().hex
    for _ in range(3):
        launched = Launched(["/bin/sleep", "1000"], {"DSINFRA_TEST_GIVEN_UP": mark}, "key")
        time.sleep(after_s)
        launched.clear()
    time.sleep(0.2)
    assert marked(process_table(), f"DSINFRA_TEST_GIVEN_UP={mark}") == set()


def test_secrets_of_the_environment_are_in_no_command_line(tmp_path: Path) -> None:
    launched = Launched(["/bin/sleep", "100"], {"SECRET": "hidden-9173"}, "key")
    try:
        assert launched.process.find(WAIT_S)
        for pid in (launched.process.pid, launched.process.guard_pid):
            assert "hidden-9173" not in " ".join(psutil.Process(pid).cmdline())
        assert wait_until(
            lambda: psutil.Process(launched.process.pid).environ().get("SECRET") == "hidden-9173",
            WAIT_S,
        )
    finally:
        launched.process.kill()
        launched.process.wait(WAIT_S)
        launched.clear()


def test_news_of_it_are_heard_with_many_files_open(tmp_path: Path) -> None:
    """``select`` takes no file with a number above 1,023."""
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_100)]
    try:
        assert run("print(5)").text() == "5\n"
    finally:
        for file in files:
            os.close(file)


def test_those_who_start_at_once_do_not_hold_each_other_up() -> None:
    """The pipe to a guard has to end with the worker, whoever was started meanwhile."""
    made: list[Launched] = []

    def start() -> None:
        made.append(Launched(["/bin/sleep", "1000"], {}, "key"))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    processes: list[GuardedProcess] = [each.process for each in made]
    assert all(process.find(WAIT_S) for process in processes)
    assert len({process.pid for process in processes}) == len(processes)
    first = processes[0]
    assert first._guard.stdin is not None
    first._guard.stdin.close()  # as if its worker had gone
    assert first.wait(WAIT_S) is not None
    assert wait_until(lambda: not Path(made[0].folder).exists(), WAIT_S)
    assert wait_until(lambda: not first.is_guarded, WAIT_S)
    for each in made:
        each.process.kill()
        each.clear()
