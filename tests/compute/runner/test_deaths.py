"""Kernels that go away while a job runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from .driving import begin, run


@pytest.mark.parametrize("code", [0, 1, 3, 255])
def test_a_cell_that_ends_the_process(code: int) -> None:
    ran = run(f"import os, time\nprint(os.getcwd(), flush=True)\ntime.sleep(0.2)\nos._exit({code})")
    assert ran.state == "error" and ran.ended["exit_code"] == code
    assert ran.detail == f"The kernel ended with exit code {code} while the code ran."
    assert ran.left() == [] and not Path(ran.text().strip()).parent.exists()


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGKILL", "SIGTERM", "SIGABRT"])
def test_a_cell_that_is_ended_by_a_signal(name: str) -> None:
    ran = run(f"import os, signal; os.kill(os.getpid(), signal.{name})")
    assert ran.state == "error" and ran.ended["signal"] == name
    assert ran.ended["oom"] is False and ran.ended["exit_code"] is None
    assert name in ran.detail


def test_all_that_was_said_before_the_death_is_there() -> None:
    ran = run(
        "from IPython.display import display\n"
        "for i in range(500): display(i)\n"
        "print('last', flush=True)\n"
        "import os, time; time.sleep(0.2); os._exit(1)"
    )
    assert len(ran.messages("display_data")) == 500 and ran.text() == "last\n"


def test_a_child_that_outlives_its_kernel_does_not_hold_up_the_end() -> None:
    """A fork holds the sockets open: the connection alone would not tell of the death."""
    ran = run(
        "import multiprocessing, time, os\n"
        "multiprocessing.get_context('fork').Process(target=time.sleep, args=(1000,)).start()\n"
        "os._exit(4)"
    )
    assert ran.ended["exit_code"] == 4 and ran.seconds < 20
    assert ran.left() == []


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.execv('/bin/sleep', ['sleep', '1000'])",
        "import os, sys; os.execv(sys.executable, [sys.executable, '-c', 'while True: pass'])",
        "import os, sys; from ipykernel.connect import get_connection_file as f\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'ipykernel_launcher', '-f', f()])",
    ],
    ids=["sleeps", "loops", "starts the kernel anew"],
)
def test_a_cell_that_replaces_the_process(code: str) -> None:
    ran = run(code)
    assert ran.state == "error" and "another program" in ran.detail
    assert ran.seconds < 20 and ran.left() == []


def test_a_job_over_its_memory_limit_is_ended() -> None:
    ran = run(
        "import time\nx = bytearray(50_000_000)\nprint('small', flush=True)\ntime.sleep(0.5)\n"
        "y = b'x' * 600_000_000\ntime.sleep(100)",
        memory_bytes=400_000_000,
    )
    assert ran.state == "error" and ran.ended["oom"] is True
    assert "more than its limit of 0.40 GB" in ran.detail
    assert ran.text() == "small\n"
    assert ran.left() == [] and ran.seconds < 20


def test_children_count_towards_the_limit() -> None:
    ran = run(
        "import subprocess, sys\n"
        "code = 'import time; x = b\"x\" * 600_000_000; time.sleep(100)'\n"
        "subprocess.run([sys.executable, '-c', code])",
        memory_bytes=400_000_000,
    )
    assert ran.state == "error" and ran.ended["oom"] is True
    assert ran.left() == []


def test_memory_that_forks_share_counts_once() -> None:
    ran = run(
        "import multiprocessing, time\n"
        "x = b'x' * 200_000_000\n"
        "context = multiprocessing.get_context('fork')\n"
        "ps = [context.Process(target=time.sleep, args=(2.5,)) for _ in range(3)]\n"
        "[p.start() for p in ps]; [p.join() for p in ps]\n"
        "print('done')",
        memory_bytes=500_000_000,
    )
    assert ran.state == "ok" and ran.text() == "done\n", ran.ended


def test_near_the_limit_is_told() -> None:
    ran = run("x = b'x' * 350_000_000\nimport time; time.sleep(2)", memory_bytes=420_000_000)
    assert ran.state == "ok", ran.ended
    samples = ran.of_kind("sample")
    assert any(sample["is_near_limit"] for sample in samples)
    assert all(sample["limit_bytes"] == 420_000_000 for sample in samples)


def test_a_cancel_that_kills_the_kernel_is_a_cancel() -> None:
    ran = begin(
        "import signal, os\nsignal.signal(signal.SIGINT, lambda *_: os._exit(9))\n"
        "print('go', flush=True)\nwhile True: pass"
    ).wait_for_text("go")
    ran.cancel()
    ran.finish()
    assert ran.state == "cancelled" and "its kernel ended with it" in ran.detail
