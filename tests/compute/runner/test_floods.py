"""Much output: nothing of it is lost, or what is left out is counted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from dsinfra_jlab.compute import runner

from .driving import OUTSIDE_PYTEST, begin, run


@pytest.mark.slow
def test_20000_displays_and_200000_lines_arrive() -> None:
    ran = run(
        "from IPython.display import display\n"
        "for i in range(20_000):\n"
        "    display(i)\n"
        "    for j in range(10): print(i * 10 + j)\n"
    )
    assert ran.state == "ok", ran.ended
    shown = [int(each["content"]["data"]["text/plain"]) for each in ran.messages("display_data")]
    assert shown == list(range(20_000))
    assert ran.text() == "".join(f"{i}\n" for i in range(200_000))
    assert ran.of_kind("dropped") == []


def test_lines_are_gathered() -> None:
    ran = run("for i in range(200_000): print(i)")
    assert ran.text() == "".join(f"{i}\n" for i in range(200_000))
    assert len(ran.messages("stream")) < 2_000


@pytest.mark.slow
def test_a_slow_listener_loses_nothing() -> None:
    parts = []

    def emit(event: dict[str, Any]) -> None:
        if event["kind"] == "message" and event["header"]["msg_type"] == "display_data":
            if not parts:
                time.sleep(3)
            parts.append(int(event["content"]["data"]["text/plain"]))

    code = "from IPython.display import display\nfor i in range(20_000): display(i)"
    spec = {"job_id": "slow", "message_id": "m", "code": code, "returns": []}
    assert runner.run_job(spec, {"files": {}}, emit)["state"] == "ok"
    assert parts == list(range(20_000))


WORKER = """
import json, sys
from dsinfra_jlab.compute import runner
shown = []
def emit(event):
    if event["kind"] == "request":
        print("go", flush=True)
    elif event["kind"] == "message" and event["header"]["msg_type"] == "display_data":
        shown.append(int(event["content"]["data"]["text/plain"]))
code = "from IPython.display import display\\nfor i in range(20_000): display(i)"
spec = {"job_id": "j", "message_id": "m", "code": code, "returns": []}
ended = runner.run_job(spec, {"files": {}}, emit)
print(json.dumps({"state": ended["state"], "is_whole": shown == list(range(20_000))}))
"""


@pytest.mark.slow
def test_a_worker_that_is_stopped_for_a_while_loses_nothing() -> None:
    """Then not even the threads of its sockets take anything."""
    worker = subprocess.Popen([sys.executable, "-c", WORKER], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    with worker.stdout:
        assert worker.stdout.readline() == "go\n"
        worker.send_signal(signal.SIGSTOP)
        time.sleep(4)
        worker.send_signal(signal.SIGCONT)
        assert json.loads(worker.stdout.read()) == {"state": "ok", "is_whole": True}
    assert worker.wait() == 0


def test_what_is_beyond_the_limit_is_counted() -> None:
    ran = run(
        "print('first', flush=True)\nfor i in range(100): print('x' * 100_000, flush=True)\n1/0",
        outputs_max_bytes=1_000_000,
    )
    assert ran.state == "error"
    assert ran.messages("error") and ran.messages("execute_reply")  # these are never left out
    text = ran.text()
    assert text.startswith("first\n") and 500_000 < len(text) <= 1_000_000
    dropped = sum(each["bytes"] for each in ran.of_kind("dropped"))
    assert abs(len(text) + dropped - 10_000_000) < 200_000


def test_one_output_larger_than_the_limit_is_left_out() -> None:
    ran = run(
        "from IPython.display import publish_display_data as p\n"
        "p({'text/plain': 'x' * 5_000_000})\nprint('after')",
        outputs_max_bytes=1_000_000,
    )
    assert ran.state == "ok" and ran.text() == "after\n"
    assert ran.messages("display_data") == []
    (dropped,) = ran.of_kind("dropped")
    assert 5_000_000 < dropped["bytes"] < 5_100_000


def test_a_child_that_floods_does_not_stop_the_cancel() -> None:
    ran = begin(
        "import subprocess\nsubprocess.run(['yes'])", outputs_max_bytes=500_000, argv=OUTSIDE_PYTEST
    )
    ran.wait_for(lambda ran: bool(ran.of_kind("dropped")))
    asked = time.monotonic()
    ran.cancel()
    ran.finish()
    assert ran.state == "cancelled" and time.monotonic() - asked < 30
    assert ran.left() == []
