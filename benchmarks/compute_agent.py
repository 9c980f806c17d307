"""The way of a print to whoever listens to the agent of a target, as the server does."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from dsinfra_jlab.compute.agents import Agents
from dsinfra_jlab.domain.compute.job_events import PROBE_FILE
from dsinfra_jlab.domain.compute.job_spec import JobSpec
from dsinfra_jlab.domain.compute.jobs import JobId
from dsinfra_jlab.domain.compute.targets import TargetRecord
from dsinfra_jlab.kernel.bundle import injection_request

from .compute_ours import JOB_LIMIT_S, SPARE_S, Answer
from .peers import compute_codes as codes

TARGET = TargetRecord("local", "dask", {"workers": 1})
LOCAL = TargetRecord("local", "dask")
"""As it is with nothing configured."""

STARTS = 3
"""How often a start is timed in a pass."""

ARGV = (sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}")


class Listener:
    """Reads the log of one job whenever the agent says that it has grown."""

    def __init__(self, agents: Agents, job_id: JobId) -> None:
        self.latencies_s: list[float] = []
        self.ended = asyncio.Event()
        self._agents = agents
        self._job_id = job_id
        self._seq = 0
        agents.listen(self._grown)

    def _grown(self, job_id: JobId) -> None:
        if job_id != self._job_id:
            return
        for event in self._agents.events(job_id, self._seq):
            self._seq = event["seq"]
            if event["kind"] == "message" and event["header"]["msg_type"] == "stream":
                now = time.time_ns()
                sent = codes.stamps(event["content"]["text"])
                self.latencies_s += [(now - each) / 1e9 for each in sent]
            elif event["kind"] == "ended":
                self.ended.set()


async def measure(answer: Answer, prints: int) -> None:
    """Time prints of a job on an agent of its own."""
    # A socket below it has a long name, and may have 107 characters in all.
    with tempfile.TemporaryDirectory(prefix="dsinfra-") as folder:
        agents = Agents(Path(folder))
        try:
            # The first job makes the target warm.
            for count in (1, prints):
                listener = await _run(agents, f"job-{count}", codes.printing(count))
            answer("print_s", listener.latencies_s)
        finally:
            await agents.stop(TARGET.name)
            await agents.close()


async def measure_starts(answer: Answer) -> None:
    """Time the start of `local` by itself: until its agent says that it runs, with a worker."""
    with tempfile.TemporaryDirectory(prefix="dsinfra-") as folder:
        agents = Agents(Path(folder))
        try:
            for _ in range(STARTS):
                began = time.perf_counter()
                await agents.start(LOCAL)
                answer("start_s", time.perf_counter() - began)
                await agents.stop(LOCAL.name)
                await asyncio.sleep(SPARE_S)
        finally:
            await agents.stop(LOCAL.name)
            await agents.close()


async def _run(agents: Agents, name: str, code: str) -> Listener:
    job_id = JobId(name)
    listener = Listener(agents, job_id)
    probe = json.dumps(injection_request())
    (agents.job_folder(job_id) / PROBE_FILE).write_text(probe)
    await agents.submit(TARGET, JobSpec(job_id, f"message-{name}", code, returns=(), argv=ARGV))
    await asyncio.wait_for(listener.ended.wait(), JOB_LIMIT_S)
    return listener
