"""A job from its start to its end, in real kernels."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.compute import runner
from dsinfra_jlab.compute.runner import limits
from dsinfra_jlab.compute.runner.ending import NOBODY_TO_ASK
from dsinfra_jlab.domain.compute import limits as compute_limits

from ...kernel.environments import ALL, Environment, python_of
from .driving import OUTSIDE_PYTEST, Ran, run


def kinds(ran: Ran) -> list[str]:
    return [
        event["header"]["msg_type"] if event["kind"] == "message" else event["kind"]
        for event in ran.events
    ]


def test_a_cell_is_told_as_it_happened() -> None:
    ran = run("print('one')\n2", cell_id="c-1", user="ada")
    assert ran.state == "ok" and ran.detail == ""
    told = [each for each in kinds(ran) if each != "sample"]
    told.remove("execute_reply")  # comes on another channel than the rest
    assert told == [
        "kernel",
        "request",
        "status",
        "execute_input",
        "stream",
        "execute_result",
        "status",
    ]
    (request,) = ran.of_kind("request")
    assert request["header"]["msg_id"] == f"message-{ran.job_id}"
    assert request["header"]["username"] == "ada"
    assert request["metadata"] == {"cellId": "c-1"}
    assert request["content"]["code"] == "print('one')\n2"
    assert request["content"]["allow_stdin"] is False
    for message in ran.messages():
        assert message["parent_header"]["msg_id"] == f"message-{ran.job_id}"
        assert isinstance(message["header"]["date"], str)
    assert ran.text() == "one\n"
    assert ran.messages("execute_result")[0]["content"]["data"] == {"text/plain": "2"}
    (reply,) = ran.messages("execute_reply")
    assert reply["channel"] == "shell" and reply["content"]["status"] == "ok"
    assert {key: ran.ended[key] for key in ("exit_code", "signal", "oom", "names", "changed")} == {
        "exit_code": None,
        "signal": None,
        "oom": False,
        "names": [],
        "changed": [],
    }
    assert ran.left() == []


def test_the_kernel_is_named_and_looked_at() -> None:
    ran = run("import os, time; print(os.getpid(), os.getpgrp()); time.sleep(1.5)")
    (kernel,) = ran.of_kind("kernel")
    assert ran.text().split() == [str(kernel["pid"]), str(kernel["pgid"])]
    assert kernel["python"] == "{}.{}.{}".format(*sys.version_info[:3])
    assert kernel["is_reused"] is False
    samples = ran.of_kind("sample")
    assert len(samples) >= 2  # at least one while it slept, and one at its end
    assert all(sample["rss_bytes"] > 10_000_000 for sample in samples)
    assert all(sample["processes"] == 1 and sample["limit_bytes"] is None for sample in samples)


def test_the_time_of_children_counts() -> None:
    code = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'sum(range(10**7))'])"
    assert run(code).of_kind("sample")[-1]["cpu_s"] >= 0.1


def test_every_kind_of_output_is_passed_on() -> None:
    ran = run(
        "from IPython.display import display, clear_output, HTML\n"
        "import sys\n"
        "print('out'); print('err', file=sys.stderr)\n"
        "handle = display(HTML('<b>1</b>'), display_id='d')\n"
        "handle.update(HTML('<b>2</b>'))\n"
        "clear_output(wait=True)\n"
        "print('after')"
    )
    types = [
        each
        for each in kinds(ran)
        if each in ("stream", "display_data", "update_display_data", "clear_output")
    ]
    assert types[-3:] == ["update_display_data", "clear_output", "stream"]
    assert ran.text("stderr") == "err\n" and ran.text() == "out\nafter\n"
    (update,) = ran.messages("update_display_data")
    assert update["content"]["transient"] == {"display_id": "d"}


def test_buffers_go_along() -> None:
    code = (
        "k = get_ipython().kernel\n"
        "k.session.send(k.iopub_socket, 'comm_msg', {'comm_id': 'c', 'data': {}},"
        " parent=k.get_parent('shell'), ident=b'comm', buffers=[bytes(range(256)), b''])"
    )
    (message,) = run(code).messages("comm_msg")
    assert [base64.b64decode(each) for each in message["buffers"]] == [bytes(range(256)), b""]


def test_an_error_is_the_outcome() -> None:
    ran = run("def f():\n    1 / 0\nf()")
    assert ran.state == "error" and ran.detail == "ZeroDivisionError: division by zero"
    (error,) = ran.messages("error")
    assert "f()" in "".join(error["content"]["traceback"])


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        ("input('name?')", NOBODY_TO_ASK),
        ("import getpass; getpass.getpass()", NOBODY_TO_ASK),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("def f(:", "SyntaxError: "),
        ("%no_such_magic", "UsageError"),
    ],
)
def test_code_that_fails_ends_at_once(code: str, detail: str) -> None:
    ran = run(code)
    assert ran.state == "error"
    assert ran.detail.startswith(detail) or detail == "UsageError"
    assert ran.seconds < 30


def test_exit_is_an_ordinary_end() -> None:
    ran = run("print('before')\nexit()")
    assert ran.state == "ok" and ran.text() == "before\n"


def test_no_text_breaks_the_way() -> None:
    ran = run(
        "import os, sys\n"
        "print('lone \\udcff half')\n"
        "sys.stdout.flush()\n"
        "os.system(r\"printf 'bytes \\377\\376 end\\n'\")\n"
        "from IPython.display import publish_display_data\n"
        "publish_display_data({'application/json': {'x': float('inf')}, 'text/plain': ''})\n"
        "import time; time.sleep(0.3)",
        argv=OUTSIDE_PYTEST,
    )
    assert ran.state == "ok"
    text = ran.text()
    text.encode()  # it can be written down
    assert "lone" in text and "half" in text
    assert "bytes" in text and "end" in text


def test_children_that_write_are_heard() -> None:
    ran = run(
        "import subprocess\nsubprocess.run(['sh', '-c', 'echo from a child'])", argv=OUTSIDE_PYTEST
    )
    assert ran.text() == "from a child\n"


def test_output_after_the_end_of_the_cell_is_taken_as_long_as_there_is_a_kernel() -> None:
    ran = run(
        "import threading, time\n"
        "def talk():\n"
        "    while True:\n"
        "        print('.', end='', flush=True); time.sleep(0.001)\n"
        "threading.Thread(target=talk, daemon=True).start()\n"
        "time.sleep(0.2)\n"
        "print('last')"
    )
    assert ran.state == "ok"
    assert "last" in ran.text() and ran.text().count(".") > 10
    assert ran.left() == []


def test_exit_handlers_run_and_are_heard() -> None:
    ran = run("import atexit\natexit.register(lambda: print('good bye', flush=True));")
    assert ran.state == "ok" and "good bye" in ran.text()
    assert ran.left() == []


def test_an_exit_handler_that_hangs_does_not_hold_up_the_job() -> None:
    ran = run("import atexit, time\natexit.register(time.sleep, 100);")
    assert ran.state == "ok" and ran.seconds < 30
    assert ran.left() == []


def test_variables_and_folder(tmp_path: Path) -> None:
    code = (
        "import os\n"
        "print(os.getcwd(), os.environ['OMP_NUM_THREADS'], os.environ['POLARS_MAX_THREADS'],"
        " os.environ['MINE'], os.environ['DSINFRA_JOB_ID'], os.environ['MKL_NUM_THREADS'])"
    )
    environment = {"MINE": "m", "MKL_NUM_THREADS": "7"}
    ran = run(code, cwd=str(tmp_path), cpus=3, environment=environment)
    assert ran.text().split() == [str(tmp_path), "3", "3", "m", ran.job_id, "7"]


def test_a_folder_that_is_not_here_becomes_a_private_one() -> None:
    ran = run(
        "import os\nopen('f', 'w').close()\nprint(os.getcwd())\nprint(oct(os.stat('..').st_mode))",
        cwd="/there/is/no/such/folder",
    )
    folder, mode = ran.text().split()
    assert mode == "0o40700"
    assert not Path(folder).exists() and not Path(folder).parent.exists()


def test_only_this_user_can_reach_the_kernel() -> None:
    ran = run(
        "import os, json\n"
        "from ipykernel.connect import get_connection_file\n"
        "path = get_connection_file()\n"
        "print(oct(os.stat(os.path.dirname(path)).st_mode), json.load(open(path))['transport'])"
    )
    assert ran.text().split() == ["0o40700", "ipc"]


def test_nothing_is_kept_in_the_history() -> None:
    ran = run("print(get_ipython().history_manager.hist_file)")
    assert ran.text() == ":memory:\n"


def test_stdin_is_closed() -> None:
    assert run("import os\nprint(repr(os.read(0, 10)))").text() == "b''\n"


def test_a_python_without_ipykernel_is_named(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    python = str(tmp_path / "bare" / "bin" / "python")
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    ran = run("1", argv=argv)
    assert ran.state == "error"
    assert ran.detail.startswith(f"ipykernel is not installed in the environment of {python}.")
    assert ran.left() == []


@pytest.mark.parametrize(
    ("argv", "detail"),
    [
        (["/no/such/program", "{connection_file}"], "The kernel's command cannot be run"),
        (
            ["/bin/sh", "-c", "echo oh no; exit 7"],
            "The kernel ended while it started (exit code 7)",
        ),
        (["/bin/true"], "It wrote nothing."),
    ],
)
def test_a_kernel_that_does_not_start(argv: list[str], detail: str) -> None:
    ran = run("1", argv=argv)
    assert ran.state == "error" and detail in ran.detail
    assert ("oh no" in ran.detail) == ("sh" in argv[0])


def test_a_kernel_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "START_S", 0.5)
    ran = run("1", argv=["/bin/sleep", "100"])
    assert ran.state == "error" and "did not answer" in ran.detail
    assert ran.left() == []


@pytest.mark.slow
@pytest.mark.parametrize("environment", ALL, ids=lambda each: each.name)
def test_kernels_of_other_environments(environment: Environment) -> None:
    python = python_of(environment)
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    ran = run(
        "import sys\nprint(sys.version_info[:2])\n"
        "print(get_ipython().kernel.iopub_socket.io_thread.socket.sndhwm)\n'é'",
        argv=argv,
    )
    assert ran.state == "ok", ran.ended
    major, minor = environment.python.split(".")
    assert ran.text() == f"({major}, {minor})\n0\n"
    assert ran.messages("execute_result")[0]["content"]["data"]["text/plain"] == "'é'"
    assert ran.left() == []


def test_a_job_runs_once_at_a_time() -> None:
    answers: list[dict[str, Any]] = []

    def emit(event: dict[str, Any]) -> None:
        if event["kind"] == "kernel":
            answers.append(runner.run_job(spec, {"files": {}}, lambda event: None))

    spec = {"job_id": "j", "message_id": "m", "code": "1", "returns": []}
    assert runner.run_job(spec, {"files": {}}, emit)["state"] == "ok"
    assert [each["detail"] for each in answers] == ["This job runs on this worker already."]


def test_a_listener_that_fails_ends_the_job() -> None:
    def emit(event: dict[str, Any]) -> None:
        raise ConnectionError("nobody is there")

    ended = runner.run_job({"job_id": "j", "message_id": "m", "code": "1"}, {"files": {}}, emit)
    assert ended["state"] == "error"
    assert "nobody is there" in ended["detail"]
    assert runner.runner_state()["jobs"] == []


def test_the_caps_are_those_of_the_domain() -> None:
    for name in (
        "CANCEL_GRACE_S",
        "RETURNED_MAX_BYTES",
        "SAMPLE_INTERVAL_S",
    ):
        assert getattr(limits, name) == getattr(compute_limits, name)
    assert limits.TEXT_BATCH_BYTES == compute_limits.LOG_TEXT_BATCH_BYTES
    assert limits.TEXT_BATCH_S == compute_limits.LOG_TEXT_BATCH_S
    assert limits.OUTPUTS_MAX_BYTES == compute_limits.JOB_EVENTS_MAX_BYTES
    assert limits.SESSION_IDLE_S == compute_limits.SESSION_KERNEL_IDLE_S


def test_the_runner_works_where_nothing_of_ours_is(tmp_path: Path) -> None:
    """Shipped as sources to a process that cannot import this package."""
    from dsinfra_jlab.compute import shipping

    script = tmp_path / "worker.py"
    source = Path(shipping.__file__).read_text("utf-8")
    script.write_text(
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name.split('.')[0] == 'dsinfra_jlab':\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        f"namespace = {{'__name__': 'shipped'}}\n"
        f"exec({source!r}, namespace)\n"
        f"packed = {shipping.packed_runner()!r}\n"
        "before = set(sys.modules)\n"
        "call = namespace['call_runner']\n"
        "assert namespace['load_runner'](packed) is namespace['load_runner'](packed)\n"
        "assert not {'zmq', 'jupyter_client', 'IPython'} & (set(sys.modules) - before)\n"
        "spec = {'job_id': 'j', 'message_id': 'm', 'code': 'print(6 * 7)', 'returns': []}\n"
        "events = []\n"
        "ended = call(packed, 'run_job', spec, {'files': {}}, events.append)\n"
        "text = [e['content'].get('text') for e in events if e['kind'] == 'message']\n"
        "print(ended['state'], [each for each in text if each])\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "ok ['42\\n']\n", done.stderr
    assert os.path.exists(script)
