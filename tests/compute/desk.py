"""A server's side of remote compute in tests: real agents, real engines, real kernels."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from dsinfra_jlab.compute.agent_place import read_json
from dsinfra_jlab.compute.agents import Agents
from dsinfra_jlab.domain.compute.job_events import PROBE_FILE, JobEvent
from dsinfra_jlab.domain.compute.job_spec import JobSpec
from dsinfra_jlab.domain.compute.jobs import JobId
from dsinfra_jlab.domain.compute.targets import TargetRecord
from dsinfra_jlab.kernel.bundle import injection_request

LOCAL = TargetRecord("local", "dask", {"workers": 1})
ARGV = (sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}")


class Desk:
    """Submits jobs and waits for what comes of them, by the news of the agent."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.agents = Agents(base)
        self.news = asyncio.Condition()
        self.targets_told: list[str] = []
        self.agents.listen(lambda job_id: self._tell())
        self.agents.listen_targets(self._tell_target)

    def _tell(self) -> None:
        async def tell() -> None:
            async with self.news:
                self.news.notify_all()

        self._telling = asyncio.ensure_future(tell())

    def _tell_target(self, name: str) -> None:
        self.targets_told.append(name)
        self._tell()

    async def submit(
        self,
        code: str,
        target: TargetRecord = LOCAL,
        prepare: Callable[[Path], object] = str,
        **more: Any,
    ) -> JobId:
        """Hand a job over; ``prepare`` may put things into its folder first."""
        job_id = JobId(f"job-{uuid.uuid4().hex[:12]}")
        folder = self.agents.job_folder(job_id)
        (folder / PROBE_FILE).write_text(json.dumps(injection_request()))
        prepare(folder)
        spec = JobSpec(job_id, f"message-{job_id}", code, **({"returns": (), "argv": ARGV} | more))
        await self.agents.submit(target, spec)
        return job_id

    def log(self, job_id: JobId) -> list[JobEvent]:
        return list(Agents(self.base).events(job_id, 0))

    def of_kind(self, job_id: JobId, kind: str) -> list[JobEvent]:
        return [event for event in self.log(job_id) if event["kind"] == kind]

    async def wait(self, job_id: JobId, kind: str, timeout_s: float = 60.0) -> JobEvent:
        async def look() -> JobEvent:
            async with self.news:
                while not (found := self.of_kind(job_id, kind)):
                    await self.news.wait()
                return found[-1]

        try:
            return await asyncio.wait_for(look(), timeout_s)
        except asyncio.TimeoutError:
            raise AssertionError(f"{kind} did not come: {self.log(job_id)[-3:]}") from None

    async def ended(self, job_id: JobId, timeout_s: float = 60.0) -> JobEvent:
        return await self.wait(job_id, "ended", timeout_s)

    async def run(self, code: str, target: TargetRecord = LOCAL, **more: Any) -> JobEvent:
        return await self.ended(await self.submit(code, target, **more))

    async def printed(self, job_id: JobId, text: str, timeout_s: float = 60.0) -> None:
        async def look() -> None:
            async with self.news:
                while text not in self.text(job_id) and not self.of_kind(job_id, "ended"):
                    await self.news.wait()

        try:
            await asyncio.wait_for(look(), timeout_s)
        except asyncio.TimeoutError:
            raise AssertionError(f"nothing came: {self.log(job_id)[-3:]}") from None
        assert text in self.text(job_id), self.log(job_id)[-3:]

    def text(self, job_id: JobId) -> str:
        """Return what a job printed."""
        return "".join(
            event["content"]["text"]
            for event in self.of_kind(job_id, "message")
            if event["header"]["msg_type"] == "stream"
        )

    def agent_pid(self, name: str = "local") -> int:
        about = read_json(self.base / "targets" / name / "agent.json")
        assert about is not None
        return int(about["pid"])


def processes_below(base: Path) -> list[psutil.Process]:
    """Return agents of a base folder and all that they have started."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(str(base) in each for each in process.info["cmdline"] or ()):
            found.append(process)
    return found


def end_all(base: Path) -> None:
    """End every agent below a folder, by the pid it has written down."""
    for about in base.glob("targets/*/agent.json"):
        pid = (read_json(about) or {}).get("pid")
        if pid and psutil.pid_exists(pid):
            os.kill(pid, signal.SIGTERM)
            gone_in(pid, 20.0)
    for process in processes_below(base):
        process.kill()


def removed_in(path: Path, timeout_s: float) -> bool:
    """Return whether a file or folder is removed within some time."""
    deadline = time.monotonic() + timeout_s
    while path.exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def gone_in(pid: int, timeout_s: float) -> bool:
    """Return whether a process has ended within some time; a zombie has."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False
