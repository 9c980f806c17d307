"""Runs jobs by the runner in this process, as a task of an engine does on a worker."""

from __future__ import annotations

import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dsinfra_jlab.compute import runner
from dsinfra_jlab.compute.runner.processes import marked, process_table, read_process
from dsinfra_jlab.domain.compute.jobs import NEXT_STATES, JobState

WAIT_S = 60.0
MARK = "DSINFRA_TEST_JOB"

OUTSIDE_PYTEST = ["env", "-u", "PYTEST_CURRENT_TEST"]
OUTSIDE_PYTEST += [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
"""Within pytest kernels do not listen to what processes write."""


@dataclass
class Ran:
    """A job, while it runs and afterwards."""

    job_id: str
    mark: str
    events: list[dict[str, Any]] = field(default_factory=list)
    ended: dict[str, Any] = field(default_factory=dict)
    came_at: list[float] = field(default_factory=list)
    """When each event came (unix seconds)."""
    began_at: float = 0.0
    seconds: float = 0.0
    thread: threading.Thread | None = None

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["kind"] == kind]

    def messages(self, *types: str) -> list[dict[str, Any]]:
        """What was published in messages of some types, all if none are named."""
        found = self.of_kind("message")
        return [each for each in found if not types or each["header"]["msg_type"] in types]

    def text(self, name: str = "stdout") -> str:
        found = [each["content"] for each in self.messages("stream")]
        return "".join(each["text"] for each in found if each["name"] == name)

    @property
    def state(self) -> str:
        return str(self.ended["state"])

    @property
    def detail(self) -> str:
        return str(self.ended["detail"])

    def wait_for(self, is_there: Callable[[Ran], bool]) -> Ran:
        deadline = time.monotonic() + WAIT_S
        while not is_there(self):
            assert time.monotonic() < deadline, self.events
            assert self.thread is not None and self.thread.is_alive(), self.ended
            time.sleep(0.01)
        return self

    def wait_for_text(self, text: str) -> Ran:
        return self.wait_for(lambda ran: text in ran.text())

    def is_going(self) -> bool:
        return self.thread is not None and self.thread.is_alive()

    def cancel(self, signal: str = "INT") -> dict[str, Any]:
        return runner.signal_job(self.job_id, signal)

    def finish(self) -> Ran:
        assert self.thread is not None
        self.thread.join(WAIT_S)
        assert self.ended, "the job did not end"
        self.check()
        return self

    def left(self) -> list[str]:
        """Every process that the job has left behind."""
        found = marked(process_table(), self.mark)
        return [_told(pid) for pid in found if _told(pid)]

    def check(self) -> None:
        """What holds for every job that has ended, whatever came of it."""
        assert JobState(self.state).is_final
        assert JobState(self.state) in NEXT_STATES[JobState.running]
        assert not self.of_kind("ended")
        assert all(event["at"] <= self.ended["at"] for event in self.events)
        assert self.job_id not in {job["job_id"] for job in runner.runner_state()["jobs"]}


_begun: list[Ran] = []


def begin(code: str, source: dict[str, Any] | None = None, **spec: Any) -> Ran:
    """Start a job in a thread."""
    ran = _new()
    spec = _spec(ran, code, spec)
    arguments = (ran, spec, source or {"files": {}})
    ran.thread = threading.Thread(target=_run, args=arguments, daemon=True)
    ran.thread.start()
    _begun.append(ran)
    return ran


def end_all() -> None:
    """End what a test that failed has left: other tests look at what is there."""
    while _begun:
        ran = _begun.pop()
        if ran.thread is not None and ran.thread.is_alive():
            ran.cancel("KILL")
            ran.thread.join(WAIT_S)


def run(code: str, source: dict[str, Any] | None = None, **spec: Any) -> Ran:
    """Run a job to its end."""
    return begin(code, source, **spec).finish()


def _new() -> Ran:
    job_id = uuid.uuid4().hex
    return Ran(job_id, f"{MARK}={job_id}")


def _spec(ran: Ran, code: str, spec: dict[str, Any]) -> dict[str, Any]:
    environment = {MARK: ran.job_id, **spec.pop("environment", {})}
    return {
        "job_id": ran.job_id,
        "message_id": f"message-{ran.job_id}",
        "code": code,
        "returns": [],
        "environment": environment,
        **spec,
    }


def _run(ran: Ran, spec: dict[str, Any], source: dict[str, Any]) -> None:
    def emit(event: dict[str, Any]) -> None:
        ran.came_at.append(time.time())
        ran.events.append(event)

    ran.began_at = time.time()
    ended = runner.run_job(spec, source, emit)
    ran.seconds = time.time() - ran.began_at
    ran.ended = ended


def _told(pid: int) -> str:
    process = read_process(pid)
    if process is None or process.state in "ZX":
        return ""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return f"{pid} {process.state} {file.read().decode('utf-8', 'replace')}"
    except OSError:
        return ""


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    process = read_process(pid)
    return process is not None and process.state not in "ZX"


def wait_until(is_so: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait so long for something to be so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
