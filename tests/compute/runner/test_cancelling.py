"""Ending jobs: by the interrupt, by force, and with everything they have started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from dsinfra_jlab.compute import runner

from .driving import MARK, Ran, begin, is_running, run, wait_until

ALL_GONE_S = 8.0
"""From the cancel until nothing is left, with the usual grace of 5 s."""

SOON_S = 10.0
"""What takes tenths of a second, on a machine with other things to do; benchmarks measure it."""

IGNORING = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"

# Where the interpreter is locked, the cell sleeps before: what it has printed is sent by another
# thread of the kernel, also after a flush.
STUBBORN = {
    "ignores the signal": IGNORING + "print('go', flush=True)\nwhile True: pass",
    "catches the interrupt again and again": """
        print('go', flush=True)
        while True:
            try: sum(range(1000))
            except KeyboardInterrupt: pass
        """,
    "sleeps in C again and again": """
        import ctypes, time
        print('go', flush=True)
        time.sleep(0.5)
        libc = ctypes.PyDLL(None)
        while True:
            try: libc.sleep(100)
            except KeyboardInterrupt: pass
        """,
    "spins in C with the interpreter locked": """
        import itertools, time
        print('go', flush=True)
        time.sleep(0.5)
        sum(itertools.repeat(0))
        """,
}


def code_of(text: str) -> str:
    return textwrap.dedent(text)


def cancelled(ran: Ran, within_s: float) -> Ran:
    ran.wait_for_text("go")
    time.sleep(0.7)  # until the cell has come back from printing
    asked = time.monotonic()
    answer = ran.cancel()
    assert answer["found"] and answer["signal"] == "INT" and answer["kill_at"] > time.time()
    ran.finish()
    assert time.monotonic() - asked < within_s
    assert ran.state == "cancelled", ran.ended
    assert ran.left() == []
    return ran


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time; time.sleep(100)",
        "import ctypes; ctypes.CDLL(None).sleep(100)",
        "import threading; threading.Event().wait()",
        "import asyncio; await asyncio.sleep(100)",
        "import subprocess; subprocess.run(['sleep', '100'])",
        "!sleep 100",
        "import queue; queue.Queue().get()",
        "import re, time; time.sleep(0.5); re.match(r'(a+)+$', 'a' * 60 + 'b')",
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [2])\nwhile True: pass",
    ],
)
def test_the_interrupt_ends_it(code: str) -> None:
    ran = cancelled(begin(f"print('go', flush=True)\n{code}"), SOON_S)
    assert [each["signal"] for each in ran.of_kind("asked")] == ["INT"]
    if not code.startswith("!"):  # a command that was interrupted is an ordinary end of a cell
        assert ran.detail == "Interrupted." and ran.ended["signal"] is None


@pytest.mark.parametrize("code", STUBBORN.values(), ids=STUBBORN)
def test_what_ignores_the_interrupt_is_killed(code: str) -> None:
    ran = cancelled(begin(code_of(code), cancel_grace_s=1.0), SOON_S)
    assert [each["signal"] for each in ran.of_kind("asked")] == ["INT", "KILL"]
    assert "within 1 s" in ran.detail and ran.ended["signal"] == "SIGKILL"


def test_the_usual_grace_is_within_the_budget() -> None:
    cancelled(begin(STUBBORN["ignores the signal"]), ALL_GONE_S)


def test_code_may_use_the_grace_to_end_well() -> None:
    ran = cancelled(
        begin(
            "import time\nprint('go', flush=True)\n"
            "try: time.sleep(100)\nexcept KeyboardInterrupt: print('saved')"
        ),
        SOON_S,
    )
    assert ran.text() == "go\nsaved\n"
    assert ran.detail == "The code took note of the interrupt and ended by itself."


def test_to_ask_again_changes_nothing() -> None:
    ran = begin(STUBBORN["ignores the signal"], cancel_grace_s=1.0).wait_for_text("go")
    first = ran.cancel()["kill_at"]
    time.sleep(0.3)
    assert ran.cancel()["kill_at"] == first
    ran.finish()
    assert [each["signal"] for each in ran.of_kind("asked")] == ["INT", "KILL"]


def test_a_kill_asks_nobody() -> None:
    ran = begin("print('go', flush=True)\nwhile True: pass").wait_for_text("go")
    assert ran.cancel("KILL") == {"found": True, "signal": "KILL", "kill_at": None}
    ran.finish()
    assert ran.state == "cancelled" and ran.detail == "Killed."
    assert ran.left() == []


def test_a_job_that_is_not_here_is_not_found() -> None:
    assert runner.signal_job("nobody", "INT") == {"found": False, "signal": "INT", "kill_at": None}
    ran = run("1")
    assert not ran.cancel()["found"]


def test_a_job_whose_kernel_starts_ends_at_once() -> None:
    ran = begin("print('never')")
    assert wait_until(lambda: ran.cancel()["found"])
    ran.finish()
    assert ran.state == "cancelled" and ran.detail == "Cancelled before its code began."
    assert ran.text() == "" and ran.of_kind("request") == []
    assert ran.left() == []


@pytest.mark.parametrize("round_", range(6))
def test_a_cancel_at_any_moment_ends_it(round_: int) -> None:
    """From the start of the kernel over its loading to its code."""
    ran = begin("while True: pass", cancel_grace_s=2.0)
    time.sleep(0.2 * round_)
    assert wait_until(lambda: ran.cancel()["found"])
    ran.finish()
    assert ran.state == "cancelled"
    assert ran.left() == []


CHILDREN = {
    "a child in the group": "subprocess.Popen(['sleep', '1000'])",
    "a child that holds the output": "subprocess.Popen(['sleep', '1000'], stdout=1)",
    "a child that ignores the signal": (
        "subprocess.Popen(['sh', '-c', 'trap \"\" INT; sleep 1000; sleep 1000'])"
    ),
    "a session of its own": "subprocess.Popen(['sleep', '1000'], start_new_session=True)",
    "a daemon": (
        "subprocess.run([sys.executable, '-c', "
        '\'import os, subprocess; os.setsid(); subprocess.Popen(["sleep", "1000"], '
        "start_new_session=True)'])"
    ),
    "a fork": (
        "multiprocessing.get_context('fork').Process(target=time.sleep, args=(1000,)).start()"
    ),
    "a pool": "pool = multiprocessing.get_context('fork').Pool(2)",
}


@pytest.mark.parametrize("end", ["cancel", "kill", "end"])
def test_nothing_that_it_started_is_left(end: str) -> None:
    children = "\n".join(CHILDREN.values())
    code = (
        f"import multiprocessing, os, subprocess, sys, time\n{children}\nprint('go', flush=True)\n"
    )
    if end == "end":
        ran = run(code)
        assert ran.state == "ok", ran.ended
    else:
        ran = begin(code + "while True: pass").wait_for_text("go")
        assert len(ran.left()) > len(CHILDREN)
        ran.cancel("KILL" if end == "kill" else "INT")
        ran.finish()
        assert ran.state == "cancelled"
    assert ran.left() == []


def test_a_bare_daemon_that_was_seen_before_it_left_is_ended() -> None:
    """One without the environment, the group and the parent of the job."""
    code = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['env', '-i', 'setsid', 'sh', '-c',"
        " 'sleep 1000 & echo $!; sleep 1.6'], stdout=subprocess.PIPE, text=True)\n"
        "print(child.stdout.readline(), flush=True)\n"
        "child.wait()\nprint('go', flush=True)\ntime.sleep(100)"
    )
    ran = begin(code).wait_for_text("go")
    pid = int(ran.text().split()[0])
    assert is_running(pid)
    ran.cancel()
    ran.finish()
    assert not is_running(pid)


def test_the_private_folder_goes_with_the_job() -> None:
    ran = begin("import os\nprint(os.getcwd(), 'go', flush=True)\nwhile True: pass")
    folder = Path(ran.wait_for_text("go").text().split()[0])
    assert folder.exists()
    ran.cancel("KILL")
    ran.finish()
    assert not folder.parent.exists()


def test_a_blocked_signal_of_the_worker_is_not_inherited() -> None:
    old = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        blocked = "import signal\nprint(signal.pthread_sigmask(signal.SIG_BLOCK, []))\n"
        ran = begin(f"{blocked}print('go', flush=True)\nwhile True: pass")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)
    cancelled(ran, SOON_S)
    assert ran.text() == "set()\ngo\n"
    assert ran.detail == "Interrupted."


def test_an_ignored_signal_of_the_worker_is_not_inherited() -> None:
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        ran = begin("import subprocess\nprint('go', flush=True)\nsubprocess.run(['sleep', '100'])")
        ran.wait_for_text("go")
    finally:
        signal.signal(signal.SIGINT, old)
    cancelled(ran, SOON_S)
    assert ran.detail == "Interrupted."


def test_threads_of_the_worker_are_left_alone() -> None:
    """The interrupt is for the job only."""
    interrupted = threading.Event()
    old = signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    try:
        cancelled(begin("print('go', flush=True)\nwhile True: pass"), SOON_S)
    finally:
        signal.signal(signal.SIGINT, old)
    assert not interrupted.is_set()


WORKER = """
import sys, threading
from dsinfra_jlab.compute import runner
def emit(event):
    text = event.get("content", {}).get("text")
    if event["kind"] == "kernel":
        print("kernel", event["pid"], flush=True)
    elif text:
        print(text, end="", flush=True)
code = sys.argv[1]
runner.run_job({"job_id": "j", "message_id": "m", "code": code, "returns": [],
                "environment": {sys.argv[2]: "1"}}, {"files": {}}, emit)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "ended"])
def test_with_the_worker_everything_of_its_job_goes(number: int) -> None:
    """Also where the kernel cannot see by itself that the worker is gone."""
    mark = f"{MARK}_{os.getpid()}_{time.monotonic_ns()}"
    children = "\n".join(CHILDREN.values())
    cell = (
        "import multiprocessing, os, subprocess, sys, time\n"
        f"{children}\nprint(os.getcwd(), 'go', flush=True)\n"
        "import ctypes\n"
        "time.sleep(0.5)\n"
        "ctypes.PyDLL(None).sleep(1000)"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, cell, mark], stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    ran = Ran("j", f"{mark}=1")
    with worker.stdout:
        line = ""
        while "go" not in line:
            line = worker.stdout.readline()
            assert worker.poll() is None
        folder = Path(line.split()[0]).parent
        assert len(ran.left()) > len(CHILDREN) and folder.exists()
        worker.send_signal(number)
        worker.wait()
    assert wait_until(lambda: not ran.left(), 5.0), ran.left()
    assert wait_until(lambda: not folder.exists(), 2.0)


def test_a_worker_that_closes_its_runner_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "from dsinfra_jlab.compute import runner\n"
        "import threading, time\n"
        "runner.warm_up(None, 1)\n"
        "spec = {'job_id': 'j', 'message_id': 'm', 'code': 'x = 1', 'mode': 'session',"
        " 'session_key': 'k', 'returns': []}\n"
        "assert runner.run_job(spec, {'files': {}}, lambda e: None)['state'] == 'ok'\n"
        "runner.warm_up(None, 1)\n"
        "state = runner.runner_state()\n"
        "assert state['spares'] == 1 and len(state['sessions']) == 1, state\n"
        "runner.close_runner()\n"
        "state = runner.runner_state()\n"
        "assert state['spares'] == 0 and state['sessions'] == [], state\n"
        "print('closed')\n"
    )
    mark = f"{MARK}_{os.getpid()}_{time.monotonic_ns()}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, mark: "1"},
        cwd=tmp_path,
    )
    assert "closed" in done.stdout, done.stderr
    assert wait_until(lambda: not Ran("j", f"{mark}=1").left(), 2.0)
