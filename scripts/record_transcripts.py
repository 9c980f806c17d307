"""Record golden transcripts: what real kernels say for each case of the test matrix.

Each case runs in a fresh kernel. A transcript is one JSON line per message, in the order the
recorder would see them: ``{"channel", "at_s", "header", "parent_header", "metadata",
"content"}``. Run ``python scripts/record_transcripts.py`` to record all of them again.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.manager import KernelManager

FOLDER = Path(__file__).parent.parent / "tests" / "golden" / "transcripts"
QUIET_S = 0.5
"""A kernel that said nothing for so long has said everything."""

Act = Callable[["Recording"], None]


class Recording:
    """A kernel, and everything that is said to and by it."""

    def __init__(self, kernel_name: str) -> None:
        self.manager = KernelManager(kernel_name=kernel_name)
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.iopub = zmq.Context.instance().socket(zmq.SUB)
        self.iopub.setsockopt(zmq.RCVHWM, 0)
        self.iopub.setsockopt(zmq.SUBSCRIBE, b"")
        self.iopub.connect(self.manager._make_url("iopub"))
        self.lines: list[dict[str, Any]] = []
        self.started_s = time.monotonic()
        self.read(QUIET_S)
        self.lines.clear()

    def execute(self, code: str, **options: Any) -> str:
        """Send a cell and return the id of its request."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
            **options.pop("content", {}),
        }
        message = self.client.session.msg("execute_request", content, **options)
        message["metadata"] = {"cellId": f"cell-{len(self.lines)}"}
        self._note("request", message)
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def subshell(self) -> str:
        """Make a subshell and return its id."""
        message = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(message)
        reply = self.client.control_channel.get_msg(timeout=10)
        return str(reply["content"]["subshell_id"])

    def read(self, quiet_s: float = QUIET_S, deadline_s: float = 60.0) -> None:
        """Read until nothing came for a while."""
        end = time.monotonic() + deadline_s
        last = time.monotonic()
        while time.monotonic() < end and time.monotonic() - last < quiet_s:
            if self._read_one():
                last = time.monotonic()

    def note(self, happening: str, **facts: Any) -> None:
        """Note something that is no message."""
        self.lines.append({"channel": happening, "at_s": self._at_s(), **facts})

    def close(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        self.iopub.close()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)

    def _read_one(self) -> bool:
        found = False
        if self.iopub.poll(10):
            frames = self.iopub.recv_multipart()
            _, parts = self.client.session.feed_identities(frames)
            self._note("iopub", _unpack(parts))
            found = True
        if self.client.shell_channel.is_alive() and self.client.shell_channel.msg_ready():
            self._note("reply", self.client.shell_channel.get_msg(timeout=1))
            found = True
        return found

    def _note(self, channel: str, message: dict[str, Any]) -> None:
        parts = {key: message[key] for key in ("header", "parent_header", "metadata", "content")}
        self.lines.append({"channel": channel, "at_s": self._at_s(), **parts})

    def _at_s(self) -> float:
        return round(time.monotonic() - self.started_s, 4)


def _unpack(parts: list[bytes]) -> dict[str, Any]:
    names = ("header", "parent_header", "metadata", "content")
    texts = [part.decode("utf-8", "replace") for part in parts[1:5]]
    return {name: json.loads(text) for name, text in zip(names, texts, strict=True)}


def cells(*codes: str) -> Act:
    """Return a case that runs cells one after the other."""

    def act(recording: Recording) -> None:
        for code in codes:
            recording.execute(code)
            recording.read()

    return act


def queued(*codes: str) -> Act:
    """Return a case that sends all cells at once."""

    def act(recording: Recording) -> None:
        for code in codes:
            recording.execute(code)
        recording.read(quiet_s=1.5)

    return act


def interrupted(code: str) -> Act:
    """Return a case whose cell is interrupted after a second."""

    def act(recording: Recording) -> None:
        recording.execute(code)
        recording.read(quiet_s=1.0)
        recording.note("interrupt")
        recording.manager.interrupt_kernel()
        recording.read(quiet_s=1.0)

    return act


def killed(*codes: str) -> Act:
    """Return a case whose kernel is killed while cells run and wait."""

    def act(recording: Recording) -> None:
        for code in codes:
            recording.execute(code)
        recording.read(quiet_s=1.0)
        os.kill(recording.manager.provisioner.pid, signal.SIGKILL)
        recording.manager.provisioner.process.wait()
        recording.note("died", returncode=recording.manager.provisioner.process.returncode)

    return act


def side_by_side(recording: Recording) -> None:
    """Run two cells at once, one of them in a subshell."""
    subshell_id = recording.subshell()
    recording.execute("import time\nfor i in range(3): print('main', i); time.sleep(.3)")
    message = recording.client.session.msg(
        "execute_request",
        {"code": "print('aside')", "silent": False, "store_history": True},
    )
    message["header"]["subshell_id"] = subshell_id
    message["metadata"] = {"cellId": "cell-aside"}
    recording._note("request", message)
    recording.client.shell_channel.send(message)
    recording.read(quiet_s=1.0)


GROUP = "raise ExceptionGroup('several', [ValueError('a'), KeyError('b')])"
TASK_GROUP = """import asyncio
async def fail(): raise ValueError('in a task')
async with asyncio.TaskGroup() as group:
    group.create_task(fail())"""
SILENCED = """def handler(shell, etype, value, tb, tb_offset=None): return ['silenced']
get_ipython().set_custom_exc((ZeroDivisionError,), handler)"""
BAD_REPR = """class Bad:
    def _repr_html_(self): raise RuntimeError('no html')
Bad()"""
BAD_STR = """class Bad(Exception):
    def __str__(self): raise RuntimeError('no text')
raise Bad()"""
FORKED = """import os
pid = os.fork()
if pid == 0:
    print('child', flush=True)
    os._exit(3)
os.waitpid(pid, 0)
print('parent')"""
FALLS_THROUGH = """import os
pid = os.fork()
if pid == 0:
    raise SystemExit(3)
import time; time.sleep(1)
os.kill(pid, 9); os.waitpid(pid, 0)
print('parent')"""
SHOWS_ITSELF = """class Widget:
    def _ipython_display_(self): print('shown')
Widget()"""
LEFT_TASK = """import asyncio
async def fail(): raise ValueError('nobody waits')
asyncio.ensure_future(fail()); await asyncio.sleep(.1)"""
LOGGED = """import logging
try: 1/0
except ZeroDivisionError: logging.exception('handled')"""
THREAD = """import threading
t = threading.Thread(target=lambda: 1/0); t.start(); t.join()"""
RICH = """from IPython.display import display
ip = get_ipython()
ip._showtraceback = lambda etype, value, stb: display({'text/plain': 'boxed'}, raw=True)"""

CASES: dict[str, tuple[str, Act]] = {
    "ok": ("python3", cells("print('hello')\n1 + 1")),
    "error": ("python3", cells("1/0")),
    "exception_group": ("python3", cells(GROUP)),
    "task_group": ("python3", cells(TASK_GROUP)),
    "lone_surrogate": ("python3", cells(r"raise ValueError('bad \udc80 text')")),
    "usage_error": ("python3", cells("%nosuchmagic")),
    "custom_handler": ("python3", cells(SILENCED, "1/0")),
    "rich_traceback": ("python3", cells(RICH, "1/0")),
    "syntax_error": ("python3", cells("x = = 1")),
    "formatter_fails": ("python3", cells(BAD_REPR)),
    "str_raises": ("python3", cells(BAD_STR)),
    "thread": ("python3", cells(THREAD)),
    "unawaited_task": ("python3", cells(LEFT_TASK)),
    "logged": ("python3", cells(LOGGED)),
    "shell_fails": ("python3", cells("!exit 3")),
    "bash_magic_fails": ("python3", cells("%%bash\nexit 3")),
    "system_exit": ("python3", cells("raise SystemExit(2)")),
    "interrupt": ("python3", interrupted("import time\ntime.sleep(60)")),
    "aborted_queue": ("python3", queued("import time; time.sleep(1); 1/0", "print(1)", "print(2)")),
    "killed": ("python3", killed("import time\nprint('last', flush=True)\ntime.sleep(60)", "2")),
    "forked_child": ("python3", cells(FORKED)),
    "forked_child_falls_through": ("python3", queued(FALLS_THROUGH)),
    "shows_itself": ("python3", cells(SHOWS_ITSELF)),
    "subshell": ("python3", side_by_side),
    "displays": (
        "python3",
        cells(
            "from IPython.display import display, clear_output\n"
            "h = display('one', display_id=True)\nclear_output(wait=True)\ndisplay('two')",
            "h2 = display('first', display_id='d')",
            "from IPython.display import update_display\nupdate_display('second', display_id='d')",
        ),
    ),
    "progress": ("python3", cells("for i in range(50): print(f'\\r{i}', end='', flush=True)")),
    "silent": ("python3", lambda r: (r.execute("x=1", content={"silent": True}), r.read())),
    "bash_ok": ("bash", cells("echo hello")),
    "bash_error": ("bash", cells("false")),
    "bash_interrupt": ("bash", interrupted("sleep 60")),
}


def record(name: str) -> None:
    """Record one case."""
    kernel_name, act = CASES[name]
    recording = Recording(kernel_name)
    try:
        act(recording)
    finally:
        recording.close()
    text = "".join(json.dumps(line, default=str, sort_keys=True) + "\n" for line in recording.lines)
    text = re.sub(r"/tmp/ipykernel_\d+", "/tmp/ipykernel_1", text)  # noqa: S108
    text = text.replace(sys.prefix, "/venv").replace(sys.base_prefix, "/python")
    (FOLDER / f"{name}.jsonl").write_text(text)
    print(f"{name}: {len(recording.lines)} messages")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(CASES))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in parser.parse_args().names:
        record(name)
